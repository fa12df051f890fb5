"""One form per section, built from ``sections.py`` and the columns: nothing is written twice.

Every answer may be missing (a draft is free); what is typed has to be right.
"""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django import forms
from django.db import models
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict
from django.urls import reverse

from candidatures.domain.avertissements import Avertissement
from candidatures.domain.completude import Manque, conditions
from candidatures.domain.instantane import model_of
from candidatures.domain.lecture import column_label, piece_title
from candidatures.domain.propositions import PROPOSES
from candidatures.forms.champs import (
    ChampCommune,
    ChampDate,
    ChampEntier,
    ChampLong,
    ChampMontant,
    ChampOuiNon,
    ChampTexte,
)
from candidatures.forms.pieces import ChampFichier
from candidatures.models import Piece
from candidatures.sections import (
    LIGNES_MAX,
    MONTANTS,
    PAR_CODE,
    POURCENTAGES,
    RECHERCHES,
    TROP_DE_LIGNES,
    Exigence,
    Section,
    Tableau,
)
from comptes.models import FormeJuridique
from socle.references import read_key

#: Characters of a long text; an end of line counts one.
TEXTE_MAX = 20_000
#: Room for separators that the domain then removes.
_LONGUEUR_SAISIE = 40
_CHOISIR = ("", "Choisissez")
PREFIXE_PIECE = "piece_"
_RANG = re.compile(r"[0-9]{1,3}")
#: Attribute of a field that its template reads: under which answers it is asked.
CONDITION = "si"
#: What the script says beside a field that is searched: without it, nothing opens.
AIDES_RECHERCHE = {
    "communes": "Dès deux lettres, ou avec le code postal, des propositions s’affichent.",
    "metiers": "",
    "rome": "Cherchez par le code, ou par des mots du métier.",
    "certifications": "Cherchez par le code, ou par des mots de l’intitulé.",
    "structures": "Cherchez par le numéro, ou par le nom de l’organisme.",
}


@dataclass(frozen=True)
class Emplacement:
    """The control of a place: its name in the form, the type of its pieces, the row that asks for them."""

    nom: str
    type_piece: str
    ligne: uuid.UUID | None = None


@dataclass(frozen=True)
class Bloc:
    """Questions of a row that stand together; boxes of one question have its title and its help."""

    champs: list[forms.BoundField]
    titre: str = ""
    aide: str = ""


