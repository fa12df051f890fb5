"""The form by which an administrator takes a second factor off."""

from django import forms

from comptes.domain.second_facteur import MOTIF_MAXIMUM


class RetirerSecondFacteurForm(forms.Form):
    """The reason, and the word that somebody has recognised the person."""

    motif = forms.CharField(
        label="Motif",
        max_length=MOTIF_MAXIMUM,
        error_messages={"required": "Dites ce qui est arrivé, et comment vous avez reconnu la personne."},
        help_text=(
            "Ce qui est arrivé, et comment vous avez reconnu la personne. Conservé avec cette action, "
            "visible des seuls administrateurs. N’y écrivez rien de sa santé ni de sa vie privée."
        ),
    )
    reconnue = forms.BooleanField(
        label="Je me suis assuré de vive voix que c’est bien cette personne",
        error_messages={"required": "Assurez-vous d’abord que c’est bien la personne, puis cochez la case."},
    )
