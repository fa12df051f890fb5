"""The record of a label, pushed down to ``labellisation.BilanLabel`` for criterion 8."""

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from labellisation.models import BilanLabel, Label
from socle import horloge
from socle.models import Echeance


def refresh_record(label: Label) -> BilanLabel:
    """Count the obligations of a label, met in time, met late, late; by the clock's day."""
    jour = horloge.today()
    remplie = Q(remplie_jour__isnull=False)
    comptes = (
        Echeance.objects.filter(chaine=label.chaine_journal, genre__startswith="suivi.")
        .filter(levee_le__isnull=True, close_le__isnull=True)
        .annotate(remplie_jour=TruncDate("remplie_le", tzinfo=horloge.PARIS))
        .aggregate(
            obligations=Count("pk"),
            remplies=Count("pk", filter=remplie & Q(remplie_jour__lte=F("due"))),
            remplies_en_retard=Count("pk", filter=remplie & Q(remplie_jour__gt=F("due"))),
            en_retard=Count("pk", filter=Q(remplie_jour__isnull=True, due__lt=jour)),
        )
    )
    bilan, _ = BilanLabel.objects.update_or_create(
        label=label, defaults={**comptes, "calcule_le": horloge.now()}
    )
    return bilan


def refresh_records() -> int:
    """Refresh the records of the labels whose lateness the passing days may have changed."""
    jour = horloge.today()
    chaines = Echeance.objects.late(jour).filter(genre__startswith="suivi.").values("chaine").distinct()
    identifiants = [ligne["chaine"].removeprefix("dossier:") for ligne in chaines]
    perimes = Label.objects.filter(candidature__in=identifiants).exclude(bilan__calcule_le__date=jour)
    for label in perimes:
        refresh_record(label)
    return len(perimes)
