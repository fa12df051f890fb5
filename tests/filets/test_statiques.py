"""What collectstatic leaves out is asked for by nobody: in production a page that names it would break."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.utils import matches_patterns
from dsfr.constants import DsfrStaticAssets

from scripts.etapes import RACINE
from scripts.inutilises import APPS, library_folders

NOM = re.compile(r"""(?:{%-?\s*static\s+|\bstatic\(\s*)["']([\w./-]+)["']""")


#: Named by a library in what no page of ours calls.
SANS_BESOIN = {
    "dsfr/dist/dsfr/dsfr.min.css": "django-dsfr's tag dsfr_css, in whose place includes/feuilles.html stands",
    "dsfr/dist/utility/utility.min.css": "the same",
    "facebook/js/fbconnect.js": "a provider of allauth that is not installed",
    "telegram/js/telegram.js": "the same",
}


def names() -> Iterator[str]:
    """Yield the static files that templates, code and forms name, libraries' own included."""
    for dossier in (RACINE / "templates", *library_folders()):
        for page in dossier.rglob("*.html"):
            yield from NOM.findall(page.read_text())
    for app in APPS:
        for code in (RACINE / app).rglob("*.py"):
            yield from NOM.findall(code.read_text())
    yield from (nom for cle, nom in vars(DsfrStaticAssets).items() if cle.startswith("DSFR_"))
    for modele in admin.site._registry.values():
        yield from (nom for nom in (*modele.media._js, *modele.media._css_lists) if isinstance(nom, str))


def left_out(nom: str) -> bool:
    """Tell whether collectstatic leaves a file out."""
    motifs = apps.get_app_config("staticfiles").ignore_patterns
    return matches_patterns(nom, motifs) or matches_patterns(Path(nom).name, motifs)


def test_given_every_static_file_that_is_named_then_it_is_there_and_is_collected() -> None:
    nommes = set(names())
    assert len(nommes) > 50
    absents = {nom for nom in nommes if finders.find(nom) is None or left_out(nom)}
    assert absents == SANS_BESOIN.keys()


def test_given_a_file_that_is_left_out_when_asked_then_it_is_said() -> None:
    assert left_out("dsfr/dist/dsfr/dsfr.min.css")
    assert left_out("dsfr/dist/icons/map/map-pin-2-fill.svg")
    assert not left_out("dsfr/dist/icons/system/add-line.svg")
