; Ruby. The captures are explained in walk.py.

(comment) @comment

(module name: (_) @name body: (_) @body @inside) @module
(module name: (_) @name "end" @body) @module
(class name: (_) @name body: (_) @body @inside) @class
(class name: (_) @name "end" @body) @class
(singleton_class value: [(self) (parenthesized_statements)] body: (_) @through)
(singleton_class value: [(constant) (scope_resolution)] @name body: (_) @inside) @scope

(method name: (_) @name body: (_) @body) @method
(method name: (_) @name "end" @body) @method
(singleton_method object: (self) name: (_) @name body: (_) @body) @method
(singleton_method object: (self) name: (_) @name "end" @body) @method
(singleton_method object: (_) @owner name: (_) @name body: (_) @body) @method
(singleton_method object: (_) @owner name: (_) @name "end" @body) @method
(alias name: (_) @name) @method
(call
  method: (identifier) @_call
  arguments: (argument_list . (simple_symbol) @name)
  (#any-of? @_call "alias_method" "define_method" "define_singleton_method")) @method
(call
  method: (identifier) @_call
  arguments: (argument_list [(simple_symbol) (string)] @name)
  (#any-of? @_call "attr_reader" "attr_writer" "attr_accessor" "attr")) @field

; private def f, memoize def f, private attr_reader :a
(call arguments: (argument_list [(method) (singleton_method) (call)])) @wrap
(call arguments: (argument_list) @through)

; Constants, and the classes that are made for them
(assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_class
    method: (identifier) @_new
    block: (_ body: (_) @body @inside))
  (#any-of? @_class "Class" "Struct" "Data")
  (#any-of? @_new "new" "define")) @class
(assignment
  left: (constant) @name
  right: (call receiver: (constant) @_class method: (identifier) @_new)
  (#any-of? @_class "Class" "Struct" "Data")
  (#any-of? @_new "new" "define")) @class
(assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_class
    method: (identifier) @_new
    block: (_ body: (_) @body @inside))
  (#eq? @_class "Module")
  (#eq? @_new "new")) @module
(assignment left: (constant) @name) @constant
(assignment left: (scope_resolution) @name) @constant
(operator_assignment left: (constant) @name) @constant
(assignment left: (left_assignment_list (constant) @name)) @constant

[
  (if) (unless) (then) (else) (elsif) (case) (when) (begin) (rescue) (ensure)
  (begin_block) (body_statement) (ERROR)
] @through
(if_modifier body: (_)) @through
(unless_modifier body: (_)) @through
; included do ... end, class_methods do ... end
(call
  method: (identifier) @_block
  block: (_ body: (_) @through)
  (#any-of? @_block "included" "class_methods" "prepended" "refine" "class_eval" "instance_eval" "module_eval"))

(call
  !receiver
  method: (identifier) @_require
  arguments: (argument_list . (string . (string_content) @import .) .)
  (#any-of? @_require "require" "load"))
(call
  !receiver
  method: (identifier) @_require
  arguments: (argument_list . (string . (string_content) @nearby .) .)
  (#eq? @_require "require_relative"))
(call
  method: (identifier) @_require
  arguments: (argument_list (simple_symbol) (string . (string_content) @nearby .) .)
  (#eq? @_require "autoload"))
