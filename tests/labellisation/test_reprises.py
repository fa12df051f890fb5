"""What hangs on a closed account of GEN is listed, as each reader may see it (R36)."""

from typing import Any

import pytest
from django.test import Client

from candidatures.domain.affectations import assign, declare_interest
from candidatures.models import Affectation
from comptes import domain
from comptes.domain.attaches import attached_to
from comptes.models import Role
from socle.models import Courriel
from socle.references import SYSTEME
from tests.candidatures import fabriques as candidatures
from tests.comptes.fabriques import utilisateur
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

MOTIF = "Départ de la GEN, confirmé par la direction des ressources humaines."


def _charged() -> tuple[Any, Any]:
    """Return a deposited dossier and the instructor in charge of its admissibility."""
    dossier = candidatures.dossier_depose()
    instructeur = utilisateur(Role.INSTRUCTEUR)
    assign(candidature=dossier, instructeur=instructeur, tache=Affectation.Tache.RECEVABILITE, acteur=SYSTEME)
    return dossier, instructeur


def test_given_an_instructor_when_their_account_closes_then_the_direction_reads_what_to_give_again() -> None:
    dossier, instructeur = _charged()
    direction, admin = fabriques.direction(), utilisateur(Role.ADMINISTRATEUR)
    domain.deactivate_account(acteur=admin, utilisateur=instructeur, motif=MOTIF)
    courriel = Courriel.objects.get(gabarit="compte_a_reprendre")
    assert courriel.email == direction.email
    assert f"{dossier.reference}, recevabilité" in courriel.texte
    lien = f"/admin/candidatures/candidature/{dossier.pk}/affectations/"
    assert lien in courriel.texte
    navigateur = Client()
    navigateur.force_login(direction)
    assert instructeur.nom_complet in navigateur.get(lien).content.decode()
    # The place is kept until somebody takes the person off it.
    assert Affectation.objects.filter(instructeur=instructeur, retiree_le__isnull=True).count() == 1


def test_given_an_administrator_when_reading_what_hangs_then_a_count_and_no_dossier() -> None:
    dossier, instructeur = _charged()
    attaches = attached_to(instructeur, utilisateur(Role.ADMINISTRATEUR))
    assert [attache.titre for attache in attaches] == ["1 tâche d’instruction"]
    assert dossier.reference not in str(attaches)


@pytest.mark.regle("R36")
def test_given_a_reader_with_a_declared_link_when_an_account_closes_then_the_dossier_is_not_told() -> None:
    dossier, instructeur = _charged()
    liee, libre = fabriques.direction(), fabriques.direction(nom="Dupré", prenom="Marc")
    assert attached_to(instructeur, liee)
    declare_interest(personne=liee, candidature=dossier)
    assert not attached_to(instructeur, liee)
    admin = utilisateur(Role.ADMINISTRATEUR)
    domain.deactivate_account(acteur=admin, utilisateur=instructeur, motif=MOTIF)
    assert [courriel.email for courriel in Courriel.objects.filter(gabarit="compte_a_reprendre")] == [
        libre.email
    ]


def test_given_a_member_of_the_committee_when_their_account_closes_then_their_seances_are_told() -> None:
    seance = fabriques.seance_convoquee()
    membre = fabriques.membres_de(seance)[0]
    titres = [attache.titre for attache in attached_to(membre, fabriques.direction())]
    assert titres
    assert titres[0].startswith(seance.intitule)


def test_given_nothing_that_hangs_when_an_account_closes_then_the_direction_gets_no_mail() -> None:
    fabriques.direction()
    domain.deactivate_account(acteur=utilisateur(Role.ADMINISTRATEUR), utilisateur=utilisateur(), motif=MOTIF)
    assert not Courriel.objects.filter(gabarit="compte_a_reprendre").exists()
