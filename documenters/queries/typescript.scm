; TypeScript and TSX, before ecmascript.scm.

(abstract_class_declaration name: (_) @name body: (class_body) @body @inside) @class
(interface_declaration name: (_) @name body: (_) @body @inside) @interface
(enum_declaration name: (_) @name body: (_) @body @inside) @enum
(type_alias_declaration name: (_) @name) @type
(function_signature name: (_) @name) @function
(internal_module name: (_) @name body: (_) @body @inside) @namespace
(module name: (_) @name body: (_) @body @inside) @module

; Members
(public_field_definition name: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
]) @method
(public_field_definition name: (_) @name) @field
; constructor(private http: Client)
(method_definition parameters: (formal_parameters
  (required_parameter [(accessibility_modifier) "readonly"] pattern: (identifier) @name) @field))
(method_signature name: (_) @name) @method
(construct_signature "new" @name) @method
(abstract_method_signature name: (_) @name) @method
(property_signature name: (_) @name) @field
(enum_body name: (_) @name @constant)
(enum_body (enum_assignment name: (_) @name) @constant)

(variable_declarator name: (identifier) @name value: [
  (as_expression (object) @body @inside)
  (satisfies_expression (object) @body @inside)
]) @variable

; declare ..., and namespaces, which stand in an expression statement
(ambient_declaration) @wrap
(expression_statement (internal_module)) @wrap

(import_statement (import_require_clause source: (string (string_fragment) @import)))
(export_statement "=" (identifier) @export)
(export_statement "namespace" (identifier) @export)
