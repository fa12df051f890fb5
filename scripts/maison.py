"""House rules that no off-the-shelf linter holds, each with its reason.

Prints ``file:line: what is wrong`` and exits with 1 when there is one.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts import etats, inutilises
from scripts.etapes import RACINE

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
DOMAINES = ("referentiels", "comptes", "candidatures", "labellisation", "suivi", "pilotage")

Constat = tuple[Path, int, str]

#: A verb knows no request and no page: what it raises or returns is shown by whoever called it.
INTERDITS_AU_DOMAINE = ("django.http", "django.shortcuts", "django.template", "django.contrib.messages")
#: R7: one clock. ``socle`` owns it, so only its own file reads the machine's time.
HORLOGES = {
    ("timezone", "now"),
    ("datetime", "now"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
HORLOGE_PERMISE = ("socle/horloge.py", "socle/models/horloge.py")

GABARIT_INTERDITS = (
    # The strict CSP would refuse them in the browser, silently for whoever wrote them.
    (re.compile(r"\sstyle\s*=\s*[\"']"), "attribut style : la CSP le refuse, écrivez une classe"),
    (re.compile(r"<style\b"), "balise style : la CSP la refuse, écrivez dans static/"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']"), "attribut on… : la CSP le refuse, écrivez dans static/"),
    (
        re.compile(r"<script\b(?![^>]*\b(src|nonce|type=\"application/(ld\+)?json\"))"),
        "script en ligne : la CSP le refuse",
    ),
    (
        # A field's help is written by us, in code.
        re.compile(r"(?<!help_text)\|\s*safe\b"),
        "filtre safe : rien de ce qu’une personne saisit ne doit passer sans échappement",
    ),
)
#: ``# type: ignore[code]  # why``.
SILENCE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[^\]]+\])?(?:\s*#\s*(?P<raison>\S.*))?")
#: Read in a terminal or a log, where any space does.
A_L_ECRAN_DES_COMMANDES = {
    "management",
    "sauvegarde",
    "imports",
    "antivirus.py",
    "fournisseurs.py",
    "echeances.py",
}
ESPACE = re.compile(r"\w [;:!?»](?!\w|//)|« ")
ADRESSE = re.compile(r"https?://|^\s*--(extra-)?index-url|^\s*--find-links|@ (file|git)", re.MULTILINE)


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Yield the Python files of some folders, migrations left out."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = node.module or ""
    return [module, *(f"{module}.{alias.name}" for alias in node.names)]


def check_domain(root: Path) -> Iterator[Constat]:
    """Verbs: no page, no message, no request; keyword-only functions."""
    for app in DOMAINES:
        for path in python_files(root, f"{app}/domain"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for module in imported(node):
                        if module.startswith(INTERDITS_AU_DOMAINE):
                            yield path, node.lineno, f"le domaine n’importe pas {module}"
                            break
                if isinstance(node, ast.FunctionDef):
                    names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
                    if "request" in names:
                        yield path, node.lineno, f"{node.name} : un verbe ne reçoit pas la requête"


def check_clock(root: Path) -> Iterator[Constat]:
    """R7: nothing but the clock reads the time of the machine."""
    for path in python_files(root, *APPS):
        if str(path.relative_to(root)).endswith(HORLOGE_PERMISE):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (name, node.func.attr) in HORLOGES:
                yield path, node.lineno, f"{name}.{node.func.attr}() : l’heure vient de socle.horloge (R7)"


def check_silence(root: Path) -> Iterator[Constat]:
    """No error swallowed whole."""
    for path in python_files(root, *APPS, "scripts"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
            if broad and all(isinstance(part, ast.Pass) for part in node.body):
                yield path, node.lineno, "erreur avalée en silence"


def check_states(root: Path) -> Iterator[Constat]:
    """A state changes by its transition alone, whoever asks for it."""
    for path in python_files(root, *DOMAINES, "gen_portal"):
        for line in etats.written_by_hand(ast.parse(path.read_text())):
            yield path, line, "état écrit à la main : passez par socle.transition"


def check_spaces(root: Path) -> Iterator[Constat]:
    """A sentence that a page shows does not begin a line by its colon: the space before it holds."""
    for path in python_files(root, *DOMAINES, "socle"):
        parts = set(path.relative_to(root).parts)
        if parts & A_L_ECRAN_DES_COMMANDES:
            continue
        tree = ast.parse(path.read_text())
        apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in apart:
                continue
            if ESPACE.search(node.value):
                yield path, node.lineno, "espace ordinaire devant « : ; ! ? » » : écrivez \\u00a0"


def check_tests(root: Path) -> Iterator[Constat]:
    """A test runs or is not written: no skip, no expected failure."""
    word = re.compile(r"\b(pytest\.skip|mark\.skip(if)?|mark\.xfail|pytest\.xfail|importorskip)\b")
    for path in python_files(root, "tests"):
        if path.is_relative_to(root / "tests/outillage"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if word.search(line):
                yield path, number, "test sauté ou dont on accepte l’échec"


def check_reasons(root: Path) -> Iterator[Constat]:
    """What silences mypy, or tells it better, says why: beside, or on the line above.

    Where mypy does not look (``files`` of pyproject.toml), nothing is to be silenced.
    """
    reglages = tomllib.loads((RACINE / "pyproject.toml").read_text())
    lus = [root / dossier for dossier in reglages["tool"]["mypy"]["files"]]
    for path in python_files(root, *APPS, "scripts", "tests"):
        source = path.read_text()
        comments = _comments(source)
        for line, text in comments.items():
            if silence := SILENCE.match(text):
                if not any(path.is_relative_to(dossier) for dossier in lus):
                    yield path, line, "type: ignore là où mypy ne regarde pas : retirez-le"
                elif not silence["code"]:
                    yield path, line, "type: ignore sans code : dites ce qui est tu"
                elif not (silence["raison"] or _stands_alone(source, line - 1, comments)):
                    yield path, line, "type: ignore sans sa raison à côté"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "cast":
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                if not any(line in comments for line in lines) and not _stands_alone(
                    source, node.lineno - 1, comments
                ):
                    yield path, node.lineno, "cast sans sa raison à côté"


def _comments(source: str) -> dict[int, str]:
    """Return the comments by line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _stands_alone(source: str, line: int, comments: dict[int, str]) -> bool:
    """Tell whether a line is a comment and nothing else."""
    return line in comments and source.splitlines()[line - 1].lstrip().startswith("#")


