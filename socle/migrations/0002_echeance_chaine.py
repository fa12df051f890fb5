from django.db import migrations, models

from socle.migrations_sures import AddIndexWhileRunning


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("socle", "0001_initial")]

    operations = [
        AddIndexWhileRunning(
            model_name="echeance",
            index=models.Index(fields=["chaine", "due"], name="echeance_chaine"),
        ),
    ]
