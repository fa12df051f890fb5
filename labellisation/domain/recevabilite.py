"""Recevabilité: ten verdicts beside their pre-checks, then one declaration (R15)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from candidatures import cycle as cycle_dossier
from candidatures.domain.affectations import assign
from candidatures.domain.queries import dernier_depot
from candidatures.models import Affectation, Candidature, Depot
from candidatures.sections import Section
from comptes.domain.acces import require
from comptes.models import Utilisateur
from labellisation.cycle import NatureDecision
from labellisation.domain.contexte_recevabilite import build_context
from labellisation.domain.decision import take_decision
from labellisation.domain.prevalidations import CRITERES, PRECONTROLES, Constat, Resultat, alerts, run_all
from labellisation.models import Decision, Verdict
from referentiels.models import CritereRecevabilite
from socle import journal
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.transition import lock, transition

REFUS = (
    "Vous ne pouvez pas examiner ce dossier\u00a0: il est confié à une autre personne, ou vous avez déclaré "
    "un lien avec lui."
)


class RecevabiliteRefusee(ErreurMetier):
    """A verdict or a declaration that the dossier's state does not allow."""


@dataclass(frozen=True)
class LigneCritere:
    """One criterion on the instructor's screen: its text, today's pre-check, the verdict if there is one."""

    critere: CritereRecevabilite
    resultat: Resultat
    verdict: Verdict | None

    @property
    def ecart(self) -> bool:
        """Whether the verdict differs from what the pre-check proposed when it was given."""
        return self.verdict is not None and self.verdict.ecart


@dataclass(frozen=True)
class Examen:
    """The whole examination of a deposit, and what is missing before its declaration."""

    lignes: list[LigneCritere]
    alertes: list[Constat]

    @property
    def manquants(self) -> list[int]:
        """Criteria without a verdict."""
        return [ligne.critere.numero for ligne in self.lignes if ligne.verdict is None]

    @property
    def non_conformes(self) -> list[Verdict]:
        """Verdicts that make the dossier inadmissible."""
        return failing(ligne.verdict for ligne in self.lignes)

    @property
    def rendus(self) -> int:
        """How many verdicts are given."""
        return len(self.lignes) - len(self.manquants)

    @property
    def complet(self) -> bool:
        """Whether all ten are given (R15: all ten are examined)."""
        return not self.manquants

    @property
    def recevable(self) -> bool:
        """Whether the dossier can be declared recevable."""
        return self.complet and not self.non_conformes

    @property
    def irrecevable(self) -> bool:
        """Whether it can be declared irrecevable."""
        return self.complet and bool(self.non_conformes)


def current_deposit(candidature: Candidature) -> Depot:
    """Return the deposit that is judged: the last one."""
    depot = dernier_depot(candidature)
    assert depot is not None, "a deposited dossier has a deposit"
    return depot


def examination(*, candidature: Candidature, depot: Depot) -> Examen:
    """Return the ten criteria of a deposit with their pre-checks of today and their verdicts."""
    contexte = build_context(candidature, depot)
    verdicts = {verdict.critere: verdict for verdict in _verdicts(depot)}
    criteres = {
        critere.numero: critere
        for critere in CritereRecevabilite.objects.filter(grille=candidature.appel.grille_id)
    }
    return Examen(
        lignes=[
            LigneCritere(criteres[resultat.critere], resultat, verdicts.get(resultat.critere))
            for resultat in run_all(depot.instantane, contexte)
        ],
        alertes=alerts(depot.instantane, contexte),
    )


