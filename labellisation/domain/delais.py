"""What a dossier waits for, and until when: the nearest of its dates, and what that date is.

Three dates press on a dossier until its outcome is known: the rejection that silence becomes (R11), the
results announced for its relevé (R2, R4), the answer expected from the porteur (R16). Lists are sorted by
the nearest in the database; the same rule names it on screen.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, DateField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Least

from candidatures import cycle
from candidatures.models import Candidature, DemandeComplements
from socle import horloge
from socle.typographie import date_simple, pluriel_fr

#: Later than any date of the portal: what has no date comes last.
JAMAIS = date(9999, 12, 31)
#: Still waiting for an outcome that its porteur knows.
ATTEND = Q(issue_notifiee="") & ~Q(etat__in=(cycle.BROUILLON, cycle.SANS_SUITE))

REJET, RESULTATS, REPONSE = "rejet implicite", "résultats du relevé", "réponse du porteur"


@dataclass(frozen=True)
class Delai:
    """The nearest date of a dossier: which, when, and how many days are left."""

    nature: str
    le: date
    jours: int

    @property
    def depasse(self) -> bool:
        """Whether the date has passed."""
        return self.jours < 0

    @property
    def reste(self) -> str:
        """Say what is left: « 12 jours », « aujourd’hui », « en retard de 3 jours »."""
        nombre = abs(self.jours)
        compte = f"{nombre}\u00a0jour{pluriel_fr(nombre)}"
        if self.depasse:
            return f"en retard de {compte}"
        return "aujourd’hui" if not nombre else compte

    @property
    def phrase(self) -> str:
        """Say which date it is."""
        return f"{self.nature} le {date_simple(self.le)}"


def with_deadline(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Add the nearest date of each dossier (``echeance_le``, never empty) and the answer expected."""
    ouvertes = DemandeComplements.objects.filter(
        candidature=OuterRef("pk"), repondue_le__isnull=True, close_le__isnull=True
    )
    return candidatures.annotate(
        reponse_avant=Case(
            When(etat=cycle.EN_COMPLEMENT, then=Subquery(ouvertes.values("reponse_avant")[:1])),
            default=None,
            output_field=DateField(),
        ),
        echeance_le=Case(
            When(ATTEND, then=Least(*map(_dated, _COLONNES))),
            default=Value(JAMAIS),
            output_field=DateField(),
        ),
    )


_COLONNES = {
    REJET: "rejet_implicite_le",
    RESULTATS: "releve_examen__resultats_avant",
    REPONSE: "reponse_avant",
}


def _dated(nature: str) -> Combinable:
    return Coalesce(F(_COLONNES[nature]), Value(JAMAIS), output_field=DateField())


def delay_of(candidature: Candidature, aujourd_hui: date | None = None) -> Delai | None:
    """Return the nearest date of a dossier that comes from ``with_deadline``; nothing once it is settled."""
    le: date = candidature.echeance_le  # type: ignore[attr-defined]  # annotated by ``with_deadline``
    if le == JAMAIS:
        return None
    releve = candidature.releve_examen
    dates = {
        REJET: candidature.rejet_implicite_le,
        RESULTATS: releve.resultats_avant if releve else None,
        REPONSE: candidature.reponse_avant,  # type: ignore[attr-defined]  # annotated by ``with_deadline``
    }
    nature = next(nature for nature, quand in dates.items() if quand == le)
    return Delai(nature, le, (le - (aujourd_hui or horloge.today())).days)


# --- The filter ----------------------------------------------------------------------------------
DEPASSE, SEMAINE, MOIS, SANS = "depasse", "7", "30", "aucun"
CHOIX_DELAI = (
    (DEPASSE, "En retard"),
    (SEMAINE, "Sous 7\u00a0jours"),
    (MOIS, "Sous 30\u00a0jours"),
    (SANS, "Sans date"),
)


def within(delai: str) -> Q:
    """Return the condition of a choice of ``CHOIX_DELAI``, on dossiers that come from ``with_deadline``."""
    aujourd_hui = horloge.today()
    if delai == DEPASSE:
        return Q(echeance_le__lt=aujourd_hui)
    if delai == SANS:
        return Q(echeance_le=JAMAIS)
    return Q(echeance_le__range=(aujourd_hui, aujourd_hui + timedelta(days=int(delai))))
