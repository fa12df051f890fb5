"""The walk of DOMAIN R27: label, session, J-15, one e-mail of what is missing, none once handed in."""

from datetime import date
from typing import Any

import pytest

from labellisation.models import Label
from socle import echeances as socle_echeances
from socle.models import Courriel, Rappel
from socle.references import SYSTEME
from suivi import echeances as genres
from suivi.domain.sessions import record_references
from tests.comptes import fabriques as comptes
from tests.suivi import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R27")]


def rappels() -> list[Courriel]:
    """Return the reminders of the follow-up, oldest first (the call has obligations of its own)."""
    suivi = Courriel.objects.filter(rappels__echeance__genre__startswith="suivi.")
    return list(suivi.distinct().order_by("cree_le", "cle"))


def label_sans_attestations_a_renouveler() -> Label:
    """Return a label whose tax and social attestations, due in the same weeks, ask for nothing."""
    label = fabriques.label()
    echeance = fabriques.echeance(genres.ATTESTATIONS_SOCIALES, label)
    socle_echeances.waive(echeance, acteur=SYSTEME, motif="Un autre sujet que celui du test")
    return label


def test_given_a_started_session_when_days_pass_then_one_grouped_reminder_of_what_is_missing(
    aller: Any,
) -> None:
    label = label_sans_attestations_a_renouveler()
    aller(fabriques.SESSION_1)
    session, porteur = fabriques.session(label), fabriques.porteur(label)
    record_references(
        session=session, acteur=porteur, carif_oref="CO-1", entrees_kairos_le=date(2021, 11, 15)
    )
    fabriques.demarrer(label)
    fabriques.inscrire(session, 2)
    attestation = fabriques.echeance(genres.ATTESTATION, session)
    assert attestation.due == date(2021, 12, 15)

    # J-15 of the attestation; Mon Compte Formation is 16 days late.
    aller(date(2021, 11, 30))
    socle_echeances.send_due()
    (courriel,) = rappels()
    assert courriel.email == porteur.email
    texte = courriel.texte.replace("\u00a0", " ")
    assert "Attestation de démarrage et liste des apprenants" in texte
    assert "15 décembre 2021" in texte
    assert "Mon Compte Formation" in texte
    assert "CARIF-OREF" not in texte
    assert "KAIROS" not in texte
    envoye = Rappel.objects.get(echeance=attestation, etat=Rappel.Etat.ENVOYE)
    assert (envoye.etape, envoye.courriel) == (-15, courriel)
    assert set(
        Rappel.objects.filter(echeance=attestation, etat="DEPASSE").values_list("etape", flat=True)
    ) == {-30}

    # Again the same day, and every day until J-7: nothing more.
    for jour in (date(2021, 11, 30), date(2021, 12, 1), date(2021, 12, 2), date(2021, 12, 4)):
        aller(jour, 18)
        socle_echeances.send_due()
    assert rappels() == [courriel]

    # Handed in: no step of the attestation is sent any more.
    fabriques.attester(session)
    record_references(
        session=session,
        acteur=porteur,
        carif_oref="CO-1",
        mon_compte_formation="MCF-1",
        entrees_kairos_le=date(2021, 11, 15),
    )
    for jour in (8, 14, 15, 22):
        aller(date(2021, 12, jour))
        socle_echeances.send_due()
    assert Rappel.objects.filter(echeance=attestation, etat=Rappel.Etat.ENVOYE).count() == 1
    suivants = rappels()[1:]
    # What remains is the confirmation of the space, due on 4 January.
    assert suivants
    assert all("attestation" not in courriel.texte.lower() for courriel in suivants)


def test_given_a_body_that_prepares_then_each_responsable_has_one_mail_and_others_none(aller: Any) -> None:
    label = label_sans_attestations_a_renouveler()
    porteur, corps = fabriques.porteur(label), fabriques.organisme(label)
    contributeur = comptes.membre(label.structure)
    aller(date(2021, 11, 7))
    assert Rappel.objects.count() == 0

    socle_echeances.send_due()

    # CARIF-OREF and Mon Compte Formation at J-7, the session itself at J-15: one e-mail each person.
    assert sorted(courriel.email for courriel in rappels()) == sorted([porteur.email, corps.email])
    assert contributeur.email not in [courriel.email for courriel in rappels()]
    assert {rappel.etape for rappel in Rappel.objects.filter(etat="ENVOYE", courriel__in=rappels())} == {
        -7,
        -15,
    }


def test_given_a_postponement_then_the_steps_count_from_the_new_date(aller: Any) -> None:
    from suivi.domain.sessions import postpone_session

    label = fabriques.label()
    session = fabriques.session(label)
    prevue = fabriques.echeance(genres.SESSION_PREVUE, session)
    assert prevue.prochain_rappel == date(2021, 10, 16)

    postpone_session(
        session=session, nouveau_debut=date(2021, 12, 15), motif="Travaux", acteur=fabriques.porteur(label)
    )

    prevue.refresh_from_db()
    assert prevue.prochain_rappel == date(2021, 11, 15)