@transaction.atomic
def record_verdict(
    *,
    candidature: Candidature,
    critere: int,
    avis: str,
    instructeur: Utilisateur,
    motif: str = "",
    version: int | None = None,
) -> Verdict:
    """Give or change the verdict on one criterion of the current deposit.

    Effects: one ``Verdict`` per deposit and criterion, with the pre-check's proposition and findings
    of this moment; the instructor takes the dossier in charge if nobody had it; event
    ``recevabilite.verdict`` with the difference to the proposition (never the reason, a free text).
    The same verdict again changes nothing.
    Errors: ``ActeurRefuse`` for somebody not in charge or with a declared link; ``RecevabiliteRefusee``
    outside the examination (compléments asked, decision taken, withdrawn), or when the dossier is no
    longer in the ``version`` that the instructor read; ``DonneesInvalides`` for
    an unknown verdict, a missing reason, "sans objet" where the text does not allow it. Source: R15.
    """
    lock(candidature)
    _check_state(candidature)
    require(instructeur, "labellisation.record_verdict", candidature, REFUS)
    depot = current_deposit(candidature)
    if version is not None and version != depot.numero:
        raise RecevabiliteRefusee(
            "Ce dossier a une nouvelle version depuis que vous l’avez ouvert. Relisez-la, puis donnez "
            "votre verdict."
        )
    motif = motif.strip()
    _check_verdict(_criterion(candidature, critere), avis, motif)
    resultat = PRECONTROLES[critere](depot.instantane, build_context(candidature, depot))
    deja = Verdict.objects.filter(depot=depot, critere=critere).first()
    if deja and (deja.avis, deja.motif, deja.instructeur_id) == (avis, motif, instructeur.pk):
        return deja
    _take_charge(candidature, instructeur)
    verdict, _ = Verdict.objects.update_or_create(
        depot=depot,
        critere=critere,
        defaults={
            "candidature": candidature,
            "proposition": str(resultat.proposition),
            "constats": resultat.frozen_findings(),
            "avis": avis,
            "motif": motif,
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
            "proposition": verdict.proposition,
            "ecart": verdict.ecart,
            "avant": deja.avis if deja else None,
        },
    )
    return verdict


def _check_state(candidature: Candidature) -> None:
    if candidature.etat == cycle_dossier.DEPOSEE:
        return
    if candidature.etat == cycle_dossier.EN_COMPLEMENT:
        raise RecevabiliteRefusee(
            "Des compléments sont demandés\u00a0: l’examen reprend à leur réception, ou à leur date limite."
        )
    if candidature.etat == cycle_dossier.SANS_SUITE:
        raise RecevabiliteRefusee("Le porteur a retiré ce dossier.")
    raise RecevabiliteRefusee(
        "La recevabilité de ce dossier est déjà décidée\u00a0: ses verdicts ne changent plus."
    )


def _criterion(candidature: Candidature, numero: int) -> CritereRecevabilite:
    if numero not in CRITERES:
        raise DonneesInvalides({"critere": ["Ce critère n’existe pas."]})
    return CritereRecevabilite.objects.get(grille=candidature.appel.grille_id, numero=numero)


def _check_verdict(critere: CritereRecevabilite, avis: str, motif: str) -> None:
    erreurs: dict[str, list[str]] = {}
    if avis not in Verdict.Avis.values:
        erreurs["avis"] = ["Choisissez un verdict."]
    elif avis == Verdict.Avis.SANS_OBJET and not critere.sans_objet_permis:
        erreurs["avis"] = ["Le cahier des charges n’admet pas «\u00a0sans objet\u00a0» pour ce critère."]
    elif avis == Verdict.Avis.NON_CONFORME and not motif:
        erreurs["motif"] = ["Écrivez le motif\u00a0: il sera repris dans le courrier au porteur."]
    if erreurs:
        raise DonneesInvalides(erreurs)


def _take_charge(candidature: Candidature, instructeur: Utilisateur) -> None:
    assign(
        candidature=candidature,
        instructeur=instructeur,
        tache=Affectation.Tache.RECEVABILITE,
        acteur=instructeur,
    )


