; Kotlin. The captures are explained in walk.py.

[(line_comment) (block_comment)] @comment

(class_declaration
  (modifiers (class_modifier) @_modifier)
  name: (_) @name
  (primary_constructor (class_parameters) @inside)
  (enum_class_body) @body @inside
  (#eq? @_modifier "enum")) @enum
(class_declaration
  (modifiers (class_modifier) @_modifier)
  name: (_) @name
  (enum_class_body) @body @inside
  (#eq? @_modifier "enum")) @enum
(class_declaration "interface" name: (_) @name (class_body) @body @inside) @interface
(class_declaration "interface" name: (_) @name) @interface
(class_declaration
  name: (_) @name
  (primary_constructor (class_parameters) @inside)
  [(class_body) (enum_class_body)] @body @inside) @class
; `class A(val b: B) : B by b { ... }`: the grammar takes the class's body for an argument of `b`.
(class_declaration
  name: (_) @name
  (primary_constructor (class_parameters) @inside)
  (delegation_specifiers (delegation_specifier (explicit_delegation
    (call_expression (annotated_lambda (lambda_literal) @body @inside)))))) @class
(class_declaration name: (_) @name [(class_body) (enum_class_body)] @body @inside) @class
(class_declaration name: (_) @name (primary_constructor (class_parameters) @inside)) @class
(class_declaration name: (_) @name) @class
(object_declaration name: (_) @name (class_body)? @body @inside) @class
(companion_object name: (_) @name (class_body)? @body @inside) @class
; Without a name of its own its members are called by the name of the class.
(companion_object !name (class_body) @through)
(type_alias type: (_) @name) @type

(function_declaration name: (_) @name (function_body)? @body) @function
(secondary_constructor "constructor" @name (block) @body) @method
(secondary_constructor "constructor" @name) @method

; A property is a constant or not by its keyword; one with a getter ends before it.
(property_declaration
  (modifiers (property_modifier) @_modifier)
  (variable_declaration . (identifier) @name)
  (#eq? @_modifier "const")) @constant
(property_declaration "val" (variable_declaration . (identifier) @name) [(getter) (property_delegate)] @body) @value
(property_declaration "val" (variable_declaration . (identifier) @name)) @value
(property_declaration "val" (multi_variable_declaration (variable_declaration . (identifier) @name))) @value
(property_declaration
  (variable_declaration . (identifier) @name)
  [(getter) (setter) (property_delegate)] @body) @variable
(property_declaration (variable_declaration . (identifier) @name)) @variable
(property_declaration (multi_variable_declaration (variable_declaration . (identifier) @name))) @variable
(class_parameter ["val" "var"] . (identifier) @name) @field
(enum_entry (identifier) @name (class_body) @body @inside) @constant
(enum_entry (identifier) @name) @constant

(ERROR) @through

(package_header (_) @own)
(import (qualified_identifier) @import)
