from django.db import migrations, models

from socle.migrations_sures import AddIndexWhileRunning


class Migration(migrations.Migration):
    """What lists sort or look for, once their tables hold hundreds of thousands of rows."""

    atomic = False

    dependencies = [("socle", "0001_initial")]

    operations = [
        AddIndexWhileRunning(
            model_name="echeance",
            index=models.Index(fields=["chaine", "due"], name="echeance_chaine"),
        ),
        AddIndexWhileRunning(
            model_name="evenement",
            index=models.Index(fields=["-instant"], name="evenement_instant"),
        ),
        AddIndexWhileRunning(
            model_name="courriel",
            index=models.Index(fields=["-cree_le"], name="courriel_cree_le"),
        ),
        AddIndexWhileRunning(
            model_name="travail",
            index=models.Index(fields=["-cree_le"], name="travail_cree_le"),
        ),
    ]
