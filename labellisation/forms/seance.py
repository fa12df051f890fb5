"""Forms of the committee. They clean input; the verbs save."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings

from candidatures import cycle as cycle_dossier
from candidatures.models import Candidature, Releve
from comptes.models import Role, Utilisateur
from labellisation import cycle
from labellisation.domain.seance import NATURES_SEANCE
from labellisation.models import Vote
from socle import horloge

#: Dossiers that one page proposes for an agenda.
PROPOSES_MAX = 100


def helper() -> FormHelper:
    """Return the layout of a form whose page writes the ``<form>`` and its buttons."""
    aide = FormHelper()
    aide.form_tag = False
    return aide


def _committee() -> Any:
    return (
        Utilisateur.objects.filter(
            is_active=True, roles_attribues__role=Role.COMITE, roles_attribues__au__isnull=True
        )
        .distinct()
        .order_by("nom", "prenom")
    )


class ConvocationForm(forms.Form):
    """Convene a séance."""

    intitule = forms.CharField(
        label="Intitulé", max_length=200, help_text="Exemple\u00a0: séance du relevé 2, 19 octobre 2021."
    )
    jour = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    heure = forms.TimeField(
        label="Heure (heure de Paris)", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    lieu = forms.CharField(label="Lieu ou lien de visioconférence", max_length=200, required=False)
    releve = forms.ModelChoiceField(
        label="Relevé", queryset=Releve.objects.none(), required=False, empty_label="Au fil de l’eau"
    )
    quorum = forms.IntegerField(
        label="Quorum",
        min_value=1,
        initial=settings.GEN_REGLES["quorum_seance"],
        help_text="Membres présents au moins.",
    )
    membres = forms.ModelMultipleChoiceField(
        label="Membres convoqués", queryset=Utilisateur.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        self.fields["releve"].queryset = Releve.objects.select_related("appel")
        self.fields["membres"].queryset = _committee()

    def values(self) -> dict[str, Any]:
        """Return the arguments of the verb."""
        propres = dict(self.cleaned_data)
        jour, heure = propres.pop("jour"), propres.pop("heure")
        return {**propres, "tenue_le": horloge.at_paris(jour, heure.hour, heure.minute)}


class OrdreDuJourForm(forms.Form):
    """Choose the scored dossiers to put on the agenda."""

    dossiers = forms.ModelMultipleChoiceField(
        label="Dossiers notés ou ajournés",
        queryset=Candidature.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un dossier."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        champ: Any = self.fields["dossiers"]
        champ.queryset = (
            Candidature.objects.visible_to(user)
            .filter(etat__in=(cycle_dossier.NOTEE, cycle_dossier.AJOURNEE))
            .exclude(decisions__etat=cycle.PRISE)
            .order_by("deposee_le", "reference")
        )
        self.total = champ.queryset.count()
        # Any that waits may be sent; a page proposes the first ones.
        champ.choices = [
            (dossier.pk, champ.label_from_instance(dossier)) for dossier in champ.queryset[:PROPOSES_MAX]
        ]

    @property
    def suite(self) -> int:
        """Return how many dossiers wait beyond those proposed."""
        return max(self.total - PROPOSES_MAX, 0)


class PresenceForm(forms.Form):
    """Tick who is present."""

    presents = forms.ModelMultipleChoiceField(
        label="Membres présents",
        queryset=Utilisateur.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, seance: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        membres = Utilisateur.objects.filter(participations__seance=seance).order_by("nom", "prenom")
        self.fields["presents"].queryset = membres
        if not self.is_bound:
            self.initial["presents"] = [
                ligne.membre_id for ligne in seance.participations.all() if ligne.present
            ]


class VoteForm(forms.Form):
    """One member's vote."""

    sens = forms.ChoiceField(label="Votre vote", choices=Vote.Sens.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()


class DecisionForm(forms.Form):
    """The committee's decision on one dossier."""

    nature = forms.ChoiceField(
        label="Décision",
        choices=[(nature.value, nature.label) for nature in NATURES_SEANCE],
        widget=forms.RadioSelect,
    )
    motifs = forms.CharField(
        label="Motifs",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Le porteur de projet les lira dans sa lettre.",
    )
    condition = forms.CharField(
        label="Condition", max_length=255, required=False, help_text="Pour une labellisation sous condition."
    )
    condition_avant = forms.DateField(
        label="À remplir avant le",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()


class CodeForm(forms.Form):
    """The one-time code that signs a convention."""

    code = forms.CharField(
        label="Code reçu par courriel",
        max_length=12,
        help_text="Six chiffres.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    lu = forms.BooleanField(
        label="J’ai lu la convention et je la signe",
        error_messages={"required": "Cochez la case pour signer."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
