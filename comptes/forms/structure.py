"""Forms of a structure. They clean input; the verbs save."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.urls import reverse

from comptes.domain.responsabilite import MOTIF_MAXIMUM
from comptes.domain.structures import CHAMPS, CHAMPS_MODIFIABLES
from comptes.models import FormeJuridique, RoleMembre, Structure, Utilisateur
from comptes.models.utilisateur import normalize_email


def _helper(*rubriques: Any) -> FormHelper:
    helper = FormHelper()
    helper.layout = Layout(*rubriques)
    # The page writes the <form> and its buttons, so that they can be told apart on each page.
    helper.form_tag = False
    return helper


_CHERCHER = (
    "<p><button type='submit' name='chercher' value='1' class='fr-btn fr-btn--sm fr-btn--secondary'>"
    "Remplir avec la liste publique</button></p>"
)


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
        help_text=(
            "14 chiffres, celui de l’établissement qui porte le projet. Exemple\u00a0: 130 025 265 00013."
        ),
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
        label="Adresse électronique de contact",
        required=False,
        help_text="Exemple\u00a0: contact@organisme.fr.",
    )
    representant_prenom = forms.CharField(label="Prénom", max_length=100)
    representant_nom = forms.CharField(label="Nom", max_length=100)
    representant_fonction = forms.CharField(
        label="Fonction", max_length=150, help_text="Exemple\u00a0: présidente, directeur général."
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
        identite: list[Any] = ["raison_sociale", "forme_juridique", "nda"]
        if structure is None:
            # First: the list may know the rest.
            identite = ["siret", HTML(_CHERCHER), *identite]
            self.fields["siret"].widget.attrs |= {
                "data-recherche": reverse("comptes:organismes"),
                "data-recherche-aide": "Cherchez par le numéro, ou par le nom de l’organisme.",
            }
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
        label="Adresse électronique de la personne", help_text="Exemple\u00a0: prenom.nom@organisme.fr."
    )
    role = forms.ChoiceField(
        label="Rôle",
        choices=[
            (RoleMembre.CONTRIBUTEUR, "Contributeur\u00a0: remplit les dossiers"),
            (RoleMembre.RESPONSABLE, "Responsable\u00a0: remplit, dépose, signe et invite"),
        ],
        initial=RoleMembre.CONTRIBUTEUR,
        widget=forms.RadioSelect,
    )


class TransmissionForm(forms.Form):
    """Propose one's role of responsable to another member."""

    vers = forms.ModelChoiceField(
        Utilisateur.objects.none(),
        label="Membre qui deviendra responsable",
        empty_label="Choisissez un membre",
        error_messages={"required": "Choisissez un membre.", "invalid_choice": "Choisissez un membre."},
    )
    conserve = forms.ChoiceField(
        label="Après son acceptation, vous serez",
        choices=[
            ("non", "Contributeur\u00a0: vous lui passez la main"),
            ("oui", "Toujours responsable, avec cette personne"),
        ],
        initial="non",
        error_messages={"required": "Choisissez l’une des deux réponses."},
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, structure: Structure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contributeurs = structure.appartenances.en_cours().filter(
            role=RoleMembre.CONTRIBUTEUR, utilisateur__is_active=True
        )
        champ = self.fields["vers"]
        assert isinstance(champ, forms.ModelChoiceField)
        champ.queryset = Utilisateur.objects.filter(pk__in=contributeurs.values("utilisateur"))

    def values(self) -> dict[str, Any]:
        """Return what the verb takes."""
        return {"vers": self.cleaned_data["vers"], "conserve": self.cleaned_data["conserve"] == "oui"}


class MotifForm(forms.Form):
    """An act that leaves its reason."""

    motif = forms.CharField(
        label="Motif",
        max_length=MOTIF_MAXIMUM,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Indiquez le motif."},
    )


class DemandeResponsableForm(MotifForm):
    """Ask GEN to name a responsable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].label = "Votre demande"
        self.fields["motif"].help_text = (
            "Dites pourquoi la structure n’a plus de responsable, qui devrait le devenir, "
            "et comment le vérifier auprès de votre direction."
        )


class NominationForm(forms.Form):
    """Name a responsable by the address of their account."""

    email = forms.EmailField(
        label="Adresse électronique du compte",
        help_text="Celle d’un membre, ou d’une personne qui a ouvert son compte.",
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Indiquez l’adresse du compte."},
    )
    motif = forms.CharField(
        label="Motif",
        max_length=MOTIF_MAXIMUM,
        help_text="Ce qui a été vérifié, auprès de qui et quand. Le motif est conservé.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Indiquez le motif."},
    )

    def clean_email(self) -> Utilisateur:
        """Find the account."""
        adresse = normalize_email(self.cleaned_data["email"])
        utilisateur = Utilisateur.objects.filter(email=adresse).first()
        if utilisateur is None:
            raise forms.ValidationError(
                "Aucun compte n’a cette adresse. Demandez à la personne d’en ouvrir un."
            )
        return utilisateur
