"""Forms of a decision on admissibility, of its signature and of a delegation. The verbs check and save."""

from typing import Any

from django import forms

from candidatures.domain.repartition import active_instructors
from candidatures.forms.champs import ChampLong
from comptes.models import Utilisateur


class ChampJour(forms.DateField):
    """A day, chosen in the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": "Écrivez un jour, par exemple 30/09/2021."}  # Django's


class _ChampMotifs(ChampLong):
    """Grounds: counted as the browser counts them, and given back whole when they are too long."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = rows


class IrrecevabiliteForm(forms.Form):
    """The grounds of an inadmissibility."""

    motifs = _ChampMotifs(
        label="Motifs de l’irrecevabilité",
        max_length=8000,
        help_text="Le porteur lira ce texte dans la lettre. Il doit comprendre pourquoi par lui seul.",
        rows=12,
        error_messages={
            "required": "Écrivez les motifs\u00a0: le porteur doit comprendre la décision par eux seuls.",
            "max_length": "Les motifs ne peuvent pas dépasser 8\u202f000 caractères.",
        },
    )


class MotifsForm(IrrecevabiliteForm):
    """The same, with the version that was read."""

    lue = forms.CharField(widget=forms.HiddenInput)


class SignatureForm(forms.Form):
    """The quality under the name, and the version of the letter that was read."""

    qualite = forms.CharField(
        label="Votre qualité",
        required=False,
        max_length=150,
        help_text="Elle figure sous votre nom, en bas de la lettre\u00a0: la loi le demande.",
    )
    lue = forms.CharField(widget=forms.HiddenInput)
    #: The delegation that the letter showed; empty for the direction.
    par = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_par(self) -> str | None:
        """Tell what the page said from what it did not say."""
        return self.cleaned_data["par"] if "par" in self.data else None


class ReouvertureForm(forms.Form):
    """Why an examination is opened again, and for a recours the day on which it arrived."""

    recours_recu_le = ChampJour(label="Recours reçu le", required=False)
    motifs = _ChampMotifs(
        label="Motifs",
        max_length=4000,
        rows=6,
        error_messages={
            "required": "Écrivez pourquoi l’examen est rouvert.",
            "max_length": "Les motifs ne peuvent pas dépasser 4\u202f000 caractères.",
        },
    )
    etat_lu = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, recours: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if recours:
            self.fields["motifs"].help_text = "Le porteur lira ce texte dans son courriel et sur sa page."
        else:
            del self.fields["recours_recu_le"]
            self.fields["motifs"].help_text = "Lus à la GEN seulement\u00a0: le porteur ne sait rien."


class DelegationForm(forms.Form):
    """Who signs, by which act, and between which days."""

    delegataire = forms.ModelChoiceField(
        label="Instructeur ou instructrice",
        queryset=Utilisateur.objects.none(),
        empty_label="Choisissez une personne",
        error_messages={
            "required": "Choisissez une personne.",
            "invalid_choice": "Cette personne n’est pas instructrice.",
        },
    )
    qualite = forms.CharField(
        label="Sa qualité",
        max_length=150,
        help_text="Elle figure sous son nom, en bas des lettres. Par exemple\u00a0: chargée d’instruction.",
        error_messages={"required": "Écrivez la qualité qui figurera sous le nom."},
    )
    acte = forms.CharField(
        label="Décision de délégation",
        max_length=200,
        help_text="Citée dans les lettres\u00a0: par exemple, décision 2021-12 du 1er septembre 2021.",
        error_messages={"required": "Citez la décision qui délègue la signature."},
    )
    du = ChampJour(label="Du", error_messages={"required": "Indiquez le premier jour."})
    au = ChampJour(label="Au (inclus)", error_messages={"required": "Indiquez le dernier jour."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegataire"].queryset = active_instructors().order_by("nom", "prenom", "pk")
