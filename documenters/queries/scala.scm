; Scala 2 and 3. The captures are explained in walk.py.

[(comment) (block_comment)] @comment

(class_definition name: (_) @name class_parameters: (_) @inside body: (_) @body @inside) @class
(class_definition name: (_) @name body: (_) @body @inside) @class
(class_definition name: (_) @name class_parameters: (_) @inside) @class
(class_definition name: (_) @name) @class
(object_definition name: (_) @name body: (_)? @body @inside) @class
(package_object name: (_) @name body: (_)? @body @inside) @module
(package_clause name: (_) @name body: (_) @body @inside) @namespace
(trait_definition name: (_) @name body: (_)? @body @inside) @trait
(enum_definition name: (_) @name body: (_) @body @inside) @enum
(type_definition name: (_) @name) @type

(function_definition name: (_) @name body: (_) @body) @function
(function_declaration name: (_) @name) @function
(given_definition name: (_) @name body: (_)? @body @inside) @variable
; One without a name is known by its type.
(given_definition !name return_type: (_) @name body: (_)? @body @inside) @variable
(extension_definition) @wrap

(val_definition pattern: (identifier) @name) @value
(val_definition pattern: (identifiers (identifier) @name)) @value
(val_definition pattern: (tuple_pattern (identifier) @name)) @value
(val_declaration name: (_) @name) @value
(var_definition pattern: (identifier) @name) @variable
(var_declaration name: (_) @name) @variable
(class_parameter ["val" "var"] name: (_) @name) @field
(enum_case_definitions) @wrap
(simple_enum_case name: (_) @name) @constant
(full_enum_case name: (_) @name) @constant

[(ERROR)] @through

(package_clause name: (_) @own !body)
(import_declaration "import" @after) @import
