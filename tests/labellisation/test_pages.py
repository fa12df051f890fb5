"""The committee's pages and the conventions': who opens them, and constant queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.domain.affectations import declare_interest
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_notification import client_de

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def queries(personne: object, url: str) -> int:
    """Return how many queries a page costs, once the caches are warm."""
    client = client_de(personne)
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as capture:
        assert client.get(url).status_code == 200
    return len(capture)


@pytest.mark.parametrize("role", ["direction", "comite"])
def test_given_one_or_three_dossiers_when_a_seance_is_read_then_the_queries_are_the_same(role: str) -> None:
    membres = [fabriques.membre_comite(), fabriques.membre_comite()]
    lecteur = fabriques.direction() if role == "direction" else membres[0]
    comptes_requetes = []
    for nombre in (1, 3):
        seance = fabriques.seance_ouverte([fabriques.dossier_note() for _ in range(nombre)], membres=membres)
        comptes_requetes.append(queries(lecteur, reverse("labellisation:seance", args=[seance.pk])))
    assert comptes_requetes[0] == comptes_requetes[1]


def test_given_one_or_three_conventions_when_listed_then_the_queries_are_the_same() -> None:
    direction = fabriques.direction()
    comptes_requetes = []
    for nombre in (1, 2):
        for _ in range(nombre):
            fabriques.convention_a_signer(pret=False)
        comptes_requetes.append(
            (
                queries(direction, reverse("labellisation:conventions")),
                queries(direction, reverse("labellisation:comite")),
            )
        )
    assert comptes_requetes[0] == comptes_requetes[1]


@pytest.mark.regle("R36")
def test_given_a_declared_link_then_the_dossier_is_a_404_and_leaves_the_list() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    membre = fabriques.membres_de(seance)[0]
    page = reverse("labellisation:seance-dossier", args=[seance.pk, inscription.pk])
    liste = reverse("labellisation:seance", args=[seance.pk])
    client = client_de(membre)
    assert client.get(page).status_code == 200
    assert inscription.candidature.reference in client.get(liste).content.decode()
    declare_interest(personne=membre, candidature=inscription.candidature)
    assert client.get(page).status_code == 404
    assert inscription.candidature.reference not in client.get(liste).content.decode()


def test_given_somebody_else_then_the_committee_s_pages_are_closed() -> None:
    seance = fabriques.seance_ouverte()
    for personne, attendu in ((comptes.utilisateur(), 403), (comptes.utilisateur("instructeur"), 403)):
        assert client_de(personne).get(reverse("labellisation:comite")).status_code == attendu
    page = reverse("labellisation:seance", args=[seance.pk])
    assert client_de(fabriques.membre_comite()).get(page).status_code == 404
