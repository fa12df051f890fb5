"""Forms of the follow-up. They clean input; the verbs save."""

import re
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from labellisation.models import Label
from referentiels.domain.queries import find_communes
from referentiels.models import Commune
from suivi.domain.nir import SANS_NIR, contains_nir
from suivi.models import Apprenant, Reclamation, Session


def _helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    return helper


def _date(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


class FormulaireSuivi(forms.Form):
    """A form whose page writes the ``<form>`` and its buttons."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper()


class PlanSessionForm(FormulaireSuivi):
    """Plan a session."""

    debut = _date("Date de début")
    fin = _date("Date de fin", help_text="Immersion comprise.")
    lieu = forms.CharField(label="Lieu", max_length=200, required=False)
    mode = forms.ChoiceField(label="Modalité", choices=Session.Mode.choices, widget=forms.RadioSelect)
    places = forms.IntegerField(label="Places", min_value=1, max_value=2000)


class RedaterForm(FormulaireSuivi):
    """Give its date to a session to be dated again."""

    debut = _date("Nouvelle date de début")
    fin = _date("Nouvelle date de fin", help_text="Immersion comprise.")


class ReportForm(FormulaireSuivi):
    """Postpone a session."""

    nouveau_debut = _date(
        "Nouvelle date de début", help_text="Deux mois au plus en tout, après la date de référence."
    )
    motif = forms.CharField(label="Motif", max_length=255)


class JourForm(FormulaireSuivi):
    """Declare the real day of a start or an end."""

    jour = _date("Jour", help_text="Le jour réel, aujourd’hui ou avant.")


class PreuveForm(FormulaireSuivi):
    """Note an obligation as met, by the document received."""

    jour = _date("Reçu le", help_text="Le jour où la GEN a reçu le document, aujourd’hui ou avant.")
    preuve = forms.FileField(
        label="Document reçu",
        help_text="Le porteur et ses organismes peuvent le lire. PDF, image ou document bureautique.",
    )


class LeveeForm(FormulaireSuivi):
    """Waive an obligation."""

    motif = forms.CharField(
        label="Motif",
        max_length=255,
        help_text="Le porteur le lit. Exemple\u00a0: session reportée avec l’accord de la GEN.",
    )


class ReferencesForm(FormulaireSuivi):
    """Where the session is referenced."""

    carif_oref = forms.CharField(label="Référence CARIF-OREF", max_length=60, required=False)
    mon_compte_formation = forms.CharField(
        label="Référence Mon Compte Formation", max_length=60, required=False
    )
    entrees_kairos_le = _date("Entrées déclarées dans KAIROS le", required=False)


CHAMPS_APPRENANT = (
    "nom",
    "prenoms",
    "sexe",
    "naissance",
    "courriel",
    "telephone",
    "rue",
    "code_postal",
    "niveau",
    "situation_avant",
    "qpv",
    "aide_crous",
    "prescripteur",
    "financeur",
    "entree",
    "fin_prevue",
)


class ApprenantForm(forms.ModelForm):
    """One learner, row by row on screen (R29). Unknown may stay empty."""

    commune_nom = forms.CharField(
        label="Commune", max_length=100, help_text="Le nom de la commune, comme sur une enveloppe."
    )
    field_order = (*CHAMPS_APPRENANT[:8], "commune_nom", *CHAMPS_APPRENANT[8:])

    class Meta:
        model = Apprenant
        fields = CHAMPS_APPRENANT
        widgets = {
            champ: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for champ in ("naissance", "entree", "fin_prevue")
        }
        help_texts = {
            "rue": "Numéro et voie, à l’entrée en formation.",
            "qpv": "Selon sig.ville.gouv.fr.",
            "niveau": "Le plus haut diplôme obtenu.",
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self.effaces = [champ for champ, valeur in (data or {}).items() if contains_nir(str(valeur))]
        if self.effaces:
            data = data.copy()
            for champ in self.effaces:
                data[champ] = ""
        super().__init__(data, *args, **kwargs)
        self.helper = _helper()
        for champ in self.fields.values():
            # Django's own dashes say nothing: what is left so is unknown, and never a no.
            if isinstance(champ, forms.TypedChoiceField) and champ.choices[0][0] == "":
                champ.choices = [("", "Inconnu"), *champ.choices[1:]]
        if self.instance.pk and self.instance.commune_id:
            self.initial["commune_nom"] = self.instance.commune.nom

    def clean_code_postal(self) -> str:
        """Keep five digits."""
        code = re.sub(r"\s", "", self.cleaned_data["code_postal"])
        if not re.fullmatch(r"\d{5}", code):
            raise forms.ValidationError("Le code postal a cinq chiffres.")
        return code

    def clean(self) -> dict[str, Any]:
        """Find the commune by its name and its postcode."""
        propres = super().clean() or {}
        nom, code = propres.get("commune_nom"), propres.get("code_postal")
        if nom and code:
            commune = _commune(nom, code)
            if commune is None:
                self.add_error(
                    "commune_nom",
                    f"Aucune commune de ce nom n’a le code postal {code}. Vérifiez l’un et l’autre.",
                )
            propres["commune"] = commune
        for champ in self.effaces:
            # Not even the page that refuses it gives the number back.
            self.errors.pop(champ, None)
            self.add_error(champ if champ in self.fields else None, f"{SANS_NIR} Ce champ a été vidé.")
        return propres

    def _post_clean(self) -> None:
        """The verb validates and saves; nothing is written on the instance here."""

    def values(self) -> dict[str, Any]:
        """Return the arguments of the verb."""
        return {champ: self.cleaned_data[champ] for champ in (*CHAMPS_APPRENANT, "commune")}


def _commune(nom: str, code_postal: str) -> Commune | None:
    """Return the commune that this name and this postcode mean together."""
    trouvees = find_communes(f"{nom} {code_postal}", limite=5)
    return next((commune for commune in trouvees if code_postal in commune.liste_codes_postaux), None)


class HabilitationForm(FormulaireSuivi):
    """Let a training body prepare the follow-up."""

    siret = forms.CharField(
        label="SIRET de l’organisme",
        max_length=20,
        help_text="L’organisme doit avoir sa structure sur le portail.",
    )


class ReclamationForm(forms.ModelForm):
    """The public complaint form (R41)."""

    class Meta:
        model = Reclamation
        fields = ("qualite", "nom", "courriel", "formation_citee", "texte")
        widgets = {"qualite": forms.RadioSelect, "texte": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "courriel": "Pour vous répondre. Votre identité n’est jamais transmise à l’organisme.",
            "formation_citee": "Le nom de la formation, de l’organisme, ou le code du label.",
            "texte": "Ce qui s’est passé, quand, et ce que vous attendez. N’écrivez aucune donnée de santé.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper()
        self.fields["qualite"].choices = Reclamation.Qualite.choices

    def _post_clean(self) -> None:
        """The verb validates and saves."""

    def values(self) -> dict[str, Any]:
        """Return the arguments of the verb, with the label when its code is cited."""
        propres = dict(self.cleaned_data)
        code = re.sub(r"[^0-9A-Z]", "", propres["formation_citee"].upper())
        propres["label"] = (
            Label.objects.filter(code="-".join((code[:4], code[4:8], code[8:]))).first()
            if len(code) == 12
            else None
        )
        return propres
