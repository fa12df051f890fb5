"""Open a draft."""

from typing import Any

from django import forms

from comptes.models import Structure


class CandidatureForm(forms.Form):
    """The structure that presents the formation, and the formation's title."""

    structure = forms.ModelChoiceField(
        Structure.objects.none(),
        label="Structure qui présente la formation",
        widget=forms.HiddenInput,
        error_messages={"required": "Choisissez la structure.", "invalid_choice": "Choisissez la structure."},
    )
    intitule = forms.CharField(
        label="Intitulé de la formation",
        max_length=200,
        help_text="Vous pourrez le modifier tant que le dossier n’est pas déposé.",
        error_messages={"required": "Indiquez l’intitulé de la formation."},
    )

    def __init__(self, *args: Any, utilisateur: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        structures = [ligne.structure_id for ligne in utilisateur.appartenances_actives]
        champ = self.fields["structure"]
        assert isinstance(champ, forms.ModelChoiceField)
        champ.queryset = Structure.objects.filter(pk__in=structures)
        # What the page said when it was shown counts, even if another tab changed the choice meanwhile.
        champ.initial = utilisateur.structure_courante
