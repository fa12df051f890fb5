"""Verdicts beside their pre-checks, the two declarations, and what the database tells the pre-checks."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.avertissements import warnings_for
from candidatures.domain.complements import Element, answer_complements
from candidatures.domain.depot import withdraw_candidature
from candidatures.domain.instantane import build
from candidatures.domain.pieces import remove_piece, replace_held_piece
from candidatures.models import Affectation, Candidature, Depot, Releve
from candidatures.sections import PAR_CODE
from comptes.models import Utilisateur
from gen_portal.demo.contenu import siret
from labellisation.domain.contexte_recevabilite import build_context, check_all
from labellisation.domain.decision import notify_decision
from labellisation.domain.prevalidations import Etat, check_not_labelled
from labellisation.domain.recevabilite import (
    RecevabiliteRefusee,
    compose_grounds,
    current_deposit,
    declare_irrecevable,
    declare_recevable,
    examination,
    record_verdict,
)
from labellisation.models import BilanLabel, Decision, Verdict
from referentiels.domain.editions import ORGANISMES, REGISTRES, note_edition
from referentiels.models import Certification, CritereRecevabilite, OrganismeFormation
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.models import Antivirus, Evenement, Fichier
from tests.candidatures.fabriques import (
    LUNDI,
    dossier_complet,
    dossier_depose,
    dossier_en_complement,
    instructeur,
    pdf,
    responsable_de,
)
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def juger(
    candidature: Candidature, personne: Utilisateur, refus: dict[int, str] | None = None, sauf: int = 0
) -> None:
    """Give the ten verdicts, conforme but for ``refus`` (criterion -> reason)."""
    for critere in range(1, 11):
        if critere != sauf:
            motif = (refus or {}).get(critere, "")
            record_verdict(
                candidature=candidature,
                critere=critere,
                avis="NON_CONFORME" if motif else "CONFORME",
                motif=motif,
                instructeur=personne,
            )


def evenements(candidature: Candidature, verbe: str) -> list[Evenement]:
    return list(Evenement.objects.filter(chaine=candidature.chaine_journal, verbe=verbe).order_by("numero"))


# --- One verdict ---------------------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_a_deposited_dossier_when_a_verdict_is_given_then_it_stands_beside_its_pre_check() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    verdict = record_verdict(candidature=candidature, critere=3, avis="CONFORME", instructeur=personne)
    assert (verdict.proposition, verdict.avis, verdict.ecart) == ("CONFORME", "CONFORME", False)
    heures = next(constat for constat in verdict.constats if constat["libelle"] == "Heures")
    assert heures["valeur"] == "500\u00a0heures en 2\u00a0modules"
    assert heures["regle"] == "au moins 400 heures, hors immersion"
    assert verdict.depot == current_deposit(candidature)


@pytest.mark.regle("R15")
def test_given_a_verdict_that_differs_from_the_proposal_then_the_event_says_so_without_the_reason() -> None:
    candidature = dossier_depose()
    verdict = record_verdict(
        candidature=candidature,
        critere=5,
        avis="NON_CONFORME",
        motif="Le stage de M. Untel n’est pas une immersion.",
        instructeur=instructeur(candidature),
    )
    assert verdict.ecart
    (evenement,) = evenements(candidature, "recevabilite.verdict")
    assert evenement.donnees == {
        "critere": 5,
        "avis": "NON_CONFORME",
        "proposition": "CONFORME",
        "ecart": True,
        "avant": None,
    }
    assert evenement.visibilite == "GEN"


@pytest.mark.regle("R15")
def test_given_a_verdict_when_changed_then_one_row_stays_and_the_event_tells_the_old_one() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    for avis, motif in (("CONFORME", ""), ("CONFORME", ""), ("NON_CONFORME", "Trop court.")):
        record_verdict(candidature=candidature, critere=3, avis=avis, motif=motif, instructeur=personne)
    assert Verdict.objects.get(candidature=candidature).avis == "NON_CONFORME"
    # The same verdict again is no event.
    assert [fait.donnees["avant"] for fait in evenements(candidature, "recevabilite.verdict")] == [
        None,
        "CONFORME",
    ]


@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("critere", "avis", "motif", "champ"),
    [
        (3, "NON_CONFORME", "  ", "motif"),
        (3, "PEUT_ETRE", "", "avis"),
        (3, "SANS_OBJET", "", "avis"),
        (11, "CONFORME", "", "critere"),
        (0, "CONFORME", "", "critere"),
    ],
)
def test_given_a_verdict_that_cannot_be_when_given_then_it_is_refused(
    critere: int, avis: str, motif: str, champ: str
) -> None:
    candidature = dossier_depose()
    with pytest.raises(DonneesInvalides) as refus:
        record_verdict(
            candidature=candidature,
            critere=critere,
            avis=avis,
            motif=motif,
            instructeur=instructeur(candidature),
        )
    assert list(refus.value.erreurs) == [champ]
    assert not Verdict.objects.exists()


@pytest.mark.regle("R15")
def test_given_a_criterion_whose_text_allows_it_when_sans_objet_then_it_is_taken() -> None:
    candidature = dossier_depose()
    CritereRecevabilite.objects.filter(numero=6).update(
        sans_objet_permis=True, sans_objet_cas="Formation d’un an ou plus."
    )
    verdict = record_verdict(
        candidature=candidature, critere=6, avis="SANS_OBJET", instructeur=instructeur(candidature)
    )
    assert verdict.avis == "SANS_OBJET"


# --- Who -----------------------------------------------------------------------------------------
@pytest.mark.regle("R36")
def test_given_nobody_in_charge_when_an_instructor_judges_then_they_take_charge_alone() -> None:
    candidature = dossier_depose()
    premiere, seconde = instructeur(), instructeur()
    record_verdict(candidature=candidature, critere=1, avis="CONFORME", instructeur=premiere)
    charge = Affectation.objects.get(candidature=candidature, retiree_le__isnull=True)
    assert (charge.instructeur, charge.tache) == (premiere, "RECEVABILITE")
    with pytest.raises(ActeurRefuse, match="confié à une autre personne"):
        record_verdict(candidature=candidature, critere=2, avis="CONFORME", instructeur=seconde)


@pytest.mark.regle("R36")
def test_given_a_declared_link_when_judging_then_it_is_refused() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    record_verdict(candidature=candidature, critere=1, avis="CONFORME", instructeur=personne)
    declare_interest(personne=personne, structure=candidature.structure)
    with pytest.raises(ActeurRefuse):
        record_verdict(candidature=candidature, critere=2, avis="CONFORME", instructeur=personne)


@pytest.mark.parametrize("roles", [("direction",), ("comite",), ("administrateur",), ()])
def test_given_somebody_who_is_no_instructor_when_judging_then_it_is_refused(roles: tuple[str, ...]) -> None:
    candidature = dossier_depose()
    personne = comptes.utilisateur(*roles)
    personne.forget_roles()
    with pytest.raises(ActeurRefuse):
        record_verdict(candidature=candidature, critere=1, avis="CONFORME", instructeur=personne)


# --- When ----------------------------------------------------------------------------------------
def test_given_another_state_than_deposited_when_judging_then_the_sentence_says_why() -> None:
    personne = instructeur()
    en_complement = dossier_en_complement()
    retire = dossier_depose()
    withdraw_candidature(candidature=retire, acteur=responsable_de(retire.structure))
    recevable = fabriques.dossier_recevable()
    for candidature, phrase in (
        (en_complement, "compléments"),
        (retire, "retiré"),
        (recevable, "déjà décidée"),
    ):
        with pytest.raises(RecevabiliteRefusee, match=phrase):
            record_verdict(candidature=candidature, critere=1, avis="CONFORME", instructeur=personne)


@pytest.mark.regle("R15", "R16")
def test_given_a_new_deposit_then_the_ten_criteria_are_examined_again() -> None:
    candidature = dossier_en_complement()
    answer_complements(
        candidature=candidature, acteur=responsable_de(candidature.structure), arrivee=datetime.now(UTC)
    )
    examen = examination(candidature=candidature, depot=current_deposit(candidature))
    assert current_deposit(candidature).numero == 2
    assert examen.manquants == list(range(1, 11))


@pytest.mark.regle("R12", "R15")
def test_given_a_piece_replaced_under_examination_then_only_its_criteria_are_judged_again() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    piece = candidature.pieces.get(type_piece="ACCORD_CERTIFICATION")
    Fichier.objects.filter(pk=piece.fichier_id).update(
        antivirus=Antivirus.ILLISIBLE, constat="il est abîmé ou incomplet", analyse_le=horloge.now()
    )
    replace_held_piece(
        piece=piece,
        contenu=ContentFile(pdf()),
        nom="accord.pdf",
        acteur=responsable_de(candidature.structure),
        arrivee=horloge.now(),
    )
    examen = examination(candidature=candidature, depot=current_deposit(candidature))
    lus = PAR_CODE["formation"].recevabilite
    assert examen.manquants == list(lus)
    assert Verdict.objects.filter(candidature=candidature).count() == 20 - len(lus)
    # An instructor whose page still shows the former version judges nothing of the new one.
    with pytest.raises(RecevabiliteRefusee, match="nouvelle version"):
        record_verdict(
            candidature=candidature, critere=lus[0], avis="CONFORME", instructeur=personne, version=1
        )
    record_verdict(candidature=candidature, critere=lus[0], avis="CONFORME", instructeur=personne, version=2)


# --- Declarations --------------------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_ten_conforme_when_declared_then_the_dossier_is_recevable() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    declare_recevable(candidature=candidature, acteur=personne)
    candidature.refresh_from_db()
    assert candidature.etat == "RECEVABLE"
    assert not Decision.objects.exists()


@pytest.mark.regle("R15")
@pytest.mark.parametrize("sauf", range(1, 11))
def test_given_a_missing_verdict_when_declared_then_it_is_refused_and_named(sauf: int) -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne, sauf=sauf)
    for declarer in (
        lambda: declare_recevable(candidature=candidature, acteur=personne),
        lambda: declare_irrecevable(candidature=candidature, acteur=personne, motifs="Motifs."),
    ):
        with pytest.raises(RecevabiliteRefusee, match=rf"verdict {sauf}\."):
            declarer()
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"


@pytest.mark.regle("R15", "R18")
def test_given_failing_criteria_when_declared_irrecevable_then_the_decision_bears_them_hidden() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne, {3: "Moins de 400 heures.", 9: "Certificat échu."})
    with pytest.raises(RecevabiliteRefusee, match="3, 9"):
        declare_recevable(candidature=candidature, acteur=personne)
    examen = examination(candidature=candidature, depot=current_deposit(candidature))
    motifs = compose_grounds(examen)
    decision = declare_irrecevable(candidature=candidature, acteur=personne, motifs=motifs)
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.issue_notifiee) == ("IRRECEVABLE", "")
    assert (decision.nature, decision.etat, decision.criteres) == ("IRRECEVABLE", "PRISE", [3, 9])
    assert "Critère 3 — Recevabilité 3\u00a0: Moins de 400 heures." in decision.motifs
    assert not Evenement.objects.filter(
        chaine=candidature.chaine_journal,
        visibilite__in=("PUBLIC", "PORTEUR"),
        verbe__in=("candidature.irrecevable", "decision.prise", "recevabilite.verdict"),
    ).exists()


@pytest.mark.regle("R18")
def test_given_no_failing_criterion_or_no_grounds_when_declared_irrecevable_then_nothing_is_written() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    juger(candidature, personne)
    with pytest.raises(RecevabiliteRefusee, match="recevable"):
        declare_irrecevable(candidature=candidature, acteur=personne, motifs="Motifs.")
    juger(candidature, personne, {7: "Un reste à charge de 300 €."})
    with pytest.raises(DonneesInvalides):
        declare_irrecevable(candidature=candidature, acteur=personne, motifs="  ")
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"
    assert not Decision.objects.exists()


# --- What the database tells the pre-checks --------------------------------------------------------
def constats(candidature: Candidature, critere: int) -> dict[str, Any]:
    examen = examination(candidature=candidature, depot=current_deposit(candidature))
    return {constat.libelle: constat for constat in examen.lignes[critere - 1].resultat.constats}


@pytest.mark.regle("R3", "R15")
def test_given_the_releve_of_30_september_then_its_day_is_the_30th_and_not_the_day_after() -> None:
    candidature = dossier_depose()
    contexte = build_context(candidature, current_deposit(candidature))
    assert contexte.jour_releve == date(2021, 9, 30)
    assert contexte.aujourd_hui == date(2021, 9, 20)
    assert contexte.debut_au_plus_tot == date(2021, 9, 1)


@pytest.mark.regle("R15")
def test_given_the_register_then_a_sheet_counts_at_the_releve_and_an_unknown_one_is_said_unknown() -> None:
    candidature = dossier_depose()
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.INCONNU
    fiche = Certification.objects.create(
        code="RNCP31114", intitule="Développeur web", date_fin_enregistrement=date(2021, 9, 30)
    )
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.TIENT
    fiche.date_fin_enregistrement = date(2021, 9, 29)
    fiche.save()
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.ECHOUE


@pytest.mark.regle("R15")
def test_given_the_lists_of_jobs_then_family_and_job_are_known() -> None:
    candidature = dossier_depose()
    trouves = constats(candidature, 1)
    assert (trouves["Famille de métiers"].etat, trouves["Métier"].etat) == (Etat.TIENT, Etat.TIENT)


@pytest.mark.regle("R15")
def test_given_a_label_of_the_same_formation_then_it_counts_to_its_last_day_and_its_record_is_shown() -> None:
    label = fabriques.label_actif()
    BilanLabel.objects.update_or_create(
        label=label,
        defaults={"obligations": 9, "remplies_en_retard": 2, "en_retard": 3, "calcule_le": LUNDI},
    )
    autre = dossier_depose(label.structure)
    depot = current_deposit(autre)
    for jour, actif in ((label.fin, True), (date(label.fin.year, label.fin.month, label.fin.day + 1), False)):
        with time_machine.travel(datetime(jour.year, jour.month, jour.day, 10, tzinfo=UTC), tick=False):
            contexte = build_context(autre, depot)
        assert bool(contexte.labels_actifs) is actif
        assert [bilan.en_retard for bilan in contexte.bilans] == [3]
    # Another structure is not concerned.
    ailleurs = dossier_depose()
    assert build_context(ailleurs, current_deposit(ailleurs)).labels_actifs == ()


@pytest.mark.regle("R15")
def test_given_another_dossier_of_the_same_formation_then_it_counts_while_it_lives() -> None:
    premiere = dossier_depose()
    seconde = dossier_depose(premiere.structure)

    def vivantes() -> tuple[str, ...]:
        return build_context(seconde, current_deposit(seconde)).candidatures_vivantes

    assert vivantes() == (premiere.reference,)
    assert (
        str(
            check_not_labelled(
                current_deposit(seconde).instantane, build_context(seconde, current_deposit(seconde))
            ).proposition
        )
        == "NON_CONFORME"
    )
    withdraw_candidature(candidature=premiere, acteur=responsable_de(premiere.structure))
    assert vivantes() == ()


@pytest.mark.regle("R36")
def test_given_a_link_with_the_other_dossier_then_no_evidence_names_it_to_that_person() -> None:
    premiere = dossier_depose()
    seconde = dossier_depose(premiere.structure)
    liee, autre = instructeur(seconde), instructeur()
    adresse_ecran = reverse("admin:instruction_dossier", args=[seconde.pk])

    def shown(personne: Any) -> str:
        return str(connecte(personne).get(adresse_ecran).content.decode())

    record_verdict(candidature=seconde, critere=8, avis="NON_CONFORME", motif="Déjà.", instructeur=liee)
    assert premiere.reference in shown(liee)
    declare_interest(personne=liee, candidature=premiere)
    assert premiere.reference not in shown(Utilisateur.objects.get(pk=liee.pk))
    assert premiere.reference in shown(autre)
    # What is kept with a verdict that they give now is what they could read.
    verdict = record_verdict(candidature=seconde, critere=8, avis="CONFORME", instructeur=liee)
    assert premiere.reference not in str(verdict.constats)
    assert (verdict.proposition, verdict.ecart) == ("CONFORME", False)


@pytest.mark.regle("R36")
def test_given_somebody_who_looks_as_the_porteur_when_a_link_hides_a_dossier_then_no_warning_names_it() -> (
    None
):
    depose = dossier_depose()
    brouillon = dossier_complet(depose.structure)
    soutien = comptes.utilisateur("direction")

    def warned(lecteur: Any) -> str:
        return str(warnings_for(build(brouillon), date(2021, 9, 20), lecteur))

    assert depose.reference in warned(None)
    assert depose.reference in warned(soutien)
    declare_interest(personne=soutien, candidature=depose)
    assert depose.reference not in warned(Utilisateur.objects.get(pk=soutien.pk))


@pytest.mark.regle("R36")
def test_given_a_link_with_a_labelled_dossier_then_no_evidence_names_its_label() -> None:
    label = fabriques.label_actif()
    seconde = dossier_depose(label.structure)
    personne = instructeur(seconde)
    depot = current_deposit(seconde)
    assert label.code in str(build_context(seconde, depot, lecteur=personne))
    declare_interest(personne=personne, candidature=label.candidature)
    assert label.code not in str(build_context(seconde, depot, lecteur=personne))


@pytest.mark.regle("R39")
def test_given_an_inadmissibility_not_notified_then_its_dossier_still_counts_and_betrays_nothing() -> None:
    premiere = dossier_depose()
    seconde = dossier_depose(premiere.structure)
    personne = instructeur(premiere)
    juger(premiere, personne, {3: "Moins de 400 heures."})
    decision = declare_irrecevable(candidature=premiere, acteur=personne, motifs="Moins de 400 heures.")
    assert build_context(seconde, current_deposit(seconde)).candidatures_vivantes == (premiere.reference,)
    notify_decision(
        decision=decision,
        acteur=fabriques.direction(),
        signataire_nom="Hélène Marchand",
        signataire_qualite="Directrice générale",
    )
    assert build_context(seconde, current_deposit(seconde)).candidatures_vivantes == ()


@pytest.mark.regle("R15")
def test_given_another_formation_of_the_structure_then_it_does_not_count() -> None:
    premiere = dossier_depose()

    def autre(contenu: Any) -> None:
        contenu["formation"][0].update(intitule="Réseaux et systèmes", certification_code="RNCP99999")

    seconde = dossier_depose(premiere.structure, change=autre)
    assert build_context(seconde, current_deposit(seconde)).candidatures_vivantes == ()


# --- The porteur's recap ---------------------------------------------------------------------------
@pytest.mark.regle("R5", "R15", "R17")
def test_given_a_draft_that_fails_then_the_porteur_is_warned_by_the_same_checks_and_may_deposit() -> None:
    def change(contenu: Any) -> None:
        contenu["programme"][0]["duree_mois"] = 19
        contenu["accompagnement"][0].update(heures_social=1, heures_professionnel=1, heures_pedagogique=1)
        contenu["sessions"][1][0].update(debut=date(2021, 8, 31), fin=date(2022, 3, 1))

    candidature = dossier_complet(change=change)
    avertis = {
        (avertissement.critere, avertissement.section): avertissement.phrase
        for avertissement in warnings_for(build(candidature), date(2021, 9, 20))
    }
    assert "au plus 18 mois hors immersion" in avertis[(3, "programme")]
    assert "à partir du 1er\u00a0septembre 2021" in avertis[(6, "sessions")]
    assert "10\u00a0%" in avertis[(5, "accompagnement")]
    assert len(avertis) == 3
    assert dossier_depose(change=change).etat == "DEPOSEE"


@pytest.mark.regle("R5", "R15")
def test_given_warnings_when_the_recap_shows_then_each_leads_to_the_answer_or_the_row_it_speaks_of() -> None:
    def change(contenu: Any) -> None:
        contenu["programme"][0]["duree_mois"] = 19
        contenu["publics"][0]["gratuite"] = False
        contenu["programme"][1][1]["evaluation"] = " "
        contenu["sessions"][1][0].update(debut=date(2021, 8, 31), fin=date(2022, 3, 1))

    candidature = dossier_complet(change=change)
    for piece in candidature.pieces.filter(type_piece="ATTESTATION_FISCALE"):
        remove_piece(piece=piece, acteur=responsable_de(candidature.structure))
    client = connecte(responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk]))
    adresses = [adresse for _, _, adresse in page.context["avertissements"]]
    attendues = {
        "programme#id_duree_mois",
        "programme#id_modules-1-evaluation",
        "publics#id_gratuite_0",
        "sessions#id_sessions-0-debut",
        "structure#id_piece_ATTESTATION_FISCALE",
    }
    assert {adresse.split("/sections/")[1].replace("/#", "#") for adresse in adresses} == attendues
    for adresse in adresses:
        assert f'<a href="{adresse}">Critère' in page.content.decode()
        chemin, _, ancre = adresse.partition("#")
        assert f'id="{ancre}"' in client.get(chemin).content.decode(), adresse


@pytest.mark.regle("R5", "R16")
def test_given_a_request_for_complements_then_a_warning_leads_where_one_may_correct_or_read() -> None:
    def change(contenu: Any) -> None:
        contenu["publics"][0].update(gratuite=False, apprenants_gen_par_session=3)
        contenu["programme"][0]["duree_mois"] = 19

    candidature = dossier_en_complement([Element("publics", "gratuite", "Confirmez.")], change=change)
    client = connecte(responsable_de(candidature.structure))
    page = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk]))
    publics = reverse("candidatures:section", args=[candidature.pk, "publics"])
    adresses = {avertissement.champ: adresse for _, avertissement, adresse in page.context["avertissements"]}
    assert adresses["gratuite"] == f"{publics}#id_gratuite_0"
    # Nothing of it may be changed: it is read.
    assert adresses["duree_mois"] == "#section-programme"
    assert 'id="section-programme"' in page.content.decode()


@pytest.mark.regle("R15")
def test_given_a_draft_that_holds_then_the_porteur_is_not_warned_of_what_is_only_unknown() -> None:
    assert warnings_for(build(dossier_complet()), date(2021, 9, 20)) == []


def test_given_one_or_three_labels_and_dossiers_then_the_context_costs_the_same_queries(
    django_assert_num_queries: Any,
) -> None:
    candidature = dossier_depose()
    Releve.objects.get(pk=candidature.releve_examen_id)

    def mesure() -> None:
        frais = Candidature.objects.select_related("appel__grille", "releve_examen").get(pk=candidature.pk)
        depot = current_deposit(frais)
        with django_assert_num_queries(7):
            build_context(frais, depot)

    mesure()
    for _ in range(2):
        fabriques.label_actif(structure=candidature.structure)
        dossier_depose(candidature.structure)
    mesure()


def test_given_one_or_three_dossiers_when_checked_together_then_the_lists_are_read_once(
    django_assert_num_queries: Any,
) -> None:
    dossier_depose()

    def mesure() -> list[Any]:
        depots = list(
            Depot.objects.select_related("candidature__appel__grille", "candidature__releve_examen")
        )
        with django_assert_num_queries(7):
            return list(check_all(depots, horloge.today()))

    mesure()
    for _ in range(2):
        dossier_depose()
    examines = mesure()
    assert len(examines) == 3
    for depot, resultats in examines:
        seul = examination(candidature=depot.candidature, depot=depot)
        assert [un.proposition for un in resultats] == [ligne.resultat.proposition for ligne in seul.lignes]


# --- The official lists --------------------------------------------------------------------------
def listed(candidature: Candidature, **valeurs: Any) -> OrganismeFormation:
    """Put the structure's number in the public list."""
    structure = current_deposit(candidature).instantane["structure"]
    return OrganismeFormation.objects.create(
        **{
            "nda": structure["nda"],
            "siren": structure["siret"][:9],
            "denomination": "ORGANISME",
            "denomination_recherche": "organisme",
            **valeurs,
        }
    )


