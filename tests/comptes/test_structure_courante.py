"""Somebody in several structures acts for one at a time; somebody in one never hears of it."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from comptes import domain
from comptes.models import RoleMembre, Structure, Utilisateur
from tests.comptes.fabriques import DONNEES_STRUCTURE, membre, siret, structure, utilisateur

pytestmark = pytest.mark.django_db

AGIR = "/comptes/structure/agir/"


def _in_two() -> tuple[Utilisateur, Structure, Structure, Client]:
    """Return a person, their two structures (A comes first) and their browser."""
    personne = utilisateur()
    un = structure(personne, raison_sociale="Atelier A")
    deux = structure(personne, raison_sociale="Bureau B")
    navigateur = Client()
    navigateur.force_login(personne)
    return personne, un, deux, navigateur


def test_given_one_structure_when_the_pages_open_then_no_choice_is_shown() -> None:
    personne = utilisateur()
    lieu = structure(personne)
    navigateur = Client()
    navigateur.force_login(personne)
    for chemin in ("/", f"/comptes/structure/{lieu.pk}/", "/candidatures/nouvelle/"):
        page = navigateur.get(chemin).content.decode()
        assert "Changer de structure" not in page
        assert "Vous agissez pour" not in page
    assert navigateur.get(AGIR).url == "/comptes/structure/"
    assert not personne.autres_structures


def test_given_two_structures_when_choosing_then_every_page_says_for_which_one() -> None:
    _, un, deux, navigateur = _in_two()
    assert "Vous agissez pour <strong>Atelier A</strong>" in navigateur.get("/").content.decode()
    page = navigateur.get(AGIR).content.decode()
    assert "Atelier A" in page
    assert "Bureau B" in page
    page = navigateur.post(AGIR, {"structure": deux.pk, "suite": "/candidatures/"}, follow=True)
    assert page.redirect_chain == [("/candidatures/", 302)]
    assert "Vous agissez pour <strong>Bureau B</strong>" in page.content.decode()
    accueil = navigateur.get("/").content.decode()
    assert f"/comptes/structure/{deux.pk}/" in accueil
    assert f"/comptes/structure/{un.pk}/" not in accueil


def test_given_the_page_of_the_other_structure_when_opened_then_it_opens_and_says_whose_it_is() -> None:
    _, un, deux, navigateur = _in_two()
    page = navigateur.get(f"/comptes/structure/{deux.pk}/").content.decode()
    assert "Cette page est celle de «&nbsp;Bureau B&nbsp;»" in page
    assert "Agir pour cette structure" in page
    assert "Cette page est celle de" not in navigateur.get(f"/comptes/structure/{un.pk}/").content.decode()


@pytest.mark.parametrize("forge", ["etrangere", "inconnue", "mot", "vide"])
def test_given_a_forged_structure_when_chosen_then_it_is_hidden_and_nothing_changes(forge: str) -> None:
    _, _, _, navigateur = _in_two()
    valeur = {"etrangere": str(structure().pk), "inconnue": str(uuid.uuid4()), "mot": "A", "vide": ""}[forge]
    assert navigateur.post(AGIR, {"structure": valeur}).status_code == 404
    assert "structure" not in navigateur.session
    assert "Vous agissez pour <strong>Atelier A</strong>" in navigateur.get("/").content.decode()


def test_given_an_address_outside_when_choosing_then_one_stays_on_the_portal() -> None:
    _, _, deux, navigateur = _in_two()
    reponse = navigateur.post(AGIR, {"structure": deux.pk, "suite": "https://ailleurs.example/"})
    assert reponse.url == "/"


def test_given_the_membership_ended_meanwhile_when_the_next_page_opens_then_it_says_so_once() -> None:
    with time_machine.travel(datetime(2021, 9, 20, 8, tzinfo=UTC), tick=False) as horloge:
        personne, un, deux, navigateur = _in_two()
        navigateur.post(AGIR, {"structure": deux.pk})
        autre = membre(deux, RoleMembre.RESPONSABLE)
        horloge.shift(1)
        appartenance = deux.appartenances.get(utilisateur=personne)
        domain.remove_member(acteur=autre, appartenance=appartenance)
        page = navigateur.get("/").content.decode()
        assert "Vous n’êtes plus membre de la structure pour laquelle vous agissiez." in page
        assert "Vous agissez maintenant pour «\u00a0Atelier A\u00a0»." in page
        assert "structure" not in navigateur.session
        assert "plus membre" not in navigateur.get("/").content.decode()
        personne.forget_roles()
        assert personne.structure_courante == un


def test_given_the_choice_when_another_person_signs_in_on_this_browser_then_it_is_forgotten() -> None:
    _, _, deux, navigateur = _in_two()
    navigateur.post(AGIR, {"structure": deux.pk})
    navigateur.force_login(utilisateur())
    assert "plus membre" not in navigateur.get("/").content.decode()
    assert "structure" not in navigateur.session


def test_given_a_new_structure_when_created_then_one_acts_for_it() -> None:
    personne, _, _, navigateur = _in_two()
    donnees = {**DONNEES_STRUCTURE, "siret": siret(), "raison_sociale": "Zénith Z"}
    page = navigateur.post("/comptes/structure/nouvelle/", donnees, follow=True).content.decode()
    assert "Vous agissez pour <strong>Zénith Z</strong>" in page
    assert personne.appartenances.count() == 3
