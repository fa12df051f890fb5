"""The committee's pages and the conventions': who opens them, and constant queries."""

import pytest
from django.urls import reverse

from candidatures.domain.affectations import declare_interest
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_notification import client_de

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


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
