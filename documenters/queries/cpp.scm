; C++, before c_family.scm.

(namespace_definition name: (_) @name body: (_) @body @inside) @namespace
(namespace_definition !name body: (_) @through)
(class_specifier name: (_) @name body: (_) @body @inside) @class
(declaration type: (class_specifier name: (_) @name body: (_) @body @inside) @class)
(field_declaration type: (class_specifier name: (_) @name body: (_) @body @inside) @class)
(template_declaration parameters: (_) @lead) @wrap
(alias_declaration name: (_) @name) @type
(concept_definition name: (_) @name) @type

; Functions under the names that only C++ has, and with the ends that only C++ has
(function_definition
  declarator: [
    (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)
    ] @name)
    (pointer_declarator declarator: (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (operator_name) (template_function)
    ] @name))
    (reference_declarator (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (operator_name) (template_function)
    ] @name))
    (operator_cast) @name
    (qualified_identifier name: (operator_cast)) @name
    (qualified_identifier name: (qualified_identifier name: (operator_cast))) @name
  ]
  [
    (compound_statement) (field_initializer_list) (try_statement)
    (default_method_clause) (delete_method_clause) (pure_virtual_clause)
  ] @body) @function
(declaration
  declarator: [
    (function_declarator declarator: [
      (identifier) (field_identifier) (destructor_name) (operator_name) (template_function)
    ] @name)
    (pointer_declarator declarator: (function_declarator declarator: [
      (identifier) (field_identifier) (operator_name) (template_function)
    ] @name))
    (reference_declarator (function_declarator declarator: [
      (identifier) (field_identifier) (operator_name) (template_function)
    ] @name))
    (operator_cast) @name
  ]) @function
(field_declaration
  declarator: [
    (function_declarator declarator: [
      (identifier) (field_identifier) (destructor_name) (operator_name) (template_function)
    ] @name)
    (pointer_declarator declarator: (function_declarator declarator: [
      (identifier) (field_identifier) (operator_name) (template_function)
    ] @name))
    (reference_declarator (function_declarator declarator: [
      (identifier) (field_identifier) (operator_name) (template_function)
    ] @name))
    (operator_cast) @name
  ]) @function

(field_declaration declarator: (reference_declarator (field_identifier) @name)) @field
(declaration declarator: (init_declarator declarator: (reference_declarator (identifier) @name))) @variable
; A class's own variable where it is given its place: int A::count;
(declaration declarator: [
  (qualified_identifier) @name
  (pointer_declarator declarator: (qualified_identifier) @name)
  (array_declarator declarator: (qualified_identifier) @name)
  (init_declarator declarator: (qualified_identifier) @name)
  (init_declarator declarator: (pointer_declarator declarator: (qualified_identifier) @name))
  (init_declarator declarator: (array_declarator declarator: (qualified_identifier) @name))
]) @variable
