"""An inadmissibility from its declaration to its letter: read, signed, sent, withdrawn (R18, R39)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.urls import reverse

from candidatures.domain import chronologie
from candidatures.domain.affectations import declare_interest
from candidatures.models import Candidature
from comptes.models import Appartenance, Utilisateur
from labellisation.admin.notation import _summary
from labellisation.domain.decision import (
    DecisionRefusee,
    acknowledge_letter,
    amend_grounds,
    sign_and_notify,
    version_of,
)
from labellisation.domain.delegation import DelegationRefusee, delegate_signature, withdraw_delegation
from labellisation.domain.mentions import last_day_to_appeal
from labellisation.domain.recevabilite import (
    RecevabiliteRefusee,
    declare_irrecevable,
    declare_recevable,
    record_verdict,
)
from labellisation.domain.reouverture import ReouvertureRefusee, reopen_dossier
from labellisation.models import Decision, DelegationSignature, Reouverture
from labellisation.models.signature import delegation_of
from socle import documents, horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from socle.models import Courriel, Evenement, Revision
from tests.candidatures.fabriques import LUNDI, dossier_depose, instructeur, responsable_de
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.test_recevabilite import juger
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]

MOTIFS = "Critère 3 — Durée\u00a0: votre programme compte 310 heures, pour 400 demandées."


def a_declarer() -> tuple[Candidature, Utilisateur]:
    """Return a dossier with ten verdicts, one of them not conforme, and who gave them."""
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne, {3: "Votre programme compte 310 heures, pour 400 demandées."})
    return candidature, personne


def declaree() -> tuple[Decision, Utilisateur]:
    """Return an inadmissibility that is taken and not announced, and whoever took it."""
    candidature, personne = a_declarer()
    return declare_irrecevable(candidature=candidature, acteur=personne, motifs=MOTIFS), personne


def deleguer(personne: Utilisateur, **champs: Any) -> DelegationSignature:
    """Let this person sign until the end of the year."""
    valeurs = {
        "qualite": "Chargée d’instruction",
        "acte": "décision 2021-12 du 1er septembre 2021",
        "du": date(2021, 9, 1),
        "au": date(2021, 12, 31),
        "acteur": fabriques.direction(),
        **champs,
    }
    return delegate_signature(delegataire=personne, **valeurs)


def signer(decision: Decision, personne: Utilisateur, **champs: Any) -> Decision:
    """Sign what was read."""
    valeurs = {"qualite": "Directrice générale", "lue": version_of(decision), **champs}
    return sign_and_notify(decision=decision, acteur=personne, **valeurs)


def ouvrir(personne: Utilisateur, nom: str, candidature: Candidature, **envoi: str) -> HttpResponse:
    """Ask for a screen of the instruction, or send it a form."""
    client, url = connecte(personne), reverse(f"admin:{nom}", args=[candidature.pk])
    return client.post(url, envoi) if envoi else client.get(url)


def texte(reponse: Any) -> str:
    """Return a page's words."""
    return str(reponse.content.decode()).replace("&nbsp;", "\u00a0")


# --- Declared, its letter under one's eyes -------------------------------------------------------
@pytest.mark.regle("R18")
def test_given_a_failing_dossier_when_declaring_then_the_page_shows_the_letter_of_its_grounds() -> None:
    candidature, personne = a_declarer()
    page = texte(ouvrir(personne, "instruction_irrecevable", candidature))
    for dit in (
        "Critère 3 — Recevabilité 3\u00a0: Votre programme compte 310 heures",
        "La lettre que le porteur recevra",
        "Ce que vous pouvez faire",
        "jeudi 30\u00a0septembre 2021 à 23\u00a0h\u00a059, heure de Paris",
        "Voies et délais de recours",
        "Nom et qualité du signataire",
    ):
        assert dit in page, dit


@pytest.mark.regle("R18")
def test_given_other_grounds_when_the_letter_is_read_again_then_nothing_is_saved() -> None:
    candidature, personne = a_declarer()
    reponse = ouvrir(personne, "instruction_irrecevable", candidature, acte="relire", motifs="Trop court.")
    assert reponse.status_code == 200
    page = texte(reponse)
    assert page.count("Trop court.") == 2
    assert "Rien n’est encore enregistré" in page
    assert not Decision.objects.exists()
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"


def test_given_blank_grounds_when_declaring_then_the_sentence_stands_beside_the_field() -> None:
    candidature, personne = a_declarer()
    reponse = ouvrir(personne, "instruction_irrecevable", candidature, acte="declarer", motifs="  ")
    assert reponse.status_code == 422
    assert "le porteur doit comprendre la décision par eux seuls" in texte(reponse)
    assert not Decision.objects.exists()


