"""One section of the dossier: its fields, its table, its files. Everything works without JavaScript."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidatures.domain import instantane
from candidatures.domain.calculs import calculs
from candidatures.domain.erreurs import ConflitDeVersion
from candidatures.domain.lecture import SANS_OBJET, VIDE, cells, column_label, human
from candidatures.domain.pieces import attach_piece
from candidatures.domain.places import Place, places_of
from candidatures.domain.propositions import PROPOSES, fill_from_list
from candidatures.domain.renouvellements import choices
from candidatures.domain.saisie import open_fields, save_section
from candidatures.domain.suggestions import places_of_sites
from candidatures.forms.frappes import shown
from candidatures.forms.sections import (
    Action,
    BaseLignes,
    LigneForm,
    SectionForm,
    initial_values,
    propose_places,
    read_action,
    rows_formset,
)
from candidatures.models import Candidature
from candidatures.sections import MODELES, PAR_CODE, SECTIONS, Section
from candidatures.views.acces import contexte, dossier_de_membre
from candidatures.views.propositions import printed
from comptes.voir_comme import open_to_view
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.typographie import heure

FERMEE = "Cette section ne peut pas être modifiée\u00a0: le dossier est déposé."


@dataclass(frozen=True)
class LigneErreur:
    """A line of the summary of errors, with the field it leads to."""

    ancre: str
    label: str
    phrase: str


@dataclass
class Saisie:
    """What the page shows and reads: the form, the table, the version that was read."""

    section: Section
    form: SectionForm
    lignes: BaseLignes | None
    version: int
    #: What is stored: the row of the fields, and those of the table by identifier.
    objet: Any = None
    rangs: dict[str, Any] = field(default_factory=dict)
    action: Action | None = None
    erreurs: list[LigneErreur] = field(default_factory=list)
    conflit: ConflitDeVersion | None = None
    #: The dossier's own sites, where the table asks a place.
    lieux: list[str] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]] | None:
        """Return the rows to save, once copied or moved as a button asked."""
        if self.lignes is None:
            return None
        return self.lignes.rows(self.action)

    @property
    def stored(self) -> dict[str, str]:
        """Return what each control would show of what is stored, by its name: the script saves from there."""
        valeurs = {
            champ: shown(self.form.fields[champ], getattr(self.objet, champ)) for champ in self.form.champs
        }
        for form in self.lignes.forms if self.lignes is not None else ():
            rang = self.rangs.get(str(form["id"].value()))
            for champ in form.visible_columns():
                valeurs[champ.html_name] = shown(champ.field, getattr(rang, champ.name)) if rang else ""
        return valeurs

    def is_valid(self) -> bool:
        """Validate both, so that every error shows at once."""
        return all([self.form.is_valid(), self.lignes is None or self.lignes.is_valid()])

    def show(self) -> None:
        """Collect the errors and mark what is optional; nothing is validated after this."""
        self.erreurs = [*_errors(self.form), *self._row_errors()]
        self.form.mark_expected()
        if self.lignes is not None:
            self.lignes.mark_expected()

    def _row_errors(self) -> list[LigneErreur]:
        if self.lignes is None or not self.lignes.is_bound or self.section.tableau is None:
            return []
        singulier = self.section.tableau.singulier.capitalize()
        erreurs = [
            LigneErreur("tableau", self.section.tableau.titre, str(phrase))
            for phrase in self.lignes.non_form_errors()
        ]
        for rang, form in enumerate(self.lignes.forms, start=1):
            erreurs += _errors(form, prefixe=f"{singulier} {rang}, ")
        return erreurs


def _errors(form: forms.Form, prefixe: str = "") -> list[LigneErreur]:
    if not form.is_bound:
        return []
    erreurs = [LigneErreur("contenu", "", str(phrase)) for phrase in form.non_field_errors()]
    for champ in form.visible_fields():
        radio = isinstance(champ.field.widget, forms.RadioSelect)
        ancre = f"{champ.auto_id}_0" if radio else champ.auto_id
        label = f"{prefixe}{champ.label}" if prefixe else str(champ.label)
        erreurs += [LigneErreur(ancre, label, str(phrase)) for phrase in champ.errors]
    return erreurs


@open_to_view
@never_cache
@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, pk: uuid.UUID, code: str) -> HttpResponse:
    """Show and save one section."""
    candidature = dossier_de_membre(request, pk)
    if code not in PAR_CODE:
        raise Http404
    ouverts = open_fields(candidature, code)
    if ouverts is not None and not ouverts:
        messages.error(request, FERMEE)
        return redirect("candidatures:dossier", pk=pk)
    saisie = _read(request, candidature, PAR_CODE[code], ouverts)
    if request.method == "POST" and saisie.is_valid() and _save(request, candidature, saisie):
        messages.success(request, f"Enregistré à {heure(horloge.now())}. Le dossier n’est pas déposé.")
        _fill(request, candidature, saisie.section)
        return redirect(_next(request, candidature, saisie))
    saisie.show()
    return render(request, "candidatures/section.html", _page(candidature, saisie), status=_status(saisie))


def _status(saisie: Saisie) -> int:
    if saisie.conflit:
        return 409
    return 422 if saisie.erreurs else 200


def _read(
    request: HttpRequest, candidature: Candidature, section: Section, ouverts: frozenset[str] | None
) -> Saisie:
    donnees, fichiers = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if action := read_action(section, request.POST):
        donnees = _without_deleted(section, request.POST, action)
    # First: what somebody saves from here on makes a conflict, never an old answer under a new version.
    version = candidature.etats_sections.get(section=section.code).version
    objet = instantane.read_fields(candidature, section)
    lignes = _rows(candidature, section, ouverts)
    form = SectionForm(
        donnees,
        fichiers,
        section=section,
        ouverts=ouverts,
        choix=_choices(candidature, section, objet),
        rangs={ligne.pk: _name_of(section, rang, ligne) for rang, ligne in enumerate(lignes, start=1)},
        initial=initial_values(objet, section.champs) if objet else {},
    )
    if donnees is not None:
        envoyee = donnees.get("version", "")
        # What is not a number is no version that anybody read: the verb answers by a conflict.
        version = int(envoyee) if envoyee.isascii() and envoyee.isdigit() and len(envoyee) < 10 else -1
    saisie = Saisie(section, form, None, version, objet, action=action)
    tableau = section.tableau
    if tableau is not None and (ouverts is None or tableau.nom in ouverts):
        saisie.rangs = {str(ligne.pk): ligne for ligne in lignes}
        initial = [{"id": str(ligne.pk), **initial_values(ligne, tableau.champs)} for ligne in lignes]
        extra = 1 if not initial or "ligne" in request.GET else 0
        saisie.lignes = rows_formset(section, extra=extra)(
            donnees, fichiers, prefix=tableau.nom, initial=initial
        )
        if "lieu" in tableau.champs:
            propose_places(saisie.lignes, reverse("candidatures:lieux", args=[candidature.pk]))
            saisie.lieux = places_of_sites(candidature)
    return saisie


def _choices(candidature: Candidature, section: Section, objet: Any) -> dict[str, list[tuple[str, str]]]:
    """Return what the answers that depend on the dossier are chosen from."""
    if "label_renouvele" not in section.champs:
        return {}
    return {"label_renouvele": choices(candidature, objet.label_renouvele)}


def _rows(candidature: Candidature, section: Section, ouverts: frozenset[str] | None) -> list[Any]:
    """Return the rows that the page shows: those of an open table, or of which files alone are asked for."""
    tableau = section.tableau
    if tableau is None:
        return []
    demandees = {tableau.nom, *(f"piece:{piece}" for piece in tableau.pieces)}
    return instantane.read_rows(candidature, section) if ouverts is None or demandees & ouverts else []


def _name_of(section: Section, rang: int, ligne: Any) -> str:
    tableau = section.tableau
    assert tableau is not None, "a row belongs to a table"
    return str(getattr(ligne, tableau.champs[0]) or f"{tableau.singulier} {rang}")


def _without_deleted(section: Section, envoi: QueryDict, action: Action) -> QueryDict:
    """Mark the row that a button deletes: what is wrong in it is no longer asked."""
    if action.geste != "supprimer" or section.tableau is None:
        return envoi
    donnees = envoi.copy()
    donnees[f"{section.tableau.nom}-{action.rang}-DELETE"] = "on"
    return donnees


def _save(request: HttpRequest, candidature: Candidature, saisie: Saisie) -> bool:
    """Save the answers, then the files; whatever is refused shows on the page, nothing typed is lost."""
    reponses = saisie.form.champs or saisie.lignes is not None
    try:
        if reponses:
            etat = save_section(
                candidature=candidature,
                section=saisie.section.code,
                valeurs=saisie.form.values(),
                lignes=saisie.rows(),
                acteur=request.user,
                version=saisie.version,
            )
            saisie.version = etat.version
    except ActeurRefuse:
        raise
    except ConflitDeVersion as conflit:
        saisie.conflit, saisie.version = conflit, conflit.version
        return False
    except DonneesInvalides as erreur:
        _add_errors(saisie, erreur)
        return False
    except ErreurMetier as erreur:
        saisie.form.add_error(None, str(erreur))
        return False
    return _attach(request, candidature, saisie)


def _fill(request: HttpRequest, candidature: Candidature, section: Section) -> None:
    """Fill from a public list what is still empty, as the button beside an identifier asks."""
    champ = request.POST.get("remplir", "")
    if champ not in PROPOSES.get(section.code, ()):
        return
    try:
        rempli = fill_from_list(
            candidature=candidature, section=section.code, champ=champ, acteur=request.user
        )
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.warning(request, str(erreur))
    else:
        phrase = "Les réponses vides sont remplies." if rempli else "Il n’y a plus rien à remplir."
        messages.info(request, f"{phrase} Vérifiez-les.")


def _attach(request: HttpRequest, candidature: Candidature, saisie: Saisie) -> bool:
    pages: list[SectionForm | LigneForm] = [saisie.form]
    pages += [form for form in saisie.lignes.forms if form.is_kept()] if saisie.lignes is not None else []
    for form in pages:
        for place, fichier in form.files_to_attach():
            try:
                attach_piece(
                    candidature=candidature,
                    type_piece=place.type_piece,
                    ligne=place.ligne,
                    contenu=fichier,
                    nom=fichier.name,
                    acteur=request.user,
                )
            except ActeurRefuse:
                raise
            except ErreurMetier as erreur:
                form.add_error(place.nom, f"{erreur} Vos autres réponses sont enregistrées.")
    return not any(form.errors for form in pages)


def _add_errors(saisie: Saisie, erreur: DonneesInvalides) -> None:
    """Show the verb's errors beside the fields they speak of."""
    for champ, phrases in erreur.erreurs.items():
        form: forms.Form = saisie.form
        cible: str | None = champ if champ in form.fields else None
        if saisie.lignes is not None and saisie.section.tableau and champ.count("-") >= 2:
            _, rang, colonne = champ.split("-", 2)
            lignes = saisie.lignes.rows(saisie.action)
            par_ligne = {ligne.cleaned_data.get("id"): ligne for ligne in saisie.lignes.forms}
            form = par_ligne.get(lignes[int(rang)]["id"], saisie.form)
            cible = colonne if colonne in form.fields else None
        for phrase in phrases:
            form.add_error(cible, phrase)


