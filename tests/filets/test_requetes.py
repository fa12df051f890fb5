"""Every list asks as many queries with three items as with one, and as many as ``listes.py`` says."""

from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scripts.acces import table
from tests.access.adresses import addresses
from tests.filets import monde
from tests.filets.listes import ADMIN, FICHE, LIGNES, LISTES, PAS_DES_LISTES, PAS_DES_LISTES_ADMIN, Liste
from tests.filets.reglages import private

pytestmark = [pytest.mark.django_db, pytest.mark.une_fois]

#: What a list shows and asks: (items, queries).
Mesure = tuple[int, int]
ADRESSES = addresses()


@pytest.fixture(scope="module")
def mesures(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Mesure]]:
    """Measure every list with one item, then with three, in one portal that nobody keeps."""
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        override_settings(**private(tmp_path_factory.mktemp("listes"))),
    ):
        portail = monde.create()
        monde.grow(portail)
        avec_un = _measure_lists(portail)
        monde.grow(portail)
        monde.grow(portail)
        avec_trois = _measure_lists(portail)
        tables = _measure_tables(portail)
        transaction.set_rollback(True)
    return {nom: [avec_un[nom], avec_trois[nom]] for nom in avec_un} | tables


def _measure_lists(portail: monde.Monde) -> dict[str, Mesure]:
    with time_machine.travel(monde.INSTANT, tick=False):
        clients = _clients(portail)
        mesures = {}
        for liste in LISTES:
            nombre, page = measure(clients[liste.persona], _path(portail, liste))
            mesures[_key(liste)] = (liste.count(page), nombre)
    return mesures


def _measure_tables(portail: monde.Monde) -> dict[str, list[Mesure]]:
    with time_machine.travel(monde.INSTANT, tick=False):
        clients = _clients(portail)
        return {
            modele: [
                _measure_table(clients[persona], modele, nombre, LIGNES.get(modele, {})) for nombre in (1, 3)
            ]
            for modele, (persona, *_) in ADMIN.items()
        }


def _measure_table(client: Client, modele: str, nombre: int, filtre: dict[str, object]) -> Mesure:
    """Measure a table of the admin that shows so many rows."""
    lignes = apps.get_model(modele)._default_manager.filter(**filtre).order_by("pk")
    cles = ",".join(str(pk) for pk in lignes.values_list("pk", flat=True)[:nombre])
    chemin = reverse(f"admin:{modele.replace('.', '_')}_changelist")
    requetes, page = measure(client, f"{chemin}?pk__in={cles}")
    montrees = page.partition('id="result_list"')[2].partition("</table>")[0].count("<tr>") - 1
    return montrees, requetes


def _clients(portail: monde.Monde) -> dict[str, Client]:
    clients = {nom: Client() for nom in portail.personnes}
    for nom, personne in portail.personnes.items():
        if personne is not None:
            personne.forget_roles()
            clients[nom].force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return clients


def _path(portail: monde.Monde, liste: Liste) -> str:
    connus = portail.objets[liste.objet] if liste.objet else {}
    arguments = {nom: connus[nom] for nom in ADRESSES[liste.adresse].arguments}
    return reverse(liste.adresse, kwargs=arguments) + liste.requete


def _key(liste: Liste) -> str:
    return f"{liste} {liste.motif}"


def measure(client: Client, chemin: str) -> tuple[int, str]:
    """Return how many queries a page asks once the caches are warm, and the page.

    A page that does not open "asks" minus its status: no count of the table is that.
    """
    cache.clear()
    if (code := client.get(chemin).status_code) != 200:
        return -code, ""
    with CaptureQueriesContext(connection) as captees:
        reponse = client.get(chemin)
    return len(captees), reponse.content.decode()


# --- The counts -------------------------------------------------------------------------------------
def test_given_one_or_three_items_when_listed_then_the_queries_are_those_of_the_tables(
    mesures: dict[str, list[Mesure]],
) -> None:
    """One test, not one a list: the portal that they are measured in takes half a minute to grow."""
    attendues = {
        _key(liste): [(liste.elements[0], liste.un), (liste.elements[1], liste.trois)] for liste in LISTES
    }
    attendues |= {modele: [(1, un), (3, trois)] for modele, (_, un, trois) in ADMIN.items()}
    fausses = {nom: mesure for nom, mesure in mesures.items() if mesure != attendues[nom]}
    assert fausses == {nom: attendues[nom] for nom in fausses}
    assert set(mesures) == set(attendues)


def test_given_the_tables_then_no_list_asks_more_when_it_grows() -> None:
    assert [str(liste) for liste in LISTES if liste.un != liste.trois] == []
    assert [modele for modele, (_, un, trois) in ADMIN.items() if un != trois] == []


# --- Nothing is left out ----------------------------------------------------------------------------
def test_given_the_resolver_then_every_address_that_is_read_is_a_list_or_is_said_to_be_none() -> None:
    listes = {liste.adresse for liste in LISTES} | {
        f"admin:{modele.replace('.', '_')}_changelist" for modele in ADMIN
    }
    autres = {*PAS_DES_LISTES, *PAS_DES_LISTES_ADMIN}
    assert listes & autres == set()
    assert len(autres) == len(PAS_DES_LISTES) + len(PAS_DES_LISTES_ADMIN), "écrite deux fois"
    lues = {nom for nom in ADRESSES if nom not in _only_posted()}
    fiches = {nom for nom in lues - listes if FICHE.fullmatch(nom)}
    assert sorted(lues - listes - autres - fiches) == [], "ni liste ni déclarée sans liste"
    assert sorted((listes | autres) - lues) == [], "adresses qui n’existent plus"


def _only_posted() -> set[str]:
    """Return the addresses that the table of access gives to POST alone."""
    methodes: dict[str, set[str]] = {}
    for ligne in table():
        methodes.setdefault(ligne.adresse, set()).add(ligne.methode)
    return {adresse for adresse, trouvees in methodes.items() if trouvees == {"POST"}}


def test_given_the_history_of_an_object_then_every_table_of_the_admin_has_django_s_own_page() -> None:
    """So that the one history that is measured stands for all of them."""
    changees = [
        modele._meta.label_lower
        for modele, ecran in admin.site._registry.items()
        if ecran.object_history_template is not None
        or type(ecran).history_view is not ModelAdmin.history_view
    ]
    assert changees == []