def test_given_grounds_typed_when_the_dossier_was_decided_meanwhile_then_they_come_back() -> None:
    candidature, personne = a_declarer()
    declare_irrecevable(candidature=candidature, acteur=personne, motifs=MOTIFS)
    reponse = ouvrir(
        personne, "instruction_irrecevable", candidature, acte="declarer", motifs="Mon texte à moi."
    )
    assert reponse.status_code == 422
    assert "est déjà décidée" in texte(reponse)
    assert "Mon texte à moi." in texte(reponse)


# --- Signed by a person with a name and a quality ------------------------------------------------
@pytest.mark.regle("R18", "R39")
def test_given_a_delegation_when_signing_then_the_letter_bears_it_and_the_porteur_reads_the_same() -> None:
    decision, personne = declaree()
    deleguer(personne)
    page = texte(ouvrir(personne, "instruction_decision", decision.candidature))
    assert "Signer et envoyer" in page
    assert "signée par" not in page, "not yet"
    assert responsable_de(decision.candidature.structure).email in page
    ouvrir(personne, "instruction_decision", decision.candidature, lue=version_of(decision), qualite="Reine")

    decision.refresh_from_db()
    assert (decision.etat, decision.signataire_nom, decision.signataire_qualite) == (
        "NOTIFIEE",
        personne.nom_complet,
        "Chargée d’instruction",
    )
    assert decision.delegation is not None
    lettre = documents.to_html(decision.lettre)
    assert "Pour la direction et par délégation (décision 2021-12 du 1er septembre 2021)" in lettre
    porteur = responsable_de(decision.candidature.structure)
    vue = texte(connecte(porteur).get(reverse("candidatures:dossier", args=[decision.candidature_id])))
    for dit in (
        "Irrecevable",
        "votre programme compte 310 heures",
        "par délégation (décision 2021-12",
        "Chargée d’instruction",
        "tribunal administratif",
        "lundi 22\u00a0novembre 2021",
        "bouton «\u00a0Dupliquer\u00a0»",
    ):
        assert dit in vue, dit
        assert dit in lettre.replace("&nbsp;", "\u00a0") or dit == "Irrecevable", dit
    decision.refresh_from_db()
    assert decision.lettre_lue_le is not None, "the page shows the letter: it is read"


@pytest.mark.regle("R18")
def test_given_the_page_of_a_notified_dossier_when_gen_reads_it_then_it_proves_no_reading() -> None:
    decision, personne = declaree()
    signer(decision, fabriques.direction())
    connecte(personne).get(reverse("candidatures:dossier", args=[decision.candidature_id]))
    decision.refresh_from_db()
    assert decision.lettre_lue_le is None


@pytest.mark.regle("R39")
def test_given_no_delegation_when_an_instructor_signs_then_it_is_refused_and_not_offered() -> None:
    decision, personne = declaree()
    page = texte(ouvrir(personne, "instruction_decision", decision.candidature))
    assert "Signer et envoyer" not in page
    assert "attend la signature de la direction" in page
    reponse = ouvrir(personne, "instruction_decision", decision.candidature, lue=version_of(decision))
    assert reponse.status_code == 403
    with pytest.raises(ActeurRefuse):
        signer(decision, personne)
    assert not Courriel.objects.filter(gabarit="labellisation_decision").exists()


@pytest.mark.regle("R39")
@pytest.mark.parametrize(
    "fin", ["retirée", "échue", "à venir", "rôle repris", "d’une autre nature", "lien déclaré"]
)
def test_given_a_delegation_that_does_not_hold_when_signing_then_it_is_refused(fin: str) -> None:
    decision, personne = declaree()
    if fin == "à venir":
        deleguer(personne, du=date(2021, 9, 21))
    else:
        delegation = deleguer(personne, au=date(2021, 9, 20))
        if fin == "retirée":
            withdraw_delegation(delegation=delegation, acteur=fabriques.direction())
    if fin == "rôle repris":
        personne.roles_attribues.update(au=horloge.now())
        personne.forget_roles()
    if fin == "d’une autre nature":
        Decision.objects.update(nature="REFUSEE")
        decision.refresh_from_db()
    if fin == "lien déclaré":
        declare_interest(personne=personne, candidature=decision.candidature)
    jour = LUNDI + timedelta(days=1) if fin == "échue" else LUNDI
    with time_machine.travel(jour, tick=False), pytest.raises(ActeurRefuse):
        signer(decision, personne)


