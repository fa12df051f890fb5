"""Sharing dossiers among instructors: shown first, then all or nothing (R21, R36)."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.domain.repartition import (
    Choix,
    RepartitionRefusee,
    assign_many,
    assignable_by,
    propose,
    shares_by_releve,
)
from candidatures.models import Affectation, Candidature
from candidatures.models.liens import declared_links
from comptes.domain.structures import add_member
from comptes.models import RoleMembre, Utilisateur
from socle import journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.models import Evenement
from socle.references import SYSTEME
from tests.candidatures import fabriques
from tests.candidatures.fabriques import dossier_depose, instructeur
from tests.comptes import fabriques as comptes

RECEVABILITE, NOTATION = "RECEVABILITE", "NOTATION"
pytestmark = [pytest.mark.django_db, pytest.mark.regle("R36")]


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def directrice() -> Utilisateur:
    personne = comptes.utilisateur("direction")
    personne.forget_roles()
    return personne


def give(acteur: Any, *couples: tuple[Candidature, Utilisateur], tache: str = RECEVABILITE) -> Any:
    choix = [Choix(candidature.pk, personne.pk) for candidature, personne in couples]
    return assign_many(choix=choix, tache=tache, acteur=acteur)


def active() -> set[tuple[uuid.UUID, uuid.UUID]]:
    lignes = Affectation.objects.filter(retiree_le__isnull=True)
    return set(lignes.values_list("candidature", "instructeur"))


# --- The proposal --------------------------------------------------------------------------------
def test_given_dossiers_and_loads_when_proposed_then_it_is_even_stable_and_saves_nothing() -> None:
    un, deux = instructeur(), instructeur()
    direction = directrice()
    pris = dossier_depose()
    assign(candidature=pris, instructeur=un, tache=RECEVABILITE, acteur=direction)
    libres = [dossier_depose() for _ in range(3)]
    releve = pris.releve_examen
    proposition = propose(acteur=direction, releve=releve, tache=RECEVABILITE)
    assert {ligne.candidature.pk for ligne in proposition.lignes} == {dossier.pk for dossier in libres}
    parts = {part.personne.pk: (part.charge, part.nombre) for part in proposition.parts}
    assert parts == {un.pk: (1, 1), deux.pk: (0, 2)}
    encore = propose(acteur=direction, releve=releve, tache=RECEVABILITE)
    assert [ligne.personne for ligne in encore.lignes] == [ligne.personne for ligne in proposition.lignes]
    assert len(active()) == 1
    assert shares_by_releve(direction, RECEVABILITE) == [(releve, 3)]
    seul = propose(acteur=direction, releve=releve, tache=RECEVABILITE, participants={un.pk})
    assert {ligne.personne for ligne in seul.lignes} == {un.pk}


def test_given_links_and_memberships_when_proposed_then_nobody_gets_what_they_can_not_take() -> None:
    liee, membre, libre = instructeur(), instructeur(), instructeur()
    candidature = dossier_depose()
    add_member(
        structure=candidature.structure, utilisateur=membre, role=RoleMembre.CONTRIBUTEUR, acteur=SYSTEME
    )
    releve = candidature.releve_examen
    avant = propose(acteur=directrice(), releve=releve, tache=RECEVABILITE).lignes[0]
    assert avant.exclus == {membre.pk}
    declare_interest(personne=liee, structure=candidature.structure, motif="Ancien employeur")
    ligne = propose(acteur=directrice(), releve=releve, tache=RECEVABILITE).lignes[0]
    assert ligne.exclus == {membre.pk, liee.pk}
    assert ligne.personne == libre.pk
    seule = propose(acteur=directrice(), releve=releve, tache=RECEVABILITE, participants={liee.pk})
    assert (seule.lignes[0].personne, seule.vacantes) == (None, 1)


def test_given_a_director_with_a_link_when_proposed_then_the_dossier_is_neither_listed_nor_counted() -> None:
    personne, direction = instructeur(), directrice()
    cachee, visible = dossier_depose(), dossier_depose()
    pris = dossier_depose(structure=cachee.structure)
    assign(candidature=pris, instructeur=personne, tache=RECEVABILITE, acteur=direction)
    releve = cachee.releve_examen

    def shown() -> tuple[set[Any], int, list[int]]:
        proposition = propose(acteur=direction, releve=releve, tache=RECEVABILITE)
        dossiers = {ligne.candidature.pk for ligne in proposition.lignes}
        parts = {part.personne.pk: part.charge for part in proposition.parts}
        return dossiers, parts[personne.pk], [n for _, n in shares_by_releve(direction, RECEVABILITE)]

    assert shown() == ({cachee.pk, visible.pk}, 1, [2])
    declare_interest(personne=direction, structure=cachee.structure)
    assert shown() == ({visible.pk}, 0, [1])
    with pytest.raises(RepartitionRefusee) as refus:
        give(direction, (visible, personne), (cachee, personne))
    assert refus.value.refus == {cachee.pk: "Ce dossier n’existe pas, ou vous est fermé."}
    assert visible.pk not in {candidature for candidature, _ in active()}


def test_given_choices_made_by_hand_when_proposed_again_then_they_stand_and_the_rest_is_balanced() -> None:
    un, deux = instructeur(), instructeur()
    dossiers = [dossier_depose() for _ in range(3)]
    releve = dossiers[0].releve_examen
    a_la_main = {(dossiers[0].pk, 1): un.pk, (dossiers[1].pk, 1): None}
    lignes = propose(acteur=directrice(), releve=releve, tache=RECEVABILITE, choix=a_la_main).lignes
    choisis = {ligne.candidature.pk: ligne.personne for ligne in lignes}
    assert choisis == {dossiers[0].pk: un.pk, dossiers[1].pk: None, dossiers[2].pk: deux.pk}
    declare_interest(personne=un, candidature=dossiers[0])
    apres = propose(acteur=directrice(), releve=releve, tache=RECEVABILITE, choix=a_la_main).lignes
    assert [(ligne.personne, ligne.corrigee) for ligne in apres if ligne.candidature == dossiers[0]] == [
        (deux.pk, True)
    ]


def test_given_the_permission_of_each_dossier_when_listed_at_once_then_both_agree() -> None:
    candidature, autre = dossier_depose(), dossier_depose()
    brouillon = fabriques.brouillon()
    liee, membre = instructeur(), instructeur()
    declare_interest(personne=liee, candidature=candidature)
    add_member(structure=autre.structure, utilisateur=membre, role=RoleMembre.CONTRIBUTEUR, acteur=SYSTEME)
    for personne in (
        directrice(),
        instructeur(),
        liee,
        membre,
        comptes.utilisateur("comite"),
        comptes.utilisateur(),
    ):
        personne.forget_roles()
        ouverts = set(assignable_by(personne).values_list("pk", flat=True))
        for dossier in (candidature, autre, brouillon):
            attendu = personne.has_perm("candidatures.assign_candidature", dossier)
            assert (dossier.pk in ouverts) == attendu, (personne, dossier)


# --- The act -------------------------------------------------------------------------------------
def test_given_a_sharing_when_saved_then_each_is_in_charge_and_each_chain_says_so() -> None:
    un, deux, direction = instructeur(), instructeur(), directrice()
    dossiers = [dossier_depose() for _ in range(3)]
    give(direction, (dossiers[0], un), (dossiers[1], deux), (dossiers[2], un))
    assert active() == {(dossiers[0].pk, un.pk), (dossiers[1].pk, deux.pk), (dossiers[2].pk, un.pk)}
    affectees = Evenement.objects.filter(verbe="candidature.affectee")
    assert set(affectees.values_list("chaine", flat=True)) == {d.chaine_journal for d in dossiers}
    assert journal.verify().ok


def test_given_what_changed_meanwhile_when_saved_then_nothing_is_and_each_reason_is_said() -> None:
    un, deux, direction = instructeur(), instructeur(), directrice()
    bon, retire, pris, lie = (dossier_depose() for _ in range(4))
    ferme = instructeur()
    Utilisateur.objects.filter(pk=ferme.pk).update(is_active=False)
    withdraw_candidature(candidature=retire, acteur=fabriques.responsable_de(retire.structure))
    assign(candidature=pris, instructeur=deux, tache=RECEVABILITE, acteur=direction)
    declare_interest(personne=un, candidature=lie, motif="Secret à ne pas dire")
    with pytest.raises(RepartitionRefusee) as refus:
        give(direction, (bon, un), (retire, un), (pris, un), (lie, un))
    assert refus.value.refus == {
        retire.pk: f"{retire.reference}\u00a0: cette tâche n’est plus à confier "
        "(dossier\u00a0: sans suite (retirée)).",
        pris.pk: f"{pris.reference}\u00a0: quelqu’un en est déjà chargé.",
        lie.pk: f"{lie.reference}\u00a0: {un.nom_complet} ne peut pas s’en charger.",
    }
    assert active() == {(pris.pk, deux.pk)}
    with pytest.raises(RepartitionRefusee, match="1\u00a0dossier ne peut plus être confié ainsi"):
        give(direction, (bon, ferme))
    with pytest.raises(RepartitionRefusee):
        assign_many(choix=[Choix(uuid.uuid4(), un.pk)], tache=RECEVABILITE, acteur=direction)


def test_given_no_choice_an_unknown_task_or_another_role_when_saved_then_it_is_refused() -> None:
    candidature, personne = dossier_depose(), instructeur()
    with pytest.raises(DonneesInvalides):
        give(directrice())
    with pytest.raises(DonneesInvalides):
        give(directrice(), (candidature, personne), tache="AUTRE")
    with pytest.raises(ActeurRefuse):
        give(comptes.utilisateur("comite"), (candidature, personne))
    assert active() == set()


def test_given_somebody_who_left_when_shared_again_then_their_place_is_taken_from_them() -> None:
    parti, autre, direction = instructeur(), instructeur(), directrice()
    candidature = dossier_depose()
    assign(candidature=candidature, instructeur=parti, tache=RECEVABILITE, acteur=direction)
    assert not propose(acteur=direction, releve=candidature.releve_examen, tache=RECEVABILITE).lignes
    Utilisateur.objects.filter(pk=parti.pk).update(is_active=False)
    (ligne,) = propose(acteur=direction, releve=candidature.releve_examen, tache=RECEVABILITE).lignes
    assert (ligne.personne, ligne.ancien) == (autre.pk, parti.nom_complet)
    give(direction, (candidature, autre))
    assert active() == {(candidature.pk, autre.pk)}
    verbes = Evenement.objects.filter(chaine=candidature.chaine_journal).order_by("numero")
    assert list(verbes.values_list("verbe", flat=True))[-2:] == [
        "candidature.desaffectee",
        "candidature.affectee",
    ]


@pytest.mark.regle("R21")
def test_given_a_scoring_when_shared_then_two_different_people_and_no_third() -> None:
    gens, direction = [instructeur() for _ in range(3)], directrice()
    candidature = dossier_depose()
    give(direction, (candidature, gens[0]), (candidature, gens[1]), tache=NOTATION)
    with pytest.raises(RepartitionRefusee, match="ne peut plus"):
        give(direction, (candidature, gens[2]), tache=NOTATION)
    assert len(active()) == 2


def test_given_a_thousand_choices_when_saved_then_the_queries_do_not_follow_their_number(
    django_assert_max_num_queries: Any,
) -> None:
    personne, direction = instructeur(), directrice()
    # Read once a request, whatever is given in it.
    direction.a_role("direction")
    declared_links(direction)
    nombres = []
    for taille in (11, 22):
        dossiers = [dossier_depose() for _ in range(taille)]
        with CaptureQueriesContext(connections["default"]) as requetes:
            give(direction, *((dossier, personne) for dossier in dossiers))
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]


# --- Two people at once --------------------------------------------------------------------------
def _at_once(*gestes: Callable[[], Any]) -> list[Any]:
    depart = Barrier(len(gestes))

    def run(geste: Callable[[], Any]) -> Any:
        depart.wait(timeout=10)
        try:
            return geste()
        except ErreurMetier as erreur:
            return erreur
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(gestes)) as fils:
        return list(fils.map(run, gestes))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_people_who_share_at_once_then_one_wins_and_the_other_is_told() -> None:
    un, deux = instructeur(), instructeur()
    dossiers = [dossier_depose() for _ in range(3)]
    acteurs = [directrice(), directrice()]
    issues = _at_once(
        lambda: give(acteurs[0], *((dossier, un) for dossier in dossiers)),
        lambda: give(acteurs[1], *((dossier, deux) for dossier in reversed(dossiers))),
    )
    perdants = [issue for issue in issues if isinstance(issue, RepartitionRefusee)]
    assert len(perdants) == 1
    assert len(perdants[0].refus) == 3
    assert len(active()) == 3
    assert len({personne for _, personne in active()}) == 1
    assert journal.verify().ok


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_a_link_declared_while_one_shares_then_nobody_ends_in_charge_with_a_link() -> None:
    personne, direction = instructeur(), directrice()
    dossiers = [dossier_depose() for _ in range(4)]
    _at_once(
        lambda: give(direction, *((dossier, personne) for dossier in dossiers)),
        lambda: declare_interest(personne=personne, candidature=dossiers[0]),
    )
    assert (dossiers[0].pk, personne.pk) not in active()
