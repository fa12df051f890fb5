"""What members type in a section: all of it by a button, or one answer at a time (R9, R10, R16)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from candidatures import cycle
from candidatures.domain import completude, instantane
from candidatures.domain.controles import PERIODES, check_period, check_values
from candidatures.domain.erreurs import ChampFerme, ConflitDeVersion
from candidatures.domain.queries import demande_ouverte
from candidatures.domain.renouvellements import CHAMPS, check_label, note_renewal
from candidatures.domain.retraits import take_out_of_rows
from candidatures.models import Candidature, EtatSection, Piece, SectionFormation
from candidatures.models.lignes import Ligne
from candidatures.sections import LIGNES_MAX, PAR_CODE, SECTIONS, TROP_DE_LIGNES, Section, Tableau
from comptes.domain.acces import require
from socle import horloge
from socle.erreurs import DonneesInvalides, TransitionRefusee
from socle.models.fichier import RETENUS
from socle.references import Acteur, read_key
from socle.transition import lock


@dataclass(frozen=True)
class Frappe:
    """One answer as a person typed it: what the page showed before, and what it holds now.

    ``nom`` is the caller's own name for it. ``ligne`` names a row of the table; ``nouvelle`` says that
    the page has just added this row, so that it may not be there yet.
    """

    nom: str
    champ: str
    avant: Any
    valeur: Any
    ligne: uuid.UUID | None = None
    nouvelle: bool = False
    #: What the same page had sent without a reply: no conflict if it is what the same person has stored.
    tentees: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Conflit:
    """What is stored where somebody else answered meanwhile, or a row that is no longer in the table."""

    valeur: Any = None
    retiree: bool = False


@dataclass
class Enregistrement:
    """What became of each answer, by its name: kept, refused with its sentences, or in conflict."""

    etat: EtatSection
    #: What the section was before: its version, who had saved it and when.
    version: int
    auteur: str
    le: datetime | None
    #: Whether the person who types had saved it last.
    de_moi: bool = False
    #: The section as it stands now, for what is computed from it.
    donnees: instantane.Donnees = field(default_factory=dict)
    enregistrees: list[str] = field(default_factory=list)
    #: Each answer that is kept, as it is kept.
    valeurs: dict[str, Any] = field(default_factory=dict)
    erreurs: dict[str, list[str]] = field(default_factory=dict)
    conflits: dict[str, Conflit] = field(default_factory=dict)


@dataclass
class _Contenu:
    """A section as it stands, read once by the act that changes it."""

    section: Section
    etat: EtatSection
    objet: models.Model | None
    lignes: list[Ligne]

    @property
    def donnees(self) -> instantane.Donnees:
        return instantane.data_of(self.section, self.objet, self.lignes)


# --- All of it ---------------------------------------------------------------------------------
@transaction.atomic
def save_section(
    *,
    candidature: Candidature,
    section: str,
    valeurs: dict[str, Any],
    lignes: list[dict[str, Any]] | None,
    acteur: Acteur,
    version: int,
) -> EtatSection:
    """Save answers of one section, and its table when ``lignes`` is given (R9, R10, R16).

    ``valeurs`` may hold some fields only; ``lignes`` replaces the table, a row with an ``id`` of this
    table is updated, another one takes the ``id`` that its page gave it. ``version`` is the one that the
    person read: an older one is a conflict only if what is sent differs from what is stored.
    Effects: the rows, the section's version, state and number of gaps, the dossier's title and
    region, the first day of a renewal's deposit (R13); the pieces of a row that leaves the table go with
    it (event ``candidature.piece_retiree``). Neither event nor revision of the answers: those belong to
    deposits.
    Errors: ``ActeurRefuse`` for anybody but a member; ``TransitionRefusee`` once deposited;
    ``ChampFerme`` for what a request for compléments does not list; ``ConflitDeVersion`` when
    somebody saved meanwhile; ``DonneesInvalides`` by field (``sites-0-adresse`` for a row).
    """
    description = _section(section)
    lock(candidature)
    contenu = _read(candidature, description, acteur)
    tables = {description.tableau.nom} if description.tableau and lignes is not None else set()
    _check_open(contenu.etat.candidature, description, set(valeurs), tables)
    if lignes is not None and description.tableau is None:
        raise DonneesInvalides({"__all__": ["Cette section n’a pas de tableau."]})
    if contenu.etat.version != version and (changements := _changes(contenu, valeurs, lignes)):
        raise _conflict(contenu, changements)
    erreurs = _assign_answers(contenu, valeurs)
    anciennes = contenu.lignes
    modifiees: list[Ligne] = []
    if description.tableau and lignes is not None:
        contenu.lignes, modifiees, refus = _assign_rows(contenu, description.tableau, lignes)
        erreurs |= refus
    if erreurs:
        raise DonneesInvalides(erreurs)
    if contenu.objet is not None and valeurs:
        contenu.objet.save(update_fields=list(valeurs))
    if description.tableau:
        if retirees := {ligne.pk for ligne in anciennes} - {ligne.pk for ligne in contenu.lignes}:
            take_out_of_rows(candidature, retirees, acteur)
        _write_rows(description.tableau, retirees, modifiees)
    if section == "formation" and CHAMPS & set(valeurs):
        note_renewal(candidature, instantane.fields_of(contenu.donnees))
    return _conclude(candidature, contenu, acteur, resume=section == "formation")


# --- One answer at a time ----------------------------------------------------------------------
@transaction.atomic
def autosave_section(
    *,
    dossiers: models.QuerySet[Candidature],
    pk: uuid.UUID,
    section: str,
    frappes: Iterable[Frappe],
    acteur: Acteur,
) -> Enregistrement:
    """Save each answer that can be, whatever becomes of the others (R10).

    The dossier is found among ``dossiers``, those that the person may see, by the query that locks it.
    An answer that somebody else changed since the page showed it is a conflict: nothing is written over
    it. A new row goes to the end of its table, and keeps the identifier that its page gave it, so that
    sending it twice adds it once.
    Effects: as :func:`save_section`, for what is kept; none when nothing is.
    Errors: ``Candidature.DoesNotExist`` for a dossier that is not among them; ``ActeurRefuse``,
    ``TransitionRefusee``, ``ChampFerme`` as :func:`save_section`; ``DonneesInvalides`` for a question that
    the section does not ask. What is wrong in an answer is told in the result.
    """
    description = _section(section)
    frappes = list(frappes)
    candidature = dossiers.select_for_update(of=("self",)).select_related("structure").get(pk=pk)
    contenu = _read(candidature, description, acteur)
    _check_asked(description, frappes)
    lignes = {frappe.ligne for frappe in frappes} - {None}
    champs = {frappe.champ for frappe in frappes if frappe.ligne is None}
    tables = {description.tableau.nom} if description.tableau and lignes else set()
    etat = contenu.etat
    if frappes:
        _check_open(etat.candidature, description, champs, tables)
    bilan = Enregistrement(etat, etat.version, str(etat.modifiee_par or ""), etat.modifiee_le)
    bilan.de_moi = etat.modifiee_par == acteur
    nouvelles = _add_rows(contenu, frappes)
    par_ligne = {ligne.pk: ligne for ligne in contenu.lignes}
    touches: list[models.Model] = []
    for cible in dict.fromkeys(frappe.ligne for frappe in frappes):
        lot = [frappe for frappe in frappes if frappe.ligne == cible]
        objet = contenu.objet if cible is None else par_ligne.get(cible)
        if objet is None and len(contenu.lignes) >= LIGNES_MAX and lot[0].nouvelle:
            bilan.erreurs.update({frappe.nom: [TROP_DE_LIGNES] for frappe in lot})
        elif objet is None:
            bilan.conflits.update({frappe.nom: Conflit(retiree=True) for frappe in lot})
        elif _type(objet, lot, candidature, section, bilan):
            touches.append(objet)
    for objet in touches:
        _write(objet, [frappe.champ for frappe in frappes if frappe.nom in bilan.enregistrees], nouvelles)
    # A new row of which nothing could be kept is not there.
    contenu.lignes = [ligne for ligne in contenu.lignes if ligne.pk not in nouvelles or ligne in touches]
    if touches:
        resume = section == "formation" and _is_summed_up(bilan.enregistrees, frappes)
        _conclude(candidature, contenu, acteur, resume=resume)
        if section == "formation" and CHAMPS & {f.champ for f in frappes if f.nom in bilan.enregistrees}:
            note_renewal(candidature, instantane.fields_of(contenu.donnees))
    bilan.donnees = contenu.donnees
    return bilan


def _write(objet: models.Model, champs: list[str], nouvelles: set[uuid.UUID]) -> None:
    """Write what was typed in a row, and nothing else of it."""
    if objet.pk in nouvelles:
        objet.save(force_insert=True)
    else:
        objet.save(update_fields={champ.name for champ in objet._meta.fields} & set(champs))


def _check_asked(section: Section, frappes: Iterable[Frappe]) -> None:
    colonnes = section.tableau.champs if section.tableau else ()
    for frappe in frappes:
        if frappe.champ not in (section.champs if frappe.ligne is None else colonnes):
            raise DonneesInvalides({frappe.nom: ["Cette question n’existe pas."]})


def _add_rows(contenu: _Contenu, frappes: Iterable[Frappe]) -> set[uuid.UUID]:
    """Put at the end of the table, unsaved, the rows that the page has added."""
    tableau = contenu.section.tableau
    connues = {ligne.pk for ligne in contenu.lignes}
    demandees = {f.ligne for f in frappes if f.ligne and f.nouvelle} - connues
    if tableau is None or not demandees:
        return set()
    modele = instantane.row_model(tableau)
    prises = set(modele._default_manager.filter(pk__in=demandees).values_list("pk", flat=True))
    nouvelles = {pk for pk in demandees - prises if pk is not None}
    rang = max((ligne.ordre for ligne in contenu.lignes), default=-1)
    place = LIGNES_MAX - len(contenu.lignes)
    nouvelles = set(sorted(nouvelles)[:place])
    for suite, pk in enumerate(sorted(nouvelles), start=1):
        ligne = modele(id=pk, candidature=contenu.etat.candidature, ordre=rang + suite)
        contenu.lignes.append(ligne)
    return nouvelles


def _type(
    objet: models.Model, lot: list[Frappe], candidature: Candidature, section: str, bilan: Enregistrement
) -> bool:
    """Write on an object the answers that can be; tell whether any was."""
    anciennes: dict[Frappe, Any] = {}
    for frappe in lot:
        ancienne = getattr(objet, frappe.champ)
        connues = (frappe.avant, frappe.valeur, *(frappe.tentees if bilan.de_moi else ()))
        if not any(_same(ancienne, une) for une in connues):
            bilan.conflits[frappe.nom] = Conflit(ancienne)
            continue
        propres, erreurs = check_values(section, {frappe.champ: frappe.valeur})
        erreurs |= _check_renewal(candidature, objet, propres)
        if erreurs := erreurs | _assign(objet, propres, [frappe.champ]):
            setattr(objet, frappe.champ, ancienne)
            bilan.erreurs[frappe.nom] = erreurs[frappe.champ]
        else:
            anciennes[frappe] = ancienne
    if refus := _check_dates(objet, section):
        for frappe in [frappe for frappe in anciennes if frappe.champ in PERIODES[section]]:
            setattr(objet, frappe.champ, anciennes.pop(frappe))
            bilan.erreurs[frappe.nom] = refus
    bilan.enregistrees.extend(frappe.nom for frappe in anciennes)
    bilan.valeurs |= {frappe.nom: getattr(objet, frappe.champ) for frappe in anciennes}
    return bool(anciennes)


def _check_renewal(
    candidature: Candidature, objet: models.Model, valeurs: dict[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with the label to renew, when it changes (R13)."""
    code = valeurs.get("label_renouvele", "")
    if not code or not isinstance(objet, SectionFormation) or code == objet.label_renouvele:
        return {}
    phrases = check_label(candidature, code)
    return {"label_renouvele": phrases} if phrases else {}