@pytest.mark.regle("R15")
def test_given_the_public_list_then_criterion_10_reads_it_once_it_is_loaded() -> None:
    candidature = dossier_depose()
    assert constats(candidature, 10)["NDA du porteur"].etat == Etat.INCONNU
    note_edition(genre=ORGANISMES, jour=date(2021, 9, 1))
    assert constats(candidature, 10)["NDA du porteur"].etat == Etat.ECHOUE
    ligne = listed(candidature, certifie_actions_formation=True)
    assert constats(candidature, 10)["NDA du porteur"].etat == Etat.TIENT
    assert "y est certifié" in constats(candidature, 9)["Qualiopi selon la liste publique"].valeur
    ligne.present = False
    ligne.save()
    assert "n’est plus dans" in constats(candidature, 10)["NDA du porteur"].valeur
    assert constats(candidature, 10)["NDA du porteur"].etat == Etat.ECHOUE


@pytest.mark.regle("R15")
def test_given_a_number_that_is_the_subcontractor_s_alone_then_it_is_enough() -> None:
    def sous_traite(contenu: Any) -> None:
        contenu["structure"][0].update(
            sous_traitance=True,
            sous_traitant_raison_sociale="Atelier",
            sous_traitant_siret=siret(26),
            sous_traitant_nda="84 69 12345 99",
            controle_contenus=True,
            controle_ressources=True,
            controle_recrutement=True,
            controle_locaux=True,
            controle_materiels=True,
            controle_modalites="Une visite par trimestre.",
        )

    candidature = dossier_depose(change=sous_traite)
    note_edition(genre=ORGANISMES, jour=date(2021, 9, 1))
    listed(candidature, nda="84691234599", siren=siret(26)[:9])
    trouves = constats(candidature, 10)
    assert trouves["NDA du sous-traitant"].etat == Etat.TIENT
    assert trouves["NDA du porteur"].etat == Etat.INFORMATION


@pytest.mark.regle("R15")
def test_given_a_later_register_then_a_sheet_inactive_since_is_not_said_inactive_at_the_releve() -> None:
    candidature = dossier_depose()
    Certification.objects.create(
        code="RNCP31114", intitule="Web", actif=False, date_fin_enregistrement=date(2023, 9, 1)
    )
    note_edition(genre=REGISTRES, jour=date(2021, 9, 15))
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.ECHOUE
    note_edition(genre=REGISTRES, jour=date(2025, 1, 1))
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.INCONNU
    Certification.objects.all().delete()
    assert constats(candidature, 2)["Fiche RNCP ou RS"].etat == Etat.ECHOUE


@pytest.mark.regle("R36")
def test_given_a_direction_that_assigns_then_the_person_named_may_judge() -> None:
    candidature = dossier_depose()
    personne = instructeur()
    assign(candidature=candidature, instructeur=personne, tache="RECEVABILITE", acteur=fabriques.direction())
    assert record_verdict(candidature=candidature, critere=1, avis="CONFORME", instructeur=personne)
