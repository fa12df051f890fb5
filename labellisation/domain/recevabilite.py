"""Recevabilité: ten verdicts beside their pre-checks, then one declaration (R15)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from candidatures import cycle as cycle_dossier
from candidatures.domain.affectations import assign
from candidatures.domain.changements import touched
from candidatures.domain.queries import dernier_depot
from candidatures.models import Affectation, Candidature, Depot
from comptes.domain.acces import require
from comptes.models import Utilisateur
from labellisation import cycle
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


#: Sections that the pre-check of each criterion reads, with what it looks up from their answers. A person who
#: judges reads where it leads; a test holds this table to what the code reads.
LECTURES: dict[int, frozenset[str]] = {
    1: frozenset({"formation"}),
    2: frozenset({"formation", "structure"}),
    3: frozenset({"programme", "immersion"}),
    4: frozenset({"formation", "publics"}),
    5: frozenset({"immersion"}),
    6: frozenset({"sessions", "programme", "publics"}),
    7: frozenset({"publics", "budget"}),
    8: frozenset({"structure", "formation"}),
    9: frozenset({"structure", "immersion"}),
    10: frozenset({"structure"}),
}


class RecevabiliteRefusee(ErreurMetier):
    """A verdict or a declaration that the dossier's state does not allow."""


class VerdictConcurrent(RecevabiliteRefusee):
    """Somebody, in another window, gave another verdict than the one that the page showed: oneself, maybe."""

    def __init__(self, verdict: Verdict, instructeur: Utilisateur) -> None:
        soi = verdict.instructeur_id == instructeur.pk
        auteur = "Vous avez, dans une autre fenêtre," if soi else f"{verdict.instructeur.nom_complet} a"
        super().__init__(
            f"{auteur} enregistré un autre verdict sur le critère {verdict.critere} pendant votre lecture. "
            f"{'Celui-ci' if soi else 'Le vôtre'} n’est pas enregistré\u00a0: choisissez."
        )
        self.verdict = verdict


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
class Avancement:
    """Which verdicts of a deposit are given, and what is missing before its declaration."""

    verdicts: Mapping[int, Verdict]

    @property
    def manquants(self) -> list[int]:
        """Criteria without a verdict."""
        return [critere for critere in CRITERES if critere not in self.verdicts]

    @property
    def non_conformes(self) -> list[Verdict]:
        """Verdicts that make the dossier inadmissible."""
        return failing(self.verdicts[critere] for critere in sorted(self.verdicts))

    @property
    def rendus(self) -> int:
        """How many verdicts are given."""
        return len(self.verdicts)

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


@dataclass(frozen=True)
class Examen(Avancement):
    """The whole examination of a deposit: the ten criteria with their pre-checks, and the warnings."""

    lignes: list[LigneCritere]
    alertes: list[Constat]


def current_deposit(candidature: Candidature) -> Depot:
    """Return the deposit that is judged: the last one."""
    depot = dernier_depot(candidature)
    assert depot is not None, "a deposited dossier has a deposit"
    return depot


def examination(*, candidature: Candidature, depot: Depot, lecteur: Utilisateur | None = None) -> Examen:
    """Return the ten criteria of a deposit with their pre-checks of today and their verdicts.

    ``lecteur``: who reads them; what a link that they declared hides is in no evidence (R36).
    """
    contexte = build_context(candidature, depot, lecteur=lecteur)
    verdicts = verdicts_of(depot)
    criteres = {
        critere.numero: critere
        for critere in CritereRecevabilite.objects.filter(grille=candidature.appel.grille_id)
    }
    return Examen(
        verdicts=verdicts,
        lignes=[
            LigneCritere(criteres[resultat.critere], resultat, verdicts.get(resultat.critere))
            for resultat in run_all(depot.instantane, contexte)
        ],
        alertes=alerts(depot.instantane, contexte),
    )


def former_verdicts(depot: Depot) -> dict[int, Verdict]:
    """Return, by criterion, the last verdict that an earlier deposit of the same dossier was given."""
    if depot.numero == 1:
        return {}
    anterieurs = Verdict.objects.filter(candidature=depot.candidature_id, depot__numero__lt=depot.numero)
    lus = (
        anterieurs.select_related("instructeur", "depot").defer("depot__instantane").order_by("depot__numero")
    )
    return {verdict.critere: verdict for verdict in lus}