# --- Declarations --------------------------------------------------------------------------------
@transaction.atomic
def declare_recevable(*, candidature: Candidature, acteur: Utilisateur) -> Candidature:
    """Declare the dossier recevable: it goes on to scoring.

    Effects: transition ``declare_recevable``. Errors: ``RecevabiliteRefusee`` naming the criteria
    without a verdict, or those not conforme, or outside the examination; ``ActeurRefuse``. Source: R15.
    """
    lock(candidature)
    _check_state(candidature)
    require(acteur, "labellisation.record_verdict", candidature, REFUS)
    depot = current_deposit(candidature)
    if non_conformes := failing(_complete_verdicts(depot)):
        numeros = ", ".join(str(verdict.critere) for verdict in non_conformes)
        raise RecevabiliteRefusee(f"Un critère n’est pas conforme\u00a0: {numeros}.")
    transition(candidature, "declare_recevable", acteur, donnees={"depot": depot.pk})
    return candidature


@transaction.atomic
def declare_irrecevable(*, candidature: Candidature, acteur: Utilisateur, motifs: str) -> Decision:
    """Declare the dossier irrecevable, with the failing criteria as grounds.

    Effects: transition ``declare_irrecevable``; one ``Decision`` PRISE of kind IRRECEVABLE, that
    nobody outside GEN sees before its notification. Errors: ``RecevabiliteRefusee`` while a verdict is
    missing or none is "non conforme"; ``DonneesInvalides`` without grounds; ``ActeurRefuse``.
    Source: R15, R18.
    """
    lock(candidature)
    _check_state(candidature)
    require(acteur, "labellisation.record_verdict", candidature, REFUS)
    depot = current_deposit(candidature)
    non_conformes = failing(_complete_verdicts(depot))
    if not non_conformes:
        raise RecevabiliteRefusee("Tous les critères sont conformes\u00a0: le dossier est recevable.")
    criteres = [verdict.critere for verdict in non_conformes]
    transition(candidature, "declare_irrecevable", acteur, donnees={"depot": depot.pk, "criteres": criteres})
    return take_decision(
        candidature=candidature,
        nature=NatureDecision.IRRECEVABLE,
        motifs=motifs,
        criteres=criteres,
        acteur=acteur,
        inscription=None,
    )


def failing(verdicts: Iterable[Verdict | None]) -> list[Verdict]:
    """Keep the verdicts "non conforme"."""
    return [verdict for verdict in verdicts if verdict and verdict.avis == Verdict.Avis.NON_CONFORME]


def compose_grounds(examen: Examen) -> str:
    """Return the grounds of an inadmissibility, from the criteria and the instructor's reasons."""
    return "\n\n".join(
        f"Critère {ligne.critere.numero} — {ligne.critere.titre}\u00a0: {ligne.verdict.motif}"
        for ligne in examen.lignes
        if ligne.verdict and ligne.verdict.avis == Verdict.Avis.NON_CONFORME
    )


def _complete_verdicts(depot: Depot) -> list[Verdict]:
    verdicts = list(_verdicts(depot))
    rendus = {verdict.critere for verdict in verdicts}
    if manquants := [str(numero) for numero in CRITERES if numero not in rendus]:
        phrase = f"Les dix critères s’examinent\u00a0: il manque le verdict {', '.join(manquants)}."
        raise RecevabiliteRefusee(phrase)
    return verdicts


def keep_verdicts(*, candidature: Candidature, depot: Depot, section: Section) -> int:
    """Take the verdicts of the former deposit over to a new one that differs by a piece of this section.

    Those of the criteria that read the section are to be given again: their evidence has changed.
    Returns how many were kept. No event: each was recorded when it was given.
    """
    precedents = Verdict.objects.filter(candidature=candidature, depot__numero=depot.numero - 1)
    gardes = [
        Verdict(
            candidature=candidature,
            depot=depot,
            critere=verdict.critere,
            proposition=verdict.proposition,
            constats=verdict.constats,
            avis=verdict.avis,
            motif=verdict.motif,
            instructeur_id=verdict.instructeur_id,
        )
        for verdict in precedents.exclude(critere__in=section.recevabilite)
    ]
    return len(Verdict.objects.bulk_create(gardes))


def _verdicts(depot: Depot) -> Any:
    return Verdict.objects.filter(depot=depot).select_related("instructeur").order_by("critere")