@pytest.mark.regle("R39")
def test_given_the_last_day_of_a_delegation_then_it_holds_until_midnight_in_paris() -> None:
    _, personne = declaree()
    deleguer(personne, au=date(2021, 9, 20))
    with time_machine.travel(datetime(2021, 9, 20, 21, 59, 59, tzinfo=UTC), tick=False):
        assert delegation_of(personne) is not None
    with time_machine.travel(datetime(2021, 9, 20, 22, 0, tzinfo=UTC), tick=False):
        assert delegation_of(personne) is None


@pytest.mark.regle("R39")
def test_given_the_direction_when_signing_without_a_quality_then_it_is_asked_beside_its_field() -> None:
    decision, _ = declaree()
    directrice = fabriques.direction()
    Utilisateur.objects.filter(pk=directrice.pk).update(fonction="")
    reponse = ouvrir(directrice, "instruction_decision", decision.candidature, lue=version_of(decision))
    assert reponse.status_code == 422
    assert "la loi demande qu’elle figure sous votre nom" in texte(reponse)
    decision.refresh_from_db()
    assert decision.etat == "PRISE"
    signer(decision, directrice, qualite=" Directrice générale ")
    decision.refresh_from_db()
    assert (decision.signataire_qualite, decision.delegation) == ("Directrice générale", None)


@pytest.mark.regle("R18")
def test_given_a_letter_changed_since_it_was_read_when_signing_then_it_is_refused_and_shown_again() -> None:
    decision, personne = declaree()
    lue = version_of(decision)
    amend_grounds(decision=decision, motifs="Autres motifs.", lue=lue, acteur=personne)
    reponse = ouvrir(
        fabriques.direction(), "instruction_decision", decision.candidature, lue=lue, qualite="Directrice"
    )
    assert reponse.status_code == 422
    assert "La lettre a changé depuis que vous l’avez ouverte" in texte(reponse)
    assert "Autres motifs." in texte(reponse)
    decision.refresh_from_db()
    assert decision.etat == "PRISE"


@pytest.mark.regle("R39")
def test_given_a_letter_sent_when_signed_again_then_one_e_mail_left_and_somebody_else_is_refused() -> None:
    decision, _ = declaree()
    directrice, autre = fabriques.direction(), fabriques.direction()
    lue = version_of(decision)
    signer(decision, directrice)
    assert signer(Decision.objects.get(), directrice, lue=lue).etat == "NOTIFIEE"
    with pytest.raises(TransitionRefusee):
        signer(Decision.objects.get(), autre, lue=lue)
    assert Decision.objects.get().signataire_nom == directrice.nom_complet
    assert Courriel.objects.filter(gabarit="labellisation_decision").count() == 1


def test_given_a_structure_without_anybody_then_the_page_says_that_no_e_mail_leaves() -> None:
    decision, _ = declaree()
    Appartenance.objects.update(au=horloge.now())
    page = texte(ouvrir(fabriques.direction(), "instruction_decision", decision.candidature))
    assert "Personne ne recevra de courriel" in page


def test_given_a_letter_sent_then_its_screen_follows_the_e_mail_and_the_reading() -> None:
    decision, personne = declaree()
    signer(decision, fabriques.direction())
    page = texte(ouvrir(personne, "instruction_decision", decision.candidature))
    assert "Lettre pas encore ouverte par le porteur" in page
    assert "Signer et envoyer" not in page
    assert "Modifier les motifs" not in page


def test_given_a_dossier_never_declared_then_it_has_no_decision_screen() -> None:
    candidature, personne = a_declarer()
    assert ouvrir(personne, "instruction_decision", candidature).status_code == 404


# --- The grounds, written again before the letter leaves -----------------------------------------
@pytest.mark.regle("R18")
def test_given_a_decision_not_announced_when_its_grounds_are_written_again_then_both_texts_are_kept() -> None:
    decision, personne = declaree()
    reponse = ouvrir(
        personne,
        "instruction_motifs",
        decision.candidature,
        acte="enregistrer",
        motifs="Motifs réécrits.",
        lue=version_of(decision),
    )
    assert reponse.status_code == 302
    decision.refresh_from_db()
    assert decision.motifs == "Motifs réécrits."
    revision = Revision.objects.get(contexte="motifs")
    assert (revision.avant, revision.apres) == (MOTIFS, "Motifs réécrits.")
    evenement = Evenement.objects.get(verbe="decision.motifs_modifies")
    assert (evenement.visibilite, "Motifs" in str(evenement.donnees)) == ("GEN", False)
    assert "réécrits" not in str(chronologie.timeline(decision.candidature))


