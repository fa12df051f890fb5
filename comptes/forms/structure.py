"""Forms of a structure. They clean input; the verbs save."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms

from comptes.domain.structures import CHAMPS, CHAMPS_MODIFIABLES
from comptes.models import FormeJuridique, RoleMembre, Structure


def _helper(*rubriques: Any) -> FormHelper:
    helper = FormHelper()
    helper.layout = Layout(*rubriques)
    # The page writes the <form> and its buttons, so that they can be told apart on each page.
    helper.form_tag = False
    return helper


class StructureForm(forms.Form):
    """The record of a structure."""

    raison_sociale = forms.CharField(
        label="Raison sociale",
        max_length=200,
        help_text="Le nom officiel, tel qu’il figure à l’avis de situation de l’Insee.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    siret = forms.CharField(
        label="SIRET",
        max_length=20,
        help_text="14 chiffres, celui de l’établissement qui porte le projet. Exemple : 130 025 265 00013.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    forme_juridique = forms.ChoiceField(
        label="Forme juridique", choices=FormeJuridique.choices, widget=forms.RadioSelect
    )
    nda = forms.CharField(
        label="Numéro de déclaration d’activité (NDA)",
        max_length=20,
        required=False,
        help_text="11 chiffres, donné par la préfecture de région. Vous pourrez le compléter plus tard.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    adresse = forms.CharField(
        label="Adresse",
        max_length=250,
        help_text="Numéro et voie.",
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    code_postal = forms.CharField(
        label="Code postal",
        max_length=5,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )
    commune = forms.CharField(
        label="Commune", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    telephone = forms.CharField(
        label="Téléphone", max_length=30, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(
        label="Adresse électronique de contact", required=False, help_text="Exemple : contact@organisme.fr."
    )
    representant_prenom = forms.CharField(label="Prénom", max_length=100)
    representant_nom = forms.CharField(label="Nom", max_length=100)
    representant_fonction = forms.CharField(
        label="Fonction", max_length=150, help_text="Exemple : présidente, directeur général."
    )
    representant_email = forms.EmailField(
        label="Adresse électronique",
        help_text="La convention lui sera envoyée à cette adresse, pour signature.",
    )

    def __init__(self, *args: Any, structure: Structure | None = None, **kwargs: Any) -> None:
        if structure is not None:
            kwargs["initial"] = {champ: getattr(structure, champ) for champ in CHAMPS}
        super().__init__(*args, **kwargs)
        if structure is not None:
            del self.fields["siret"]
        identite = [
            nom for nom in ("raison_sociale", "siret", "forme_juridique", "nda") if nom in self.fields
        ]
        self.helper = _helper(
            Fieldset("Identité de la structure", *identite),
            Fieldset(
                "Coordonnées",
                "adresse",
                Row(
                    Column("code_postal", css_class="fr-col-12 fr-col-sm-4"),
                    Column("commune", css_class="fr-col-12 fr-col-sm-8"),
                ),
                "telephone",
                "email",
            ),
            Fieldset(
                "Représentant légal",
                HTML("<p class='fr-text--sm'>La personne qui signera la convention pour la structure.</p>"),
                "representant_prenom",
                "representant_nom",
                "representant_fonction",
                "representant_email",
            ),
        )

    def clean_values(self) -> dict[str, Any]:
        """Return what the verbs take."""
        return {nom: self.cleaned_data[nom] for nom in self.fields if nom in (*CHAMPS_MODIFIABLES, "siret")}


class InvitationForm(forms.Form):
    """Invite a person to join the structure."""

    email = forms.EmailField(
        label="Adresse électronique de la personne", help_text="Exemple : prenom.nom@organisme.fr."
    )
    role = forms.ChoiceField(
        label="Rôle",
        choices=[
            (RoleMembre.CONTRIBUTEUR, "Contributeur : remplit les dossiers"),
            (RoleMembre.RESPONSABLE, "Responsable : remplit, dépose, signe et invite"),
        ],
        initial=RoleMembre.CONTRIBUTEUR,
        widget=forms.RadioSelect,
    )
