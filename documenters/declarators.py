"""The declarators of C and C++, which stand around a name and say what it is: `int *(*x[3])(void)` is a variable."""

from __future__ import annotations

from tree_sitter import Node

# Whether the name inside is a function's: the declarator next to it says so.
_AROUND = {
    "function_declarator": True,
    "pointer_declarator": False,
    "reference_declarator": False,
    "array_declarator": False,
}
_NEUTRAL = frozenset(("init_declarator", "parenthesized_declarator", "attributed_declarator"))
_NAMES = frozenset(
    (
        *("identifier", "field_identifier", "type_identifier", "primitive_type", "qualified_identifier"),
        *("destructor_name", "operator_name", "operator_cast", "template_function"),
    )
)


def declared(declarator: Node) -> tuple[Node, bool] | None:
    """The name inside `declarator`, and whether it is a function's; None where there is no single name."""
    node: Node | None = declarator
    is_function = False
    while node is not None and node.type not in _NAMES:
        if node.type not in _NEUTRAL:
            if node.type not in _AROUND:
                return None
            is_function = _AROUND[node.type]
        node = node.child_by_field_name("declarator") or _unlabelled(node)
    return (node, is_function or _is_conversion(node)) if node is not None else None


def _unlabelled(node: Node) -> Node | None:
    """What a declarator is around, where its grammar gives that no field: no attribute, nor a word of some compiler."""
    return next(
        (child for child in node.named_children if child.type in _NAMES or child.type.endswith("declarator")), None
    )


def _is_conversion(name: Node | None) -> bool:
    """Whether `name` is that of `A::operator bool`, which no declarator is around."""
    while name is not None and name.type == "qualified_identifier":
        name = name.child_by_field_name("name")
    return name is not None and name.type == "operator_cast"