def test_given_two_people_writing_the_grounds_then_the_later_one_sees_both_and_may_choose() -> None:
    decision, personne = declaree()
    lue = version_of(decision)
    amend_grounds(decision=decision, motifs="Le texte de l’autre.", lue=lue, acteur=fabriques.direction())
    envoi = {"acte": "enregistrer", "motifs": "Mon texte."}
    reponse = ouvrir(personne, "instruction_motifs", decision.candidature, lue=lue, **envoi)
    assert reponse.status_code == 422
    page = texte(reponse)
    assert "Le texte de l’autre." in page
    assert "Mon texte." in page
    decision.refresh_from_db()
    assert decision.motifs == "Le texte de l’autre."
    assert f'name="lue" value="{version_of(decision)}"' in page
    ouvrir(personne, "instruction_motifs", decision.candidature, lue=version_of(decision), **envoi)
    decision.refresh_from_db()
    assert decision.motifs == "Mon texte."


@pytest.mark.regle("R18")
def test_given_a_letter_sent_when_its_grounds_are_written_again_then_it_is_refused() -> None:
    decision, personne = declaree()
    lue = version_of(decision)
    signer(decision, fabriques.direction())
    with pytest.raises(DecisionRefusee, match="ne changent plus"):
        amend_grounds(decision=decision, motifs="Trop tard.", lue=lue, acteur=personne)
    assert ouvrir(personne, "instruction_motifs", decision.candidature).status_code == 302


def test_given_somebody_not_in_charge_when_writing_the_grounds_then_it_is_refused() -> None:
    decision, _ = declaree()
    autre = instructeur()
    with pytest.raises(ActeurRefuse):
        amend_grounds(decision=decision, motifs="Non.", lue=version_of(decision), acteur=autre)


@pytest.mark.regle("R18")
def test_given_a_delegation_replaced_since_the_letter_was_read_then_it_is_shown_again_before_signing() -> (
    None
):
    decision, personne = declaree()
    lue = deleguer(personne)
    nouvelle = deleguer(personne, acte="décision 2021-30 du 15 septembre 2021")
    with pytest.raises(DecisionRefusee, match="a changé"):
        signer(decision, personne, par=str(lue.pk))
    envoi = {"lue": version_of(decision), "qualite": "", "acte": "signer"}
    reponse = ouvrir(personne, "instruction_decision", decision.candidature, par=str(lue.pk), **envoi)
    assert reponse.status_code == 422
    assert "décision 2021-30" in texte(reponse)
    assert f'name="par" value="{nouvelle.pk}"' in texte(reponse)
    reponse = ouvrir(personne, "instruction_decision", decision.candidature, par=str(nouvelle.pk), **envoi)
    assert reponse.status_code == 302


@pytest.mark.regle("R18")
def test_given_another_quality_when_the_letter_is_read_again_then_it_shows_it_and_nothing_is_signed() -> None:
    decision, _ = declaree()
    envoi = {"acte": "relire", "lue": version_of(decision), "qualite": "Directrice par intérim", "par": ""}
    reponse = ouvrir(fabriques.direction(), "instruction_decision", decision.candidature, **envoi)
    assert reponse.status_code == 200
    assert "<br>Directrice par intérim" in texte(reponse)
    decision.refresh_from_db()
    assert decision.etat == "PRISE"


def test_given_a_second_press_then_each_act_is_done_once() -> None:
    candidature, personne = a_declarer()
    une = declare_irrecevable(candidature=candidature, acteur=personne, motifs=MOTIFS)
    assert declare_irrecevable(candidature=candidature, acteur=personne, motifs=f" {MOTIFS} ") == une
    with pytest.raises(RecevabiliteRefusee):
        declare_irrecevable(candidature=candidature, acteur=personne, motifs="D’autres motifs.")
    directrice = fabriques.direction()
    rouverte = rouvrir(une, acteur=directrice)
    assert rouvrir(une, acteur=directrice) == rouverte
    with pytest.raises(ReouvertureRefusee):
        rouvrir(une, acteur=directrice, motifs="D’autres motifs.")
    assert Evenement.objects.filter(verbe="candidature.examen_rouvert").count() == 1


# --- Opened again --------------------------------------------------------------------------------
def rouvrir(decision: Decision, **champs: Any) -> Reouverture:
    """Open the examination again as the direction."""
    valeurs = {
        "motifs": "Le justificatif des heures était joint.",
        "acteur": fabriques.direction(),
        "etat_lu": decision.etat,
        **champs,
    }
    return reopen_dossier(candidature=Candidature.objects.get(pk=decision.candidature_id), **valeurs)