def _check_dates(objet: models.Model, section: str) -> list[str]:
    if section not in PERIODES:
        return []
    bornes = {champ: getattr(objet, champ) for champ in PERIODES[section]}
    return [phrase for phrases in check_period(section, bornes).values() for phrase in phrases]


def _same(une: Any, autre: Any) -> bool:
    """Whether two answers say the same; an empty text is no answer."""
    return _bare(une) == _bare(autre)


def _bare(valeur: Any) -> Any:
    if isinstance(valeur, models.Model):
        # What it is linked to would be read for nothing.
        return valeur.pk
    valeur = instantane.json_value(valeur)
    if not isinstance(valeur, str):
        return valeur
    return valeur.replace("\r\n", "\n").strip() or None


def _is_summed_up(enregistrees: list[str], frappes: Iterable[Frappe]) -> bool:
    """Whether the dossier's title or region can have changed."""
    return any(f.champ in ("intitule", "commune") for f in frappes if f.nom in enregistrees)


# --- What both do ------------------------------------------------------------------------------
def open_fields(candidature: Candidature, section: str) -> frozenset[str] | None:
    """Return what can be edited: ``None`` is everything (a draft), a set what is listed (R16)."""
    if candidature.etat == cycle.BROUILLON:
        return None
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    if demande is None:
        return frozenset()
    return frozenset(demande.elements.filter(section=section).values_list("champ", flat=True))


