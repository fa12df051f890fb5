"""Two instructors, blind; one retained score; gaps, harmonisation, notations set aside (R19 to R21, R36)."""

from threading import Barrier
from typing import Any

import pytest

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Affectation, Candidature
from labellisation.domain.classement import compute_ranking
from labellisation.domain.notation import (
    NotationRefusee,
    gaps_of,
    harmonise,
    is_blind,
    levels,
    missing,
    readable_by,
    save_levels,
    score_in_doubt,
    set_aside,
    start_notation,
    submit_notation,
    visible_notations,
)
from labellisation.domain.seance import remove_dossier
from labellisation.models import JustificationCritere, NiveauAttribue, Notation, Score
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.models import Evenement
from tests.candidatures.fabriques import dossier_depose, instructeur, responsable_de
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.grille import (
    JUSTIFICATIONS,
    dossier_a_noter,
    harmonisation_demandee,
    notation_en_cours,
    notation_soumise,
    uniforme,
)
from tests.socle.fils import Fil

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def etat(candidature: Candidature) -> str:
    candidature.refresh_from_db()
    return candidature.etat


def verbes(candidature: Candidature) -> list[str]:
    faits = Evenement.objects.filter(chaine=candidature.chaine_journal).order_by("numero")
    return [verbe for verbe in faits.values_list("verbe", flat=True) if "not" in verbe]


# --- One's own notation ----------------------------------------------------------------------------
@pytest.mark.regle("R21")
def test_given_a_dossier_to_score_when_started_twice_then_it_is_one_notation() -> None:
    premiere = instructeur()
    candidature = dossier_a_noter(premiere)
    une = start_notation(candidature=candidature, acteur=premiere)
    assert start_notation(candidature=candidature, acteur=premiere) == une
    assert une.grille == candidature.appel.grille
    assert verbes(candidature).count("notation.ouverte") == 1


@pytest.mark.regle("R21")
def test_given_free_seats_when_two_start_then_they_take_them_and_a_third_is_refused() -> None:
    candidature = dossier_a_noter()
    premiere, seconde, tierce = instructeur(), instructeur(), instructeur()
    for personne in (premiere, seconde):
        start_notation(candidature=candidature, acteur=personne)
    charges = Affectation.objects.filter(candidature=candidature, tache="NOTATION", retiree_le__isnull=True)
    assert {charge.instructeur for charge in charges} == {premiere, seconde}
    with pytest.raises(ActeurRefuse):
        start_notation(candidature=candidature, acteur=tierce)


@pytest.mark.regle("R21")
def test_given_two_scorers_when_one_is_replaced_after_starting_then_there_are_never_three_notations() -> None:
    premiere, seconde, tierce = instructeur(), instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    for personne in (premiere, seconde):
        start_notation(candidature=candidature, acteur=personne)
    assign(candidature=candidature, instructeur=tierce, tache="NOTATION", acteur=fabriques.direction())
    with pytest.raises(ActeurRefuse, match="Deux personnes notent déjà"):
        start_notation(candidature=candidature, acteur=tierce)


@pytest.mark.regle("R36")
@pytest.mark.parametrize("roles", [("direction",), ("comite",), ("administrateur",), ()])
def test_given_somebody_who_is_no_instructor_when_scoring_then_it_is_refused(roles: tuple[str, ...]) -> None:
    personne = comptes.utilisateur(*roles)
    personne.forget_roles()
    with pytest.raises(ActeurRefuse):
        start_notation(candidature=dossier_a_noter(), acteur=personne)


def test_given_a_dossier_that_is_not_to_be_scored_then_it_is_refused() -> None:
    personne = instructeur()
    retire = dossier_a_noter(personne)
    withdraw_candidature(candidature=retire, acteur=responsable_de(retire.structure))
    for candidature, phrase in ((dossier_depose(), "pas à noter"), (retire, "retiré")):
        with pytest.raises(NotationRefusee, match=phrase):
            start_notation(candidature=candidature, acteur=personne)


