; PHP. The captures are explained in walk.py.

(comment) @comment

(namespace_definition name: (_) @name body: (_) @body @inside) @namespace
(namespace_definition !name body: (_) @through)
(namespace_definition name: (_) @own !body)

(class_declaration name: (_) @name body: (_) @body @inside) @class
(interface_declaration name: (_) @name body: (_) @body @inside) @interface
(trait_declaration name: (_) @name body: (_) @body @inside) @trait
(enum_declaration name: (_) @name body: (_) @body @inside) @enum

(function_definition name: (_) @name body: (_) @body) @function
(method_declaration name: (_) @name body: (_)? @body) @method
(method_declaration
  name: (_) @_constructor
  parameters: (_) @through
  (#eq? @_constructor "__construct"))
(property_promotion_parameter name: (variable_name (name) @name)) @field
(property_declaration (property_element name: (variable_name (name) @name))) @field
(const_declaration (const_element . (name) @name)) @constant
(enum_case name: (_) @name) @constant
(expression_statement (function_call_expression
  function: (name) @_define
  arguments: (arguments . (argument [(string) (encapsed_string)] @name))
  (#eq? @_define "define"))) @constant

(expression_statement (assignment_expression
  left: (variable_name (name) @name)
  right: [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)])) @function
(expression_statement (assignment_expression left: (variable_name (name) @name))) @variable

[
  (if_statement) (else_clause) (else_if_clause) (compound_statement) (colon_block) (try_statement) (catch_clause)
  (finally_clause) (foreach_statement) (for_statement) (while_statement) (switch_statement) (switch_block)
  (case_statement) (default_statement) (ERROR)
] @through

(namespace_use_declaration (namespace_use_clause . [(name) (qualified_name)] @import))
(namespace_use_declaration (namespace_use_clause type: _ . [(name) (qualified_name)] @import))
(namespace_use_declaration "use" @after body: (namespace_use_group)) @import
(expression_statement [
  (require_expression (_) @nearby)
  (require_once_expression (_) @nearby)
  (include_expression (_) @nearby)
  (include_once_expression (_) @nearby)
])