def open_answers(candidature: Candidature) -> dict[str, frozenset[str]]:
    """Return what can be edited, by section: all of a draft, else what the open request names (R16)."""
    if candidature.etat == cycle.BROUILLON:
        return {section.code: frozenset(section.ouvrables) for section in SECTIONS}
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    ouverts: dict[str, set[str]] = {}
    if demande is not None:
        for section, champ in demande.elements.values_list("section", "champ"):
            ouverts.setdefault(section, set()).add(champ)
    return {code: frozenset(champs) for code, champs in ouverts.items()}


def check_editable(candidature: Candidature, acteur: Acteur) -> None:
    """Refuse a dossier that is deposited (``TransitionRefusee``) or somebody else's (``ActeurRefuse``)."""
    if candidature.etat not in (cycle.BROUILLON, cycle.EN_COMPLEMENT):
        raise TransitionRefusee("Ce dossier est déposé\u00a0: il ne peut plus être modifié.")
    require(acteur, "candidatures.edit_candidature", candidature)


def refresh_gaps(candidature: Candidature, section: Section) -> EtatSection:
    """Count again the gaps of a section, and set its state."""
    etat = _states(section).get(candidature=candidature)
    objet, lignes = (
        instantane.read_fields(candidature, section),
        instantane.read_rows(candidature, section),
    )
    _count_gaps(_Contenu(section, etat, objet, lignes))
    etat.save(update_fields=["manques", "avancement"])
    return etat