@pytest.mark.regle("R20")
def test_given_a_draft_when_saved_in_parts_then_what_is_not_named_stays_and_none_takes_away() -> None:
    premiere = instructeur()
    notation = start_notation(candidature=dossier_a_noter(premiere), acteur=premiere)
    avant = Evenement.objects.count()
    for niveaux, justifications, sections in (
        ({"1.1": 3, "1.2": 2}, {1: "Un besoin chiffré."}, {1: "partenaires"}),
        ({"1.1": 4}, {2: "Une équipe solide."}, None),
        ({"1.2": None}, {2: "  "}, None),
    ):
        save_levels(
            notation=notation,
            niveaux=niveaux,
            justifications=justifications,
            sections=sections,
            acteur=premiere,
        )
    assert levels(notation) == {"1.1": 4}
    (justification,) = JustificationCritere.objects.all()
    assert (justification.texte, justification.section) == ("Un besoin chiffré.", "partenaires")
    assert Evenement.objects.count() == avant, "a draft writes no event"


@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    ("champs", "erreur"),
    [
        ({"niveaux": {"1.1": 5}}, "niveaux"),
        ({"niveaux": {"1.1": -1}}, "niveaux"),
        ({"niveaux": {"1.1": True}}, "niveaux"),
        ({"niveaux": {"9.9": 2}}, "niveaux"),
        ({"justifications": {7: "Hors grille."}}, "justifications"),
        ({"sections": {1: "ailleurs"}}, "sections"),
    ],
)
def test_given_what_does_not_exist_when_saved_then_nothing_is_written(
    champs: dict[str, Any], erreur: str
) -> None:
    premiere = instructeur()
    notation = start_notation(candidature=dossier_a_noter(premiere), acteur=premiere)
    envoi = {"niveaux": {"2.1": 2}, "justifications": {1: "Texte."}, **champs}
    with pytest.raises(DonneesInvalides) as refus:
        save_levels(notation=notation, acteur=premiere, **envoi)
    assert list(refus.value.erreurs) == [erreur]
    assert not NiveauAttribue.objects.exists()
    assert not JustificationCritere.objects.exists()


@pytest.mark.regle("R21")
def test_given_another_s_notation_when_saved_or_submitted_then_it_is_refused() -> None:
    premiere, seconde = instructeur(), instructeur()
    notation = notation_en_cours(dossier_a_noter(premiere, seconde), premiere)
    for acteur in (seconde, fabriques.direction()):
        with pytest.raises(ActeurRefuse):
            save_levels(notation=notation, niveaux={"1.1": 0}, justifications={}, acteur=acteur)
        with pytest.raises(ActeurRefuse):
            submit_notation(notation=notation, acteur=acteur)


# --- Submission ------------------------------------------------------------------------------------
@pytest.mark.regle("R20")
def test_given_missing_levels_or_justifications_when_submitted_then_each_is_named() -> None:
    premiere = instructeur()
    notation = notation_en_cours(dossier_a_noter(premiere), premiere)
    save_levels(notation=notation, niveaux={"4.2": None}, justifications={6: ""}, acteur=premiere)
    with pytest.raises(DonneesInvalides) as refus:
        submit_notation(notation=notation, acteur=premiere)
    assert list(refus.value.erreurs) == ["4.2", "justification-6"]
    assert refus.value.erreurs == missing(notation)
    notation.refresh_from_db()
    assert notation.soumise_le is None


@pytest.mark.regle("R21")
def test_given_a_submitted_notation_when_changed_or_submitted_again_then_it_is_refused() -> None:
    premiere = instructeur()
    notation = notation_soumise(dossier_a_noter(premiere), premiere)
    with pytest.raises(NotationRefusee, match="soumise"):
        save_levels(notation=notation, niveaux={"1.1": 0}, justifications={}, acteur=premiere)
    with pytest.raises(NotationRefusee, match="soumise"):
        submit_notation(notation=notation, acteur=premiere)
    assert levels(notation)["1.1"] == 3


@pytest.mark.regle("R19", "R21")
def test_given_two_close_notations_when_the_second_comes_then_the_dossier_has_its_score() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 3)
    assert etat(candidature) == "RECEVABLE"
    assert not Score.objects.exists()
    notation_soumise(candidature, seconde, 3, c1_1=2, c6_2=4)
    score = Score.objects.get()
    # Criterion 1: 7,5 and 10 × (2 + 9) / 16 = 6,875. Criterion 6: 7,5 and 10 × 7 / 8 = 8,75.
    assert (score.note_1, score.note_2, score.note_6) == (719, 750, 813)
    # (7,1875 + 4 × 7,5 + 8,125) / 6 = 7,5520…; spread: 7,6041… − 7,5.
    assert (score.score, score.ecart, score.partenariats_entreprises) == (755, 10, 750)
    assert not score.harmonise
    assert etat(candidature) == "NOTEE"
    assert verbes(candidature)[-2:] == ["notation.soumise", "candidature.notee"]


