"""Every class of the design system that we name is known to a sheet that the pages load."""

from pathlib import Path

import pytest

from scripts.etapes import RACINE
from tests.filets import feuilles
from tests.filets.lecture import Page


def test_given_the_sources_when_read_then_each_class_is_known_to_a_served_sheet() -> None:
    assert feuilles.findings(RACINE, feuilles.known(feuilles.served())) == []


@pytest.mark.parametrize(
    ("fichier", "texte", "nom"),
    [
        ("templates/a.html", '<a class="fr-btn fr-icon-plane-line">', "fr-icon-plane-line"),
        ("templates/a.html", '<p class="fr-badge{% if x %} fr-badge--vert{% endif %}">', "fr-badge--vert"),
        ("templates/a.html", '<p class="fr-bagde--{{ genre }}">', "fr-bagde--"),
        ("templates/a.html", '<p class="fr-background-alt--grey">', "fr-background-alt--grey"),
        ("suivi/forms/a.py", 'attrs={"class": "fr-imput"}', "fr-imput"),
        ("static/portail/a.js", 'e.classList.add("fr-hiden")', "fr-hiden"),
        ("static/portail/a.js", "`ri-home-line`", "ri-home-line"),
    ],
)
def test_given_a_class_that_no_sheet_knows_when_read_then_it_is_named(
    fichier: str, texte: str, nom: str, tmp_path: Path
) -> None:
    (tmp_path / fichier).parent.mkdir(parents=True)
    (tmp_path / fichier).write_text(texte)
    assert feuilles.findings(tmp_path, feuilles.known(feuilles.served())) == [f"{fichier}: {nom}"]


@pytest.mark.parametrize(
    ("fichier", "texte"),
    [
        (
            "templates/a.html",
            '<p class="fr-badge fr-badge--{{ genre }} fr-icon-add-line" data-fr-opened="1">',
        ),
        ("templates/pdf/a.html", '<p class="fr-inconnu">'),
        ("suivi/forms/a.py", 'f"fr-col-{largeur} fr-col-md-6"'),
        ("static/portail/a.js", 'new Intl.DateTimeFormat("fr-FR")'),
    ],
)
def test_given_a_class_that_a_sheet_knows_when_read_then_nothing_is_said(
    fichier: str, texte: str, tmp_path: Path
) -> None:
    (tmp_path / fichier).parent.mkdir(parents=True)
    (tmp_path / fichier).write_text(texte)
    assert feuilles.findings(tmp_path, feuilles.known(feuilles.served())) == []


@pytest.mark.parametrize("feuille", feuilles.served())
def test_given_a_sheet_of_icons_when_it_is_no_longer_served_then_its_icons_are_missed(feuille: str) -> None:
    if "icons-" in feuille:
        autres = feuilles.known(autre for autre in feuilles.served() if autre != feuille)
        assert feuilles.findings(RACINE, autres) != []


def test_given_a_name_without_a_rule_when_excused_then_it_is_used_and_no_sheet_knows_it() -> None:
    dits = {nom for source in feuilles.sources(RACINE) for nom in feuilles.NOM.findall(source.read_text())}
    assert feuilles.SANS_REGLE.keys() <= dits
    assert not feuilles.SANS_REGLE.keys() & feuilles.known(feuilles.served())


def test_given_a_page_when_read_then_its_classes_and_its_sheets_are_known() -> None:
    page = Page(
        '<link rel="stylesheet" href="/static/portail/portail.css"><link rel="icon" href="/static/i.svg">'
        '<p class="fr-a  gen-b"><b class="fr-c">'
    )
    assert (feuilles.sheets(page), page.classes) == (["portail/portail.css"], {"fr-a", "gen-b", "fr-c"})