@pytest.mark.regle("R18", "R39")
def test_given_a_recours_accepted_then_the_decision_is_withdrawn_and_the_dossier_examined_again() -> None:
    decision, personne = declaree()
    signer(decision, fabriques.direction())
    with time_machine.travel(datetime(2021, 10, 15, 9, tzinfo=UTC), tick=False):
        reouverture = rouvrir(decision, recours_recu_le=date(2021, 10, 12))
    decision.refresh_from_db()
    candidature = Candidature.objects.get()
    assert (decision.etat, candidature.etat, candidature.issue_notifiee) == ("RETIREE", "DEPOSEE", "")
    assert candidature.rejet_implicite_le == date(2021, 12, 15), "the whole delay runs from there"
    assert (reouverture.nature, reouverture.recours_recu_le) == ("RECOURS", date(2021, 10, 12))
    # The porteur is told why, its page says so, and the letter stays readable.
    courriel = Courriel.objects.get(gabarit="labellisation_recours_accepte")
    assert "Le justificatif des heures était joint." in courriel.texte
    # The old letter stays readable; opening it proves nothing of this e-mail.
    acknowledge_letter(decision=Decision.objects.get(), lecteur=responsable_de(candidature.structure))
    courriel.refresh_from_db()
    assert courriel.lu_le is None
    page = texte(
        connecte(responsable_de(candidature.structure)).get(
            reverse("candidatures:dossier", args=[candidature.pk])
        )
    )
    for dit in (
        "En cours d’examen",
        "Recours accepté",
        "décision retirée après recours",
        "Le justificatif des heures était joint.",
    ):
        assert dit in page, dit
    assert "votre programme compte 310 heures" not in page
    # The verdicts stand, can be changed, and a second decision can be taken.
    record_verdict(candidature=candidature, critere=3, avis="CONFORME", instructeur=personne)
    declare_recevable(candidature=Candidature.objects.get(), acteur=personne)
    assert Candidature.objects.get().etat == "RECEVABLE"


@pytest.mark.regle("R39")
def test_given_an_error_seen_before_the_letter_left_then_the_porteur_learns_nothing() -> None:
    decision, _ = declaree()
    porteur = connecte(responsable_de(decision.candidature.structure))
    url = reverse("candidatures:dossier", args=[decision.candidature_id])
    courriels = Courriel.objects.count()
    avant = chronologie.timeline(decision.candidature)
    with time_machine.travel(datetime(2021, 11, 10, 9, tzinfo=UTC), tick=False):
        reouverture = rouvrir(decision)
    decision.refresh_from_db()
    assert (decision.etat, reouverture.nature) == ("CADUQUE", "RECTIFICATION")
    dossier = Candidature.objects.get()
    assert (dossier.etat, dossier.rejet_implicite_le) == ("DEPOSEE", date(2021, 11, 20)), (
        "as the receipt says"
    )
    assert chronologie.timeline(decision.candidature) == avant
    assert Courriel.objects.count() == courriels
    page = texte(porteur.get(url))
    assert "ecours accepté" not in page
    assert "En cours d’examen" in page


@pytest.mark.regle("R18")
@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"motifs": " "}, "pourquoi l’examen est rouvert"),
        ({"recours_recu_le": None}, "le jour où le recours est arrivé"),
        ({"recours_recu_le": date(2021, 9, 21)}, "à venir"),
        ({"recours_recu_le": date(2021, 9, 19)}, "précède la notification"),
    ],
)
def test_given_a_recours_that_lacks_something_then_it_is_refused_and_nothing_is_written(
    champs: dict[str, Any], dit: str
) -> None:
    decision, _ = declaree()
    signer(decision, fabriques.direction())
    with pytest.raises(DonneesInvalides) as refus:
        rouvrir(decision, **{"recours_recu_le": date(2021, 9, 20), **champs})
    assert dit in str(refus.value.erreurs)
    decision.refresh_from_db()
    assert (decision.etat, Reouverture.objects.count()) == ("NOTIFIEE", 0)


@pytest.mark.regle("R39")
def test_given_a_letter_that_left_meanwhile_when_reopening_then_it_is_refused() -> None:
    decision, _ = declaree()
    signer(decision, fabriques.direction())
    with pytest.raises(ReouvertureRefusee, match="notifiée pendant votre lecture"):
        rouvrir(decision, etat_lu="PRISE", recours_recu_le=date(2021, 9, 20))
    assert not Reouverture.objects.exists()


def test_given_a_dossier_that_is_not_irrecevable_or_another_role_when_reopening_then_it_is_refused() -> None:
    candidature, personne = a_declarer()
    with pytest.raises(ReouvertureRefusee):
        reopen_dossier(candidature=candidature, motifs="Oui.", acteur=fabriques.direction(), etat_lu="PRISE")
    decision = declare_irrecevable(candidature=candidature, acteur=personne, motifs=MOTIFS)
    with pytest.raises(ActeurRefuse):
        rouvrir(decision, acteur=personne)
    assert ouvrir(personne, "instruction_rouvrir", decision.candidature).status_code == 403


