"""The structure for which one acts decides the lists and the new dossiers; addresses stay open."""

from typing import Any

import pytest
from django.test import Client

from candidatures.models import Candidature
from comptes.models import Appartenance, RoleMembre
from tests.candidatures import fabriques as dossiers
from tests.comptes.fabriques import structure, utilisateur
from tests.labellisation import fabriques as labels
from tests.suivi import fabriques as suivi

pytestmark = pytest.mark.django_db

AGIR = "/comptes/structure/agir/"


def _member_of(*lieux: Any) -> tuple[Any, Client]:
    personne = utilisateur()
    for lieu in lieux:
        Appartenance.objects.create(utilisateur=personne, structure=lieu, role=RoleMembre.RESPONSABLE)
    navigateur = Client()
    navigateur.force_login(personne)
    return personne, navigateur


def _choose(navigateur: Client, lieu: Any) -> None:
    assert navigateur.post(AGIR, {"structure": lieu.pk}).status_code == 302


def test_given_drafts_in_two_structures_when_choosing_then_list_and_card_show_one_and_agree() -> None:
    un, deux = structure(raison_sociale="Atelier A"), structure(raison_sociale="Bureau B")
    a, b1, b2 = dossiers.brouillon(un), dossiers.brouillon(deux), dossiers.brouillon(deux)
    _, navigateur = _member_of(un, deux)
    for lieu, siens, autres in ((un, [a], [b1, b2]), (deux, [b1, b2], [a])):
        _choose(navigateur, lieu)
        liste = navigateur.get("/candidatures/?etat=brouillon").content.decode()
        assert all(dossier.reference in liste for dossier in siens)
        assert not any(dossier.reference in liste for dossier in autres)
        accueil = navigateur.get("/")
        nombres = {
            carte.titre: carte.nombre
            for groupe in accueil.context["groupes"]
            for carte in groupe.cartes
            if carte.nombre
        }
        assert nombres["Brouillons — non déposés"] == len(siens)
        # What belongs to the other structure is still there, and says whose it is.
        page = navigateur.get(f"/candidatures/{autres[0].pk}/")
        assert page.status_code == 200
        assert f"Cette page est celle de «&nbsp;{autres[0].structure}&nbsp;»" in page.content.decode()
        propre = navigateur.get(f"/candidatures/{siens[0].pk}/").content.decode()
        assert "Cette page est celle de" not in propre


def test_given_a_choice_when_opening_a_dossier_then_it_is_that_structures() -> None:
    un, deux = structure(raison_sociale="Atelier A"), structure(raison_sociale="Bureau B")
    dossiers.referentiel()
    _, navigateur = _member_of(un, deux)
    _choose(navigateur, deux)
    page = navigateur.get("/candidatures/nouvelle/").content.decode()
    assert "<strong>Bureau B</strong>" in page
    assert f'value="{deux.pk}"' in page
    navigateur.post("/candidatures/nouvelle/", {"structure": deux.pk, "intitule": "Développeur web"})
    assert Candidature.objects.get().structure == deux


def test_given_the_choice_changed_in_another_tab_when_the_form_is_sent_then_what_it_said_counts() -> None:
    un, deux = structure(raison_sociale="Atelier A"), structure(raison_sociale="Bureau B")
    dossiers.referentiel()
    _, navigateur = _member_of(un, deux)
    _choose(navigateur, deux)
    refus = navigateur.post("/candidatures/nouvelle/", {"structure": un.pk, "intitule": ""})
    assert "<strong>Atelier A</strong>" in refus.content.decode()
    navigateur.post("/candidatures/nouvelle/", {"structure": un.pk, "intitule": "Développeur web"})
    assert Candidature.objects.get().structure == un


def test_given_a_forged_structure_when_opening_a_dossier_then_it_is_refused() -> None:
    un, deux = structure(), structure()
    dossiers.referentiel()
    _, navigateur = _member_of(un, deux)
    for forge in (structure().pk, "x", ""):
        reponse = navigateur.post("/candidatures/nouvelle/", {"structure": forge, "intitule": "Web"})
        assert reponse.status_code == 422
        assert "structure" in reponse.context["form"].errors
    assert not Candidature.objects.exists()


def test_given_a_label_followed_by_two_of_ones_structures_when_choosing_then_both_lists_have_it() -> None:
    label = suivi.label()
    corps = suivi.organisme(label).appartenances.get().structure
    troisieme = structure(raison_sociale="Troisième")
    personne, navigateur = _member_of(label.structure, corps, troisieme)
    for lieu, visible in ((label.structure, True), (corps, True), (troisieme, False)):
        _choose(navigateur, lieu)
        assert (label.intitule in navigateur.get("/suivi/").content.decode()) is visible
        assert (label.convention.numero in navigateur.get("/conventions/").content.decode()) is (
            lieu == label.structure
        )
        page = navigateur.get(f"/suivi/{label.pk}/")
        assert page.status_code == 200
        assert ("Cette page est celle de" in page.content.decode()) is not visible
    assert len(personne.appartenances_actives) == 3


def test_given_a_convention_to_sign_in_another_structure_when_acting_for_one_then_the_card_is_not_there() -> (
    None
):
    convention = labels.convention_a_signer()
    autre = structure(raison_sociale="Autre")
    _, navigateur = _member_of(convention.structure, autre)
    _choose(navigateur, convention.structure)
    assert "Convention à signer" in navigateur.get("/").content.decode()
    _choose(navigateur, autre)
    assert "Convention à signer" not in navigateur.get("/").content.decode()
    page = navigateur.get(f"/conventions/{convention.pk}/").content.decode()
    assert "Cette page est celle de" in page
