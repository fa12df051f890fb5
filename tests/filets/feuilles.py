"""Classes of the State's design system, against the sheets that the pages load.

A class that no sheet knows has no look, and nothing else would say so: an icon is missing, a badge is plain.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from scripts.inutilises import APPS
from tests.filets.lecture import Page

#: Names that need no rule, each with its reason.
SANS_REGLE = {
    "fr-header__body": "the State's own markup for the header; its sheet styles what is inside",
    "fr-footer__content-item": "the State's own markup for the foot of page; its sheet styles what is inside",
    "fr-theme-modal": "the id that django-dsfr gives to the display settings",
}
#: As above, in the markup that django-dsfr writes itself: the display settings, a set of boxes to tick.
DE_LA_BIBLIOTHEQUE = {"fr-display", "fr-form-group", "fr-fieldsets"}
NOM = re.compile(r"(?<![\w-])(?:fr|ri)-[a-z0-9_][\w-]*")
CLASSE = re.compile(r"\.((?:fr|ri)-[\w-]+)")
COMMENTAIRE = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def classes_of(feuille: str) -> frozenset[str]:
    """Return the classes that a sheet has rules for; ``feuille`` is its name among the static files."""
    fichier = finders.find(feuille)
    assert isinstance(fichier, str), f"no sheet {feuille}"
    css = COMMENTAIRE.sub("", Path(fichier).read_text())
    # What stands between the end of a rule and the next brace is a selector: no address, no value.
    selecteurs = (morceau.rpartition("}")[2] for morceau in css.split("{"))
    return frozenset(nom for selecteur in selecteurs for nom in CLASSE.findall(selecteur))


def known(feuilles: Iterable[str]) -> frozenset[str]:
    """Return the classes that some sheets know together."""
    return frozenset().union(*(classes_of(feuille) for feuille in feuilles))


def sheets(page: Page) -> list[str]:
    """Return the names of the sheets that a page loads."""
    return [adresse.partition("/static/")[2] for adresse in page.feuilles]


def served() -> list[str]:
    """Return the sheets of every page of the portal."""
    return sheets(Page(render_to_string("includes/feuilles.html")))


def unknown(noms: Iterable[str], connues: frozenset[str]) -> list[str]:
    """Return the names that no sheet knows; one that ends with a dash is the beginning of some others."""
    return sorted(
        nom
        for nom in set(noms)
        if nom not in connues
        and nom not in SANS_REGLE.keys() | DE_LA_BIBLIOTHEQUE
        and not (nom.endswith("-") and any(connue.startswith(nom) for connue in connues))
    )


def sources(root: Path) -> Iterator[Path]:
    """Yield what may name a class: pages, code, scripts. Papers and e-mails have sheets of their own."""
    for page in sorted((root / "templates").rglob("*.html")):
        if not {"pdf", "courriels"} & set(page.relative_to(root).parts):
            yield page
    for app in APPS:
        yield from sorted((root / app).rglob("*.py"))
    yield from sorted((root / "static").rglob("*.js"))


def findings(root: Path, connues: frozenset[str]) -> list[str]:
    """Return each name that a source gives and no served sheet knows."""
    return [
        f"{source.relative_to(root)}: {nom}"
        for source in sources(root)
        for nom in unknown(NOM.findall(source.read_text()), connues)
    ]
