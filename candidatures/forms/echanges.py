"""What one writes to the other side of a dossier."""

from typing import Any

from django import forms
from django.conf import settings

from candidatures.domain.echanges import FICHIERS_MAX, TEXTE_MAX, too_long
from candidatures.forms.champs import ChampLong
from socle.typographie import espace_milliers


class ChampFichiers(forms.FileField):
    """Several files at once; the verb says what is wrong with each."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.FileInput()
        widget.allow_multiple_selected = True
        widget.attrs["multiple"] = True
        super().__init__(widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files that were sent, empty ones too: their refusal has its own words."""
        return [fichier for fichier in data or [] if fichier]


class _ChampMessage(ChampLong):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = 8

    def run_validators(self, value: Any) -> None:
        """Say how much is too much as the verb does."""
        if len(value) > TEXTE_MAX:
            raise forms.ValidationError(too_long(len(value)))
        super().run_validators(value)


class MessageForm(forms.Form):
    """A text, files, and the key by which the same form sent twice is one message."""

    use_required_attribute = False

    cle = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "Cette page n’était plus à jour. Relisez votre message, puis envoyez-le à nouveau.",
            "invalid": "Cette page n’était plus à jour. Relisez votre message, puis envoyez-le à nouveau.",
        },
    )
    texte = _ChampMessage(
        label="Votre message",
        help_text=(
            f"{espace_milliers(TEXTE_MAX)} caractères au plus. N’y citez pas d’apprenant, et n’y écrivez "
            "rien sur la santé d’une personne."
        ),
        error_messages={"required": "Écrivez votre message."},
        max_length=TEXTE_MAX,
    )
    fichiers = ChampFichiers(
        label="Joindre des fichiers",
        required=False,
        help_text=(
            f"{FICHIERS_MAX} fichiers au plus, {settings.GEN_FICHIER_MAX // 1024**2}\u00a0Mo en tout\u00a0: "
            "PDF, image, ou document bureautique."
        ),
    )