def verdicts_of(depot: Depot) -> dict[int, Verdict]:
    """Return the verdicts of a deposit by criterion, in one query."""
    return {verdict.critere: verdict for verdict in _verdicts(depot)}


def record_verdict(
    *,
    candidature: Candidature,
    critere: int,
    avis: str,
    instructeur: Utilisateur,
    motif: str = "",
    version: int | None = None,
    vue: int | None = None,
) -> Verdict:
    """Give or change the verdict on one criterion of the current deposit.

    ``vue`` is the version of the verdict that the page showed, 0 when it showed none.
    Effects: one ``Verdict`` per deposit and criterion, with the pre-check's proposition and findings
    of this moment, as this person may read them (R36); the instructor takes the dossier in charge if
    nobody had it; event ``recevabilite.verdict`` with the difference to the proposition (never the
    reason, a free text: what changes the reason alone, as it is typed, is no event). The same verdict
    again changes nothing.
    Errors: ``ActeurRefuse`` for somebody not in charge or with a declared link; ``RecevabiliteRefusee``
    outside the examination (compléments asked, decision taken, withdrawn), or when the dossier is no
    longer in the ``version`` that the instructor read; ``VerdictConcurrent`` when the verdict is no longer
    the one ``vue``, and says otherwise: nothing is written over it; ``DonneesInvalides`` for
    an unknown verdict, a missing reason, "sans objet" where the text does not allow it. Source: R15.
    """
    verdict, _ = record_and_tell(
        candidature=candidature,
        critere=critere,
        avis=avis,
        instructeur=instructeur,
        motif=motif,
        version=version,
        vue=vue,
    )
    return verdict


@transaction.atomic
def record_and_tell(
    *,
    candidature: Candidature,
    critere: int,
    avis: str,
    instructeur: Utilisateur,
    motif: str,
    version: int | None,
    vue: int | None,
) -> tuple[Verdict, Avancement]:
    """Do as :func:`record_verdict`, and say what is still missing: its page shows both."""
    releve = candidature.releve_examen
    lock(candidature)
    if releve is not None and candidature.releve_examen_id == releve.pk:
        # Read with the dossier; the lock has dropped it.
        candidature.releve_examen = releve
    _check_state(candidature)
    require(instructeur, "labellisation.record_verdict", candidature, REFUS)
    depot, en_charge = _judged(candidature, instructeur)
    if version is not None and version != depot.numero:
        raise RecevabiliteRefusee(
            "Ce dossier a une nouvelle version depuis que vous l’avez ouvert. Relisez-la, puis donnez "
            "votre verdict."
        )
    # A page without a script sends the ends of lines otherwise: the same text is the same verdict.
    motif = motif.replace("\r\n", "\n").strip()
    _check_verdict(candidature, critere, avis, motif)
    verdicts = verdicts_of(depot)
    deja = verdicts.get(critere)
    if deja and (deja.avis, deja.motif, deja.instructeur_id) == (avis, motif, instructeur.pk):
        return deja, Avancement(verdicts)
    if deja and vue not in (None, deja.version) and (deja.avis, deja.motif) != (avis, motif):
        raise VerdictConcurrent(deja, instructeur)
    if not en_charge:
        _take_charge(candidature, instructeur)
    verdict = deja or Verdict(candidature=candidature, depot=depot, critere=critere, version=0)
    _write(verdict, avis, motif, instructeur)
    return verdict, Avancement({**verdicts, critere: verdict})


def _judged(candidature: Candidature, instructeur: Utilisateur) -> tuple[Depot, bool]:
    """Return the deposit that is judged, and whether the instructor is already in charge of it."""
    charge = Affectation.objects.filter(
        candidature=OuterRef("candidature"),
        instructeur=instructeur,
        tache=Affectation.Tache.RECEVABILITE,
        retiree_le__isnull=True,
    )
    depots = Depot.objects.filter(candidature=candidature).annotate(en_charge=Exists(charge))
    depot: Any = depots.order_by("-numero").first()
    assert depot is not None, "a deposited dossier has a deposit"
    depot.candidature = candidature
    return depot, depot.en_charge


