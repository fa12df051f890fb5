"""The earlier labels are asked of everybody: count what the drafts that say nothing of them now lack."""

from typing import Any

from django.db import migrations
from django.db.models import F


def _silent(apps: Any) -> Any:
    etats = apps.get_model("candidatures", "EtatSection").objects
    return etats.filter(
        section="structure",
        candidature__etat="BROUILLON",
        candidature__sectionstructure__labels_anterieurs="",
    )


def count(apps: Any, schema_editor: Any) -> None:
    """One more answer is missing; a section that was complete is under way again."""
    _silent(apps).filter(avancement="TERMINEE").update(avancement="EN_COURS")
    _silent(apps).update(manques=F("manques") + 1)


def forget(apps: Any, schema_editor: Any) -> None:
    """Backwards."""
    _silent(apps).filter(manques__gt=0).update(manques=F("manques") - 1)
    _silent(apps).filter(avancement="EN_COURS", manques=0).update(avancement="TERMINEE")


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0005_suivie_par"),
    ]

    operations = [migrations.RunPython(count, forget)]
