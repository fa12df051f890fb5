"""What happens to a dossier from above: its notified outcome, its examination relevé."""

from datetime import datetime

from django.db import transaction

from candidatures.domain.queries import ISSUES
from candidatures.models import Candidature, Releve
from comptes.domain.acces import require
from socle import journal, revisions
from socle.erreurs import DonneesInvalides
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock


@transaction.atomic
def record_outcome(*, candidature: Candidature, issue: str, instant: datetime) -> Candidature:
    """Push a notified decision down to the dossier: the porteur's status derives from it (R39).

    Called by the verb that notifies, in its transaction; no event of its own. An empty ``issue``
    erases the outcome (a recours is accepted). Errors: ``DonneesInvalides`` for an unknown issue.
    """
    code = issue.upper()
    if code and code not in ISSUES:
        raise DonneesInvalides({"issue": [f"L’issue «\u00a0{issue}\u00a0» n’existe pas."]})
    lock(candidature)
    candidature.issue_notifiee = code
    candidature.notifiee_le = instant if code else None
    candidature.save(update_fields=["issue_notifiee", "notifiee_le"])
    return candidature


@transaction.atomic
def move_examination(
    *, candidature: Candidature, releve: Releve | None, motif: str, acteur: Acteur
) -> Candidature:
    """Move the relevé in which a dossier is examined, by a reasoned act (R4, R5).

    Effects: ``releve_examen`` (the arrival relevé stays), event ``candidature.examen_deplace`` with
    the reason. Errors: ``ActeurRefuse`` for anybody but the direction; ``DonneesInvalides`` without a
    reason or for a relevé of another call.
    """
    lock(candidature)
    require(acteur, "candidatures.direct_candidature", candidature)
    if not motif.strip():
        raise DonneesInvalides({"motif": ["Indiquez le motif du déplacement."]})
    if releve is not None and releve.appel_id != candidature.appel_id:
        raise DonneesInvalides({"releve": ["Ce relevé n’est pas celui de l’appel du dossier."]})
    ancien = candidature.releve_examen
    candidature.releve_examen = releve
    candidature.save(update_fields=["releve_examen"])
    journal.record(
        "candidature.examen_deplace",
        sujet=candidature,
        acteur=acteur,
        donnees={
            "de": ancien.numero if ancien else None,
            "vers": releve.numero if releve else None,
        },
        visibilite=Visibilite.PORTEUR,
    )
    # A reason may name people: it stays on a row that can be erased, out of the journal.
    revisions.record_changes(
        candidature, acteur=acteur, contexte="examen_deplace", changements={"motif": ("", motif.strip())}
    )
    return candidature
