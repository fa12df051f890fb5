"""``make docs-check``: links of the documents, and rules that the tests prove.

Fails on a link to something that is not there, and on a rule number that does not exist. The rules
that no test names yet are printed, and are not a failure.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.etapes import RACINE, say

#: R1 to R45 and the three that came between (DOMAIN).
REGLES = (*(f"R{number}" for number in range(1, 46)), "R15a", "R22a", "R22b")
LIEN = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<img[^>]+src=\"([^\"]+)\"")
TITRE = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
BLOC = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
MARQUE = re.compile(r"\bregle\(([^)]*)\)")
NOM = re.compile(r"[\"']([^\"']+)[\"']")


def documents(root: Path) -> list[Path]:
    """Return the documents whose links are checked."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def blank(match: re.Match[str]) -> str:
    """Replace code by as many empty lines, so that line numbers stay true."""
    return "\n" * match.group(0).count("\n")


def anchor(title: str) -> str:
    """Return the anchor that a forge gives to a title."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document."""
    return {anchor(title) for title in TITRE.findall(BLOC.sub(blank, path.read_text()))}


def broken_links(root: Path) -> Iterator[str]:
    """Yield every link that leads nowhere in the project; outside addresses are not asked."""
    for document in documents(root):
        text = CODE.sub(lambda match: " " * len(match.group(0)), BLOC.sub(blank, document.read_text()))
        for match in LIEN.finditer(text):
            link = match.group(1) or match.group(2)
            if re.match(r"[a-z][a-z0-9+.-]*:", link):
                continue
            name, _, fragment = link.partition("#")
            target = (document.parent / name).resolve() if name else document
            where = f"{document.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}"
            if not target.is_relative_to(root.resolve()) or not target.exists():
                yield f"{where}: {link} n’existe pas"
            elif fragment and target.suffix == ".md" and fragment not in anchors(target):
                yield f"{where}: {link} : aucun titre ne porte cette ancre"


def marks(root: Path) -> dict[str, list[str]]:
    """Return the rules that tests name, with the files that name them."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        if path.is_relative_to(root / "tests/outillage"):
            continue
        for arguments in MARQUE.findall(path.read_text()):
            for name in NOM.findall(arguments):
                found.setdefault(name, []).append(str(path.relative_to(root)))
    return found


def main() -> int:
    """Print what is wrong, then which rules have no test yet."""
    links = list(broken_links(RACINE))
    named = marks(RACINE)
    unknown = [
        f"{file}: la règle {name} n’existe pas"
        for name, files in named.items()
        if name not in REGLES
        for file in files
    ]
    for problem in [*links, *unknown]:
        say(problem)
    untested = [rule for rule in REGLES if rule not in named]
    say(f"{len(documents(RACINE))} documents, {len(links)} lien(s) rompu(s)")
    say(f"{len(REGLES) - len(untested)} règles sur {len(REGLES)} sont nommées par un test")
    if untested:
        say(f"Sans test : {', '.join(untested)}")
    return 1 if links or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