class SectionForm(forms.Form):
    """The fields of a section, in their groups, and its files.

    ``rangs`` names the rows of the table by their key, for the places of their files when the table itself
    is closed; where it is open, each row has its own (``LigneForm``).
    """

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        section: Section,
        ouverts: Collection[str] | None = None,
        choix: Mapping[str, list[tuple[str, str]]] | None = None,
        rangs: Mapping[uuid.UUID, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """``choix``: what an answer is chosen from when it depends on the dossier; the verb checks it."""
        super().__init__(*args, **kwargs)
        self.section = section
        self.champs = [champ for champ in section.champs if ouverts is None or champ in ouverts]
        for champ in self.champs:
            self.fields[champ] = field_of(section, section.modele, champ)
        for champ in set(choix or {}) & set(self.champs):
            self.fields[champ].widget = forms.Select(choices=[_CHOISIR, *(choix or {})[champ]])
        _share_choices(self)
        self.emplacements = list(_places(section, ouverts, rangs or {}))
        for place in self.emplacements:
            nom = (rangs or {}).get(place.ligne, "") if place.ligne else ""
            label = piece_title(place.type_piece, nom)
            self.fields[place.nom] = ChampFichier(label=label, required=False)
        _mark_conditions(self, section.exigences)
        for nom, champ in self.fields.items():
            #: What the lists say beside the field, printed by the view; nothing where none says anything.
            champ.proposition = "" if nom in PROPOSES.get(section.code, ()) else None

    def values(self) -> dict[str, Any]:
        """Return what the verb takes."""
        return {champ: self.cleaned_data[champ] for champ in self.champs}

    def files_to_attach(self) -> list[tuple[Emplacement, Any]]:
        """Return the files that were sent, each with its place."""
        return _sent(self, self.emplacements)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by legend, for the page."""
        groupes = [
            (groupe.titre, [self[champ] for champ in groupe.champs if champ in self.fields])
            for groupe in self.section.groupes
        ]
        return [(titre, champs) for titre, champs in groupes if champs]

    def places(self) -> list[tuple[Emplacement, forms.BoundField]]:
        """Return the field of each file, after its place."""
        return [(place, self[place.nom]) for place in self.emplacements]

    def mark_expected(self) -> None:
        """Mark as optional only what no deposit can ask; call once validation is done."""
        attendus = expected(self.section.exigences)
        for champ in self.champs:
            self.fields[champ].required = champ in attendus
        for place in self.emplacements:
            self.fields[place.nom].required = place.type_piece in expected_pieces(self.section.exigences)


class LigneForm(forms.Form):
    """One row of a table, known by an identifier that its page gives it."""

    use_required_attribute = False
    id = forms.CharField(required=False, widget=forms.HiddenInput, max_length=36)

    section: Section
    #: Whether the table had this row when the page was shown.
    connue = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tableau = self.section.tableau
        assert tableau is not None
        for champ in tableau.champs:
            self.fields[champ] = field_of(self.section, tableau.modele, champ)
        for piece in tableau.pieces:
            self.fields[piece_field(piece)] = ChampFichier(label=Piece.Type(piece).label, required=False)
        #: The places of its files, each after its field, given by the view: no column has this name, which a
        #: template would read first.
        self.pieces_de_la_ligne: list[tuple[forms.BoundField, Any]] = []
        _mark_conditions(self, tableau.exigences)

    def has_changed(self) -> bool:
        """Tell whether something is typed: a new row left blank is no row.

        What is stored has no part in it: the page may have saved the row by itself meanwhile.
        """
        return any(
            self.fields[champ.name].widget.value_from_datadict(self.data, self.files, champ.html_name)
            for champ in (*self.visible_columns(), *(self[place.nom] for place in self.emplacements()))
        )

    def is_kept(self) -> bool:
        """Tell whether the row stays in the table once saved."""
        return not self.cleaned_data.get("DELETE") and (self.connue or self.has_changed())

    def visible_columns(self) -> list[forms.BoundField]:
        """Return the fields of the row, without the hidden ones and the files."""
        assert self.section.tableau is not None
        return [self[champ] for champ in self.section.tableau.champs]

    def blocks(self) -> list[Bloc]:
        """Return the questions of the row as the page shows them: boxes of one question under its title."""
        assert self.section.tableau is not None
        groupes = [ensemble for ensemble in self.section.tableau.ensembles if ensemble.a_cocher]
        par_champ = {champ: ensemble for ensemble in groupes for champ in ensemble.champs}
        blocs = []
        for ensemble, champs in groupby(self.visible_columns(), lambda champ: par_champ.get(champ.name)):
            titre, aide = (ensemble.titre, ensemble.aide) if ensemble else ("", "")
            blocs.append(Bloc(list(champs), titre, aide))
        return blocs

    def emplacements(self) -> list[Emplacement]:
        """Return the places of its files."""
        assert self.section.tableau is not None
        ligne = read_key(self["id"].value())
        return [Emplacement(piece_field(piece), piece, ligne) for piece in self.section.tableau.pieces]

    def files_to_attach(self) -> list[tuple[Emplacement, Any]]:
        """Return the files that were sent, each with its place."""
        return _sent(self, self.emplacements())


@dataclass(frozen=True)
class Action:
    """What a button of a row asks: ``copier``, ``monter``, ``descendre`` or ``supprimer``, and which row."""

    geste: str
    rang: int
    #: The row to come back to.
    ligne: str

    def apply(self, lignes: list[dict[str, Any]], rang: int) -> list[dict[str, Any]]:
        """Return the rows once copied or moved; a move past an end changes nothing."""
        if self.geste == "copier":
            return [*lignes[: rang + 1], {**lignes[rang], "id": self.ligne}, *lignes[rang + 1 :]]
        autre = rang + {"monter": -1, "descendre": 1}.get(self.geste, 0)
        if 0 <= autre < len(lignes):
            lignes[rang], lignes[autre] = lignes[autre], lignes[rang]
        return lignes


class BaseLignes(BaseFormSet):
    """The rows of a table; adding, copying, moving and deleting one need no JavaScript."""

    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "missing_management_form": (
            "Le tableau n’est pas arrivé entier\u00a0: rien n’est enregistré. Rechargez la page, puis "
            "recommencez."
        ),
        "too_many_forms": TROP_DE_LIGNES,
    }

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Give a new row an identifier before it is saved: sent twice, it is added once."""
        super().add_fields(form, index)
        form.connue = index is not None and index < self.initial_form_count()
        if not form.connue:
            form.initial["id"] = str(uuid.uuid4())

    def rows(self, action: Action | None = None) -> list[dict[str, Any]]:
        """Return what the verb takes: the rows that are not blank and not deleted, in order.

        ``action`` copies or moves one of them first.
        """
        gardees = [(form, _row(form)) for form in self.forms if form.is_kept()]
        # A row that the page has not sent: there is nothing to copy or to move.
        if action is not None and action.rang < len(self.forms):
            rang = next((r for r, (form, _) in enumerate(gardees) if form is self.forms[action.rang]), None)
            lignes = [ligne for _, ligne in gardees]
            return lignes if rang is None else action.apply(lignes, rang)
        return [ligne for _, ligne in gardees]

    def mark_expected(self) -> None:
        """Mark as optional only what no deposit can ask; call once validation is done."""
        if not self.forms:
            return
        tableau = self.forms[0].section.tableau
        attendus = expected(tableau.exigences)
        attendus |= {_field_name(nom) for groupe in tableau.un_de for nom in groupe.champs}
        attendus |= {champ for un in tableau.ensembles if un.a_cocher for champ in un.champs}
        for form in self.forms:
            for champ in (*tableau.champs, *map(piece_field, tableau.pieces)):
                form.fields[champ].required = champ in attendus


def read_action(section: Section, donnees: QueryDict) -> Action | None:
    """Read which button of which row was pressed (``<geste>:<rang>``)."""
    geste, _, rang = donnees.get("ligne", "").partition(":")
    if section.tableau is None or geste not in ("copier", "monter", "descendre", "supprimer"):
        return None
    if not _RANG.fullmatch(rang) or int(rang) >= LIGNES_MAX:
        return None
    ligne = donnees.get(f"{section.tableau.nom}-{rang}-id", "")
    return Action(geste, int(rang), str(uuid.uuid4()) if geste == "copier" else ligne)


def _row(form: LigneForm) -> dict[str, Any]:
    autres = {"DELETE", *(place.nom for place in form.emplacements())}
    return {champ: valeur for champ, valeur in form.cleaned_data.items() if champ not in autres}


def rows_formset(section: Section, *, extra: int) -> type[BaseLignes]:
    """Return the class of the formset of a section's table."""
    assert section.tableau is not None
    form = type("Ligne", (LigneForm,), {"section": section})
    return formset_factory(
        form,
        formset=BaseLignes,
        extra=extra,
        can_delete=True,
        max_num=LIGNES_MAX,
        absolute_max=LIGNES_MAX,
        validate_max=True,
    )


def _mark_conditions(form: forms.Form, exigences: tuple[Exigence, ...]) -> None:
    """Tell the page under which answers a question is asked: ``si``, read by ``saisie.js``."""
    posees = _asked_if(exigences)
    for nom, champ in form.fields.items():
        setattr(champ, CONDITION, posees.get(nom, ""))


@cache
def _asked_if(exigences: tuple[Exigence, ...]) -> dict[str, str]:
    """Return the conditions as the page reads them, by field: a long table asks for them at each row."""
    return {
        _field_name(nom): json.dumps(
            [[si.champ, [mot for valeur in si.valeurs for mot in _typed(valeur)]] for si in liste]
        )
        for nom, liste in conditions(exigences).items()
    }


def _typed(valeur: Any) -> list[str]:
    """Return what a control may hold for an answer: « oui » of a question, « on » of a box that is ticked."""
    if not isinstance(valeur, bool):
        return [str(valeur)]
    return ["oui", "on"] if valeur else ["non"]


def _field_name(nom: str) -> str:
    """Return the name of a control, after that of its question: ``piece:<TYPE>`` is a file's."""
    nature, _, piece = nom.partition(":")
    return piece_field(piece) if piece else nature


def _places(
    section: Section, ouverts: Collection[str] | None, rangs: Mapping[uuid.UUID, str]
) -> Iterator[Emplacement]:
    for piece in section.pieces:
        if section.opens_piece(ouverts, piece):
            yield Emplacement(piece_field(piece), piece)
    tableau = section.tableau
    if tableau is None or ouverts is None or tableau.nom in ouverts:
        return
    for piece in tableau.pieces:
        if section.opens_piece(ouverts, piece):
            for ligne in rangs:
                yield Emplacement(f"{piece_field(piece)}_{ligne}", piece, ligne)


def _sent(form: forms.Form, places: Iterable[Emplacement]) -> list[tuple[Emplacement, Any]]:
    envoyes = ((place, form.cleaned_data.get(place.nom)) for place in places)
    return [(place, fichier) for place, fichier in envoyes if fichier]


def _share_choices(form: forms.Form) -> None:
    """Read once each list that several questions choose in."""
    lues: dict[type[models.Model], list[Any]] = {}
    for champ in form.fields.values():
        if isinstance(champ, forms.ModelChoiceField):
            modele = champ.queryset.model
            if modele not in lues:
                # By its iterator: asked how many it holds, it would count them by a query.
                lues[modele] = list(iter(champ.choices))
            champ.choices = lues[modele]


def expected(exigences: Iterable[Exigence]) -> set[str]:
    """Return the fields that a deposit may ask, under any condition."""
    return {champ for exigence in exigences for champ in (*exigence.champs, *exigence.engagements)}


def expected_pieces(exigences: Iterable[Exigence]) -> set[str]:
    """Return the attachments that a deposit may ask, under any condition."""
    return {piece for exigence in exigences for piece in exigence.pieces}


def piece_field(type_piece: str) -> str:
    """Return the name of the file's field."""
    return f"{PREFIXE_PIECE}{type_piece}"


def initial_values(objet: Any, champs: Iterable[str]) -> dict[str, Any]:
    """Return what is stored, as the fields show it."""
    return {champ: getattr(objet, champ) for champ in champs}


def field_of(section: Section, modele: str, colonne: str) -> forms.Field:
    """Return the form field of a column, with what the search by typing needs to know."""
    champ = _field(section, modele, colonne)
    if quoi := RECHERCHES.get(colonne):
        champ.widget.attrs |= {
            "data-recherche": _search_address(quoi),
            "data-recherche-aide": AIDES_RECHERCHE[quoi],
        }
    return champ


#: The list of the places of sessions, on the page of a section.
LIEUX = "lieux"


def propose_places(lignes: BaseLignes, adresse: str) -> None:
    """Let the place of each session be chosen among the dossier's sites: by the list, or as one types."""
    for form in lignes.forms:
        form.fields["lieu"].widget.attrs |= {
            "list": LIEUX,
            "data-recherche": adresse,
            "data-recherche-des": "0",
            "data-recherche-aide": "Vos sites s’affichent d’abord. En écrivant, des communes aussi.",
        }


@cache
def _search_address(quoi: str) -> str:
    return reverse("candidatures:suggestions", args=[quoi])


def _field(section: Section, modele: str, colonne: str) -> forms.Field:
    db: Any = model_of(modele)._meta.get_field(colonne)
    commun: dict[str, Any] = {
        "label": column_label(modele, colonne),
        "required": False,
        "help_text": section.aides.get(colonne, ""),
    }
    if colonne in MONTANTS:
        return ChampMontant(**commun)
    if colonne == "commune":
        aide = "Le nom de la commune ou son code INSEE."
        en_code = not isinstance(db, models.ForeignKey)
        return ChampCommune(en_code=en_code, **commun | {"help_text": aide})
    if isinstance(db, models.ForeignKey):
        return forms.ModelChoiceField(
            db.remote_field.model._default_manager.all(), empty_label=_CHOISIR[1], **commun
        )
    if isinstance(db, models.BooleanField):
        return ChampOuiNon(**commun) if db.null else forms.BooleanField(**commun)
    choix = FormeJuridique.choices if colonne == "forme_juridique" else db.choices
    if choix:
        return forms.TypedChoiceField(choices=[_CHOISIR, *choix], empty_value="", **commun)
    return _plain_field(section, db, commun)


def _plain_field(section: Section, db: Any, commun: dict[str, Any]) -> forms.Field:
    if isinstance(db, models.DateField):
        return ChampDate(**commun)
    if isinstance(db, models.EmailField):
        return forms.EmailField(max_length=db.max_length, **commun)
    if isinstance(db, models.TextField):
        return ChampLong(max_length=TEXTE_MAX, **commun)
    if isinstance(db, models.IntegerField):
        return ChampEntier(maximum=100, **commun) if db.name in POURCENTAGES else ChampEntier(**commun)
    saisie = max(db.max_length, _LONGUEUR_SAISIE) if db.max_length <= 14 else db.max_length
    return ChampTexte(section=section.code, colonne=db.name, max_length=saisie, **commun)


def anchor_of(
    signale: Manque | Avertissement, ouverts: Collection[str] | None = None, lignes: Sequence[str] = ()
) -> str:
    """Return the id of what a gap or a warning speaks of, on the section's page.

    ``ouverts``: what the page opens (``None``: all); ``lignes``: the keys of its rows. A row that is closed
    has no control of its own but its files, when those are open.
    """
    section = PAR_CODE[signale.section]
    nature, _, piece = signale.champ.partition(":")
    tableau, rang = section.tableau, signale.ligne
    if tableau and rang is not None and ouverts is not None and tableau.nom not in ouverts:
        instead = [piece] if piece else _pieces_instead(tableau, nature)
        ouvertes = [un for un in instead if section.opens_piece(ouverts, un) and rang < len(lignes)]
        return f"id_{piece_field(ouvertes[0])}_{lignes[rang]}" if ouvertes else "contenu"
    if piece and signale.ligne is not None and section.tableau:
        return f"id_{section.tableau.nom}-{signale.ligne}-{piece_field(piece)}"
    if piece:
        return f"id_{piece_field(piece)}"
    if section.tableau and signale.champ == section.tableau.nom:
        return "tableau"
    if not nature:
        return "contenu"
    modele, nom = section.modele, signale.champ
    if signale.ligne is not None and section.tableau:
        modele, nom = section.tableau.modele, f"{section.tableau.nom}-{signale.ligne}-{nature}"
    radio = isinstance(field_of(section, modele, nature), ChampOuiNon)
    return f"id_{nom}_0" if radio else f"id_{nom}"


def _pieces_instead(tableau: Tableau, champ: str) -> list[str]:
    """Return the files of a row that are enough where this answer is missing."""
    return [
        autre.partition(":")[2]
        for groupe in tableau.un_de
        if champ in groupe.champs
        for autre in groupe.champs
        if ":" in autre
    ]