def _section(code: str) -> Section:
    if code not in PAR_CODE:
        raise DonneesInvalides({"section": ["Cette section n’existe pas."]})
    return PAR_CODE[code]


def _read(candidature: Candidature, section: Section, acteur: Acteur) -> _Contenu:
    """Read all that a section holds, once its dossier is locked.

    The lock comes first, in a query of its own: a row joined to the one that waits for a lock would be
    read as it was before the wait. Everybody who writes in a dossier takes that lock, and takes it first.
    """
    check_editable(candidature, acteur)
    etat = _states(section).select_related("modifiee_par", *_joined(section)).get(candidature=candidature.pk)
    objet = getattr(etat.candidature, section.modele.lower()) if section.modele else None
    etat.candidature = candidature
    return _Contenu(section, etat, objet, instantane.read_rows(candidature, section))


def _states(section: Section) -> models.QuerySet[EtatSection]:
    """Return the states of a section, each with what a count of its gaps needs to know of its pieces.

    In the same query: an answer that is typed has no other to spare.
    """
    etats = EtatSection.objects.filter(section=section.code)
    if not section.pieces:
        return etats
    pieces = Piece.objects.filter(
        candidature=OuterRef("candidature"), type_piece__in=section.pieces, retiree_le__isnull=True
    )
    retenues = pieces.filter(fichier__antivirus__in=RETENUS).order_by().values("candidature")
    return etats.annotate(
        pieces_retenues=Coalesce(Subquery(retenues.annotate(nombre=Count("pk")).values("nombre")), 0),
        **{
            _attached(type_piece): Exists(pieces.filter(type_piece=type_piece))
            for type_piece in section.pieces
        },
    )


def _attached(type_piece: str) -> str:
    return f"jointe_{type_piece}"