@pytest.mark.regle("R21")
@pytest.mark.parametrize(
    ("autres", "harmoniser"),
    [
        # Criterion 2: two indicators of one weight; one level is 1,25 point, two levels 2,5 points.
        ({"c2_1": 2}, False),
        ({"c2_1": 1}, True),
        # Each criterion by 1,25 or 0,625 point: the score by less, then by more than one point.
        ({"c2_1": 2, "c3_1": 2, "c4_1": 2, "c5_1": 2}, False),
        ({"c1_2": 2, "c2_1": 2, "c3_1": 2, "c4_1": 2, "c5_1": 2, "c6_1": 2}, True),
    ],
)
def test_given_gaps_on_either_side_of_the_bounds_then_only_a_wide_one_asks_for_a_harmonisation(
    autres: dict[str, int], harmoniser: bool
) -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 3)
    notation_soumise(candidature, seconde, 3, **autres)
    assert Score.objects.exists() is not harmoniser
    assert etat(candidature) == ("RECEVABLE" if harmoniser else "NOTEE")
    assert ("notation.ecart" in verbes(candidature)) is harmoniser
    assert bool(gaps_of(candidature)) is harmoniser


# --- Blind -----------------------------------------------------------------------------------------
@pytest.mark.regle("R21")
def test_given_one_submission_then_nobody_else_sees_it_and_given_two_then_gen_sees_both() -> None:
    premiere, seconde, ailleurs = instructeur(), instructeur(), instructeur()
    direction, comite = fabriques.direction(), fabriques.membre_comite()
    candidature = dossier_a_noter(premiere, seconde)
    une = notation_soumise(candidature, premiere)
    autre = notation_en_cours(candidature, seconde)
    gens = (premiere, seconde, ailleurs, direction, comite)
    assert is_blind(candidature)
    assert [set(visible_notations(personne)) for personne in gens] == [{une}, {autre}, set(), set(), set()]
    assert readable_by(candidature, seconde) == [autre]
    submit_notation(notation=autre, acteur=seconde)
    assert not is_blind(candidature)
    deux = {une, autre}
    assert [set(visible_notations(personne)) for personne in gens] == [deux, deux, deux, deux, set()]
    assert set(readable_by(candidature, direction)) == deux


@pytest.mark.regle("R36")
def test_given_a_declared_link_then_the_notations_of_the_dossier_are_hidden() -> None:
    premiere, seconde, ailleurs = instructeur(), instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    for personne in (premiere, seconde):
        notation_soumise(candidature, personne)
    assert visible_notations(ailleurs).count() == 2
    declare_interest(personne=ailleurs, candidature=candidature)
    assert visible_notations(ailleurs).count() == 0


# --- Harmonisation ---------------------------------------------------------------------------------
@pytest.mark.regle("R21")
def test_given_a_wide_gap_when_agreed_then_that_notation_is_the_score_with_the_blind_spread() -> None:
    premiere = instructeur()
    candidature = harmonisation_demandee(premiere)
    convenue = harmonise(
        candidature=candidature,
        acteur=premiere,
        niveaux=uniforme(3),
        justifications=JUSTIFICATIONS,
        motif="Le partenariat est confirmé depuis.",
    )
    score = Score.objects.get()
    assert (score.score, score.ecart, score.harmonise) == (750, 750, True)
    assert (convenue.harmonisation, convenue.motif_harmonisation) == (
        True,
        "Le partenariat est confirmé depuis.",
    )
    assert etat(candidature) == "NOTEE"


@pytest.mark.regle("R21")
def test_given_a_wide_gap_then_the_direction_may_settle_it_and_a_third_instructor_may_not() -> None:
    candidature = harmonisation_demandee(instructeur())
    accord: dict[str, Any] = {"niveaux": uniforme(2), "justifications": JUSTIFICATIONS, "motif": "Accord."}
    with pytest.raises(ActeurRefuse):
        harmonise(candidature=candidature, acteur=instructeur(), **accord)
    assert harmonise(candidature=candidature, acteur=fabriques.direction(), **accord).harmonisation


