"""What every form of the portal says of a field left empty: what to do, not that it is missing."""

from django import forms

#: By kind of field; a kind without a line says what the kind above it says.
CHAMP_VIDE: dict[type[forms.Field], str] = {
    forms.Field: "Remplissez ce champ.",
    forms.DateField: "Indiquez une date.",
    forms.BooleanField: "Cochez cette case.",
    forms.FileField: "Choisissez un fichier.",
    forms.ChoiceField: "Choisissez une réponse.",
    forms.MultipleChoiceField: "Choisissez au moins une réponse.",
    forms.ModelMultipleChoiceField: "Choisissez au moins une réponse.",
}


def say_what_to_do() -> None:
    """Put these sentences in the place of Django's « Ce champ est obligatoire. »; a form may say better."""
    for genre, phrase in CHAMP_VIDE.items():
        # A dictionary of its own: most kinds share the one of the kind above them.
        propres = vars(genre).get("default_error_messages", {})
        genre.default_error_messages = {**propres, "required": phrase}
