"""The questions of the self-check; every answer may be missing."""

from typing import Any

from django import forms

from candidatures.domain.auto_evaluation import NOMBRES, QUESTIONS, SUR_PLACE
from candidatures.forms.champs import ChampEntier


def _choices(nom: str) -> list[tuple[str, str]]:
    sur_place = [(SUR_PLACE, "Tout se tient sur place")] if nom == "lieux" else []
    return [("oui", "Oui"), ("non", "Non"), *sur_place, ("", "Je ne sais pas encore")]


class AutoEvaluationForm(forms.Form):
    """The ten criteria as questions, in their order; the durations come before their distance."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            if question.nom == "distance":
                for nom, texte in NOMBRES.items():
                    self.fields[nom] = ChampEntier(label=texte, required=False)
            self.fields[question.nom] = forms.ChoiceField(
                label=question.worded(question.texte),
                help_text=question.worded(question.aide),
                choices=_choices(question.nom),
                widget=forms.RadioSelect,
                required=False,
                initial="",
            )

    def show(self) -> None:
        """Leave out the mark of what is optional: here, everything is; call once validation is done."""
        for champ in self.fields.values():
            champ.required = True