@pytest.mark.regle("R20", "R21")
@pytest.mark.parametrize(
    ("champs", "erreur"),
    [
        ({"motif": " "}, "motif"),
        ({"niveaux": {**uniforme(2), "3.1": None}}, "3.1"),
        ({"justifications": {**JUSTIFICATIONS, 5: ""}}, "justification-5"),
        ({"niveaux": {**uniforme(2), "3.1": 7}}, "niveaux"),
    ],
)
def test_given_an_incomplete_agreement_then_it_is_refused_and_nothing_is_written(
    champs: dict[str, Any], erreur: str
) -> None:
    premiere = instructeur()
    candidature = harmonisation_demandee(premiere)
    accord = {"niveaux": uniforme(2), "justifications": JUSTIFICATIONS, "motif": "Accord.", **champs}
    with pytest.raises(DonneesInvalides) as refus:
        harmonise(candidature=candidature, acteur=premiere, **accord)
    assert list(refus.value.erreurs) == [erreur]
    assert not Score.objects.exists()
    assert not Notation.objects.filter(harmonisation=True).exists()


@pytest.mark.regle("R21")
def test_given_no_gap_or_one_notation_when_harmonising_then_it_is_refused() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere)
    with pytest.raises(NotationRefusee):
        harmonise(
            candidature=candidature,
            acteur=premiere,
            niveaux=uniforme(2),
            justifications=JUSTIFICATIONS,
            motif="Accord.",
        )


# --- Set aside -------------------------------------------------------------------------------------
@pytest.mark.regle("R21", "R36")
def test_given_a_scorer_who_declares_a_link_after_the_score_then_the_dossier_goes_back_to_scoring() -> None:
    premiere, seconde, tierce = instructeur(), instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 4)
    notation_soumise(candidature, seconde, 4)
    assert etat(candidature) == "NOTEE"
    declare_interest(personne=premiere, structure=candidature.structure)
    assert etat(candidature) == "RECEVABLE"
    assert not Score.objects.exists()
    assert visible_notations(seconde).count() == 1, "blind again: the set aside one is hidden"
    notation_soumise(candidature, tierce, 3, c1_1=4)
    assert etat(candidature) == "RECEVABLE", "2,5 points away on each criterion but the first"
    assert bool(gaps_of(candidature))


@pytest.mark.regle("R36")
def test_given_a_scorer_who_declares_a_link_then_only_the_dossiers_of_the_link_are_concerned() -> None:
    premiere = instructeur()
    concerne, autre = dossier_a_noter(premiere), dossier_a_noter(premiere)
    for candidature in (concerne, autre):
        notation_en_cours(candidature, premiere)
    declare_interest(personne=premiere, candidature=concerne)
    assert list(Notation.objects.filter(ecartee_le__isnull=False)) == list(concerne.notations.all())
    assert autre.notations.get().ecartee_le is None


@pytest.mark.regle("R21")
def test_given_a_harmonised_score_when_a_blind_notation_is_set_aside_then_the_agreed_one_falls() -> None:
    premiere = instructeur()
    candidature = harmonisation_demandee(premiere)
    harmonise(
        candidature=candidature,
        acteur=premiere,
        niveaux=uniforme(2),
        justifications=JUSTIFICATIONS,
        motif="Accord.",
    )
    aveugle = candidature.notations.get(harmonisation=False, instructeur=premiere)
    direction = fabriques.direction()
    set_aside(notation=aveugle, acteur=direction, motif="Erreur de dossier.")
    assert etat(candidature) == "RECEVABLE"
    assert not Score.objects.exists()
    assert candidature.notations.filter(ecartee_le__isnull=True).count() == 1
    # The seat is free again, for whoever is named.
    assign(candidature=candidature, instructeur=premiere, tache="NOTATION", acteur=direction)
    assert start_notation(candidature=candidature, acteur=premiere) != aveugle


