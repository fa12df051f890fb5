"""Who sees a dossier, its files and its receipt; conflicts of interest; assignments (R36)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from candidatures.domain.affectations import assign, declare_interest, lift_interest, unassign
from candidatures.domain.complements import Element, request_complements
from candidatures.domain.queries import ISSUES, statut_porteur
from candidatures.domain.suivi_dossier import move_examination, record_outcome
from candidatures.models import Affectation, Candidature
from candidatures.politiques import reads_dossier, reads_receipt
from labellisation.cycle import NatureDecision
from socle import journal
from socle.erreurs import ActeurRefuse, DonneesInvalides
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db

ROLES = ("instructeur", "direction", "region", "comite", "administrateur")


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def sees(personne: Any, candidature: Candidature) -> bool:
    """Ask as a new request does: roles read again."""
    personne.forget_roles()
    return Candidature.objects.visible_to(personne).filter(pk=candidature.pk).exists()


def test_given_a_draft_and_a_deposit_then_each_role_sees_what_it_should() -> None:
    from django.contrib.auth.models import AnonymousUser

    brouillon, depose = fabriques.dossier_complet(), fabriques.dossier_depose()
    for candidature in (brouillon, depose):
        assert sees(fabriques.responsable_de(candidature.structure), candidature)
        assert sees(comptes.membre(candidature.structure), candidature)
        assert not sees(comptes.utilisateur(), candidature)
        assert not Candidature.objects.visible_to(AnonymousUser()).exists()
    vus = {role: (sees(p, brouillon), sees(p, depose)) for role in ROLES if (p := comptes.utilisateur(role))}
    assert vus == {
        "instructeur": (False, True),
        "direction": (False, True),
        # The factory's referent is Auvergne-Rhône-Alpes', the dossier is in Hauts-de-France.
        "region": (False, False),
        "comite": (False, False),
        "administrateur": (False, False),
    }


def test_given_a_region_when_a_dossier_is_on_its_territory_then_its_referent_sees_it() -> None:
    lyon = fabriques.commune("69387", "Lyon 7e", region="84")

    def change(contenu: fabriques.Reponses) -> None:
        contenu["formation"][1][0]["commune"] = lyon

    depose = fabriques.dossier_depose(change=change)
    assert depose.region_id == "84"
    assert sees(comptes.utilisateur("region"), depose)


def test_given_a_member_who_left_then_the_dossier_is_hidden_from_her() -> None:
    candidature = fabriques.dossier_depose()
    ancien = comptes.membre(candidature.structure)
    assert sees(ancien, candidature)
    ancien.appartenances.update(au=fabriques.LUNDI)
    assert not sees(ancien, candidature)


def test_given_files_then_they_follow_the_dossier_and_receipts_stop_at_gen() -> None:
    candidature = fabriques.dossier_depose()
    fichier = candidature.pieces.first().fichier
    membre, etranger = comptes.membre(candidature.structure), comptes.utilisateur()
    instructeur = comptes.utilisateur("instructeur")
    Candidature.objects.filter(pk=candidature.pk).update(region="32")
    for lit in (reads_dossier, reads_receipt):
        assert lit(membre, fichier)
        assert lit(instructeur, fichier)
        assert not lit(etranger, fichier)
    lyon = fabriques.commune("69387", "Lyon 7e", region="84")
    Candidature.objects.filter(pk=candidature.pk).update(region=lyon.departement.region)
    region = comptes.utilisateur("region")
    assert reads_dossier(region, fichier)
    assert not reads_receipt(region, fichier)


@pytest.mark.regle("R36")
def test_given_a_declared_link_then_the_dossier_disappears_until_it_is_lifted() -> None:
    candidature, autre = fabriques.dossier_depose(), fabriques.dossier_depose()
    instructeur = fabriques.instructeur(candidature)
    assert sees(instructeur, candidature)
    lien = declare_interest(personne=instructeur, structure=candidature.structure, motif="Ancien employeur")
    assert declare_interest(personne=instructeur, structure=candidature.structure) == lien
    assert not sees(instructeur, candidature)
    assert sees(instructeur, autre)
    assert not instructeur.has_perm("candidatures.instruct_candidature", candidature)
    assert not instructeur.has_perm("candidatures.note_candidature", candidature)
    assert not reads_dossier(instructeur, candidature.pieces.first().fichier)
    assert not Affectation.objects.filter(instructeur=instructeur, retiree_le__isnull=True).exists()
    with pytest.raises(ActeurRefuse):
        request_complements(
            candidature=candidature,
            acteur=instructeur,
            elements=[Element("publics", "gratuite", "x")],
            reponse_avant=datetime(2021, 10, 5, tzinfo=UTC).date(),
        )
    evenement = journal.timeline(
        candidature.structure.chaine_journal, visibilites=journal.Visibilite.values
    ).get(verbe="interet.declare")
    assert "Ancien employeur" not in str(evenement.donnees)
    with pytest.raises(ActeurRefuse):
        lift_interest(lien=lien, acteur=comptes.utilisateur("instructeur"))
    lift_interest(lien=lien, acteur=instructeur)
    assert sees(instructeur, candidature)


@pytest.mark.regle("R36")
def test_given_a_link_with_one_dossier_then_only_it_disappears() -> None:
    structure = comptes.structure()
    candidature, autre = fabriques.dossier_depose(structure), fabriques.dossier_depose(structure)
    comite = comptes.utilisateur("direction")
    declare_interest(personne=comite, candidature=candidature)
    assert not sees(comite, candidature)
    assert sees(comite, autre)
    with pytest.raises(DonneesInvalides):
        declare_interest(personne=comite)
    with pytest.raises(ActeurRefuse):
        declare_interest(personne=comptes.utilisateur(), candidature=candidature)


def test_given_assignments_then_only_those_in_charge_instruct() -> None:
    candidature = fabriques.dossier_depose()
    un, deux, trois = (comptes.utilisateur("instructeur") for _ in range(3))
    direction = comptes.utilisateur("direction")
    for personne in (un, deux):
        assert personne.has_perm("candidatures.instruct_candidature", candidature)
    commun = {"candidature": candidature, "acteur": direction}
    affectation = assign(**commun, instructeur=un, tache="RECEVABILITE")
    assert assign(**commun, instructeur=un, tache="RECEVABILITE") == affectation
    assert un.has_perm("candidatures.instruct_candidature", candidature)
    assert not deux.has_perm("candidatures.instruct_candidature", candidature)
    # Two score (R21): the third finds no place.
    assign(**commun, instructeur=un, tache="NOTATION")
    assert trois.has_perm("candidatures.note_candidature", candidature)
    assign(**commun, instructeur=deux, tache="NOTATION")
    assert deux.has_perm("candidatures.note_candidature", candidature)
    assert not trois.has_perm("candidatures.note_candidature", candidature)
    unassign(affectation=affectation, acteur=direction)
    assert deux.has_perm("candidatures.instruct_candidature", candidature)
    with pytest.raises(DonneesInvalides):
        assign(**commun, instructeur=direction, tache="NOTATION")
    declare_interest(personne=trois, candidature=candidature)
    with pytest.raises(DonneesInvalides):
        assign(**commun, instructeur=trois, tache="RECEVABILITE")
    with pytest.raises(ActeurRefuse):
        assign(
            candidature=candidature,
            acteur=fabriques.responsable_de(candidature.structure),
            instructeur=un,
            tache="RECEVABILITE",
        )


@pytest.mark.regle("R39")
def test_given_a_decision_then_the_porteur_reads_it_only_once_notified() -> None:
    assert set(ISSUES) == set(NatureDecision.values)
    candidature = fabriques.dossier_depose()
    attendu = statut_porteur(candidature)
    assert attendu.label == "En cours d’examen"
    for etat in ("RECEVABLE", "IRRECEVABLE", "NOTEE", "INSCRITE", "AJOURNEE"):
        candidature.etat = etat
        assert statut_porteur(candidature) == attendu
    candidature.refresh_from_db()
    record_outcome(candidature=candidature, issue="labellisee", instant=fabriques.LUNDI)
    assert statut_porteur(candidature).label == "Labellisée"
    record_outcome(candidature=candidature, issue="", instant=fabriques.LUNDI)
    assert statut_porteur(candidature) == attendu
    assert candidature.notifiee_le is None
    with pytest.raises(DonneesInvalides):
        record_outcome(candidature=candidature, issue="PEUT-ETRE", instant=fabriques.LUNDI)


@pytest.mark.regle("R4", "R5")
def test_given_a_reason_when_the_examination_moves_then_the_arrival_stays() -> None:
    candidature = fabriques.dossier_depose(arrivee=fabriques.LUNDI)
    premier = candidature.appel.releves.get(numero=1)
    direction = comptes.utilisateur("direction")
    with pytest.raises(DonneesInvalides):
        move_examination(candidature=candidature, releve=premier, motif=" ", acteur=direction)
    with pytest.raises(ActeurRefuse):
        move_examination(
            candidature=candidature, releve=premier, motif="x", acteur=comptes.utilisateur("instructeur")
        )
    move_examination(
        candidature=candidature, releve=premier, motif="Session du 1er septembre.", acteur=direction
    )
    candidature.refresh_from_db()
    assert candidature.releve_examen == premier
    assert candidature.releve_arrivee.numero == 2