def _joined(section: Section) -> list[str]:
    if not section.modele:
        return []
    chemin = f"candidature__{section.modele.lower()}"
    return [chemin, *(f"{chemin}__{lien}" for lien in instantane.LIENS.get(section.modele, ()))]


def _check_open(candidature: Candidature, section: Section, champs: set[str], tables: set[str]) -> None:
    if inconnus := champs - set(section.champs):
        raise DonneesInvalides({champ: ["Cette question n’existe pas."] for champ in sorted(inconnus)})
    ouverts = open_fields(candidature, section.code)
    if ouverts is None:
        return
    envoyes = champs | tables
    if envoyes - ouverts or not envoyes:
        raise ChampFerme("La demande de compléments n’ouvre pas cette réponse à la modification.")


def _conclude(candidature: Candidature, contenu: _Contenu, acteur: Acteur, *, resume: bool) -> EtatSection:
    """Count what is missing, and sign the section."""
    etat = contenu.etat
    etat.version += 1
    etat.modifiee_par = acteur
    etat.modifiee_le = horloge.now()
    _count_gaps(contenu)
    etat.save(update_fields=["version", "modifiee_par", "modifiee_le", "manques", "avancement"])
    if resume:
        copy_summary(candidature, contenu.donnees)
    return etat


def _count_gaps(contenu: _Contenu) -> None:
    section, etat = contenu.section, contenu.etat
    jointes = [{"type": genre} for genre in section.pieces if getattr(etat, _attached(genre))]
    # Each piece that is held back is a gap too.
    retenues = getattr(etat, "pieces_retenues", 0)
    if section.tableau:
        des_lignes, des_lignes_retenues = instantane.pieces_of_rows(section.tableau, contenu.lignes)
        jointes += des_lignes
        retenues += des_lignes_retenues
    etat.manques = len(completude.section_gaps(section.code, contenu.donnees, jointes)) + retenues
    etat.avancement = EtatSection.Avancement.EN_COURS if etat.manques else EtatSection.Avancement.TERMINEE


def copy_summary(candidature: Candidature, formation: instantane.Donnees) -> None:
    """Copy the title and the region of the first site, for lists and filters."""
    champs = instantane.fields_of(formation)
    communes = [site["commune"] for site in champs["sites"] if site["commune"]]
    resume = (champs["intitule"], communes[0]["region"] if communes else None)
    if resume == (candidature.intitule, candidature.region_id):
        return
    candidature.intitule, candidature.region_id = resume
    candidature.save(update_fields=["intitule", "region"])


# --- Answers and rows --------------------------------------------------------------------------
def _assign_answers(contenu: _Contenu, valeurs: dict[str, Any]) -> dict[str, list[str]]:
    if contenu.objet is None:
        return {}
    propres, erreurs = check_values(contenu.section.code, valeurs)
    erreurs |= _check_renewal(contenu.etat.candidature, contenu.objet, propres)
    return erreurs | _assign(contenu.objet, propres, contenu.section.champs)


def _assign(objet: models.Model, valeurs: dict[str, Any], champs: Iterable[str]) -> dict[str, list[str]]:
    """Write values on an object and return what its columns refuse."""
    for champ, valeur in valeurs.items():
        setattr(objet, champ, valeur)
    try:
        # What a list has just given exists: it is not asked for again.
        lus = {champ for champ, valeur in valeurs.items() if isinstance(valeur, models.Model)}
        objet.clean_fields(exclude={champ.name for champ in objet._meta.fields} - set(champs) | lus)
    except ValidationError as erreur:
        return {champ: list(phrases) for champ, phrases in erreur.message_dict.items()}
    return {}


