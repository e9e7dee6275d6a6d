; Go. The captures are explained in walk.py.

(comment) @comment

(function_declaration name: (_) @name body: (_)? @body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner
    (generic_type type: (_) @owner)
    (pointer_type (type_identifier) @owner)
    (pointer_type (generic_type type: (_) @owner))
  ]))
  name: (_) @name
  body: (_) @body) @method
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner
    (generic_type type: (_) @owner)
    (pointer_type (type_identifier) @owner)
    (pointer_type (generic_type type: (_) @owner))
  ]))
  name: (_) @name) @method

; One keyword may head a list of definitions.
(type_declaration "type" @lead) @wrap
(const_declaration "const" @lead) @wrap
(var_declaration "var" @lead) @wrap
[(var_spec_list) (ERROR)] @through

(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body @inside)) @struct
(type_spec name: (_) @name type: (interface_type "{" @body) @inside) @interface
(type_spec name: (_) @name) @type
(type_alias name: (_) @name) @type
(field_declaration name: (_) @name) @field
; An embedded field has the name of its type.
(field_declaration !name type: [
  (type_identifier) @name
  (qualified_type name: (_) @name)
  (generic_type type: [(type_identifier) @name (qualified_type name: (_) @name)])
]) @field
(method_elem name: (_) @name) @method
(const_spec name: (_) @name) @constant
(var_spec name: (_) @name value: (expression_list . (func_literal body: (_) @body) .)) @function
(var_spec name: (_) @name) @variable

(import_declaration (import_spec path: (_) @import))
(import_declaration (import_spec_list (import_spec path: (_) @import)))