def check_templates(root: Path) -> Iterator[Constat]:
    """Pages obey the content security policy (PDFs and e-mails, which no page holds, carry their style)."""
    for path in sorted((root / "templates").rglob("*.html")):
        if {"pdf", "courriels"} & set(path.relative_to(root).parts):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for pattern, reason in GABARIT_INTERDITS:
                if pattern.search(line):
                    yield path, number, reason


def check_locks(root: Path) -> Iterator[Constat]:
    """The locks hold hashes, never an address: they install from any registry."""
    locks = sorted((root / "requirements").glob("*.txt"))
    for path in locks:
        text = path.read_text()
        for match in ADRESSE.finditer(text):
            yield path, text.count("\n", 0, match.start()) + 1, "adresse dans un verrou"
        if "--hash=sha256:" not in text:
            yield path, 1, "verrou sans empreintes"


CONTROLES: tuple[Callable[[Path], Iterator[Constat]], ...] = (
    check_domain,
    check_clock,
    check_silence,
    check_reasons,
    check_spaces,
    check_tests,
    check_templates,
    check_states,
    check_locks,
    inutilises.check_templates,
    inutilises.check_static,
    inutilises.check_classes,
)


def problems(root: Path) -> list[str]:
    """Return every breach found under ``root``."""
    return [
        f"{path.relative_to(root)}:{line}: {text}" for check in CONTROLES for path, line, text in check(root)
    ]


def main() -> int:
    """Print the breaches."""
    found = problems(RACINE)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
