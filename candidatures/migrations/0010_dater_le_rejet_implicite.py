"""The day on which silence becomes a rejection, beside each dossier that still waits for an outcome (R11)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import migrations

from socle.delais import add_months
from socle.horloge import paris

LOT = 1000
#: Those that have an outcome are past waiting: their day is of no use to anybody.
ATTENDENT = ("DEPOSEE", "RECEVABLE", "IRRECEVABLE", "NOTEE", "INSCRITE", "AJOURNEE")


def date_those_that_wait(apps: Any, schema_editor: Any) -> None:
    """Write the day of each, by batches; a request still open suspends it, and leaves it empty."""
    Candidature = apps.get_model("candidatures", "Candidature")
    attente = Candidature.objects.filter(etat__in=ATTENDENT, issue_notifiee="").order_by("pk")
    lot: list[Any] = []
    for candidature in attente.only("pk", "deposee_le").iterator(chunk_size=LOT):
        lot.append(candidature)
        if len(lot) == LOT:
            _date(apps, lot)
            lot = []
    _date(apps, lot)


def _date(apps: Any, lot: list[Any]) -> None:
    suspensions: dict[Any, timedelta] = {}
    demandes = apps.get_model("candidatures", "DemandeComplements").objects
    for demande in demandes.filter(candidature__in=[candidature.pk for candidature in lot]):
        deja = suspensions.get(demande.candidature_id, timedelta())
        suspensions[demande.candidature_id] = deja + _suspension(demande)
    for candidature in lot:
        recu_le = paris(candidature.deposee_le).date()
        fin = add_months(recu_le, settings.GEN_REGLES["rejet_implicite_mois"])
        candidature.rejet_implicite_le = fin + suspensions.get(candidature.pk, timedelta())
    apps.get_model("candidatures", "Candidature").objects.bulk_update(lot, ["rejet_implicite_le"])


def _suspension(demande: Any) -> timedelta:
    debut = paris(demande.cree_le).date()
    fin_donnee = demande.reponse_avant + timedelta(days=1)
    ends = [paris(instant).date() for instant in (demande.repondue_le, demande.close_le) if instant]
    return max(min([fin_donnee, *ends]) - debut, timedelta())


class Migration(migrations.Migration):
    #: By batches, each of its own: no lock is held while 300,000 rows are read.
    atomic = False

    dependencies = [
        ("candidatures", "0009_rejet_implicite"),
    ]

    operations = [
        migrations.RunPython(date_those_that_wait, migrations.RunPython.noop),
    ]
