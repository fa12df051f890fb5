from django.db import models


class BilanLabel(models.Model):
    """The record of a label, pushed down by ``suivi`` so that criterion 8 reads it (R15, criterion 8)."""

    label = models.OneToOneField(
        "labellisation.Label", on_delete=models.CASCADE, primary_key=True, related_name="bilan"
    )
    obligations = models.PositiveIntegerField("obligations", default=0)
    remplies = models.PositiveIntegerField("remplies à temps", default=0)
    remplies_en_retard = models.PositiveIntegerField("remplies en retard", default=0)
    en_retard = models.PositiveIntegerField("en retard", default=0)
    sanctions = models.PositiveIntegerField("sanctions", default=0)
    calcule_le = models.DateTimeField("calculé le")
