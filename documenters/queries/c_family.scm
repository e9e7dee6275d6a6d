; What C and C++ share. The captures are explained in walk.py.

(comment) @comment

; Variables: of any type, with or without a value, also of one that has no name; and what is declared of functions
(declaration
  (type_qualifier) @_qualifier
  type: [
    (struct_specifier !name body: (_) @body @inside)
    (union_specifier !name body: (_) @body @inside)
  ]
  declarator: (_) @declarator
  (#any-of? @_qualifier "const" "constexpr")) @constant
(declaration
  type: [
    (struct_specifier !name body: (_) @body @inside)
    (union_specifier !name body: (_) @body @inside)
  ]
  declarator: (_) @declarator) @variable
(declaration
  (type_qualifier) @_qualifier
  declarator: (_) @declarator
  (#any-of? @_qualifier "const" "constexpr")) @constant
(declaration declarator: (_) @declarator) @variable

; Types, also those defined on the way to a variable, a field or a typedef
[
  (struct_specifier name: (_) @name body: (_) @body @inside)
  (union_specifier name: (_) @name body: (_) @body @inside)
] @struct
(enum_specifier name: (_) @name body: (_) @body @inside) @enum
(enum_specifier !name body: (_) @through)
(declaration type: [
  (struct_specifier name: (_) @name body: (_) @body @inside)
  (union_specifier name: (_) @name body: (_) @body @inside)
] @struct)
(declaration type: (enum_specifier name: (_) @name body: (_) @body @inside) @enum)
(declaration type: (enum_specifier !name body: (_) @through))
(field_declaration type: [
  (struct_specifier name: (_) @name body: (_) @body @inside)
  (union_specifier name: (_) @name body: (_) @body @inside)
] @struct)
(field_declaration type: (enum_specifier name: (_) @name body: (_) @body @inside) @enum)
(field_declaration !declarator type: [
  (struct_specifier !name body: (_) @through)
  (union_specifier !name body: (_) @through)
])
(field_declaration
  type: [
    (struct_specifier !name body: (_) @body @inside)
    (union_specifier !name body: (_) @body @inside)
  ]
  declarator: (_) @declarator) @field
(field_declaration type: (enum_specifier !name body: (_) @through))
(type_definition
  type: [
    (struct_specifier body: (_) @body @inside)
    (union_specifier body: (_) @body @inside)
  ]
  declarator: (type_identifier) @name) @struct
(type_definition type: (enum_specifier body: (_) @body @inside) declarator: (type_identifier) @name) @enum
; The tag too, where it is another name
(type_definition
  type: [
    (struct_specifier name: (_) @name body: (_) @body)
    (union_specifier name: (_) @name body: (_) @body)
  ]
  declarator: (type_identifier) @_alias
  (#not-eq? @name @_alias)) @struct
(type_definition
  type: (enum_specifier name: (_) @name body: (_) @body)
  declarator: (type_identifier) @_alias
  (#not-eq? @name @_alias)) @enum
(type_definition declarator: (_) @declarator) @type

; Members
(enumerator name: (_) @name) @constant
(field_declaration declarator: (_) @declarator) @field

(preproc_function_def name: (_) @name value: (_) @body) @macro
(preproc_function_def name: (_) @name) @macro
(preproc_def name: (_) @name value: (_)) @constant
(preproc_include path: (_) @import)

[
  (preproc_if) (preproc_ifdef) (preproc_else) (preproc_elif) (preproc_elifdef)
  (linkage_specification) (declaration_list) (ERROR)
] @through
