; Lua. The captures are explained in walk.py.

(comment) @comment

(function_declaration name: (_) @name body: (_) @body) @function
(function_declaration name: (_) @name "end" @body) @function

; local json = require("cjson")
(variable_declaration (assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (function_call
    name: (identifier) @_require
    arguments: (arguments . (string content: (_) @import) .)) .)
  (#eq? @_require "require"))) @scope
(assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (function_definition body: (_) @body) .)) @function
(assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (function_definition "end" @body) .)) @function
(variable_declaration (assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (function_definition body: (_) @body) .))) @function
(variable_declaration (assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (function_definition "end" @body) .))) @function
(variable_declaration (assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (table_constructor . (_)) @body @inside .))) @variable
(assignment_statement
  (variable_list name: (_) @name)
  (expression_list . value: (table_constructor . (_)) @body @inside .)) @variable
(variable_declaration (assignment_statement
  (variable_list name: (_) @name attribute: (attribute (identifier) @_attribute))
  (#eq? @_attribute "const"))) @constant
(variable_declaration (assignment_statement (variable_list name: (_) @name))) @variable
(assignment_statement (variable_list name: (_) @name)) @variable
; Members of tables
(field name: (identifier) @name value: (function_definition body: (_) @body)) @method
(field name: (identifier) @name value: (function_definition "end" @body)) @method
(field name: (string content: (_) @name) value: (function_definition body: (_) @body)) @method
(field name: (string content: (_) @name) value: (function_definition "end" @body)) @method
; Tables in tables: what they hold is called by the names of both.
(field name: (identifier) @name value: (table_constructor) @inside) @scope
(field name: (string content: (_) @name) value: (table_constructor) @inside) @scope
(field !name value: (table_constructor) @through)
(return_statement (expression_list (table_constructor) @through))
; setmetatable(Class, { __call = function() ... end })
(function_call
  name: (identifier) @_set
  arguments: (arguments . (identifier) @name (table_constructor) @inside .)
  (#eq? @_set "setmetatable")) @scope

[
  (do_statement) (block) (if_statement) (elseif_statement) (else_statement) (ERROR)
] @through

(function_call
  name: (identifier) @_require
  arguments: (arguments . (string content: (_) @import) .)
  (#any-of? @_require "require" "dofile"))
(return_statement (expression_list . (identifier) @export .))
