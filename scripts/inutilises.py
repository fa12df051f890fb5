"""What nobody uses any more: templates, static files, classes of our style sheets.

A template lives when the code names it, when a library asks for a template of that name, or when a living
template extends or includes it. The code may name it whole (``"suivi/session.html"``), by its stem for an
e-mail (``send("compte_invitation")``), or with a hole (``f"admin/labellisation/{gabarit}.html"``), which
must then be filled by a string of the code.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

APPS = (
    "socle",
    "referentiels",
    "comptes",
    "candidatures",
    "labellisation",
    "suivi",
    "pilotage",
    "gen_portal",
)
#: Libraries that ask for a template by its name, so that a project may put its own in its place.
BIBLIOTHEQUES = ("django", "allauth", "dsfr", "crispy_forms")
APPELS = re.compile(r"{%-?\s*(?:extends|include)\s+([^%]+?)\s*-?%}")
NOM = re.compile(r"[\"']([\w./-]+\.(?:html|txt))[\"']")
CLASSE = re.compile(r"\bgen-[a-z0-9]+(?:[-_]+[a-z0-9]+)*")
RADICAL = re.compile(r"\b(gen-[a-z0-9_-]*[-_])\{")
COMMENTAIRE = re.compile(r"/\*.*?\*/", re.DOTALL)

Constat = tuple[Path, int, str]


def _code(root: Path) -> list[Path]:
    folders = [root / app for app in APPS]
    return [path for app in folders for path in sorted(app.rglob("*.py")) if "migrations" not in path.parts]


def strings_of_code(root: Path) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the strings of the code, and the f-strings as patterns, a group for each hole."""
    strings: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in _code(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            if isinstance(node, ast.JoinedStr) and any("." in _literal(part) for part in node.values):
                parts = [re.escape(text) if (text := _literal(part)) else r"([\w-]+)" for part in node.values]
                patterns.append(re.compile("".join(parts)))
    return strings, patterns


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@cache
def library_folders() -> tuple[Path, ...]:
    """Return the folders of the libraries that ask for templates by name."""
    specs = [importlib.util.find_spec(name) for name in BIBLIOTHEQUES]
    return tuple(Path(spec.origin).parent for spec in specs if spec and spec.origin)


@cache
def library_templates() -> frozenset[str]:
    """Return the names of the templates that the libraries bring."""
    return frozenset(
        str(path.relative_to(folder))
        for library in library_folders()
        for folder in library.rglob("templates")
        for path in folder.rglob("*.*")
    )


@cache
def _crispy_names() -> frozenset[str]:
    """Return what django-crispy-forms asks of a template pack: ``uni_form.html``, ``field.html``…"""
    (folder,) = [folder for folder in library_folders() if folder.name == "crispy_forms"]
    texts = [path.read_text() for path in folder.rglob("*.py")]
    return frozenset(name for text in texts for name in re.findall(r"[\"']%s/([\w/]+\.html)", text))


def _asked_by_crispy(name: str, strings_of_layout: set[str]) -> bool:
    """A piece of layout is asked for when a form uses its class; the rest whenever a form shows."""
    if not name.startswith("dsfr/"):
        return False
    piece = name.removeprefix("dsfr/")
    if piece.startswith("layout/"):
        return Path(piece).stem in strings_of_layout
    return piece in _crispy_names()


def _of_a_model_in_the_admin(name: str) -> bool:
    """``admin/<app>/<model>/change_form.html`` stands in for the admin's own page, for one model."""
    parts = Path(name).parts
    return len(parts) == 4 and parts[1] in APPS and f"admin/{parts[3]}" in library_templates()


def _layout_classes(root: Path) -> set[str]:
    """Return the classes of crispy's layout that the code imports, in lower case."""
    return {
        alias.name.lower()
        for path in _code(root)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "crispy_forms.layout"
        for alias in node.names
    }


def _roots(root: Path, names: set[str]) -> set[str]:
    strings, patterns = strings_of_code(root)
    layout = _layout_classes(root)
    found = set()
    for name in names:
        stem = Path(name).stem
        filled = any(
            (match := pattern.fullmatch(name)) and set(match.groups()) <= strings for pattern in patterns
        )
        mail = name.startswith("courriels/") and name.endswith(".txt") and stem in strings
        document = name == f"pdf/{stem}.html" and stem in strings
        library = name in library_templates() or _asked_by_crispy(name, layout)
        if name in strings or filled or mail or document or library or _of_a_model_in_the_admin(name):
            found.add(name)
    return found


def check_templates(root: Path) -> Iterator[Constat]:
    """Each file of ``templates/`` is asked for by something."""
    folder = root / "templates"
    texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.*"))}
    alive: set[str] = set()
    waiting = _roots(root, set(texts))
    while waiting:
        name = waiting.pop()
        alive.add(name)
        called = {found for call in APPELS.findall(texts[name]) for found in NOM.findall(call)}
        waiting |= (called & texts.keys()) - alive
    for name in sorted(texts.keys() - alive):
        yield folder / name, 1, "gabarit que rien n’utilise"


def check_static(root: Path) -> Iterator[Constat]:
    """Each file of ``static/`` is named by a template, the code or another static file."""
    folder = root / "static"
    sources = [
        *_code(root),
        *(root / "templates").rglob("*.*"),
        *folder.rglob("*.css"),
        *folder.rglob("*.js"),
    ]
    texts = {path: path.read_text() for path in sources}
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        if not any(path.name in text for source, text in texts.items() if source != path):
            yield path, 1, "fichier statique que rien n’utilise"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a style sheet, comments blanked out."""
    text = COMMENTAIRE.sub(lambda match: "\n" * match.group(0).count("\n"), path.read_text())
    yield from enumerate(text.splitlines(), start=1)


def check_classes(root: Path) -> Iterator[Constat]:
    """A class ``gen-…`` of a style sheet is used by a page, whole or by its stem (``gen-avis--{{ x }}``)."""
    users = [*_code(root), *(root / "templates").rglob("*.html"), *(root / "static").rglob("*.js")]
    texts = [path.read_text() for path in users]
    used = {name for text in texts for name in CLASSE.findall(text)}
    stems = tuple({stem for text in texts for stem in RADICAL.findall(text)})
    for path in sorted((root / "static").rglob("*.css")):
        for number, line in _lines(path):
            for name in CLASSE.findall(line):
                if name not in used and not name.startswith(stems):
                    yield path, number, f"classe {name} que rien n’utilise"
