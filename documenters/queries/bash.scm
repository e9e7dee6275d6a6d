; Bash and the other shells of its family. The captures are explained in walk.py.

(comment) @comment

(function_definition name: (_) @name body: (_) @body) @function

(declaration_command
  ["readonly" "declare" "typeset"] @_keyword . (word) @_flags
  (variable_assignment name: (variable_name) @name)
  (#match? @_flags "^-\\w*r")) @constant
(declaration_command "readonly" (variable_assignment name: (variable_name) @name)) @constant
(declaration_command "export" (variable_assignment name: (variable_name) @name @export)) @variable
(declaration_command "export" (variable_name) @export)
(declaration_command (variable_assignment name: (variable_name) @name)) @variable
(variable_assignment name: (variable_name) @name) @variable
(variable_assignments (variable_assignment name: (variable_name) @name)) @variable
; The first argument alone, or the one behind an option: any would take time with the square of a long command.
(command
  name: (command_name) @_alias
  . argument: (concatenation . (word) @name)
  (#eq? @_alias "alias")) @macro
(command
  name: (command_name) @_alias
  . argument: (word)
  . argument: (concatenation . (word) @name)
  (#eq? @_alias "alias")) @macro

[
  (if_statement) (elif_clause) (else_clause) (case_statement) (case_item) (compound_statement) (list)
  (redirected_statement) (ERROR)
] @through

(command
  name: (command_name) @_source
  . argument: (_) @nearby
  (#any-of? @_source "source" "."))
