"""Fields of the dossier: French input to clean values. They never refuse an empty answer."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

from candidatures.domain.controles import ENTIER_MAX, MONTANT_MAX, normalise
from referentiels.domain.queries import find_communes
from referentiels.models import Commune
from referentiels.texte import normalise as sans_accents

_BLANCS = re.compile(r"[\s\u00a0\u202f€]")
_EUROS = re.compile(r"[0-9]{1,12}(?:,[0-9]{1,2})?")
_CODE_FINAL = re.compile(r"\(([0-9][0-9AB][0-9]{3})\)\s*$")
_CODE = re.compile(r"[0-9][0-9ABab][0-9]{3}")


class Ligne(forms.TextInput):
    """A line of text, printed without a template: a table of thirty rows has two hundred of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Print the tag as Django's template does."""
        widget = self.get_context(name, value, attrs)["widget"]
        valeur = {} if widget["value"] is None else {"value": widget["value"]}
        return format_html(
            "<input{}>", flatatt({"type": self.input_type, "name": name, **valeur, **widget["attrs"]})
        )


class Texte(forms.Textarea):
    """Several lines of text, printed without a template."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Print the tag as Django's template does: a browser drops the first end of line."""
        widget = self.get_context(name, value, attrs)["widget"]
        attributs = flatatt({"name": name, **widget["attrs"]})
        return format_html("<textarea{}>\n{}</textarea>", attributs, widget["value"] or "")


class ChampTexte(forms.CharField):
    """A text that the domain normalises (SIRET with spaces, code in lower case)."""

    widget = Ligne

    def __init__(self, *, section: str, colonne: str, **kwargs: Any) -> None:
        self.section, self.colonne = section, colonne
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Clean as usual, then as the domain does."""
        return normalise(self.section, self.colonne, super().clean(value))


class ChampLong(forms.CharField):
    """A long text, whose end of line counts one character as in the browser's own count."""

    widget = Texte

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Texte(attrs={"rows": 4}), strip=True, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read lines as the domain keeps them, before their length is looked at."""
        texte = super().to_python(value)
        return texte.replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Count rather than cut: what is pasted beyond the limit stays on screen, to be shortened."""
        return {"data-limite": str(self.max_length)}


class ChampMontant(forms.CharField):
    """An amount typed « 1 234,50 » and kept in cents."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", Ligne(attrs={"inputmode": "decimal"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        """Return cents, or ``None`` for no answer."""
        texte = _BLANCS.sub("", super().clean(value)).replace(".", ",")
        if not texte:
            return None
        if not _EUROS.fullmatch(texte):
            raise ValidationError("Écrivez un montant en euros. Exemple\u00a0: 1\u00a0234,50.")
        entier, _, decimales = texte.partition(",")
        centimes = int(entier) * 100 + int(decimales.ljust(2, "0") or 0)
        if centimes > MONTANT_MAX:
            raise ValidationError("Indiquez un montant de dix millions d’euros au plus.")
        return centimes

    def prepare_value(self, value: Any) -> Any:
        """Show cents as euros; what was typed stays as it was typed."""
        if isinstance(value, int):
            return f"{value // 100:,}".replace(",", "\u00a0") + f",{value % 100:02d}"
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is shown."""
        return (self.prepare_value(initial) or "") != (data or "")


class ChampOuiNon(forms.TypedChoiceField):
    """A question answered by yes or no, or not yet."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("oui", "Oui"), ("non", "Non")],
            coerce=lambda valeur: valeur == "oui",
            empty_value=None,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """Show the stored answer."""
        return {True: "oui", False: "non"}.get(value, value) if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is shown."""
        return (self.prepare_value(initial) or "") != (data or "")


#: What a dossier may speak of: beyond, a slip of the keyboard, on which no delay can be counted.
JOUR_MIN, JOUR_MAX = date(1900, 1, 1), date(2099, 12, 31)
HORS_BORNES = "Indiquez une année entre 1900 et 2099."


