"""Admissibility: ten verdicts by a person, beside their pre-checks (R15, R18)."""

from typing import Any

from django.db import transaction

from candidatures import cycle
from candidatures.models import Candidature, Depot
from labellisation.cycle import NatureDecision
from labellisation.domain import prevalidations
from labellisation.domain.decision import take_decision
from labellisation.models import Verdict
from socle import journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.transition import lock, transition

CRITERES = tuple(range(1, 11))


class RecevabiliteRefusee(ErreurMetier):
    """A verdict or a declaration that the dossier's state doesn't allow."""


def current_deposit(candidature: Candidature) -> Depot:
    """Return the deposit that is judged: the last one."""
    return candidature.depots.latest("numero")


def results(candidature: Candidature) -> dict[int, prevalidations.Resultat]:
    """Return the ten pre-checks of the current deposit, by criterion."""
    depot = current_deposit(candidature)
    contexte = prevalidations.build_context(candidature, depot)
    return {resultat.critere: resultat for resultat in prevalidations.run_all(depot.instantane, contexte)}


def verdicts(candidature: Candidature) -> dict[int, Verdict]:
    """Return the verdicts on the current deposit, by criterion."""
    depot = current_deposit(candidature)
    return {
        verdict.critere: verdict
        for verdict in Verdict.objects.filter(depot=depot).select_related("instructeur")
    }


@transaction.atomic
def record_verdict(
    *, candidature: Candidature, critere: int, avis: str, instructeur: Any, motif: str = ""
) -> Verdict:
    """Record an instructor's verdict on one criterion of the current deposit.

    Effects: one ``Verdict`` with the pre-check's proposition and constats of this moment, event
    ``recevabilite.verdict`` that says whether both differ. Errors: ``ActeurRefuse`` (not in charge,
    or in conflict); ``RecevabiliteRefusee`` once declared; ``DonneesInvalides`` by field.
    """
    lock(candidature)
    if not instructeur.has_perm("candidatures.instruct_candidature", candidature):
        raise ActeurRefuse("Vous n’êtes pas chargé de la recevabilité de ce dossier.")
    if candidature.etat != cycle.DEPOSEE:
        raise RecevabiliteRefusee("La recevabilité de ce dossier n’est plus à examiner.")
    _check(candidature, critere, avis, motif)
    resultat = results(candidature)[critere]
    verdict, _ = Verdict.objects.update_or_create(
        depot=current_deposit(candidature),
        critere=critere,
        defaults={
            "candidature": candidature,
            "proposition": resultat.proposition,
            "constats": resultat.as_data(),
            "avis": avis,
            "motif": motif.strip(),
            "instructeur": instructeur,
        },
    )
    journal.record(
        "recevabilite.verdict",
        sujet=verdict,
        acteur=instructeur,
        donnees={
            "critere": critere,
            "avis": avis,
            "proposition": str(resultat.proposition),
            "ecart": verdict.ecart,
        },
    )
    return verdict


def _check(candidature: Candidature, critere: int, avis: str, motif: str) -> None:
    erreurs: dict[str, list[str]] = {}
    if critere not in CRITERES:
        raise DonneesInvalides({"critere": ["Ce critère n’existe pas."]})
    if avis not in Verdict.Avis.values:
        erreurs["avis"] = ["Choisissez un verdict."]
    if avis == Verdict.Avis.NON_CONFORME and not motif.strip():
        erreurs["motif"] = ["Écrivez le motif\u00a0: il fondera la décision."]
    if avis == Verdict.Avis.SANS_OBJET and not _allows_none(candidature, critere):
        erreurs["avis"] = ["Le cahier des charges ne permet pas «\u00a0sans objet\u00a0» pour ce critère."]
    if erreurs:
        raise DonneesInvalides(erreurs)


def _allows_none(candidature: Candidature, critere: int) -> bool:
    return candidature.appel.grille.criteres_recevabilite.filter(
        numero=critere, sans_objet_permis=True
    ).exists()


def missing(candidature: Candidature) -> list[int]:
    """Return the criteria still without a verdict."""
    rendus = verdicts(candidature)
    return [critere for critere in CRITERES if critere not in rendus]


def failing(candidature: Candidature) -> list[Verdict]:
    """Return the verdicts that are not conform, in order."""
    rendus = verdicts(candidature)
    return [rendus[numero] for numero in sorted(rendus) if rendus[numero].avis == Verdict.Avis.NON_CONFORME]


def _check_complete(candidature: Candidature) -> None:
    if manques := missing(candidature):
        raise RecevabiliteRefusee(
            "Il manque un verdict\u00a0: critère(s) " + ", ".join(map(str, manques)) + "."
        )


@transaction.atomic
def declare_recevable(*, candidature: Candidature, acteur: Any) -> Candidature:
    """Declare a dossier recevable: all ten criteria hold (R15).

    Effects: transition ``declare_recevable``. Errors: ``RecevabiliteRefusee`` while a verdict is
    missing or not conform; ``ActeurRefuse``; ``TransitionRefusee``.
    """
    lock(candidature)
    _check_complete(candidature)
    if echecs := failing(candidature):
        raise RecevabiliteRefusee(
            "Un critère n’est pas conforme\u00a0: " + ", ".join(str(ligne.critere) for ligne in echecs) + "."
        )
    transition(candidature, "declare_recevable", acteur)
    return candidature


@transaction.atomic
def declare_irrecevable(*, candidature: Candidature, acteur: Any, motifs: str) -> Candidature:
    """Declare a dossier irrecevable, with its failing criteria as grounds (R15, R18).

    Effects: a decision IRRECEVABLE to be announced, transition ``declare_irrecevable``. Errors:
    ``RecevabiliteRefusee`` while a verdict is missing or when none fails; ``DonneesInvalides``
    without grounds.
    """
    lock(candidature)
    _check_complete(candidature)
    echecs = failing(candidature)
    if not echecs:
        raise RecevabiliteRefusee("Tous les critères sont conformes\u00a0: le dossier est recevable.")
    take_decision(
        candidature=candidature,
        nature=NatureDecision.IRRECEVABLE,
        motifs=motifs,
        criteres=[ligne.critere for ligne in echecs],
        acteur=acteur,
    )
    transition(candidature, "declare_irrecevable", acteur)
    return candidature