@pytest.mark.regle("R21")
def test_given_a_dossier_on_an_agenda_then_its_score_stands_in_doubt_until_taken_off() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation = notation_soumise(candidature, premiere)
    notation_soumise(candidature, seconde)
    candidature.refresh_from_db()
    seance = fabriques.seance_convoquee([candidature])
    direction = fabriques.direction()
    set_aside(notation=notation, acteur=direction, motif="Lien découvert.")
    assert etat(candidature) == "INSCRITE"
    assert score_in_doubt(candidature, Score.objects.filter(candidature=candidature).first())
    assert len(compute_ranking(seance)) == 1
    remove_dossier(inscription=seance.inscriptions.get(), acteur=direction)
    notation.refresh_from_db()
    set_aside(notation=notation, acteur=direction, motif="Lien découvert.")
    assert etat(candidature) == "RECEVABLE"
    assert not score_in_doubt(candidature, Score.objects.filter(candidature=candidature).first())


@pytest.mark.regle("R36")
def test_given_anybody_but_the_direction_or_no_reason_when_setting_aside_then_it_is_refused() -> None:
    premiere = instructeur()
    notation = notation_soumise(dossier_a_noter(premiere), premiere)
    for acteur in (premiere, instructeur(), fabriques.membre_comite()):
        with pytest.raises(ActeurRefuse):
            set_aside(notation=notation, acteur=acteur, motif="Motif.")
    with pytest.raises(DonneesInvalides):
        set_aside(notation=notation, acteur=fabriques.direction(), motif=" ")


@pytest.mark.regle("R21")
def test_given_a_notation_set_aside_when_its_author_goes_on_then_it_is_refused() -> None:
    premiere = instructeur()
    notation = notation_en_cours(dossier_a_noter(premiere), premiere)
    set_aside(notation=notation, acteur=fabriques.direction(), motif="Erreur.")
    with pytest.raises(NotationRefusee, match="écartée"):
        submit_notation(notation=notation, acteur=premiere)


# --- At once -----------------------------------------------------------------------------------------
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R21")
def test_given_two_submissions_at_the_same_instant_then_there_is_one_score_and_one_transition() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    cles = [notation_en_cours(candidature, personne).pk for personne in (premiere, seconde)]
    depart = Barrier(2, timeout=20)

    def soumettre(cle: Any) -> None:
        notation = Notation.objects.select_related("candidature__appel__grille", "instructeur").get(pk=cle)
        depart.wait()
        submit_notation(notation=notation, acteur=notation.instructeur)

    fils = [Fil(lambda cle=cle: soumettre(cle)) for cle in cles]
    for fil in fils:
        fil.value()
    assert Score.objects.count() == 1
    assert etat(candidature) == "NOTEE"
    assert verbes(candidature).count("candidature.notee") == 1
    assert verbes(candidature).count("notation.soumise") == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R21")
def test_given_the_same_notation_submitted_twice_at_once_then_one_wins_and_the_other_is_told() -> None:
    premiere = instructeur()
    candidature = dossier_a_noter(premiere)
    cle = notation_en_cours(candidature, premiere).pk
    depart = Barrier(2, timeout=20)

    def soumettre() -> None:
        notation = Notation.objects.select_related("candidature__appel__grille", "instructeur").get(pk=cle)
        depart.wait()
        submit_notation(notation=notation, acteur=notation.instructeur)

    fils = [Fil(soumettre) for _ in range(2)]
    erreurs = [fil.end().erreur for fil in fils]
    assert sorted(type(erreur).__name__ for erreur in erreurs) == ["NoneType", "NotationRefusee"]
    assert verbes(candidature).count("notation.soumise") == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R21")
def test_given_three_people_who_take_the_two_seats_at_once_then_the_third_is_refused() -> None:
    candidature = dossier_a_noter()
    personnes = [instructeur() for _ in range(3)]
    depart = Barrier(3, timeout=20)

    def prendre(personne: Any) -> None:
        frais = Candidature.objects.select_related("appel__grille").get(pk=candidature.pk)
        depart.wait()
        start_notation(candidature=frais, acteur=personne)

    fils = [Fil(lambda personne=personne: prendre(personne)) for personne in personnes]
    erreurs = [fil.end().erreur for fil in fils]
    assert sorted(type(erreur).__name__ for erreur in erreurs) == ["ActeurRefuse", "NoneType", "NoneType"]
    assert Notation.objects.count() == 2
