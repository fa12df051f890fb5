"""The verdicts that count, on the deposit that is examined, and the filter that keeps their dossiers."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from candidatures.models import Depot
from labellisation.domain.prevalidations import CRITERES
from labellisation.models import Verdict

#: Beside the verdicts: a person decided otherwise than the pre-check proposed (R15).
ECART = "ECART"
VALEURS = (*Verdict.Avis.values, ECART)


def current_verdicts() -> QuerySet[Verdict]:
    """Return the verdicts on the last deposit of each dossier; those of a former version are past."""
    suivant = Depot.objects.filter(candidature=OuterRef("candidature"), numero__gt=OuterRef("depot__numero"))
    return Verdict.objects.filter(~Exists(suivant))


def different(verdicts: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """Keep those that differ from the pre-check, as ``Verdict.ecart`` says."""
    return verdicts.exclude(proposition=Verdict.Proposition.A_VERIFIER).exclude(proposition=F("avis"))


def read_verdict(valeur: str) -> tuple[int, str] | None:
    """Read « 3-NON_CONFORME »: a criterion and a verdict; nothing when it is neither."""
    critere, _, avis = valeur.partition("-")
    if not critere.isdecimal() or int(critere) not in CRITERES or avis not in VALEURS:
        return None
    return int(critere), avis


def keep_verdict(valeur: str) -> Q:
    """Return the condition of the dossiers with this verdict on this criterion, for a value that was read."""
    lu = read_verdict(valeur)
    assert lu is not None, "the value was read before"
    critere, avis = lu
    verdicts = current_verdicts().filter(critere=critere)
    verdicts = different(verdicts) if avis == ECART else verdicts.filter(avis=avis)
    return Q(pk__in=verdicts.values("candidature"))


def words(valeur: str) -> str:
    """Say a value: « critère 3, non conforme »."""
    lu = read_verdict(valeur)
    assert lu is not None, "the value was read before"
    critere, avis = lu
    libelle = "différent du pré-contrôle" if avis == ECART else Verdict.Avis(avis).label.lower()
    return f"critère {critere}, {libelle}"