def _write(verdict: Verdict, avis: str, motif: str, instructeur: Utilisateur) -> None:
    """Write a verdict with its pre-check of now; record it unless its reason alone has changed."""
    neuf, critere, depot = verdict.version == 0, verdict.critere, verdict.depot
    avant = None if neuf else (verdict.avis, verdict.proposition, verdict.instructeur_id)
    # As the person who judges sees it: a verdict is never said to differ from what they were not shown.
    contexte = build_context(verdict.candidature, depot, (critere,), lecteur=instructeur)
    resultat = PRECONTROLES[critere](depot.instantane, contexte)
    verdict.proposition, verdict.constats = str(resultat.proposition), resultat.frozen_findings()
    verdict.avis, verdict.motif, verdict.instructeur = avis, motif, instructeur
    verdict.version += 1
    verdict.save(force_insert=neuf)
    if avant != (verdict.avis, verdict.proposition, verdict.instructeur_id):
        journal.record(
            "recevabilite.verdict",
            sujet=verdict,
            acteur=instructeur,
            donnees={
                "critere": critere,
                "avis": avis,
                "proposition": verdict.proposition,
                "ecart": verdict.ecart,
                "avant": avant[0] if avant else None,
            },
        )


def closed_because(candidature: Candidature) -> str:
    """Return why the criteria of a dossier cannot be judged in its state; nothing while they can."""
    if candidature.etat == cycle_dossier.DEPOSEE:
        return ""
    if candidature.etat == cycle_dossier.EN_COMPLEMENT:
        return (
            "Des compléments sont demandés\u00a0: l’examen reprend à leur réception, ou à leur date limite."
        )
    if candidature.etat == cycle_dossier.SANS_SUITE:
        return "Le porteur a retiré ce dossier."
    return "La recevabilité de ce dossier est déjà décidée\u00a0: ses verdicts ne changent plus."


def _check_state(candidature: Candidature) -> None:
    if raison := closed_because(candidature):
        raise RecevabiliteRefusee(raison)


def _check_verdict(candidature: Candidature, numero: int, avis: str, motif: str) -> None:
    erreurs: dict[str, list[str]] = {}
    if numero not in CRITERES:
        erreurs["critere"] = ["Ce critère n’existe pas."]
    elif avis not in Verdict.Avis.values:
        erreurs["avis"] = ["Choisissez un verdict."]
    elif avis == Verdict.Avis.SANS_OBJET and not _may_be_pointless(candidature, numero):
        erreurs["avis"] = ["Le cahier des charges n’admet pas «\u00a0sans objet\u00a0» pour ce critère."]
    elif avis == Verdict.Avis.NON_CONFORME and not motif:
        erreurs["motif"] = ["Écrivez le motif\u00a0: il sera repris dans le courrier au porteur."]
    if erreurs:
        raise DonneesInvalides(erreurs)


def _may_be_pointless(candidature: Candidature, numero: int) -> bool:
    """Whether the call's text admits « sans objet » for this criterion."""
    criteres = CritereRecevabilite.objects.filter(grille=candidature.appel.grille_id, numero=numero)
    return criteres.filter(sans_objet_permis=True).exists()


def _take_charge(candidature: Candidature, instructeur: Utilisateur) -> None:
    assign(
        candidature=candidature,
        instructeur=instructeur,
        tache=Affectation.Tache.RECEVABILITE,
        acteur=instructeur,
    )


# --- Declarations --------------------------------------------------------------------------------
@transaction.atomic
def declare_recevable(
    *, candidature: Candidature, acteur: Utilisateur, version: int | None = None
) -> Candidature:
    """Declare the dossier recevable: it goes on to scoring.

    ``version`` is the number of the deposit that was read. Effects: transition ``declare_recevable``.
    Errors: ``RecevabiliteRefusee`` naming the criteria without a verdict, or those not conforme, or outside
    the examination, or when there is another deposit since; ``ActeurRefuse``. Source: R15.
    """
    lock(candidature)
    _check_state(candidature)
    require(acteur, "labellisation.record_verdict", candidature, REFUS)
    depot = _read_deposit(candidature, version)
    if non_conformes := failing(_complete_verdicts(depot)):
        numeros = ", ".join(str(verdict.critere) for verdict in non_conformes)
        raise RecevabiliteRefusee(f"Un critère n’est pas conforme\u00a0: {numeros}.")
    transition(candidature, "declare_recevable", acteur, donnees={"depot": depot.pk})
    return candidature