def _next(request: HttpRequest, candidature: Candidature, saisie: Saisie) -> str:
    section = saisie.section
    adresse = reverse("candidatures:section", args=[candidature.pk, section.code])
    if saisie.action is not None:
        return (
            f"{adresse}#{'tableau' if saisie.action.geste == 'supprimer' else f'ligne-{saisie.action.ligne}'}"
        )
    if "remplir" in request.POST:
        return f"{adresse}#id_{request.POST['remplir']}"
    if "rester" in request.POST:
        # The key « Entrée » in a line of text: one stays where one writes.
        return adresse
    if "ajouter" in request.POST:
        return f"{adresse}?ligne=1#derniere-ligne"
    suivante = next_section(section)
    if "suivant" in request.POST and suivante and candidature.est_brouillon:
        return reverse("candidatures:section", args=[candidature.pk, suivante.code])
    return reverse("candidatures:dossier", args=[candidature.pk])


def next_section(section: Section) -> Section | None:
    """Return the section after this one."""
    return next((autre for autre in SECTIONS if autre.numero == section.numero + 1), None)


def _page(candidature: Candidature, saisie: Saisie) -> dict[str, Any]:
    section = saisie.section
    demande = open_fields(candidature, section.code)
    consignes = []
    donnees = _donnees(candidature, saisie)
    for champ, html in printed(section, donnees, saisie.form.champs).items():
        saisie.form.fields[champ].proposition = html
    if demande is not None:
        consignes = list(
            candidature.demandes_complements.filter(repondue_le__isnull=True, close_le__isnull=True)
            .values_list("elements__consigne", flat=True)
            .filter(elements__section=section.code)
        )
    return contexte(
        candidature,
        f"{section.numero}. {section.titre}",
        saisie=saisie,
        section=section,
        total=len(SECTIONS),
        suivante=next_section(section) if candidature.est_brouillon else None,
        places=_places(candidature, saisie),
        modeles_de_lignes=[MODELES[piece] for piece in section.pieces_de_lignes if piece in MODELES],
        calculs=calculs(section.code, donnees, candidature),
        changements=_changes(saisie),
        consignes=consignes,
        stockees=saisie.stored,
    )