class ChampDate(forms.DateField):
    """A day, by the browser's calendar or typed in French."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            error_messages={"invalid": "Indiquez une date. Exemple\u00a0: 15/11/2021."},
            validators=[MinValueValidator(JOUR_MIN, HORS_BORNES), MaxValueValidator(JOUR_MAX, HORS_BORNES)],
            **kwargs,
        )


class ChampEntier(forms.IntegerField):
    """A small whole number; « 1 000 » is a thousand."""

    def __init__(self, *, maximum: int = ENTIER_MAX, **kwargs: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=maximum,
            widget=Ligne(attrs={"inputmode": "numeric"}),
            error_messages={
                "invalid": "Indiquez un nombre entier, en chiffres.",
                "min_value": "Indiquez un nombre positif.",
                "max_value": f"Indiquez un nombre de {maximum} au plus.",
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """Drop the spaces that people type between thousands."""
        texte = _BLANCS.sub("", value) if isinstance(value, str) else value
        if isinstance(texte, str) and len(texte) > 12:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(texte)


class ChampCommune(forms.CharField):
    """A commune found by its name or its INSEE code; ambiguous names are listed to choose from."""

    def __init__(self, *, en_code: bool = False, **kwargs: Any) -> None:
        #: The section keeps the code as text, a site keeps the commune itself.
        self.en_code = en_code
        #: What this field has read, by code: shown again, it is not looked for again.
        self.lues: dict[str, Commune] = {}
        kwargs.setdefault("max_length", 120)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Return the commune (or its code), or nothing for no answer."""
        texte = super().clean(value)
        if not texte:
            return "" if self.en_code else None
        commune = _find_commune(texte)
        self.lues[commune.pk] = commune
        return commune.pk if self.en_code else commune

    def read_back(self, texte: str) -> Any:
        """Return what « Roubaix (59512) » was shown for, to compare with what is stored: no query is made."""
        trouve = _CODE_FINAL.search(texte.upper())
        if trouve is None:
            return self.clean(texte)
        return trouve.group(1) if self.en_code else Commune(pk=trouve.group(1), nom=texte)

    def prepare_value(self, value: Any) -> Any:
        """Show « Roubaix (59512) », which reads back to the same commune."""
        if self.en_code and isinstance(value, str) and _CODE.fullmatch(value):
            code = value.upper()
            value = self.lues.get(code) or Commune.objects.filter(pk=code).first() or value
        return f"{value.nom} ({value.pk})" if isinstance(value, Commune) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is shown."""
        return (self.prepare_value(initial) or "") != (data or "")


def _find_commune(texte: str) -> Commune:
    trouve = _CODE_FINAL.search(texte.upper())
    code = trouve.group(1) if trouve else texte.upper() if _CODE.fullmatch(texte) else ""
    if code:
        if commune := _communes().filter(pk=code).first():
            return commune
        raise ValidationError(
            "Aucune commune n’a ce code INSEE (le code postal n’en est pas un). " + _close_to(code)
        )
    homonymes = list(_communes().filter(nom_recherche=sans_accents(texte), actuelle=True)[:9])
    if not homonymes:
        raise ValidationError("Aucune commune ne porte ce nom. " + _close_to(texte))
    if len(homonymes) > 1:
        raise ValidationError(
            f"Plusieurs communes portent ce nom. Recopiez celle qui convient\u00a0: {_listed(homonymes)}."
        )
    return homonymes[0]


def _communes() -> QuerySet[Commune]:
    """Return the communes with what the dossier copies of them."""
    return Commune.objects.select_related("departement")


def _close_to(texte: str) -> str:
    """Return what to do: copy one of the communes that may be meant, else look again."""
    if proches := find_communes(texte, limite=9):
        return f"Recopiez celle qui convient\u00a0: {_listed(proches)}."
    return "Vérifiez-le, ou écrivez le nom d’une commune ou son code INSEE."


def _listed(communes: list[Commune]) -> str:
    return ", ".join(f"{commune.nom} ({commune.pk})" for commune in communes)
