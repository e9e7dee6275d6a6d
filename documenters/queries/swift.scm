; Swift. The captures are explained in walk.py.

[(comment) (multiline_comment)] @comment

(class_declaration declaration_kind: "struct" name: (_) @name body: (_) @body @inside) @struct
(class_declaration declaration_kind: "enum" name: (_) @name body: (_) @body @inside) @enum
(class_declaration declaration_kind: "extension" name: (user_type) @name body: (_) @inside) @scope
(class_declaration name: (_) @name body: (_) @body @inside) @class
(protocol_declaration name: (_) @name body: (_) @body @inside) @interface
(typealias_declaration name: (type_identifier) @name) @type
(associatedtype_declaration name: (_) @name) @type
(macro_declaration (simple_identifier) @name) @macro

(function_declaration "func" . name: _ @name body: (_) @body) @function
(function_declaration "func" . name: _ @name) @function
(protocol_function_declaration "func" . name: _ @name) @method
(init_declaration name: _ @name body: (_) @body) @method
(init_declaration name: _ @name) @method
(deinit_declaration "deinit" @name body: (_) @body) @method
(subscript_declaration "subscript" @name (computed_property) @body) @method
(subscript_declaration "subscript" @name) @method

; A property is a constant or not by its keyword; one that is computed ends before its body.
(property_declaration
  (value_binding_pattern "let")
  name: (pattern [(simple_identifier) (pattern (simple_identifier))] @name)) @value
(property_declaration name: (pattern (simple_identifier) @name) computed_value: (_) @body) @variable
(property_declaration name: (pattern [(simple_identifier) (pattern (simple_identifier))] @name)) @variable
(protocol_property_declaration name: (pattern (simple_identifier) @name)) @field
(enum_entry name: (_) @name) @constant

[(ERROR)] @through

(import_declaration (identifier) @import)
