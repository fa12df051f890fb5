"""The committee's séance: agenda, presence, frozen ranking, votes, decisions, minutes (R37, R38)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from candidatures import cycle as cycle_dossier
from candidatures.models import Candidature, Releve
from comptes.models import Role, Structure, Utilisateur
from labellisation import cycle
from labellisation.cycle import NatureDecision
from labellisation.domain.classement import compute_ranking
from labellisation.domain.decision import take_decision
from labellisation.models import Decision, Inscription, Participation, Seance, Vote
from socle import horloge, journal
from socle.canonique import fingerprint, frozen
from socle.erreurs import ActeurRefuse, ErreurMetier, TransitionRefusee
from socle.transition import lock, transition
from socle.typographie import pluriel_fr

#: What the committee may decide about a dossier of its agenda.
NATURES_SEANCE = (
    NatureDecision.LABELLISEE,
    NatureDecision.LABELLISEE_SOUS_CONDITION,
    NatureDecision.REFUSEE,
    NatureDecision.AJOURNEE,
)


class SeanceRefusee(ErreurMetier):
    """The séance is not in the state that this act needs, or lacks something it needs."""


def _demand(acteur: Any, permission: str, objet: Any = None) -> None:
    if not acteur.has_perm(permission, objet):
        raise ActeurRefuse("Votre rôle ne permet pas cet acte.")


@transaction.atomic
def convene_seance(
    *,
    intitule: str,
    tenue_le: datetime,
    membres: Iterable[Utilisateur],
    acteur: Any,
    releve: Releve | None = None,
    lieu: str = "",
    quorum: int | None = None,
) -> Seance:
    """Convene a séance and its members; without ``quorum``, the portal's own.

    Effects: the séance, one participation a member, event ``seance.convoquee`` (by reaction, each
    member's convocation by e-mail). Errors: ``ActeurRefuse``; ``SeanceRefusee`` without members
    enough for the quorum, or for somebody who is not of the committee.
    """
    _demand(acteur, "labellisation.direct_seance")
    convoques = list(membres)
    quorum = settings.GEN_REGLES["quorum_seance"] if quorum is None else quorum
    if etrangers := [membre.nom_complet for membre in convoques if not membre.a_role(Role.COMITE)]:
        raise SeanceRefusee("Hors du comité de labellisation\u00a0: " + ", ".join(etrangers) + ".")
    if len(convoques) < quorum:
        raise SeanceRefusee("Convoquez au moins autant de membres que le quorum en demande.")
    seance = Seance.objects.create(
        intitule=intitule.strip(), tenue_le=tenue_le, lieu=lieu.strip(), releve=releve, quorum=quorum
    )
    Participation.objects.bulk_create(Participation(seance=seance, membre=membre) for membre in convoques)
    journal.record(
        "seance.convoquee",
        sujet=seance,
        acteur=acteur,
        donnees={"membres": [str(membre.pk) for membre in convoques]},
    )
    return seance


@transaction.atomic
def register_dossier(*, seance: Seance, candidature: Candidature, acteur: Any) -> Inscription:
    """Put a scored dossier on the agenda.

    Effects: transition ``register_on_agenda`` and one ``Inscription``. Errors: ``SeanceRefusee``
    once the séance is open; ``TransitionRefusee`` for a dossier not scored.
    """
    lock(seance)
    if seance.etat != cycle.CONVOQUEE:
        raise SeanceRefusee("L’ordre du jour est arrêté depuis l’ouverture de la séance.")
    if candidature.decisions.filter(etat=cycle.PRISE).exists():
        raise SeanceRefusee("Notifiez d’abord la décision déjà prise sur ce dossier.")
    transition(candidature, "register_on_agenda", acteur, donnees={"seance": str(seance.pk)})
    return Inscription.objects.create(seance=seance, candidature=candidature)


@transaction.atomic
def remove_dossier(*, inscription: Inscription, acteur: Any) -> None:
    """Take a dossier off the agenda of a séance that has not opened.

    Effects: transition ``remove_from_agenda``, the inscription dated as withdrawn.
    """
    lock(inscription.seance)
    if inscription.seance.etat != cycle.CONVOQUEE:
        raise SeanceRefusee("L’ordre du jour est arrêté depuis l’ouverture de la séance.")
    transition(inscription.candidature, "remove_from_agenda", acteur)
    inscription.retiree_le = horloge.now()
    inscription.save(update_fields=["retiree_le"])


@transaction.atomic
def record_presence(*, seance: Seance, presents: Iterable[Utilisateur], acteur: Any) -> int:
    """Record who is present; returns how many. Refused once the séance is closed."""
    _demand(acteur, "labellisation.direct_seance")
    lock(seance)
    if seance.etat == cycle.CLOSE:
        raise SeanceRefusee("La séance est close.")
    identifiants = [membre.pk for membre in presents]
    seance.participations.update(present=False)
    nombre = seance.participations.filter(membre__in=identifiants).update(present=True)
    journal.record(
        "seance.presence", sujet=seance, acteur=acteur, donnees={"presents": sorted(map(str, identifiants))}
    )
    return nombre


@transaction.atomic
def open_seance(*, seance: Seance, acteur: Any) -> Seance:
    """Open the séance and freeze its ranking.

    Effects: transition ``open_seance``; ``classement`` and its SHA-256 never change afterwards.
    Errors: ``SeanceRefusee`` without quorum or with an empty agenda.
    """
    lock(seance)
    _check_quorum(seance)
    classement = frozen(compute_ranking(seance))
    if not classement:
        raise SeanceRefusee("L’ordre du jour est vide.")
    transition(
        seance,
        "open_seance",
        acteur,
        valeurs={"classement": classement, "empreinte_classement": fingerprint(classement)},
        donnees={"empreinte": fingerprint(classement), "dossiers": len(classement)},
    )
    return seance


def _check_quorum(seance: Seance) -> None:
    presents = seance.participations.filter(present=True).count()
    if presents < seance.quorum:
        raise SeanceRefusee(
            f"Le quorum n’est pas atteint\u00a0: {presents} membre{pluriel_fr(presents)} "
            f"présent{pluriel_fr(presents)} pour un quorum de {seance.quorum}."
        )


@transaction.atomic
def cast_vote(*, inscription: Inscription, membre: Any, sens: str) -> Vote:
    """Record or change a member's vote while the séance is open and the dossier undecided.

    Effects: one ``Vote`` per member and dossier. Errors: ``SeanceRefusee`` for an absent member, a
    séance not open, a dossier decided, withdrawn or off the agenda; ``ActeurRefuse`` for a member with
    a declared link (R36).
    """
    seance = inscription.seance
    lock(seance)
    if seance.etat != cycle.OUVERTE:
        raise SeanceRefusee("On vote pendant la séance.")
    if not seance.participations.filter(membre=membre, present=True).exists():
        raise SeanceRefusee("Seuls les membres présents votent.")
    if not Candidature.objects.visible_to(membre).filter(pk=inscription.candidature_id).exists():
        raise ActeurRefuse("Ce dossier ne vous est pas ouvert.")
    if sens not in Vote.Sens.values:
        raise SeanceRefusee("Votez pour, contre ou abstention.")
    _check_on_agenda(inscription)
    vote, _ = Vote.objects.update_or_create(inscription=inscription, membre=membre, defaults={"sens": sens})
    return vote


def _check_on_agenda(inscription: Inscription) -> None:
    inscription.refresh_from_db()
    if inscription.retiree_le is not None or inscription.candidature.etat != cycle_dossier.INSCRITE:
        raise SeanceRefusee("Ce dossier n’est plus à l’ordre du jour.")
    if inscription.decisions.exists():
        raise SeanceRefusee("Ce dossier est déjà décidé.")


@transaction.atomic
def drop_votes(*, personne_id: Any, sujet: Candidature | Structure) -> int:
    """Take back the votes of a person who declares a link, on dossiers not yet decided (R36, R38).

    Effects: the votes are deleted; returns how many. Called by the reaction on ``interet.declare``.
    """
    votes = Vote.objects.filter(membre=personne_id, inscription__decisions__isnull=True)
    if isinstance(sujet, Candidature):
        return votes.filter(inscription__candidature=sujet).delete()[0]
    return votes.filter(inscription__candidature__structure=sujet).delete()[0]


def count_votes(inscription: Inscription) -> dict[str, int]:
    """Return the number of votes by sense."""
    sens = [vote.sens for vote in inscription.votes.all()]
    return {valeur: sens.count(valeur) for valeur in Vote.Sens.values}


@transaction.atomic
def decide(
    *,
    inscription: Inscription,
    nature: str,
    motifs: str,
    acteur: Any,
    condition: str = "",
    condition_avant: date | None = None,
) -> Decision:
    """Write the committee's decision on one dossier, as its votes say.

    Effects: a decision PRISE; an adjourned dossier leaves the agenda by transition ``adjourn``.
    Errors: ``SeanceRefusee`` when the séance isn't open or has lost its quorum, nobody voted, the
    dossier is decided already or withdrawn, or the votes say otherwise. Source: R37, R38.
    """
    seance = inscription.seance
    lock(seance)
    if seance.etat != cycle.OUVERTE:
        raise SeanceRefusee("On décide pendant la séance.")
    if nature not in NATURES_SEANCE:
        raise SeanceRefusee("Cette décision n’est pas du ressort du comité.")
    candidature = inscription.candidature
    lock(candidature)
    _check_on_agenda(inscription)
    _check_quorum(seance)
    _check_votes(inscription, nature)
    decision = take_decision(
        candidature=candidature,
        nature=nature,
        motifs=motifs,
        acteur=acteur,
        inscription=inscription,
        condition=condition,
        condition_avant=condition_avant,
    )
    if nature == NatureDecision.AJOURNEE:
        transition(candidature, "adjourn", acteur)
    return decision


def _check_votes(inscription: Inscription, nature: str) -> None:
    votes = count_votes(inscription)
    if not sum(votes.values()):
        raise SeanceRefusee("Personne n’a voté sur ce dossier.")
    majorite = votes[Vote.Sens.POUR] > votes[Vote.Sens.CONTRE]
    if nature in cycle.FAVORABLES and not majorite:
        raise SeanceRefusee("Le vote n’a pas de majorité pour la labellisation de ce dossier.")
    if nature == NatureDecision.REFUSEE and majorite:
        raise SeanceRefusee("La majorité a voté pour ce dossier\u00a0: il ne peut pas être refusé.")


@transaction.atomic
def close_seance(*, seance: Seance, acteur: Any) -> Seance:
    """Close the séance once every dossier of its agenda is decided or withdrawn.

    Effects: transition ``close_seance`` (by reaction, the minutes as a PDF).
    """
    lock(seance)
    restants = seance.inscriptions.filter(
        retiree_le__isnull=True, candidature__etat=cycle_dossier.INSCRITE, decisions__isnull=True
    )
    if nombre := restants.count():
        raise SeanceRefusee(_undecided(restants, nombre, acteur))
    if seance.etat != cycle.OUVERTE:
        raise TransitionRefusee("La séance n’est pas ouverte.")
    transition(seance, "close_seance", acteur)
    return seance


def _undecided(restants: Any, nombre: int, acteur: Any) -> str:
    """Name the undecided dossiers that this person may know of (R36), and count the others."""
    visibles = restants.filter(candidature__in=Candidature.objects.visible_to(acteur))
    references = list(
        visibles.order_by("candidature__reference").values_list("candidature__reference", flat=True)
    )
    autres = nombre - len(references)
    if autres:
        references.append(f"{autres} autre{pluriel_fr(autres)} dossier{pluriel_fr(autres)}")
    return "Sans décision\u00a0: " + ", ".join(references) + "."