def _assign_rows(
    contenu: _Contenu, tableau: Tableau, lignes: list[dict[str, Any]]
) -> tuple[list[Ligne], list[Ligne], dict[str, list[str]]]:
    """Return the rows of the table as sent, those that change among them, and the errors."""
    if len(lignes) > LIGNES_MAX:
        return [], [], {"__all__": [TROP_DE_LIGNES]}
    presentes: dict[uuid.UUID | None, Ligne] = {ligne.pk: ligne for ligne in contenu.lignes}
    libres = _free_ids(
        tableau, {pk for ligne in lignes if (pk := read_key(ligne.get("id")))} - set(presentes)
    )
    rangs: list[Ligne] = []
    modifiees: list[Ligne] = []
    erreurs: dict[str, list[str]] = {}
    for rang, ligne in enumerate(lignes):
        pk = read_key(ligne.get("id"))
        objet = presentes.pop(pk, None) or _new_row(contenu, tableau, pk if pk in libres else None)
        libres.discard(pk)
        avant = _columns(objet, tableau)
        envoyes = {champ: valeur for champ, valeur in ligne.items() if champ in tableau.champs}
        propres, refus = check_values(contenu.section.code, envoyes)
        refus |= _assign(objet, propres | {"ordre": rang}, tableau.champs)
        erreurs |= {f"{tableau.nom}-{rang}-{champ}": phrases for champ, phrases in refus.items()}
        rangs.append(objet)
        if objet._state.adding or _columns(objet, tableau) != avant:
            modifiees.append(objet)
    return rangs, modifiees, erreurs


def _new_row(contenu: _Contenu, tableau: Tableau, pk: uuid.UUID | None) -> Ligne:
    modele = instantane.row_model(tableau)
    identite = {"id": pk} if pk else {}
    return modele(candidature=contenu.etat.candidature, **identite)


def _free_ids(tableau: Tableau, demandes: set[uuid.UUID]) -> set[uuid.UUID | None]:
    """Keep the identifiers that no row bears, of this dossier or of another."""
    if not demandes:
        return set()
    modele = instantane.row_model(tableau)
    prises = modele._default_manager.filter(pk__in=demandes).values_list("pk", flat=True)
    return {*(demandes - set(prises))}


def _columns(objet: Ligne, tableau: Tableau) -> dict[str, Any]:
    """Return what is stored of a row: a link by its key, which needs no query."""
    champs = {*tableau.champs, "ordre"}
    colonnes = (champ for champ in objet._meta.concrete_fields if champ.name in champs)
    return {champ.attname: getattr(objet, champ.attname) for champ in colonnes}


def _write_rows(tableau: Tableau, retirees: set[uuid.UUID], modifiees: list[Ligne]) -> None:
    """Write the rows that change and delete those that are no longer there, however many they are."""
    rangs = instantane.row_model(tableau)._default_manager
    if retirees:
        rangs.filter(pk__in=retirees).delete()
    instant = horloge.now()
    for ligne in modifiees:
        ligne.modifie_le = instant
    nouvelles = [ligne for ligne in modifiees if ligne._state.adding]
    changees = [ligne for ligne in modifiees if not ligne._state.adding]
    rangs.bulk_create(nouvelles)
    rangs.bulk_update(changees, [*tableau.champs, "ordre", "modifie_le"])


# --- Conflicts ---------------------------------------------------------------------------------
def _changes(
    contenu: _Contenu, valeurs: dict[str, Any], lignes: list[dict[str, Any]] | None
) -> dict[str, tuple[Any, Any]]:
    """Return what differs between what is stored and what is sent, by field; the table counts as one."""
    donnees, section = contenu.donnees, contenu.section
    enregistrees = instantane.fields_of(donnees)
    changements: dict[str, tuple[Any, Any]] = {}
    for champ, envoyee in valeurs.items():
        if enregistrees[champ] != instantane.json_value(envoyee):
            changements[champ] = (enregistrees[champ], instantane.json_value(envoyee))
    if section.tableau and lignes is not None:
        stockees = [_without_id(ligne) for ligne in instantane.rows_of(section, donnees)]
        envoyees = [_without_id({c: instantane.json_value(v) for c, v in ligne.items()}) for ligne in lignes]
        if stockees != envoyees:
            changements[section.tableau.nom] = (stockees, envoyees)
    return changements


def _without_id(ligne: dict[str, Any]) -> dict[str, Any]:
    return {champ: valeur for champ, valeur in ligne.items() if champ != "id"}


def _conflict(contenu: _Contenu, changements: dict[str, tuple[Any, Any]]) -> ConflitDeVersion:
    etat = contenu.etat
    return ConflitDeVersion(
        section=contenu.section.code,
        version=etat.version,
        modifiee_par=str(etat.modifiee_par or ""),
        modifiee_le=etat.modifiee_le,
        changements=changements,
    )