def _places(candidature: Candidature, saisie: Saisie) -> list[tuple[forms.BoundField, Place]]:
    """Return the places of the section's files: all of a draft's, or what a request opens.

    Those of the rows on the page are given to their forms.
    """
    champs = saisie.form.places()
    formulaires = saisie.lignes.forms if saisie.lignes is not None else []
    des_lignes = [(form, place) for form in formulaires for place in form.emplacements()]
    cles = [(place.type_piece, place.ligne) for place, _ in champs]
    cles += [(place.type_piece, place.ligne) for _, place in des_lignes]
    places = places_of(candidature, cles)
    for form, place in des_lignes:
        form.pieces_de_la_ligne.append((form[place.nom], places[place.type_piece, place.ligne]))
    return [(champ, places[place.type_piece, place.ligne]) for place, champ in champs]


def _donnees(candidature: Candidature, saisie: Saisie) -> instantane.Donnees:
    """Return the section as it is stored, without reading it again."""
    if saisie.form.is_bound or (saisie.lignes is None and saisie.section.tableau):
        return instantane.section_data(candidature, saisie.section.code)
    return instantane.data_of(saisie.section, saisie.objet, saisie.rangs.values())


def _changes(saisie: Saisie) -> list[tuple[str, str, str]]:
    """Return what differs in a conflict: (question, what is stored, what was typed)."""
    if saisie.conflit is None:
        return []
    section = saisie.section
    lignes = []
    for champ, (stockee, envoyee) in saisie.conflit.changements.items():
        if section.tableau and champ == section.tableau.nom:
            lignes.append((section.tableau.titre, _rows_text(section, stockee), _rows_text(section, envoyee)))
        else:
            modele = section.modele
            lignes.append(
                (column_label(modele, champ), human(modele, champ, stockee), human(modele, champ, envoyee))
            )
    return lignes


def _rows_text(section: Section, lignes: list[dict[str, Any]]) -> str:
    tableau = section.tableau
    assert tableau is not None
    textes = [
        ", ".join(
            valeur
            for valeur in cells(tableau, {**dict.fromkeys(tableau.champs), **ligne})
            if valeur not in (VIDE, SANS_OBJET)
        )
        for ligne in lignes
    ]
    return " · ".join(texte for texte in textes if texte) or "Aucune ligne"