def test_given_the_reopening_page_when_sent_wrong_then_what_was_typed_comes_back() -> None:
    decision, _ = declaree()
    signer(decision, fabriques.direction())
    directrice = fabriques.direction()
    page = texte(ouvrir(directrice, "instruction_rouvrir", decision.candidature))
    assert "lundi 22\u00a0novembre 2021" in page
    reponse = ouvrir(
        directrice,
        "instruction_rouvrir",
        decision.candidature,
        etat_lu="NOTIFIEE",
        motifs="Un motif long à écrire.",
        recours_recu_le="32/13/2021",
    )
    assert reponse.status_code == 422
    assert "Un motif long à écrire." in texte(reponse)
    assert "Écrivez un jour" in texte(reponse)
    reponse = ouvrir(
        directrice,
        "instruction_rouvrir",
        decision.candidature,
        etat_lu="NOTIFIEE",
        motifs="Accepté.",
        recours_recu_le="2021-09-20",
    )
    assert reponse.status_code == 302
    assert Reouverture.objects.get().motifs == "Accepté."
    fiche = texte(ouvrir(directrice, "instruction_decision", decision.candidature))
    assert "recours gracieux accepté" in fiche


# --- What was typed is never lost ----------------------------------------------------------------
def test_given_a_verdict_changed_meanwhile_when_the_letter_is_read_again_then_the_text_comes_back() -> None:
    candidature, personne = a_declarer()
    record_verdict(candidature=candidature, critere=3, avis="CONFORME", instructeur=personne)
    reponse = ouvrir(
        personne, "instruction_irrecevable", candidature, acte="relire", motifs="Mon long texte."
    )
    assert reponse.status_code == 422
    page = texte(reponse)
    assert "Mon long texte." in page
    assert "Tous les critères sont conformes" in page
    assert 'value="declarer"' not in page
    assert "Si vous déclarez" not in page
    assert ouvrir(personne, "instruction_irrecevable", candidature).status_code == 302


@pytest.mark.parametrize("acte", ["relire", "declarer"])
def test_given_a_charge_lost_meanwhile_when_declaring_then_the_text_comes_back(acte: str) -> None:
    candidature, personne = a_declarer()
    candidature.affectations.update(retiree_le=horloge.now())
    autre = instructeur(candidature)
    reponse = ouvrir(personne, "instruction_irrecevable", candidature, acte=acte, motifs="Mon long texte.")
    assert reponse.status_code == 422
    assert "Mon long texte." in texte(reponse)
    assert "confié à une autre personne" in texte(reponse)
    for nom in ("instruction_irrecevable", "instruction_recevable"):
        assert ouvrir(personne, nom, candidature).status_code == 302
    assert ouvrir(autre, "instruction_irrecevable", candidature).status_code == 200
    jamais = instructeur()
    reponse = ouvrir(jamais, "instruction_irrecevable", candidature, acte=acte, motifs="Non.")
    assert reponse.status_code == 403


def test_given_a_second_press_when_declaring_the_same_grounds_then_it_is_done() -> None:
    candidature, personne = a_declarer()
    for _ in range(2):
        reponse = ouvrir(personne, "instruction_irrecevable", candidature, acte="declarer", motifs=MOTIFS)
        assert reponse.status_code == 302
        assert reponse["Location"].endswith("?enregistre=irrecevable")
    assert Decision.objects.count() == 1


def test_given_grounds_of_8000_characters_on_many_lines_then_an_end_of_line_counts_one() -> None:
    candidature, personne = a_declarer()
    motifs = "ligne\r\n" * 1333 + "xy"
    reponse = ouvrir(personne, "instruction_irrecevable", candidature, acte="declarer", motifs=motifs)
    assert reponse.status_code == 302
    assert "\r" not in Decision.objects.get().motifs


@pytest.mark.parametrize("acte", ["relire", "enregistrer"])
def test_given_a_letter_sent_meanwhile_when_its_grounds_are_sent_then_the_text_comes_back(acte: str) -> None:
    decision, personne = declaree()
    lue = version_of(decision)
    signer(decision, fabriques.direction())
    reponse = ouvrir(
        personne, "instruction_motifs", decision.candidature, acte=acte, motifs="Mon texte.", lue=lue
    )
    assert reponse.status_code == 422
    page = texte(reponse)
    assert "Mon texte." in page
    assert "n’attend plus sa notification" in page
    assert 'value="enregistrer"' not in page


