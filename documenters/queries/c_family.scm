; What C and C++ share. The captures are explained in walk.py.

(comment) @comment

; Variables: of any type, with or without a value, and pointers to functions
(declaration
  (type_qualifier) @_qualifier
  declarator: [
    (identifier) @name
    (array_declarator declarator: (_) @name)
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (init_declarator declarator: (identifier) @name)
    (init_declarator declarator: (array_declarator declarator: (identifier) @name))
    (init_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (init_declarator declarator: (pointer_declarator declarator: (array_declarator declarator: (identifier) @name)))
  ]
  (#any-of? @_qualifier "const" "constexpr")) @constant
(declaration declarator: [
  (identifier) @name
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
  (init_declarator declarator: (identifier) @name)
  (init_declarator declarator: (array_declarator declarator: (identifier) @name))
  (init_declarator declarator: (pointer_declarator declarator: (identifier) @name))
  (init_declarator declarator: (pointer_declarator declarator: (array_declarator declarator: (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  (init_declarator declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name))))
]) @variable

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
(field_declaration type: [
  (struct_specifier !name body: (_) @through)
  (union_specifier !name body: (_) @through)
  (enum_specifier !name body: (_) @through)
])
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
(type_definition declarator: [
  (type_identifier) @name
  (primitive_type) @name
  (array_declarator declarator: (type_identifier) @name)
  (pointer_declarator declarator: (type_identifier) @name)
  (pointer_declarator declarator: (pointer_declarator declarator: (type_identifier) @name))
  (function_declarator declarator: (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator (type_identifier) @name))
  (pointer_declarator declarator: (function_declarator declarator: (type_identifier) @name))
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  (pointer_declarator declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))))
]) @type

; Members
(enumerator name: (_) @name) @constant
(field_declaration declarator: [
  (field_identifier) @name
  (array_declarator declarator: (field_identifier) @name)
  (pointer_declarator declarator: (field_identifier) @name)
  (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
  (pointer_declarator declarator: (array_declarator declarator: (field_identifier) @name))
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  (pointer_declarator declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name))))
]) @field

(preproc_function_def name: (_) @name value: (_) @body) @macro
(preproc_function_def name: (_) @name) @macro
(preproc_def name: (_) @name value: (_)) @constant
(preproc_include path: (_) @import)

[
  (preproc_if) (preproc_ifdef) (preproc_else) (preproc_elif) (preproc_elifdef)
  (linkage_specification) (declaration_list) (ERROR)
] @through
