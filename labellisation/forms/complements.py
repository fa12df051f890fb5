"""The form of a request for compléments. It cleans input; the verb checks and saves."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from candidatures.domain.complements import Element
from candidatures.sections import SECTIONS

CONSIGNE_MAX = 2000
MESSAGE_MAX = 4000


def element_keys() -> Iterator[tuple[str, str, str]]:
    """Yield the key, the section and the name of everything that a request can open, in reading order."""
    for section in SECTIONS:
        for champ in section.ouvrables:
            yield f"{section.code}.{champ}", section.code, champ


def expected_name(cle: str) -> str:
    """Return the name of the field that says what is expected of an element."""
    return f"consigne-{cle}"


def identifier(cle: str) -> str:
    """Return an element's key as an ``id``, that a selector can name."""
    return cle.replace(".", "-").replace(":", "-")


class DemandeComplementsForm(forms.Form):
    """What is asked, element by element, until when, and a word for the whole.

    ``propositions`` are the words proposed for some elements (key -> words): left as they are in a box that
    is not ticked, they are nobody's typing.
    """

    element = forms.MultipleChoiceField(
        label="Ce qui est à compléter",
        choices=[(cle, cle) for cle, _, _ in element_keys()],
        required=False,
        error_messages={
            "invalid_choice": "Un élément coché n’existe pas dans le dossier. Rechargez la page, puis cochez "
            "à nouveau."
        },
    )
    reponse_avant = forms.DateField(
        label="Date limite de réponse",
        error_messages={
            "required": "Donnez la date limite de réponse.",
            "invalid": "Écrivez une date qui existe. Exemple\u00a0: 05/10/2021.",
        },
    )
    message = forms.CharField(
        label="Message général",
        required=False,
        max_length=MESSAGE_MAX,
        error_messages={"max_length": f"Le message compte {MESSAGE_MAX} caractères au plus."},
    )
    #: The number of the deposit that the page showed.
    version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={
            "required": "Rechargez la page avant d’envoyer votre demande.",
            "invalid": "Rechargez la page avant d’envoyer votre demande.",
            "min_value": "Rechargez la page avant d’envoyer votre demande.",
        },
    )

    def __init__(self, *args: Any, propositions: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.propositions = propositions
        for cle, _, _ in element_keys():
            self.fields[expected_name(cle)] = forms.CharField(
                required=False,
                max_length=CONSIGNE_MAX,
                error_messages={"max_length": f"{CONSIGNE_MAX} caractères au plus."},
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a box without words, and words without a box: nothing that is typed is lost."""
        donnees: dict[str, Any] = super().clean() or {}
        coches = set(donnees.get("element", ()))
        for cle, _, _ in element_keys():
            nom = expected_name(cle)
            texte = donnees.get(nom, "")
            if cle in coches and not texte and nom not in self.errors:
                self.add_error(nom, "Dites ce qui est attendu.")
            elif cle not in coches and texte and _plain(texte) != _plain(self.propositions.get(cle, "")):
                self.add_error(
                    nom, "Cet élément n’est pas coché\u00a0: cochez-le pour le demander, ou effacez ce texte."
                )
        if not coches and "element" not in self.errors:
            self.add_error("element", "Cochez au moins une réponse ou une pièce à compléter.")
        return donnees

    def asked(self) -> list[Element]:
        """Return what is asked, in the order of the dossier."""
        coches = set(self.cleaned_data["element"])
        return [
            Element(code, champ, self.cleaned_data[expected_name(cle)])
            for cle, code, champ in element_keys()
            if cle in coches
        ]


def _plain(texte: str) -> str:
    return " ".join(texte.split())
