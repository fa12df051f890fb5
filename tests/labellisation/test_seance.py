"""The committee: agenda, quorum, frozen ranking, conflicts, votes, decisions, minutes (R36–R38)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from candidatures.domain.affectations import declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Candidature
from comptes.models import RoleAttribue
from labellisation.cycle import NatureDecision
from labellisation.domain import seance as seances
from labellisation.domain.classement import compute_ranking, rank, ranking_for
from labellisation.domain.seance import SeanceRefusee
from labellisation.models import Decision, Inscription, Seance, Vote
from socle import horloge, journal
from socle.canonique import fingerprint
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.models import Courriel, Document, Evenement
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


# --- Convening and the agenda ----------------------------------------------------------------
@pytest.mark.regle("R37")
def test_given_members_when_convened_then_each_has_one_convocation_and_the_event_names_them_by_id() -> None:
    un, deux = fabriques.membre_comite(), fabriques.membre_comite()
    seance = fabriques.seance_convoquee(membres=[un, deux], presents=False)

    assert (seance.etat, seance.participations.filter(present=False).count()) == ("CONVOQUEE", 2)
    courriels = Courriel.objects.filter(gabarit="labellisation_convocation")
    assert {courriel.email for courriel in courriels} == {un.email, deux.email}
    evenement = Evenement.objects.get(verbe="seance.convoquee")
    assert evenement.donnees == {"membres": [str(un.pk), str(deux.pk)]}


@pytest.mark.parametrize("role", ["comite", "instructeur", "administrateur"])
def test_given_another_role_when_convening_then_it_is_refused(role: str) -> None:
    membres = [fabriques.membre_comite(), fabriques.membre_comite()]
    with pytest.raises(ActeurRefuse):
        seances.convene_seance(
            intitule="S", tenue_le=horloge.now(), membres=membres, acteur=comptes.utilisateur(role)
        )
    assert not Seance.objects.exists()


@pytest.mark.regle("R37")
def test_given_too_few_members_or_a_stranger_when_convening_then_it_is_refused() -> None:
    with pytest.raises(SeanceRefusee, match="autant de membres"):
        fabriques.seance_convoquee(membres=[fabriques.membre_comite()])
    with pytest.raises(SeanceRefusee, match="Hors du comité"):
        fabriques.seance_convoquee(membres=[fabriques.membre_comite(), comptes.utilisateur()])


@pytest.mark.regle("R37")
def test_given_a_scored_dossier_when_registered_and_removed_then_its_state_goes_and_comes_back() -> None:
    candidature = fabriques.dossier_note()
    seance = fabriques.seance_convoquee([candidature])
    candidature.refresh_from_db()
    assert candidature.etat == "INSCRITE"

    inscription = fabriques.inscription_de(seance)
    seances.remove_dossier(inscription=inscription, acteur=fabriques.direction())

    candidature.refresh_from_db()
    assert candidature.etat == "NOTEE"
    assert not seance.inscriptions.filter(retiree_le__isnull=True).exists()
    again = seances.register_dossier(seance=seance, candidature=candidature, acteur=fabriques.direction())
    assert [ligne["candidature"] for ligne in compute_ranking(seance)] == [str(candidature.pk)]
    assert again.pk != inscription.pk


def test_given_a_dossier_not_scored_when_registered_then_it_is_refused() -> None:
    seance = fabriques.seance_convoquee()
    with pytest.raises(TransitionRefusee):
        seances.register_dossier(
            seance=seance, candidature=fabriques.dossier_recevable(), acteur=fabriques.direction()
        )
    assert not Inscription.objects.exists()


@pytest.mark.parametrize("role", ["comite", "instructeur"])
def test_given_another_role_when_the_agenda_changes_then_it_is_refused(role: str) -> None:
    candidature = fabriques.dossier_note()
    seance = fabriques.seance_convoquee([candidature])
    autre = comptes.utilisateur(role)
    with pytest.raises(ActeurRefuse):
        seances.register_dossier(seance=seance, candidature=fabriques.dossier_note(), acteur=autre)
    with pytest.raises(ActeurRefuse):
        seances.remove_dossier(inscription=fabriques.inscription_de(seance), acteur=autre)


@pytest.mark.regle("R37")
def test_given_an_open_seance_when_the_agenda_changes_then_it_is_refused() -> None:
    seance = fabriques.seance_ouverte()
    with pytest.raises(SeanceRefusee, match="arrêté"):
        seances.register_dossier(
            seance=seance, candidature=fabriques.dossier_note(), acteur=fabriques.direction()
        )
    with pytest.raises(SeanceRefusee, match="arrêté"):
        seances.remove_dossier(inscription=fabriques.inscription_de(seance), acteur=fabriques.direction())


# --- Quorum and opening ----------------------------------------------------------------------
@pytest.mark.regle("R37")
def test_given_one_present_of_two_when_opening_then_the_quorum_refuses_it() -> None:
    un, deux = fabriques.membre_comite(), fabriques.membre_comite()
    seance = fabriques.seance_convoquee([fabriques.dossier_note()], membres=[un, deux], presents=False)
    direction = fabriques.direction()
    seances.record_presence(seance=seance, presents=[un], acteur=direction)
    with pytest.raises(SeanceRefusee, match="1 membre présent pour un quorum de 2"):
        seances.open_seance(seance=seance, acteur=direction)

    seances.record_presence(seance=seance, presents=[un, deux], acteur=direction)
    assert seances.open_seance(seance=seance, acteur=direction).etat == "OUVERTE"


def test_given_an_empty_agenda_when_opening_then_it_is_refused() -> None:
    seance = fabriques.seance_convoquee()
    with pytest.raises(SeanceRefusee, match="vide"):
        seances.open_seance(seance=seance, acteur=fabriques.direction())


def test_given_another_role_when_presence_opening_or_closing_then_it_is_refused() -> None:
    seance = fabriques.seance_convoquee([fabriques.dossier_note()])
    membre = fabriques.membres_de(seance)[0]
    membre.forget_roles()
    with pytest.raises(ActeurRefuse):
        seances.record_presence(seance=seance, presents=[membre], acteur=membre)
    with pytest.raises(ActeurRefuse):
        seances.open_seance(seance=seance, acteur=membre)
    seances.open_seance(seance=seance, acteur=fabriques.direction())
    fabriques.decider(fabriques.inscription_de(seance))
    with pytest.raises(ActeurRefuse):
        seances.close_seance(seance=seance, acteur=membre)


# --- Ranking ---------------------------------------------------------------------------------
@pytest.mark.regle("R37")
def test_given_equal_scores_when_ranked_then_criterion_1_then_4_then_3_then_the_deposit_break_the_tie(
    lundi: Any,
) -> None:
    tardif = fabriques.dossier_note(700, [700] * 6)
    lundi.shift(timedelta(hours=-2))
    matinal = fabriques.dossier_note(700, [700] * 6)
    lundi.shift(timedelta(hours=2))
    par_critere_3 = fabriques.dossier_note(700, [700, 600, 800, 700, 700, 700])
    par_critere_4 = fabriques.dossier_note(700, [700, 600, 600, 800, 700, 700])
    par_critere_1 = fabriques.dossier_note(700, [800, 600, 600, 600, 700, 800])
    premier = fabriques.dossier_note(701, [100] * 6)
    seance = fabriques.seance_convoquee(
        [tardif, matinal, par_critere_3, par_critere_4, par_critere_1, premier]
    )

    lignes = compute_ranking(seance)

    attendu = [premier, par_critere_1, par_critere_4, par_critere_3, matinal, tardif]
    assert [ligne["candidature"] for ligne in lignes] == [str(dossier.pk) for dossier in attendu]
    assert [ligne["rang"] for ligne in lignes] == [1, 2, 3, 4, 5, 6]
    assert [ligne["ex_aequo"] for ligne in lignes] == [False, False, False, False, True, True]


@pytest.mark.regle("R37")
def test_given_an_open_seance_when_its_ranking_is_computed_again_then_the_hash_is_the_same() -> None:
    seance = fabriques.seance_convoquee([fabriques.dossier_note(score) for score in (650, 820, 700)])
    vivant = compute_ranking(seance)
    seances.open_seance(seance=seance, acteur=fabriques.direction())

    seance.refresh_from_db()
    assert fingerprint(seance.classement) == fingerprint(vivant) == seance.empreinte_classement
    assert fingerprint(compute_ranking(seance)) == seance.empreinte_classement
    assert [ligne["score"] for ligne in seance.classement] == [820, 700, 650]
    evenement = Evenement.objects.get(verbe="seance.ouverte")
    assert evenement.donnees["empreinte"] == seance.empreinte_classement


@pytest.mark.regle("R37")
def test_given_an_open_seance_when_a_score_changes_then_the_frozen_ranking_does_not() -> None:
    haut, bas = fabriques.dossier_note(800), fabriques.dossier_note(600)
    seance = fabriques.seance_ouverte([haut, bas])
    bas.score.score = 900
    bas.score.save()

    lignes = ranking_for(seance, fabriques.direction())
    assert [(ligne["candidature"], ligne["score"]) for ligne in lignes] == [
        (str(haut.pk), 800),
        (str(bas.pk), 600),
    ]
    assert compute_ranking(seance)[0]["candidature"] == str(bas.pk)


def test_given_a_dossier_withdrawn_before_the_opening_then_the_ranking_leaves_it_out() -> None:
    reste, parti = fabriques.dossier_note(600), fabriques.dossier_note(800)
    seance = fabriques.seance_convoquee([reste, parti])
    parti.refresh_from_db()
    withdraw_candidature(candidature=parti, acteur=candidatures.responsable_de(parti.structure))

    seances.open_seance(seance=seance, acteur=fabriques.direction())
    assert [ligne["candidature"] for ligne in seance.classement] == [str(reste.pk)]


def test_given_rows_when_one_is_taken_out_then_ranks_leave_no_hole() -> None:
    base = {"note_1": 0, "note_4": 0, "note_3": 0, "deposee_le": "", "reference": ""}
    lignes = rank([{**base, "score": score} for score in (300, 900, 600)])
    assert [ligne["rang"] for ligne in rank(lignes[1:])] == [1, 2]


@pytest.mark.regle("R37")
def test_given_the_dossier_then_its_ranking_row_says_the_priorities_of_the_call() -> None:
    seance = fabriques.seance_convoquee([fabriques.dossier_note()])
    (ligne,) = compute_ranking(seance)
    assert ligne["priorites"] == ["Site en QPV", "Femmes ≥ 30\u00a0%", "QPV ou ZRR ≥ 30\u00a0%"]


# --- Conflicts of interest -------------------------------------------------------------------
@pytest.mark.regle("R36")
@pytest.mark.parametrize("par", ["structure", "candidature"])
def test_given_a_declared_link_then_the_dossier_leaves_that_member_s_ranking_and_ranks_close_up(
    par: str,
) -> None:
    premier, deuxieme, troisieme = (fabriques.dossier_note(score) for score in (800, 700, 600))
    seance = fabriques.seance_ouverte([premier, deuxieme, troisieme])
    lie, libre = fabriques.membres_de(seance)
    assert [ligne["rang"] for ligne in ranking_for(seance, lie)] == [1, 2, 3]

    declare_interest(
        personne=lie,
        **({"structure": deuxieme.structure} if par == "structure" else {"candidature": deuxieme}),
    )

    vus = ranking_for(seance, lie)
    assert [(ligne["rang"], ligne["candidature"]) for ligne in vus] == [
        (1, str(premier.pk)),
        (2, str(troisieme.pk)),
    ]
    assert len(ranking_for(seance, libre)) == 3


@pytest.mark.regle("R36", "R38")
def test_given_a_declared_link_then_the_vote_is_refused_and_a_vote_cast_before_is_taken_back() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    lie, libre = fabriques.membres_de(seance)
    for membre in (lie, libre):
        seances.cast_vote(inscription=inscription, membre=membre, sens="POUR")

    declare_interest(personne=lie, structure=inscription.candidature.structure)

    assert list(inscription.votes.values_list("membre", flat=True)) == [libre.pk]
    with pytest.raises(ActeurRefuse):
        seances.cast_vote(inscription=inscription, membre=lie, sens="POUR")


@pytest.mark.regle("R36")
def test_given_a_decided_dossier_when_a_link_is_declared_then_its_votes_stay() -> None:
    decision = fabriques.decision_prise()
    membre = fabriques.membres_de(decision.inscription.seance)[0]
    declare_interest(personne=membre, candidature=decision.candidature)
    assert decision.inscription.votes.count() == 2


# --- Votes -----------------------------------------------------------------------------------
@pytest.mark.regle("R38")
def test_given_a_vote_when_changed_then_one_vote_remains() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    membre = fabriques.membres_de(seance)[0]
    for sens in ("POUR", "CONTRE"):
        seances.cast_vote(inscription=inscription, membre=membre, sens=sens)
    assert seances.count_votes(fabriques.inscription_de(seance)) == {"POUR": 0, "CONTRE": 1, "ABSTENTION": 0}


@pytest.mark.regle("R38")
def test_given_a_seance_not_open_when_voting_then_it_is_refused() -> None:
    seance = fabriques.seance_convoquee([fabriques.dossier_note()])
    with pytest.raises(SeanceRefusee, match="pendant la séance"):
        seances.cast_vote(
            inscription=fabriques.inscription_de(seance), membre=fabriques.membres_de(seance)[0], sens="POUR"
        )


@pytest.mark.regle("R38")
def test_given_somebody_absent_or_not_convened_or_an_unknown_sense_when_voting_then_it_is_refused() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    absent, present = fabriques.membres_de(seance)
    seances.record_presence(seance=seance, presents=[present], acteur=fabriques.direction())
    for personne in (absent, fabriques.membre_comite(), fabriques.direction()):
        with pytest.raises(SeanceRefusee, match="membres présents"):
            seances.cast_vote(inscription=inscription, membre=personne, sens="POUR")
    with pytest.raises(SeanceRefusee, match="Votez"):
        seances.cast_vote(inscription=inscription, membre=present, sens="PEUT-ETRE")
    assert not Vote.objects.exists()


def test_given_a_dossier_withdrawn_during_the_seance_when_voting_or_deciding_then_it_is_refused() -> None:
    reste, parti = fabriques.dossier_note(), fabriques.dossier_note()
    seance = fabriques.seance_ouverte([reste, parti])
    inscription = fabriques.inscription_de(seance, parti)
    fabriques.voter(inscription)
    parti.refresh_from_db()
    withdraw_candidature(candidature=parti, acteur=candidatures.responsable_de(parti.structure))

    with pytest.raises(SeanceRefusee, match="plus à l’ordre du jour"):
        fabriques.voter(inscription)
    with pytest.raises(SeanceRefusee, match="plus à l’ordre du jour"):
        seances.decide(
            inscription=inscription, nature="LABELLISEE", motifs="Oui.", acteur=fabriques.direction()
        )
    fabriques.decider(fabriques.inscription_de(seance, reste))
    assert seances.close_seance(seance=seance, acteur=fabriques.direction()).etat == "CLOSE"


# --- Decisions -------------------------------------------------------------------------------
@pytest.mark.regle("R38")
@pytest.mark.parametrize(
    ("nature", "etat"),
    [
        ("LABELLISEE", "INSCRITE"),
        ("LABELLISEE_SOUS_CONDITION", "INSCRITE"),
        ("REFUSEE", "INSCRITE"),
        ("AJOURNEE", "AJOURNEE"),
    ],
)
def test_given_votes_that_agree_when_decided_then_the_decision_is_taken(nature: str, etat: str) -> None:
    decision = fabriques.decision_prise(nature, **fabriques.condition_de(nature))
    assert (decision.etat, decision.nature, decision.notifiee_le) == ("PRISE", nature, None)
    assert Candidature.objects.get(pk=decision.candidature_id).etat == etat
    evenement = Evenement.objects.get(verbe="decision.prise")
    assert evenement.visibilite == journal.Visibilite.COMITE


@pytest.mark.regle("R38")
@pytest.mark.parametrize(
    ("sens", "nature", "refus"),
    [
        ((), "LABELLISEE", "Personne n’a voté"),
        (("CONTRE", "CONTRE"), "LABELLISEE", "pas de majorité"),
        (("POUR", "CONTRE"), "LABELLISEE", "pas de majorité"),
        (("ABSTENTION", "ABSTENTION"), "LABELLISEE_SOUS_CONDITION", "pas de majorité"),
        (("POUR", "ABSTENTION"), "REFUSEE", "ne peut pas être refusé"),
        (("POUR", "POUR"), "IRRECEVABLE", "ressort du comité"),
    ],
)
def test_given_votes_that_say_otherwise_when_decided_then_it_is_refused(
    sens: tuple[str, ...], nature: str, refus: str
) -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    for membre, vote in zip(fabriques.membres_de(seance), sens, strict=False):
        seances.cast_vote(inscription=inscription, membre=membre, sens=vote)
    with pytest.raises(SeanceRefusee, match=refus):
        seances.decide(
            inscription=inscription,
            nature=nature,
            motifs="Motifs.",
            acteur=fabriques.direction(),
            **fabriques.condition_de(nature),
        )
    assert not Decision.objects.exists()


@pytest.mark.regle("R18", "R24")
def test_given_no_grounds_or_no_dated_condition_when_decided_then_each_field_is_told() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    fabriques.voter(inscription)
    with pytest.raises(DonneesInvalides) as refus:
        seances.decide(
            inscription=inscription,
            nature="LABELLISEE_SOUS_CONDITION",
            motifs="  ",
            acteur=fabriques.direction(),
            condition="Obtenir Qualiopi",
        )
    assert set(refus.value.erreurs) == {"motifs", "condition"}
    assert not Decision.objects.exists()


def test_given_a_decided_dossier_when_decided_or_voted_again_then_it_is_refused() -> None:
    inscription = fabriques.decision_prise().inscription
    for acte in (fabriques.voter, fabriques.decider):
        with pytest.raises(SeanceRefusee, match="déjà décidé"):
            acte(inscription)
    with pytest.raises(SeanceRefusee, match="déjà décidé"):
        seances.decide(
            inscription=inscription, nature="LABELLISEE", motifs="Oui.", acteur=fabriques.direction()
        )


def test_given_another_role_when_deciding_then_it_is_refused() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    fabriques.voter(inscription)
    with pytest.raises(ActeurRefuse):
        seances.decide(
            inscription=inscription,
            nature="LABELLISEE",
            motifs="Oui.",
            acteur=fabriques.membres_de(seance)[0],
        )


@pytest.mark.regle("R37")
def test_given_a_quorum_lost_during_the_seance_when_deciding_then_it_is_refused() -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    fabriques.voter(inscription)
    seances.record_presence(
        seance=seance, presents=fabriques.membres_de(seance)[:1], acteur=fabriques.direction()
    )
    with pytest.raises(SeanceRefusee, match="quorum"):
        seances.decide(
            inscription=inscription, nature="LABELLISEE", motifs="Oui.", acteur=fabriques.direction()
        )


@pytest.mark.regle("R37")
def test_given_an_adjourned_dossier_when_a_later_seance_takes_it_then_it_is_decided_there() -> None:
    premiere = fabriques.seance_close(["AJOURNEE"])
    candidature = Candidature.objects.get(inscriptions__seance=premiere)
    fabriques.notifier(premiere)
    candidature.refresh_from_db()
    assert candidature.issue_notifiee == "AJOURNEE"

    fabriques.seance_close(["REFUSEE"], [candidature])
    natures = candidature.decisions.order_by("prise_le", "cree_le").values_list("nature", "etat")
    assert sorted(natures) == [("AJOURNEE", "NOTIFIEE"), ("REFUSEE", "PRISE")]


# --- Closing and minutes ---------------------------------------------------------------------
@pytest.mark.regle("R38")
def test_given_an_undecided_dossier_when_closing_then_it_is_named() -> None:
    un, deux = fabriques.dossier_note(), fabriques.dossier_note()
    seance = fabriques.seance_ouverte([un, deux])
    fabriques.decider(fabriques.inscription_de(seance, un))
    with pytest.raises(SeanceRefusee, match=deux.reference):
        seances.close_seance(seance=seance, acteur=fabriques.direction())


@pytest.mark.regle("R38")
def test_given_a_closed_seance_then_its_minutes_freeze_presence_votes_and_the_ranking_s_hash() -> None:
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE"])
    seance.refresh_from_db()
    donnees = seance.proces_verbal.donnees
    assert donnees["empreinte_classement"] == seance.empreinte_classement
    assert len(donnees["presents"]) == 2
    assert sorted((ligne["decision"], ligne["votes"]["POUR"]) for ligne in donnees["dossiers"]) == [
        ("Labellisée", 2),
        ("Non labellisée", 0),
    ]


def test_given_a_seance_not_open_when_closing_or_presence_after_then_it_is_refused() -> None:
    seance = fabriques.seance_convoquee()
    with pytest.raises(TransitionRefusee):
        seances.close_seance(seance=seance, acteur=fabriques.direction())
    close = fabriques.seance_close()
    with pytest.raises(TransitionRefusee):
        seances.close_seance(seance=close, acteur=fabriques.direction())
    with pytest.raises(SeanceRefusee, match="close"):
        seances.record_presence(seance=close, presents=[], acteur=fabriques.direction())
    assert Document.objects.filter(genre="labellisation.proces_verbal").count() == 1


@pytest.mark.regle("R36", "R38")
def test_given_the_minutes_then_only_convened_members_without_a_link_and_the_direction_read_them() -> None:
    seance = fabriques.seance_close(["LABELLISEE", "REFUSEE"])
    un, deux = fabriques.membres_de(seance)
    candidature = Candidature.objects.filter(inscriptions__seance=seance).first()
    assert candidature is not None
    lecteurs = {
        "direction": fabriques.direction(),
        "membre": un,
        "membre lié": deux,
        "membre non convoqué": fabriques.membre_comite(),
        "instructeur": comptes.utilisateur("instructeur"),
        "porteur": candidatures.responsable_de(candidature.structure),
    }
    declare_interest(personne=deux, structure=candidature.structure)

    lit = {nom: personne.has_perm("labellisation.read_minutes", seance) for nom, personne in lecteurs.items()}
    assert lit == {
        "direction": True,
        "membre": True,
        "membre lié": False,
        "membre non convoqué": False,
        "instructeur": False,
        "porteur": False,
    }


def test_given_a_member_who_left_the_committee_then_the_seance_is_closed_to_them() -> None:
    seance = fabriques.seance_ouverte()
    membre = fabriques.membres_de(seance)[0]
    assert Seance.objects.visible_to(membre).get() == seance
    RoleAttribue.objects.filter(utilisateur=membre).update(au=horloge.now())
    membre.forget_roles()
    assert not Seance.objects.visible_to(membre).exists()
    assert not Candidature.objects.visible_to(membre).exists()


# --- Constraints of the database -------------------------------------------------------------
@pytest.mark.parametrize(
    "changement",
    [
        {"etat": "OUVERTE"},
        {"etat": "CLOSE"},
        {"close_le": "now"},
        {"ouverte_le": "now"},
    ],
)
def test_given_a_state_without_its_dates_when_written_past_the_verbs_then_the_database_refuses(
    changement: dict[str, Any],
) -> None:
    seance = fabriques.seance_convoquee()
    valeurs = {champ: horloge.now() if valeur == "now" else valeur for champ, valeur in changement.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Seance.objects.filter(pk=seance.pk).update(**valeurs)


def test_given_two_pending_decisions_on_one_dossier_then_the_database_refuses() -> None:
    decision = fabriques.decision_prise()
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            candidature=decision.candidature,
            nature=NatureDecision.REFUSEE,
            motifs="x",
            prise_par=decision.prise_par,
            prise_le=horloge.now(),
        )


def test_given_a_notified_decision_without_date_or_signatory_then_the_database_refuses() -> None:
    decision = fabriques.decision_prise()
    for valeurs in ({"etat": "NOTIFIEE"}, {"etat": "NOTIFIEE", "notifiee_le": horloge.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(**valeurs)


def test_given_any_refusal_then_it_is_a_sentence_for_the_person() -> None:
    assert issubclass(SeanceRefusee, ErreurMetier)
