; C++, before c_family.scm.

(namespace_definition name: (_) @name body: (_) @body @inside) @namespace
(namespace_definition !name body: (_) @through)
(class_specifier name: (_) @name body: (_) @body @inside) @class
(declaration type: (class_specifier name: (_) @name body: (_) @body @inside) @class)
(field_declaration type: (class_specifier name: (_) @name body: (_) @body @inside) @class)
(template_declaration parameters: (_) @lead) @wrap
(alias_declaration name: (_) @name) @type
(concept_definition name: (_) @name) @type

; Functions with the ends that only C++ has
(function_definition declarator: (_) @declarator [
  (compound_statement) (field_initializer_list) (try_statement)
  (default_method_clause) (delete_method_clause) (pure_virtual_clause)
] @body) @function
(friend_declaration "friend" @lead (function_definition)) @wrap
