"""Whom a dossier is handed over to."""

from typing import Any

from django import forms

from candidatures.domain.queries import active_members
from candidatures.domain.suivi_porteur import PLUS_MEMBRE
from comptes.models import Structure, Utilisateur


class _ChampMembre(forms.ModelChoiceField):
    def to_python(self, value: Any) -> Any:
        """Answer what is no key at all as a key that nobody holds."""
        try:
            return super().to_python(value)
        except forms.ValidationError as erreur:
            raise forms.ValidationError(PLUS_MEMBRE, code="invalid_choice") from erreur


class ConfierForm(forms.Form):
    """One of the members who can act for the structure now."""

    a = _ChampMembre(
        Utilisateur.objects.none(),
        label="Confier le dossier à",
        error_messages={"required": "Choisissez la personne à qui confier le dossier."},
    )

    def __init__(self, *args: Any, structure: Structure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ = self.fields["a"]
        assert isinstance(champ, forms.ModelChoiceField)
        champ.queryset = Utilisateur.objects.filter(
            pk__in=active_members(structure).order_by().values("utilisateur")
        )
