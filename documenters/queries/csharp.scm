; C#. The captures are explained in walk.py.

(comment) @comment

(namespace_declaration name: (_) @name body: (_) @body @inside) @namespace
(file_scoped_namespace_declaration name: (_) @own)

(class_declaration name: (_) @name body: (_)? @body @inside) @class
(record_declaration "struct" name: (_) @name body: (_) @body @inside) @struct
(record_declaration "struct" name: (_) @name) @struct
(record_declaration name: (_) @name body: (_)? @body @inside) @class
(struct_declaration name: (_) @name body: (_)? @body @inside) @struct
(interface_declaration name: (_) @name body: (_) @body @inside) @interface
(enum_declaration name: (_) @name body: (_) @body @inside) @enum
(delegate_declaration name: (_) @name) @type

(method_declaration name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name (constructor_initializer) @body) @method
(constructor_declaration name: (_) @name body: (_)? @body) @method
(destructor_declaration "~" @name name: (_) @name body: (_) @body) @method
(indexer_declaration "this" @name accessors: (_) @body) @method
(indexer_declaration "this" @name value: (_) @body) @method
(operator_declaration "operator" @name operator: _ @name body: (_) @body) @method
(operator_declaration "operator" @name operator: _ @name) @method
(conversion_operator_declaration "operator" @name type: _ @name body: (_) @body) @method
(conversion_operator_declaration "operator" @name type: _ @name) @method

(property_declaration name: (_) @name accessors: (_) @body) @field
(property_declaration name: (_) @name value: (_) @body) @field
(event_declaration name: (_) @name accessors: (_) @body) @field
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(field_declaration
  (modifier) @_modifier
  (variable_declaration (variable_declarator name: (_) @name))
  (#eq? @_modifier "const")) @constant
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(enum_member_declaration name: (_) @name) @constant

; Statements at the top level of a program
(global_statement (local_function_statement name: (_) @name body: (_) @body) @function)

[(preproc_if) (preproc_elif) (preproc_else) (declaration_list) (ERROR)] @through

(using_directive !name [(identifier) (qualified_name) (alias_qualified_name)] @import)
(using_directive name: (_) [(identifier) (qualified_name) (alias_qualified_name) (generic_name)] @import .)
(extern_alias_directive name: (_) @import)
