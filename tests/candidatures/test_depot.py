"""The deposit: one, complete, in the right relevé, with its receipt (R1 to R4, R8, R11)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from candidatures import cycle
from candidatures.domain.appels import publish_releve, releve_at
from candidatures.domain.depot import resend_receipt, submit_candidature, withdraw_candidature
from candidatures.models import Depot, Releve
from socle import canonique, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.models import Courriel, Document, Echeance
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db

#: Exclusive bounds: midnight in Paris (UTC+2) after 31/07 and after 30/09.
BORNE_1 = datetime(2021, 7, 31, 22, 0, tzinfo=UTC)
BORNE_2 = datetime(2021, 9, 30, 22, 0, tzinfo=UTC)
TIC = timedelta(microseconds=1)


@pytest.mark.regle("R2", "R3")
def test_given_the_2021_call_when_loaded_twice_then_two_releves_stand_with_whole_minutes() -> None:
    appel = fabriques.referentiel()
    fabriques.referentiel()
    assert appel.titre == "Appel à labellisation 2021"
    assert appel.ouvert_le == datetime(2021, 5, 19, 22, 0, tzinfo=UTC)
    lignes = Releve.objects.order_by("numero").values_list(
        "numero", "borne", "debut_au_plus_tot", "debut_au_plus_tard", "resultats_avant"
    )
    assert list(lignes) == [
        (1, BORNE_1, None, date(2021, 9, 1), date(2021, 9, 30)),
        (2, BORNE_2, date(2021, 9, 1), None, date(2021, 11, 30)),
    ]
    obligations = Echeance.objects.filter(genre="candidatures.resultats").order_by("due")
    assert [echeance.due for echeance in obligations] == [date(2021, 9, 30), date(2021, 11, 30)]


@pytest.mark.regle("R1", "R3", "R4")
@pytest.mark.parametrize(
    ("arrivee", "numero"),
    [
        (BORNE_1 - TIC, 1),
        (BORNE_1, 2),
        (BORNE_2 - TIC, 2),
        (BORNE_2, None),
        (BORNE_1 - timedelta(minutes=1), 1),
        (BORNE_1 + TIC, 2),
    ],
)
def test_given_the_boundary_second_when_a_request_arrives_then_the_whole_minute_counts(
    arrivee: datetime, numero: int | None
) -> None:
    appel = fabriques.referentiel()
    releve = releve_at(appel, arrivee)
    assert (releve.numero if releve else None) == numero


@pytest.mark.regle("R3")
@pytest.mark.parametrize(
    ("borne", "dernier"),
    [
        # Paris leaves summer time on 31/10/2021: 23:59 is UTC+1 that evening, UTC+2 the day before.
        (date(2021, 10, 31), datetime(2021, 10, 31, 22, 59, 59, tzinfo=UTC)),
        (date(2021, 10, 30), datetime(2021, 10, 30, 21, 59, 59, tzinfo=UTC)),
        (date(2022, 3, 27), datetime(2022, 3, 27, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_given_a_change_of_summer_time_when_a_releve_ends_then_the_paris_wall_clock_decides(
    borne: date, dernier: datetime
) -> None:
    from socle.horloge import end_of_minute

    appel = fabriques.referentiel()
    releve = Releve.objects.create(
        appel=appel,
        numero=3,
        borne=end_of_minute(borne, 23, 59),
        resultats_avant=date(2022, 6, 1),
        publie_le=appel.ouvert_le,
    )
    assert releve_at(appel, dernier) == releve
    assert releve_at(appel, dernier + timedelta(seconds=1)) is None


@pytest.mark.regle("R4", "R8", "R11")
def test_given_a_complete_dossier_when_deposited_then_snapshot_receipt_and_mails_are_written(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet()
        acteur = fabriques.responsable_de(candidature.structure)
        arrivee = fabriques.LUNDI - timedelta(seconds=3)
        depot = submit_candidature(candidature=candidature, acteur=acteur, arrivee=arrivee)
    candidature.refresh_from_db()
    assert candidature.etat == cycle.DEPOSEE
    assert candidature.deposee_le == arrivee == depot.arrivee
    assert candidature.releve_arrivee.numero == candidature.releve_examen.numero == 2
    assert depot.numero == 1
    assert depot.empreinte == canonique.fingerprint(depot.instantane)
    assert depot.instantane["formation"]["sites"][0]["commune"] == {
        "code": "59512",
        "nom": "Roubaix",
        "departement": "59",
        "region": "32",
    }
    assert depot.instantane["sessions"][0]["debut"] == "2021-11-15"
    assert {piece["type"] for piece in depot.instantane["pieces"]} == set(fabriques.PIECES)
    assert depot.recu is not None
    assert depot.recu.donnees["empreinte"] == depot.empreinte
    courriel = Courriel.objects.get(cle=f"candidature.deposee:{depot.pk}:{acteur.pk}")
    assert courriel.objet.startswith(f"Dossier {candidature.reference} déposé le 20")
    evenement = journal.timeline(candidature.chaine_journal, visibilites=["PORTEUR"]).get(
        verbe="candidature.deposee"
    )
    assert evenement.donnees["empreinte"] == depot.empreinte


@pytest.mark.regle("R11")
def test_given_a_deposited_dossier_when_submitted_again_then_the_same_deposit_comes_back() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        acteur = fabriques.responsable_de(candidature.structure)
        premier = candidature.depots.get()
        again = submit_candidature(candidature=candidature, acteur=acteur, arrivee=BORNE_2)
    assert again == premier
    assert Depot.objects.count() == 1
    assert Document.objects.count() == 1
    assert Courriel.objects.filter(gabarit="candidature_deposee").count() == 1
    candidature.refresh_from_db()
    assert candidature.releve_arrivee.numero == 2


@pytest.mark.regle("R4")
def test_given_an_arrival_before_the_bound_when_handled_after_it_then_the_arrival_decides() -> None:
    with time_machine.travel(BORNE_1 + timedelta(seconds=5), tick=False):
        candidature = fabriques.dossier_depose(arrivee=BORNE_1 - TIC)
    assert candidature.releve_arrivee.numero == 1


@pytest.mark.regle("R4")
def test_given_no_later_releve_when_deposited_then_the_first_one_published_fixes_it() -> None:
    with time_machine.travel(BORNE_2 + timedelta(days=3), tick=False) as temps:
        direction = comptes.utilisateur("direction")
        candidature = fabriques.dossier_depose()
        assert candidature.releve_arrivee is None
        assert candidature.depots.get().recu.donnees["releve"] == "relevé à annoncer"
        temps.shift(timedelta(days=10))
        borne = BORNE_2 + timedelta(days=60)
        publie = publish_releve(
            appel=candidature.appel, borne=borne, resultats_avant=date(2022, 1, 31), acteur=direction
        )
        candidature.refresh_from_db()
        assert candidature.releve_arrivee == candidature.releve_examen == publie
        publish_releve(
            appel=candidature.appel,
            borne=borne + timedelta(days=60),
            resultats_avant=date(2022, 4, 30),
            acteur=direction,
        )
    candidature.refresh_from_db()
    assert candidature.releve_arrivee == publie


@pytest.mark.regle("R8")
def test_given_gaps_when_deposited_then_each_gap_is_said_and_nothing_is_written() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet(
            change=lambda contenu: contenu["publics"][0].update(gratuite=None, sourcing_femmes="  ")
        )
        acteur = fabriques.responsable_de(candidature.structure)
        with pytest.raises(DonneesInvalides) as refus:
            submit_candidature(candidature=candidature, acteur=acteur, arrivee=fabriques.LUNDI)
    assert refus.value.erreurs == {
        "publics": [
            "Renseignez «\u00a0actions de sourcing vers les femmes\u00a0».",
            "Renseignez «\u00a0gratuite pour les publics cibles, certification comprise\u00a0».",
        ]
    }
    assert not Depot.objects.exists()
    candidature.refresh_from_db()
    assert candidature.est_brouillon


@pytest.mark.regle("R8")
def test_given_a_contributor_when_depositing_then_only_a_responsable_may() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet()
        contributeur = comptes.membre(candidature.structure)
        etranger = comptes.utilisateur()
        for personne in (contributeur, etranger):
            with pytest.raises(ActeurRefuse):
                submit_candidature(candidature=candidature, acteur=personne, arrivee=fabriques.LUNDI)
    assert not Depot.objects.exists()


@pytest.mark.regle("R1")
def test_given_an_arrival_before_the_opening_when_deposited_then_it_is_refused() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet()
        acteur = fabriques.responsable_de(candidature.structure)
        with pytest.raises(ErreurMetier, match="pas encore ouvert"):
            submit_candidature(
                candidature=candidature, acteur=acteur, arrivee=candidature.appel.ouvert_le - TIC
            )


@pytest.mark.regle("R11")
def test_given_a_deposit_then_the_receipt_says_everything_the_law_asks(snapshot: Any) -> None:
    from candidatures.pdf import receipt_data

    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        donnees = receipt_data(candidature, candidature.depots.select_related("deposant").get())
    # What differs from one run to the next is replaced; its presence is asserted.
    assert donnees["numero"] == candidature.reference
    assert len(donnees["empreinte"]) == 64
    assert all(len(piece["sha256"]) == 64 for piece in donnees["pieces"])
    donnees |= {"numero": "GEN-2021-XXXXX", "empreinte": "…", "siret": "…", "deposant": "…"}
    donnees["pieces"] = [piece | {"sha256": "…"} for piece in donnees["pieces"]]
    assert donnees == snapshot


@pytest.mark.regle("R11")
def test_given_the_receipt_when_rendered_then_the_file_is_a_pdf_with_its_mentions() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from socle import documents

    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        depot = candidature.depots.get()
        contenu = documents.render(depot.recu)
    texte = " ".join(page.extract_text() for page in PdfReader(BytesIO(contenu)).pages)
    compact = "".join(texte.split())
    for attendu in (
        candidature.reference,
        "lundi20septembre2021à10h00min00s,heuredeParis",
        "20novembre2021",
        "L.231-4",
        "R.112-11-1",
        "tribunaladministratif",
        depot.empreinte,
        depot.instantane["pieces"][0]["sha256"],
    ):
        assert attendu in compact


@pytest.mark.regle("R11")
def test_given_a_deposit_then_the_mail_is_plain_and_dated(snapshot: Any) -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
    depot = candidature.depots.get()
    courriel = Courriel.objects.get(gabarit="candidature_deposee")
    texte = f"{courriel.objet}\n\n{courriel.texte}"
    for valeur, nom in (
        (candidature.reference, "<reference>"),
        (str(candidature.pk), "<id>"),
        (str(depot.recu_id), "<recu>"),
        (depot.empreinte, "<empreinte>"),
    ):
        assert valeur in texte
        texte = texte.replace(valeur, nom)
    assert texte == snapshot


@pytest.mark.regle("R11")
def test_given_a_deposit_when_its_receipt_is_asked_for_again_then_who_asks_gets_it_now_and_then() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        candidature = fabriques.dossier_depose()
        contributeur = comptes.membre(candidature.structure)
        premiers = list(Courriel.objects.filter(gabarit="candidature_deposee"))
        resend_receipt(candidature=candidature, acteur=contributeur)
        with pytest.raises(TransitionRefusee, match="vient de vous être renvoyé"):
            resend_receipt(candidature=candidature, acteur=contributeur)
        resend_receipt(candidature=candidature, acteur=fabriques.responsable_de(candidature.structure))
        temps.shift(timedelta(minutes=10, seconds=1))
        resend_receipt(candidature=candidature, acteur=contributeur)
        with pytest.raises(ActeurRefuse):
            resend_receipt(candidature=candidature, acteur=comptes.utilisateur())
        brouillon = fabriques.brouillon()
        auteur = fabriques.responsable_de(brouillon.structure)
        with pytest.raises(TransitionRefusee, match="n’est pas déposé"):
            resend_receipt(candidature=brouillon, acteur=auteur)
    renvois = Courriel.objects.filter(gabarit="candidature_deposee").exclude(pk__in=[c.pk for c in premiers])
    assert sorted(renvoi.email for renvoi in renvois) == sorted(
        [contributeur.email] * 2 + [fabriques.responsable_de(candidature.structure).email]
    )
    for renvoi in renvois:
        assert renvoi.objet.endswith("votre accusé de réception, renvoyé le 20\u00a0septembre 2021")
        assert "Voici à nouveau" in renvoi.texte
        assert "Vous n’avez rien à faire" not in renvoi.texte, "it may no longer be true"


def test_given_a_deposited_dossier_when_withdrawn_then_it_is_over_and_both_sides_know() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_en_complement()
        acteur = fabriques.responsable_de(candidature.structure)
        withdraw_candidature(candidature=candidature, acteur=acteur)
        assert candidature.etat == cycle.SANS_SUITE
        assert candidature.retiree_le == fabriques.LUNDI
        assert Courriel.objects.filter(gabarit="candidature_retiree").count() == 1
        demande = candidature.demandes_complements.get()
        assert demande.close_le == fabriques.LUNDI
        echeance = Echeance.objects.get(genre="candidatures.complements", sujet_id=demande.pk)
        assert not echeance.est_ouverte
        with pytest.raises(TransitionRefusee):
            withdraw_candidature(candidature=candidature, acteur=acteur)


def test_given_a_notified_decision_when_withdrawn_then_it_is_refused_unless_adjourned() -> None:
    from candidatures.domain.suivi_dossier import record_outcome

    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        acteur = fabriques.responsable_de(candidature.structure)
        record_outcome(candidature=candidature, issue="REFUSEE", instant=fabriques.LUNDI)
        with pytest.raises(TransitionRefusee, match="notifiée"):
            withdraw_candidature(candidature=candidature, acteur=acteur)
        record_outcome(candidature=candidature, issue="AJOURNEE", instant=fabriques.LUNDI)
        withdraw_candidature(candidature=candidature, acteur=acteur)
    assert candidature.etat == cycle.SANS_SUITE
