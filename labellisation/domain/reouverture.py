"""An examination opened again: a recours gracieux accepted, or an error seen before the letter left (R18)."""

from datetime import date
from typing import Any

from django.db import transaction

from candidatures import cycle as cycle_dossier
from candidatures.domain.suivi_dossier import record_outcome
from candidatures.models import Candidature
from comptes.domain.acces import require
from labellisation import cycle
from labellisation.cycle import NatureDecision
from labellisation.domain.decision import lapse_decisions
from labellisation.models import Decision, Reouverture
from socle import horloge
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.references import SYSTEME
from socle.transition import lock, transition


class ReouvertureRefusee(ErreurMetier):
    """A dossier that is not irrecevable, or that changed since the page was read."""


def decision_to_reopen(candidature: Candidature) -> Decision | None:
    """Return the inadmissibility that stands: announced, or taken and not announced yet."""
    debout = Decision.objects.filter(
        candidature=candidature, nature=NatureDecision.IRRECEVABLE, etat__in=(cycle.PRISE, cycle.NOTIFIEE)
    )
    return debout.order_by("-prise_le").first()


@transaction.atomic
def reopen_dossier(
    *, candidature: Candidature, motifs: str, acteur: Any, etat_lu: str, recours_recu_le: date | None = None
) -> Reouverture:
    """Examine again a dossier declared irrecevable, by a reasoned act of the direction.

    Once the decision is announced, a recours gracieux is accepted: its day of receipt is asked for. Before,
    an error is put right and the porteur knows nothing of it (R39). ``etat_lu`` is the decision's state that
    the page showed. The verdicts of the deposit stand, and can be given again. The same reason sent twice by
    the same person, by a second press, is one act.
    Effects: the decision is withdrawn (``decision.retiree``) or lapses (``decision.caduque``); the outcome on
    the dossier is erased; the dossier is DEPOSEE again by ``accept_recours`` or ``reopen_examination``; one
    ``Reouverture``; the delay of silence starts again; by reaction, the porteur is told of a recours
    accepted.
    Errors: ``ActeurRefuse``; ``ReouvertureRefusee`` outside IRRECEVABLE, or when the letter left meanwhile;
    ``DonneesInvalides`` (no reason, no day of receipt or one that can't be). Source: R18, DOMAIN §2.
    """
    lock(candidature)
    require(acteur, "labellisation.reopen_dossier", candidature, "Seule la direction rouvre un examen.")
    if (deja := _reopened_so(candidature, motifs, acteur, recours_recu_le)) is not None:
        return deja
    decision = decision_to_reopen(candidature)
    if candidature.etat != cycle_dossier.IRRECEVABLE or decision is None:
        raise ReouvertureRefusee("Ce dossier n’est pas, ou n’est plus, déclaré irrecevable.")
    lock(decision)
    if decision.etat != etat_lu:
        raise ReouvertureRefusee(
            "La décision a été notifiée pendant votre lecture. Relisez la page avant de continuer."
        )
    annoncee = decision.etat == cycle.NOTIFIEE
    _check(decision, motifs, recours_recu_le if annoncee else None)
    reouverture = Reouverture.objects.create(
        candidature=candidature,
        decision=decision,
        nature=Reouverture.Nature.RECOURS if annoncee else Reouverture.Nature.RECTIFICATION,
        recours_recu_le=recours_recu_le if annoncee else None,
        motifs=motifs.strip(),
        acteur=acteur,
    )
    if annoncee:
        transition(decision, "withdraw_decision", SYSTEME)
        record_outcome(candidature=candidature, issue="", instant=horloge.now())
    else:
        lapse_decisions(candidature=candidature)
    verbe = "accept_recours" if annoncee else "reopen_examination"
    transition(candidature, verbe, acteur, donnees={"reouverture": str(reouverture.pk)})
    return reouverture


def _reopened_so(
    candidature: Candidature, motifs: str, acteur: Any, recu_le: date | None
) -> Reouverture | None:
    if candidature.etat == cycle_dossier.IRRECEVABLE:
        return None
    derniere = candidature.reouvertures.order_by("-cree_le").first()
    faite = derniere and (derniere.acteur_id, derniere.motifs, derniere.recours_recu_le)
    return derniere if faite == (acteur.pk, motifs.strip(), recu_le) else None


def _check(decision: Decision, motifs: str, recu_le: date | None) -> None:
    erreurs: dict[str, list[str]] = {}
    if not motifs.strip():
        erreurs["motifs"] = ["Écrivez pourquoi l’examen est rouvert."]
    if decision.etat == cycle.NOTIFIEE:
        assert decision.notifiee_le is not None, "an announced decision has its date"
        if recu_le is None:
            erreurs["recours_recu_le"] = ["Indiquez le jour où le recours est arrivé."]
        elif recu_le > horloge.today():
            erreurs["recours_recu_le"] = ["Ce jour est à venir."]
        elif recu_le < horloge.paris(decision.notifiee_le).date():
            erreurs["recours_recu_le"] = ["Ce jour précède la notification de la décision."]
    if erreurs:
        raise DonneesInvalides(erreurs)