def test_given_a_second_press_when_signing_then_the_letter_is_said_sent_and_leaves_once() -> None:
    decision, _ = declaree()
    directrice = fabriques.direction()
    envoi = {"lue": version_of(decision), "qualite": "Directrice générale"}
    for _ in range(2):
        reponse = ouvrir(directrice, "instruction_decision", decision.candidature, **envoi)
        assert reponse.status_code == 302
    assert Courriel.objects.filter(gabarit="labellisation_decision").count() == 1
    autre = fabriques.direction()
    reponse = ouvrir(autre, "instruction_decision", decision.candidature, **envoi)
    assert reponse.status_code == 422, "somebody else did not sign it"
    assert 'href="#formulaire"' in texte(reponse)
    assert 'id="formulaire"' in texte(reponse)


def test_given_a_recours_accepted_meanwhile_then_a_second_press_is_done_and_another_text_comes_back() -> None:
    decision, _ = declaree()
    signer(decision, fabriques.direction())
    directrice = fabriques.direction()
    envoi = {"etat_lu": "NOTIFIEE", "motifs": "Accepté.", "recours_recu_le": "2021-09-20"}
    for _ in range(2):
        assert ouvrir(directrice, "instruction_rouvrir", decision.candidature, **envoi).status_code == 302
    assert Reouverture.objects.count() == 1
    autre = {**envoi, "motifs": "Un autre motif."}
    reponse = ouvrir(directrice, "instruction_rouvrir", decision.candidature, **autre)
    assert reponse.status_code == 422
    page = texte(reponse)
    assert "Un autre motif." in page
    assert 'value="2021-09-20"' in page
    assert ">Accepter le recours</button>" not in page


def test_given_a_text_saved_then_the_next_page_drops_what_the_browser_kept() -> None:
    decision, personne = declaree()
    page = texte(ouvrir(personne, "instruction_motifs", decision.candidature))
    cle = f"gen-saisie:{personne.pk}:{decision.candidature_id}:motifs"
    assert f'data-garde="{cle}-{version_of(decision)[:12]}"' in page
    adresse = reverse("admin:instruction_decision", args=[decision.candidature_id])
    assert f'data-oublie="{cle}"' in texte(connecte(personne).get(f"{adresse}?enregistre=motifs"))
    assert "data-oublie" not in texte(connecte(personne).get(adresse))


def test_given_the_list_that_one_comes_from_then_it_is_kept_through_the_decision_and_back() -> None:
    decision, personne = declaree()
    suite = "liste=dossiers&amp;etat=IRRECEVABLE"
    client, pk = connecte(personne), decision.candidature_id
    urls = {
        nom: reverse(f"admin:instruction_{nom}", args=[pk]) for nom in ("dossier", "decision", "messages")
    }
    dossier = texte(client.get(f"{urls['dossier']}?liste=dossiers&etat=IRRECEVABLE"))
    for nom in ("decision", "messages"):
        assert f'href="{urls[nom]}?{suite}"' in dossier
        page = texte(client.get(f"{urls[nom]}?liste=dossiers&etat=IRRECEVABLE"))
        assert f'href="{urls["dossier"]}?{suite}"' in page


