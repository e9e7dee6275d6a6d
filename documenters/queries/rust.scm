; Rust. The captures are explained in walk.py.

; `//!` and `/*!` are about what they stand in, not about what follows.
(line_comment !inner) @comment
(block_comment !inner) @comment
(attribute_item) @attribute

(function_item name: (_) @name body: (_) @body) @function
(function_signature_item name: (_) @name) @function
(struct_item name: (_) @name body: (field_declaration_list)? @body @inside) @struct
(union_item name: (_) @name body: (_) @body @inside) @struct
(enum_item name: (_) @name body: (_) @body @inside) @enum
(trait_item name: (_) @name body: (_) @body @inside) @trait
(mod_item name: (_) @name body: (_)? @body @inside) @module
(type_item name: (_) @name) @type
(associated_type name: (_) @name) @type
(const_item name: (_) @name) @constant
(static_item name: (_) @name) @variable
(macro_definition name: (_) @name . _ @body) @macro
(field_declaration name: (_) @name) @field
(enum_variant name: (_) @name) @constant

; The methods of a type stand in its `impl` blocks.
(impl_item
  type: [
    (type_identifier) @name
    (scoped_type_identifier name: (_) @name)
    (generic_type type: (type_identifier) @name)
    (generic_type type: (scoped_type_identifier name: (_) @name))
    (primitive_type) @name
    (reference_type) @name
    (pointer_type) @name
    (tuple_type) @name
    (unit_type) @name
    (array_type) @name
    (dynamic_type) @name
    (function_type) @name
  ]
  body: (_) @inside) @scope

[(foreign_mod_item) (declaration_list) (ERROR)] @through

(use_declaration argument: (_) @import)
(extern_crate_declaration name: (_) @import)
