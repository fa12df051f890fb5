"""Forms of the instruction. They clean input; the verbs check and save."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms

from candidatures.domain.repartition import active_instructors
from candidatures.models import Affectation
from candidatures.sections import SECTIONS
from comptes.models import Utilisateur
from labellisation.domain.score import NIVEAU_MAX
from labellisation.models import Verdict
from referentiels.models import CritereSelection, Grille


class VerdictForm(forms.Form):
    """One verdict and its reason."""

    avis = forms.ChoiceField(
        label="Verdict",
        choices=Verdict.Avis.choices,
        error_messages={"required": "Choisissez un verdict.", "invalid_choice": "Choisissez un verdict."},
    )
    motif = forms.CharField(label="Motif", required=False, max_length=4000)
    #: The versions that the page showed: of the dossier, then of the verdict (0: none was given).
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    vue = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class CorrectionNoteForm(forms.Form):
    """The text of a note."""

    texte = forms.CharField(
        label="Note",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Écrivez votre note."},
    )


class NoteForm(CorrectionNoteForm):
    """A new note, and the key by which the same form is one note."""

    cle = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "Rechargez la page avant d’écrire.",
            "invalid": "Rechargez la page avant d’écrire.",
        },
    )


class AffectationForm(forms.Form):
    """Put an instructor in charge of a task."""

    tache = forms.ChoiceField(label="Tâche", choices=Affectation.Tache.choices)
    instructeur = forms.ModelChoiceField(
        label="Instructeur ou instructrice",
        queryset=Utilisateur.objects.none(),
        empty_label="Choisissez une personne",
        error_messages={
            "required": "Choisissez une personne.",
            "invalid_choice": "Cette personne n’est pas instructrice.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instructeur"].queryset = active_instructors().order_by("nom", "prenom", "pk")


class LienForm(forms.Form):
    """Declare one's link with a dossier or its structure."""

    portee = forms.ChoiceField(
        label="Votre lien concerne",
        choices=(
            ("structure", "la structure\u00a0: tous ses dossiers vous seront cachés"),
            ("dossier", "ce dossier seulement"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que votre lien concerne."},
    )
    motif = forms.CharField(
        label="Nature du lien (facultatif)",
        required=False,
        max_length=255,
        help_text="Par exemple\u00a0: ancien employeur. Ne citez personne d’autre.",
    )


class EcartementForm(forms.Form):
    """Why a notation is set aside."""

    motif = forms.CharField(
        label="Motif",
        max_length=500,
        error_messages={"required": "Écrivez pourquoi cette notation est écartée."},
    )


# --- Notation ------------------------------------------------------------------------------------
def criteria(grille: Grille) -> Iterable[CritereSelection]:
    """Return the criteria of a grid whose indicators and levels are already fetched."""
    return grille.criteres_selection.all()


@dataclass(frozen=True)
class Saisie:
    """What somebody typed on a scoring screen, in the words of the verbs."""

    niveaux: dict[str, int | None]
    justifications: dict[int, str]
    sections: dict[int, str]


class NotationForm(forms.Form):
    """Levels, justifications and cited sections of the six criteria; a draft may lack any of them."""

    def __init__(self, *args: Any, grille: Grille, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grille = grille
        niveaux = [(str(niveau), str(niveau)) for niveau in range(NIVEAU_MAX + 1)]
        for critere in criteria(grille):
            for indicateur in critere.indicateurs.all():
                self.fields[f"niveau-{indicateur.code}"] = forms.ChoiceField(
                    choices=niveaux,
                    required=False,
                    error_messages={"invalid_choice": f"Un niveau va de 0 à {NIVEAU_MAX}."},
                )
            self.fields[f"justification-{critere.numero}"] = forms.CharField(required=False, max_length=4000)
            self.fields[f"section-{critere.numero}"] = forms.ChoiceField(
                choices=section_choices(),
                required=False,
                error_messages={"invalid_choice": "Cette section n’existe pas."},
            )

    def typed(self) -> Saisie:
        """Return the cleaned input."""
        donnees = self.cleaned_data
        niveaux: dict[str, int | None] = {}
        justifications: dict[int, str] = {}
        sections: dict[int, str] = {}
        for critere in criteria(self.grille):
            for indicateur in critere.indicateurs.all():
                valeur = donnees[f"niveau-{indicateur.code}"]
                niveaux[indicateur.code] = int(valeur) if valeur else None
            justifications[critere.numero] = donnees[f"justification-{critere.numero}"]
            sections[critere.numero] = donnees[f"section-{critere.numero}"]
        return Saisie(niveaux, justifications, sections)


class HarmonisationForm(NotationForm):
    """The same, with what explains the gap."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"] = forms.CharField(
            max_length=4000,
            error_messages={"required": "Écrivez ce qui explique l’écart et l’accord trouvé."},
        )


def section_choices() -> list[tuple[str, str]]:
    """Return the sections that a justification may rest on."""
    return [(section.code, f"{section.numero}. {section.titre}") for section in SECTIONS]