# --- Delegations ---------------------------------------------------------------------------------
def test_given_a_second_delegation_then_it_replaces_the_first() -> None:
    personne = instructeur()
    ancienne = deleguer(personne)
    nouvelle = deleguer(personne, qualite="Cheffe du pôle")
    ancienne.refresh_from_db()
    assert ancienne.retiree_le is not None
    assert delegation_of(personne) == nouvelle
    with pytest.raises(DelegationRefusee):
        withdraw_delegation(delegation=ancienne, acteur=fabriques.direction())
    with pytest.raises(IntegrityError), transaction.atomic():
        DelegationSignature.objects.update(retiree_le=None)


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"qualite": " "}, "qualite"),
        ({"acte": ""}, "acte"),
        ({"au": date(2021, 8, 31)}, "au"),
        ({"du": date(2021, 9, 1), "au": date(2021, 9, 19)}, "au"),
    ],
)
def test_given_a_delegation_that_cannot_be_then_it_is_refused(champs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        deleguer(instructeur(), **champs)
    assert list(refus.value.erreurs) == [champ]
    assert not DelegationSignature.objects.exists()


def test_given_somebody_who_is_no_instructor_or_no_direction_when_delegating_then_it_is_refused() -> None:
    with pytest.raises(DonneesInvalides):
        deleguer(comptes.utilisateur())
    personne = instructeur()
    with pytest.raises(ActeurRefuse):
        deleguer(personne, acteur=personne)


def test_given_the_page_of_delegations_then_the_direction_gives_one_and_takes_it_back() -> None:
    directrice, personne = fabriques.direction(), instructeur()
    client, url = connecte(directrice), reverse("admin:instruction_delegations")
    assert "la direction seule signe" in texte(client.get(url))
    envoi = {
        "delegataire": str(personne.pk),
        "qualite": "Chargé d’instruction",
        "acte": "décision 2021-12",
        "du": "2021-09-20",
        "au": "2021-12-31",
    }
    assert client.post(url, {**envoi, "au": ""}).status_code == 422
    assert client.post(url, envoi).status_code == 302
    assert personne.nom_complet in texte(client.get(url))
    client.post(reverse("admin:instruction_delegation_fin", args=[DelegationSignature.objects.get().pk]))
    assert "la direction seule signe" in texte(client.get(url))
    assert connecte(personne).get(url).status_code == 403


def test_given_one_or_four_delegations_then_their_page_costs_the_same_queries(
    django_assert_num_queries: Any,
) -> None:
    client, url = connecte(fabriques.direction()), reverse("admin:instruction_delegations")
    for nombre in (1, 3):
        for _ in range(nombre):
            deleguer(instructeur())
        client.get(url)
        with django_assert_num_queries(5):
            client.get(url)


# --- The last day to appeal ----------------------------------------------------------------------
@pytest.mark.regle("R6", "R18")
@pytest.mark.parametrize(
    ("recue", "fin"),
    [
        (date(2021, 9, 20), date(2021, 11, 22)),  # 21 November is a Sunday.
        (date(2021, 12, 31), date(2022, 3, 1)),  # 28 February, then the day after.
        (date(2019, 12, 30), date(2020, 3, 2)),  # 29 February of a leap year, 1 March a Sunday.
        (date(2021, 2, 28), date(2021, 4, 29)),
        (date(2021, 8, 31), date(2021, 11, 2)),  # 31 October, 1 November is a public holiday.
    ],
)
def test_given_a_letter_received_then_the_delay_is_franc_and_ends_on_a_working_day(
    recue: date, fin: date
) -> None:
    assert last_day_to_appeal(recue) == fin


def test_given_no_releve_ahead_then_the_letter_says_what_to_do_all_the_same() -> None:
    decision, _ = declaree()
    with time_machine.travel(datetime(2021, 10, 1, 9, tzinfo=UTC), tick=False):
        signer(decision, fabriques.direction())
    lettre = documents.to_html(Decision.objects.get().lettre)
    assert "sera examiné au premier relevé annoncé" in lettre


@pytest.mark.regle("R39")
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_a_signature_and_a_reopening_at_once_then_one_wins_and_the_other_is_told() -> None:
    directrice = fabriques.direction()
    for _ in range(4):
        decision, _personne = declaree()
        lue = version_of(decision)
        fils = [
            Fil(lambda d=decision, v=lue: signer(Decision.objects.get(pk=d.pk), directrice, lue=v)),
            Fil(lambda d=decision: rouvrir(d, acteur=directrice, etat_lu="PRISE")),
        ]
        erreurs = [fil.end().erreur for fil in fils]
        assert [erreur is None for erreur in erreurs].count(True) == 1, erreurs
        refus = next(erreur for erreur in erreurs if erreur)
        assert isinstance(refus, (TransitionRefusee, DecisionRefusee, ReouvertureRefusee))
        decision.refresh_from_db()
        envoyes = Courriel.objects.filter(sujet_id=decision.pk, gabarit="labellisation_decision").count()
        assert (decision.etat, envoyes) in {("NOTIFIEE", 1), ("CADUQUE", 0)}


# --- Errors that lead to their control -----------------------------------------------------------
def test_given_nobody_chosen_when_giving_a_task_then_the_summary_leads_to_the_list() -> None:
    candidature, _ = a_declarer()
    reponse = ouvrir(
        fabriques.direction(), "instruction_affectations", candidature, tache="RECEVABILITE", instructeur=""
    )
    assert reponse.status_code == 422
    page = texte(reponse)
    assert '<a href="#id_instructeur">Choisissez une personne.</a>' in page
    assert 'id="id_instructeur_error"' in page


def test_given_a_section_that_does_not_exist_then_its_error_leads_to_the_list_of_sections() -> None:
    assert _summary({"section-2": ["Choisissez une section."]}) == [
        ("section-citee-2", "Choisissez une section.")
    ]


def test_given_a_decision_to_sign_then_only_whoever_may_sign_it_is_told_to() -> None:
    decision, personne = declaree()
    lien = "Lire la lettre et la signer"
    assert lien in texte(ouvrir(fabriques.direction(), "instruction_dossier", decision.candidature))
    assert lien not in texte(ouvrir(personne, "instruction_dossier", decision.candidature))
