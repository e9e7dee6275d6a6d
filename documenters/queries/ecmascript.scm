; What JavaScript, TypeScript and TSX share. The captures are explained in walk.py.

(comment) @comment

(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (class_body) @body @inside) @class

; Members of classes and of object literals
(method_definition name: (_) @name body: (_) @body) @method
(pair key: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @method

; const f = () => 1, o = { m() {} }, C = class {}
[
  (lexical_declaration kind: _ @lead)
  (variable_declaration "var" @lead)
] @wrap
(variable_declarator
  name: (_) @name
  value: (call_expression
    function: (identifier) @_require
    arguments: (arguments . (string (string_fragment) @import) .))
  (#eq? @_require "require")) @scope
(variable_declarator
  name: (_) @name
  value: (member_expression object: (call_expression
    function: (identifier) @_require
    arguments: (arguments . (string (string_fragment) @import) .)))
  (#eq? @_require "require")) @scope
(variable_declarator
  value: (call_expression function: (call_expression
    function: (identifier) @_require
    arguments: (arguments . (string (string_fragment) @import) .)))
  (#eq? @_require "require"))
(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body @inside)) @class
(variable_declarator name: (identifier) @name value: (object) @body @inside) @variable
(variable_declarator name: (identifier) @name) @variable
; const { a, b: c } = f(), [d] = g()
(variable_declarator
  name: [
    (object_pattern [
      (shorthand_property_identifier_pattern) @name
      (pair_pattern value: (identifier) @name)
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    ])
    (array_pattern (identifier) @name)
  ]
  value: (call_expression function: (identifier) @_function)?
  (#not-eq? @_function "require")) @variable

; exports.f = function () {}, module.exports.f = ...
(expression_statement (assignment_expression
  left: (member_expression object: [
    (identifier) @_exports
    (member_expression object: (identifier) @_module property: (_) @_exports)
  ] property: (_) @name @export)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ])
  (#eq? @_exports "exports")) @function
(expression_statement (assignment_expression
  left: (member_expression object: [
    (identifier) @_exports
    (member_expression object: (identifier) @_module property: (_) @_exports)
  ] property: (_) @name @export)
  right: (class body: (_) @body @inside))
  (#eq? @_exports "exports")) @class
(expression_statement (assignment_expression
  left: (member_expression object: [
    (identifier) @_exports
    (member_expression object: (identifier) @_module property: (_) @_exports)
  ] property: (_) @name @export)
  right: (object) @body @inside)
  (#eq? @_exports "exports")) @variable
(expression_statement (assignment_expression
  left: (member_expression object: [
    (identifier) @_exports
    (member_expression object: (identifier) @_module property: (_) @_exports)
  ] property: (_) @name @export))
  (#eq? @_exports "exports")) @scope

; module.exports = { f, g() {} }
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @_exports)
  right: [
    (identifier) @export
    (class name: (_) @export)
    (function_expression name: (_) @export)
    (object [
      (shorthand_property_identifier) @export
      (pair key: (_) @export)
      (method_definition name: (_) @export)
    ])
  ])
  (#eq? @_module "module") (#eq? @_exports "exports"))
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @_exports)
  right: (class name: (_) @name body: (_) @body @inside))
  (#eq? @_module "module") (#eq? @_exports "exports")) @class
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @name)
  right: (class !name body: (_) @body @inside))
  (#eq? @_module "module") (#eq? @name "exports")) @class
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @_exports)
  right: (function_expression name: (_) @name body: (_) @body))
  (#eq? @_module "module") (#eq? @_exports "exports")) @function
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @name)
  right: [
    (function_expression !name body: (_) @body)
    (arrow_function body: (_) @body)
  ])
  (#eq? @_module "module") (#eq? @name "exports")) @function
(expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (_) @_exports)
  right: (object) @through)
  (#eq? @_module "module") (#eq? @_exports "exports"))

; X.prototype.f = function () {}, X.prototype = { f() {} }, X.f = function () {}, X.y = { f() {} }
(expression_statement (assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @owner property: (_) @_prototype)
    property: (_) @name)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ])
  (#eq? @_prototype "prototype")) @method
(expression_statement (assignment_expression
  left: (member_expression object: (_) @name property: (_) @_prototype)
  right: (object) @inside)
  (#eq? @_prototype "prototype")) @scope
(expression_statement (assignment_expression
  left: (member_expression object: [(identifier) (member_expression) (this)] @owner property: (_) @name)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ])
  (#not-match? @owner "^(module|exports|module[.]exports)$")) @function
(expression_statement (assignment_expression
  left: (member_expression object: [(identifier) (member_expression) (this)] @owner property: (_) @name)
  right: (object) @body @inside)
  (#not-match? @owner "^(module|exports|module[.]exports)$") (#not-eq? @name "prototype")) @variable

; Wrappers that hold a whole file: (function () { ... })(), define(function () { ... }), UMD
[
  (if_statement) (else_clause) (try_statement) (catch_clause) (finally_clause)
  (statement_block) (parenthesized_expression) (class_static_block) (labeled_statement) (ERROR)
] @through
(expression_statement [(parenthesized_expression) (call_expression) (unary_expression)]) @through
(unary_expression argument: (call_expression) @through)
(call_expression function: [
  (function_expression body: (_) @through)
  (arrow_function body: (_) @through)
  (parenthesized_expression [
    (function_expression body: (_) @through)
    (arrow_function body: (_) @through)
  ])
  (member_expression object: [
    (function_expression body: (_) @through)
    (parenthesized_expression [
      (function_expression body: (_) @through)
      (arrow_function body: (_) @through)
    ])
  ])
])
(call_expression
  function: [(parenthesized_expression (function_expression)) (function_expression)]
  arguments: (arguments [
    (function_expression body: (_) @through)
    (arrow_function body: (_) @through)
  ]))
(call_expression
  function: (identifier) @_define
  arguments: (arguments [
    (function_expression body: (_) @through)
    (arrow_function body: (_) @through)
  ])
  (#eq? @_define "define"))
(call_expression
  function: (identifier) @_define
  arguments: (arguments (array (string (string_fragment) @import)))
  (#eq? @_define "define"))
(expression_statement (call_expression
  function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @import) .))
  (#eq? @_require "require"))

; import and export
(import_statement source: (string (string_fragment) @import))
(export_statement source: (string (string_fragment) @import))
(export_statement "export" . declaration: (_)) @exported
(export_statement "default" @export) @wrap
(export_statement (export_clause (export_specifier !alias name: _ @export)))
(export_statement (export_clause (export_specifier alias: _ @export)))
(export_statement (namespace_export (_) @export))
(export_statement "default" @name value: (class body: (_) @body @inside)) @class
(export_statement "default" @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @function
(export_statement "default" @name value: (object) @body @inside) @variable

; await import("x"), f(require("x")): also looked for inside functions, see buried.py
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import)))
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @import) .)
  (#eq? @_require "require"))
