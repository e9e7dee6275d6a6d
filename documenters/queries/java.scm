; Java. The captures are explained in walk.py.

[(line_comment) (block_comment)] @comment

(class_declaration name: (_) @name body: (_) @body @inside) @class
(record_declaration name: (_) @name body: (_) @body @inside) @class
(interface_declaration name: (_) @name body: (_) @body @inside) @interface
(annotation_type_declaration name: (_) @name body: (_) @body @inside) @interface
(enum_declaration name: (_) @name body: (_) @body @inside) @enum
(module_declaration name: (_) @name body: (_) @body) @module

(method_declaration name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @method
(compact_constructor_declaration name: (_) @name body: (_) @body) @method
(annotation_type_element_declaration name: (_) @name) @method
(enum_constant name: (_) @name body: (_)? @body @inside) @constant
(constant_declaration declarator: (variable_declarator name: (_) @name)) @constant
(field_declaration
  (modifiers) @_modifiers
  declarator: (variable_declarator name: (_) @name)
  (#match? @_modifiers "\\bstatic\\b")
  (#match? @_modifiers "\\bfinal\\b")) @constant
(field_declaration declarator: (variable_declarator name: (_) @name)) @field

[(enum_body_declarations) (ERROR)] @through

(package_declaration (_) @own)
(import_declaration [(identifier) (scoped_identifier)] @import)
(requires_module_directive module: (_) @import)
