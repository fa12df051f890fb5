"""What a draft owes: to be deposited before the next relevé, which its members are reminded of (R26, R27)."""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from candidatures import cycle
from candidatures.domain.appels import releve_at
from candidatures.domain.queries import MINUTE
from candidatures.models import Appel, Candidature, Releve
from socle import echeances, horloge
from socle.models import Echeance
from socle.references import reference
from socle.transition import lock
from socle.typographie import heure

DEPOT = "candidatures.depot"
PASSE = "Relevé passé\u00a0: le dossier reste un brouillon."
HORS_DE_PORTEE = "Renouvellement\u00a0: le dossier se dépose après ce relevé."
#: Drafts that one pass of the sweep takes: the next pass takes the others.
PAR_PASSAGE = 500


@transaction.atomic
def expect_deposit(candidature: Candidature) -> Echeance | None:
    """Expect the deposit of a draft before the next relevé of its call; nothing without any (R4).

    Nor for a renewal that may not be deposited by then (R13).

    One obligation a relevé: a draft that misses one is expected at the next.
    Effects: as ``echeances.create``. It ends by the deposit, or once the relevé is past.
    """
    lock(candidature)
    releve = next_releve(candidature)
    if releve is None:
        return None
    return echeances.create(
        DEPOT,
        sujet=candidature,
        cle=str(releve.numero),
        due=last_day(releve),
        responsable=reference(candidature.structure),
        detail=(
            f"{candidature.reference} (Brouillon — non déposé), relevé {releve.numero}, "
            f"jusqu’à {heure(releve.borne - MINUTE)}, heure de Paris"
        ),
        chaine=candidature.chaine_journal,
        rappels_depuis=horloge.today(),
    )


def next_releve(candidature: Candidature) -> Releve | None:
    """Return the relevé in which a draft falls if it is deposited now, or as soon as it may be (R4, R13)."""
    releve = releve_at(candidature.appel, horloge.now())
    if releve is None or candidature.etat != cycle.BROUILLON:
        return None
    hors_de_portee = candidature.depot_des is not None and candidature.depot_des > last_day(releve)
    return None if hors_de_portee else releve


def stop_expecting(candidature: Candidature) -> int:
    """Expect nothing more at the next relevé of a renewal that may not be deposited by then (R13).

    Effects: as ``echeances.close``. The following relevés expect it as any draft.
    """
    releve = releve_at(candidature.appel, horloge.now())
    if releve is None or next_releve(candidature) is not None:
        return 0
    return echeances.close(sujet=candidature, genre=DEPOT, cle=str(releve.numero), motif=HORS_DE_PORTEE)


def expect_again(candidature: Candidature) -> int:
    """Expect at the next relevé a draft that may be deposited by then after all (R13).

    Effects: as ``echeances.reopen``.
    """
    releve = next_releve(candidature)
    if releve is None:
        return 0
    return echeances.reopen(sujet=candidature, genre=DEPOT, cle=str(releve.numero), motif=HORS_DE_PORTEE)


def last_day(releve: Releve) -> date:
    """Return the last day, in Paris, on which a deposit counts for a relevé (R3)."""
    return horloge.paris(releve.borne - MINUTE).date()


def sweep_drafts() -> int:
    """Close what a past relevé expected, then expect every draft at the next one; return how many.

    Whoever announces a relevé does not wait for hundreds of drafts: the next pass takes them.

    Safe twice: an obligation is closed once, and there is one a draft and relevé.
    """
    return _close_past() + sum(map(expect_drafts, Appel.objects.all()))


def expect_drafts(appel: Appel) -> int:
    """Expect the drafts of a call at its next relevé; return for how many that was new."""
    releve = releve_at(appel, horloge.now())
    if releve is None:
        return 0
    attendus = list(_not_expected(appel, releve)[:PAR_PASSAGE])
    for candidature in attendus:
        expect_deposit(candidature)
    return len(attendus)


def _not_expected(appel: Appel, releve: Releve) -> QuerySet[Candidature]:
    attente = Echeance.objects.filter(
        genre=DEPOT,
        sujet_genre=Candidature._meta.label_lower,
        sujet_id=OuterRef("pk"),
        cle=str(releve.numero),
    )
    return (
        Candidature.objects.filter(~Exists(attente), appel=appel, etat=cycle.BROUILLON)
        .filter(Q(depot_des__isnull=True) | Q(depot_des__lte=last_day(releve)))
        .select_related("appel", "structure")
        .order_by("pk")
    )


def _close_past() -> int:
    passees = Echeance.objects.open().filter(genre=DEPOT, due__lt=horloge.today())
    return sum(
        echeances.close(sujet=passee.sujet, genre=DEPOT, cle=passee.cle, motif=PASSE)
        for passee in passees.order_by("pk")[:PAR_PASSAGE]
    )
