from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from referentiels.admin import FicheAdmin
from referentiels.domain.corrections import PERMISSION, correct_entry
from referentiels.models import Crous, Grille, Indicateur
from referentiels.models.base import FicheCorrigeable
from socle.erreurs import ActeurRefuse
from socle.models import Evenement
from socle.references import SYSTEME

pytestmark = pytest.mark.usefixtures("referentiels")

TABLES = [modele for modele in admin.site._registry if modele._meta.app_label == "referentiels"]


class Agent:
    """An account of GEN, with or without the right to correct."""

    is_active = True
    is_staff = True
    is_authenticated = True

    def __init__(self, *permissions: str) -> None:
        self.permissions = permissions

    def has_perm(self, permission: str, objet: object = None) -> bool:
        return permission in self.permissions


def _request(agent: Agent) -> Any:
    requete = RequestFactory().get("/")
    requete.user = agent
    return requete


def test_given_the_admin_when_read_then_every_reference_table_is_there() -> None:
    inlines = {inline.model for modele in TABLES for inline in admin.site._registry[modele].inlines}
    assert {*TABLES, *inlines} == set(apps.get_app_config("referentiels").get_models())


@pytest.mark.parametrize("modele", TABLES, ids=lambda modele: modele.__name__)
def test_given_an_agent_when_in_the_admin_then_the_tables_are_read_and_never_changed(modele: Any) -> None:
    page, requete = admin.site._registry[modele], _request(Agent())
    assert page.has_view_permission(requete)
    assert not page.has_add_permission(requete)
    assert not page.has_change_permission(requete)
    assert not page.has_delete_permission(requete)


@pytest.mark.parametrize("modele", TABLES, ids=lambda modele: modele.__name__)
def test_given_an_administrator_when_in_the_admin_then_only_directories_change(
    modele: Any,
) -> None:
    page, requete = admin.site._registry[modele], _request(Agent(PERMISSION))
    corrigeable = issubclass(modele, FicheCorrigeable)
    assert isinstance(page, FicheAdmin) is corrigeable
    assert page.has_change_permission(requete) is corrigeable
    assert page.has_add_permission(requete) is corrigeable
    assert not page.has_delete_permission(requete)


@pytest.mark.parametrize("modele", TABLES, ids=lambda modele: modele.__name__)
def test_given_a_table_when_its_list_is_searched_then_it_answers(admin_lecteur: Any, modele: Any) -> None:
    nom = f"admin:referentiels_{modele._meta.model_name}_changelist"
    reponse = admin_lecteur.get(reverse(nom), {"q": "a"})
    assert reponse.status_code == 200


def test_given_a_grid_when_opened_then_its_sixteen_criteria_are_read(admin_lecteur: Any) -> None:
    grille = Grille.objects.get()
    page = admin_lecteur.get(reverse("admin:referentiels_grille_change", args=(grille.pk,))).content.decode()
    assert "La formation est certifiante." in page
    assert "Le porteur de projet réalise des actions de sourcing à destination des femmes." in page
    indicateur = Indicateur.objects.get(code="1.3")
    page = admin_lecteur.get(
        reverse("admin:referentiels_indicateur_change", args=(indicateur.pk,))
    ).content.decode()
    assert "promettent par écrit un nombre d’embauches" in page


def test_given_a_person_without_the_right_when_correcting_then_it_is_refused_and_nothing_is_saved() -> None:
    crous = Crous.objects.get(nom="Crous de Lyon")
    crous.site = "https://lyon.example"
    with pytest.raises(ActeurRefuse):
        correct_entry(crous, acteur=Agent())
    crous.refresh_from_db()
    assert (crous.site, crous.corrigee_sur_le_portail) == ("https://www.crous-lyon.fr", False)


def test_given_a_correction_when_saved_then_it_is_marked_and_recorded() -> None:
    crous = Crous.objects.get(nom="Crous de Lyon")
    crous.site = "https://lyon.example"
    correct_entry(crous, acteur=SYSTEME)
    crous.refresh_from_db()
    assert (crous.site, crous.corrigee_sur_le_portail) == ("https://lyon.example", True)
    assert Evenement.objects.get(verbe="referentiel.corrige").sujet_id == crous.pk
