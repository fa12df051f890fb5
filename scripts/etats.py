"""A status set by hand: code that writes ``etat`` past ``socle.transition``.

``socle`` itself is left out: the transition lives there, and its jobs and e-mails follow no cycle.
"""

import ast
from collections.abc import Iterator

CHAMP = "etat"
#: Calls that write the fields they are told by keyword…
PAR_MOT_CLE = {"update", "aupdate"}
#: … and those that name them in a list or a dictionary.
PAR_NOM = {"save", "asave", "bulk_update", "abulk_update", "update_or_create", "setattr"}


def written_by_hand(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that write a state, or let a form write it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and _assigns(node):
            yield node.lineno
        if isinstance(node, ast.Call) and _calls(node):
            yield node.lineno
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            yield from _form_fields(node)


def _assigns(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    parts = [part for target in targets for part in getattr(target, "elts", [target])]
    return any(isinstance(part, ast.Attribute) and part.attr == CHAMP for part in parts)


def _calls(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in PAR_MOT_CLE:
        return any(keyword.arg == CHAMP for keyword in node.keywords)
    if name not in PAR_NOM:
        return False
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    return any(_names_state(part) for argument in arguments for part in ast.walk(argument))


def _names_state(node: ast.AST) -> bool:
    """Tell whether this is ``"etat"``, or ``etat=…`` inside a call such as ``dict(etat=…)``."""
    if isinstance(node, ast.Call):
        return any(keyword.arg == CHAMP for keyword in node.keywords)
    return isinstance(node, ast.Constant) and node.value == CHAMP


def _form_fields(meta: ast.ClassDef) -> Iterator[int]:
    values = {
        target.id: node.value
        for node in meta.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    fields = values.get("fields")
    if fields is None or "model" not in values:
        return
    if any(isinstance(part, ast.Constant) and part.value in {CHAMP, "__all__"} for part in ast.walk(fields)):
        yield fields.lineno
