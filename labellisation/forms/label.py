"""Forms of the direction's acts on a label. They clean input; the verbs save."""

from typing import Any

from django import forms

from labellisation.forms.seance import helper


class ActeLabelForm(forms.Form):
    """An act on a label: its reasons, its evidence, and the box that confirms it."""

    motifs = forms.CharField(
        label="Motifs",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Le porteur de projet les lira dans son courriel.",
    )
    preuve = forms.FileField(label="Preuve", required=False, help_text="PDF ou image.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()

    def values(self) -> dict[str, Any]:
        """Return what the verb takes."""
        return {champ: valeur for champ, valeur in self.cleaned_data.items() if champ != "confirme"}


class LeverConditionForm(ActeLabelForm):
    """Lift the condition of a label."""

    obtenue_le = forms.DateField(
        label="Condition remplie le",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Le jour de la certification. Sans cette date, joignez la preuve.",
    )
    confirme = forms.BooleanField(
        label="La condition est remplie\u00a0: je la lève",
        error_messages={"required": "Cochez la case pour confirmer."},
    )
    field_order = ("obtenue_le", "preuve", "motifs", "confirme")


class RetraitForm(ActeLabelForm):
    """Withdraw a label."""

    confirme = forms.BooleanField(
        label="Je retire ce label, après la procédure contradictoire",
        error_messages={"required": "Cochez la case pour confirmer."},
    )
    field_order = ("motifs", "preuve", "confirme")
