"""A file that does not open has a state of its own.

The index is built while the portal works. The new check reads the table once, locked: under a second
for 300,000 files.
"""

from typing import Any

from django.db import migrations, models

from socle.migrations_sures import AddIndexWhileRunning


def hold_back(apps: Any, schema_editor: Any) -> None:
    """Backwards: what does not open stays held, under a state that the older portal knows."""
    apps.get_model("socle", "Fichier").objects.filter(antivirus="ILLISIBLE").update(antivirus="QUARANTAINE")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("socle", "0003_passages"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="fichier",
            name="fichier_antivirus_connu",
        ),
        migrations.RunPython(migrations.RunPython.noop, hold_back),
        migrations.AlterField(
            model_name="fichier",
            name="antivirus",
            field=models.CharField(
                choices=[
                    ("A_ANALYSER", "en attente d’analyse"),
                    ("SAIN", "sain"),
                    ("INFECTE", "infecté"),
                    ("ILLISIBLE", "illisible"),
                    ("QUARANTAINE", "en quarantaine"),
                ],
                default="A_ANALYSER",
                max_length=12,
                verbose_name="antivirus",
            ),
        ),
        migrations.AddConstraint(
            model_name="fichier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("antivirus__in", ["A_ANALYSER", "SAIN", "INFECTE", "ILLISIBLE", "QUARANTAINE"])
                ),
                name="fichier_antivirus_connu",
                violation_error_message="Cet état de l’antivirus n’existe pas.",
            ),
        ),
        AddIndexWhileRunning(
            model_name="fichier",
            index=models.Index(
                condition=models.Q(("antivirus__in", ("INFECTE", "ILLISIBLE"))),
                fields=["antivirus"],
                name="fichier_retenu",
            ),
        ),
        migrations.RemoveIndex(
            model_name="fichier",
            name="fichier_infecte",
        ),
    ]
