; C, before c_family.scm.

(function_definition declarator: (_) @declarator body: (_) @body) @function
; TEST(name) { ... }
(function_definition declarator: (parenthesized_declarator (identifier) @name) body: (_) @body) @function
