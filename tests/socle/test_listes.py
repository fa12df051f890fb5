"""The admin's lists on a phone: each cell bears the title of its column."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from comptes.models import Role
from socle import journal
from socle.models import Travail
from socle.references import SYSTEME
from socle.templatetags.listes import avec_titres
from tests.comptes.fabriques import structure, utilisateur
from tests.filets.lecture import Page


def test_given_rows_of_django_when_titled_then_each_cell_bears_the_title_of_its_column_escaped() -> None:
    ligne = [
        format_html('<th class="field-nom"><a href="/x/">{}</a></th>', "<td>"),
        format_html("<td>{}</td>", "oui"),
    ]
    entetes = [{"text": "nom"}, {"text": 'l\'âge "réel"'}]
    assert list(avec_titres([ligne], entetes)) == [
        [
            '<th data-titre="Nom" class="field-nom"><a href="/x/">&lt;td&gt;</a></th>',
            '<td data-titre="L&#x27;âge &quot;réel&quot;">oui</td>',
        ]
    ]


def test_given_a_row_that_does_not_follow_its_header_when_titled_then_it_fails() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(avec_titres([[mark_safe("<td></td>")]], []))


@pytest.fixture
def administrateur(client: Client) -> Client:
    """An administrator's browser."""
    client.force_login(utilisateur(Role.ADMINISTRATEUR))
    return client


@pytest.mark.django_db
def test_given_a_list_of_the_admin_when_opened_then_its_cells_are_titled_and_it_sorts(
    administrateur: Client,
) -> None:
    structure()
    page = administrateur.get(reverse("admin:comptes_structure_changelist"), {"o": "1"}).content.decode()
    assert 'data-titre="Raison sociale"' in page
    assert "Inverser le tri" in page
    vide = administrateur.get(reverse("admin:comptes_structure_changelist"), {"q": "zzz"}).content.decode()
    assert "ne répond à cette recherche" in vide


@pytest.mark.django_db
def test_given_an_event_when_opened_in_the_admin_then_it_says_what_was_done(administrateur: Client) -> None:
    lieu = structure()
    donnees = {
        "cle": "valeur<b>",
        "lue": True,
        "close": False,
        "note": None,
        "champs": ["nom", "siret"],
        "par": {"criteres": 0},
    }
    evenement = journal.record("structure.essai", sujet=lieu, acteur=SYSTEME, donnees=donnees)
    page = Page(
        administrateur.get(reverse("admin:socle_evenement_change", args=[evenement.pk])).content.decode()
    )
    for dit in ("structure.essai", str(lieu.pk), evenement.empreinte):
        assert dit in page.texte
    for ligne in (
        "cle : valeur<b>",
        "lue : oui",
        "close : non",
        "note : —",
        "champs : nom, siret",
        "par : criteres : 0",
    ):
        assert ligne in page.texte
    assert "Historique" not in page.texte


@pytest.mark.django_db
def test_given_a_job_when_opened_in_the_admin_then_it_says_what_it_was_given(administrateur: Client) -> None:
    travail = Travail.objects.create(genre="essai", cle="essai-1", charge={"force": True})
    page = Page(administrateur.get(reverse("admin:socle_travail_change", args=[travail.pk])).content.decode())
    for dit in ("force : oui", "Dernière erreur", "à faire"):
        assert dit in page.texte
