; Python. The captures are explained in walk.py.

(comment) @comment

(function_definition name: (identifier) @name body: (block) @body) @function
(class_definition name: (identifier) @name body: (block) @body @inside) @class
(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @type

(decorated_definition) @wrap

; Definitions also stand under these, at module and at class level.
[
  (if_statement) (elif_clause) (else_clause)
  (try_statement) (except_clause) (finally_clause)
  (with_statement) (for_statement) (while_statement)
  (match_statement) (case_clause)
  (block) (ERROR)
] @through

(expression_statement
  (assignment left: (identifier) @_all right: [
    (list (string (string_content) @all))
    (tuple (string (string_content) @all))
  ])
  (#eq? @_all "__all__"))
(expression_statement
  (augmented_assignment left: (identifier) @_all right: [
    (list (string (string_content) @all))
    (tuple (string (string_content) @all))
  ])
  (#eq? @_all "__all__"))

(expression_statement
  (assignment left: (identifier) @name type: (type) @_type)
  (#match? @_type "^(typing\\.)?Final\\b")) @constant
(expression_statement (assignment left: (identifier) @name)) @variable
; a, (b, c) = f()
(expression_statement (assignment left: (pattern_list [
  (identifier) @name
  (tuple_pattern (identifier) @name)
]))) @variable
(expression_statement (assignment left: (tuple_pattern (identifier) @name))) @variable

(import_statement name: [(dotted_name) @import (aliased_import name: (_) @import)])
(import_from_statement module_name: (_) @import)
(import_from_statement module_name: (_) @_module
  name: [(dotted_name) @member (aliased_import name: (dotted_name) @member)])
(future_import_statement "__future__" @import)
