"""A column for the day on which silence becomes a rejection (R11); the next migration fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0008_manques_des_nouveaux_champs"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidature",
            name="rejet_implicite_le",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="rejet implicite le"
            ),
        ),
    ]