@transaction.atomic
def declare_irrecevable(
    *, candidature: Candidature, acteur: Utilisateur, motifs: str, version: int | None = None
) -> Decision:
    """Declare the dossier irrecevable, with the failing criteria as grounds.

    The same grounds sent twice by the same person, by a second press, give back the decision that waits.
    Effects: transition ``declare_irrecevable``; one ``Decision`` PRISE of kind IRRECEVABLE, that
    nobody outside GEN sees before its notification. Errors: ``RecevabiliteRefusee`` while a verdict is
    missing or none is "non conforme", or when there is another deposit than ``version``;
    ``DonneesInvalides`` without grounds; ``ActeurRefuse``. Source: R15, R18.
    """
    lock(candidature)
    if (deja := _declared_so(candidature, acteur, motifs)) is not None:
        return deja
    _check_state(candidature)
    require(acteur, "labellisation.record_verdict", candidature, REFUS)
    depot = _read_deposit(candidature, version)
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


def _declared_so(candidature: Candidature, acteur: Utilisateur, motifs: str) -> Decision | None:
    if candidature.etat != cycle_dossier.IRRECEVABLE:
        return None
    return Decision.objects.filter(
        candidature=candidature, etat=cycle.PRISE, prise_par=acteur, motifs=motifs.strip()
    ).first()


def _read_deposit(candidature: Candidature, version: int | None) -> Depot:
    """Return the deposit that is judged, unless another one came since the page was read."""
    depot = current_deposit(candidature)
    if version is not None and version != depot.numero:
        raise RecevabiliteRefusee(
            "Ce dossier a une nouvelle version depuis que vous l’avez ouvert. Rien n’est déclaré\u00a0: "
            "relisez-la, puis décidez."
        )
    return depot


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


def criteria_reading(sections: Collection[str]) -> frozenset[int]:
    """Return the criteria that read one of these sections."""
    return frozenset(critere for critere, lues in LECTURES.items() if not lues.isdisjoint(sections))


def keep_verdicts(*, candidature: Candidature, depot: Depot, sauf: Collection[int]) -> int:
    """Take the verdicts of the former deposit over to a new one, but for those of some criteria.

    These are to be given again: their evidence has changed. Returns how many were kept. No event: each
    was recorded when it was given.
    """
    precedents = Verdict.objects.filter(candidature=candidature, depot__numero=depot.numero - 1)
    return _keep(precedents.exclude(critere__in=sauf), depot)


def keep_untouched_verdicts(*, candidature: Candidature, depot: Depot) -> int:
    """Take over, after an answer to compléments, the verdicts whose evidence is still the same (R15, R16).

    A verdict stays when the criterion reads no section that changed, and when its pre-check proposes
    today what it proposed when the verdict was given: what is read outside the dossier (official lists,
    labels and other candidatures, criterion 8 above all, the day) may have changed meanwhile. Returns how
    many were kept; no event, as :func:`keep_verdicts`.
    """
    precedent = Depot.objects.get(candidature=candidature, numero=depot.numero - 1)
    sections = {section for section, _ in touched(precedent.instantane, depot.instantane)}
    restes = Verdict.objects.filter(depot=precedent).exclude(critere__in=criteria_reading(sections))
    candidats = {verdict.critere: verdict for verdict in restes}
    contexte = build_context(candidature, depot, criteres=candidats)
    return _keep(
        [
            verdict
            for critere, verdict in candidats.items()
            if str(PRECONTROLES[critere](depot.instantane, contexte).proposition) == verdict.proposition
        ],
        depot,
    )


def _keep(verdicts: Iterable[Verdict], depot: Depot) -> int:
    gardes = [
        Verdict(
            candidature_id=verdict.candidature_id,
            depot=depot,
            critere=verdict.critere,
            proposition=verdict.proposition,
            constats=verdict.constats,
            avis=verdict.avis,
            motif=verdict.motif,
            instructeur_id=verdict.instructeur_id,
            version=verdict.version,
        )
        for verdict in verdicts
    ]
    return len(Verdict.objects.bulk_create(gardes))


def _verdicts(depot: Depot) -> QuerySet[Verdict]:
    return Verdict.objects.filter(depot=depot).select_related("instructeur").order_by("critere")
