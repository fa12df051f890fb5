"""The draft: created, filled in section by section, with its attachments (R8 to R10, R12, R16)."""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError, models, transaction

from candidatures import cycle
from candidatures.domain import completude, instantane
from candidatures.domain.appels import open_call
from candidatures.domain.controles import check_values
from candidatures.domain.erreurs import ChampFerme, ConflitDeVersion
from candidatures.domain.queries import demande_ouverte
from candidatures.models import Candidature, EtatSection, Piece
from candidatures.sections import PAR_CODE, SECTIONS, Section, Tableau, section_de_piece
from comptes.domain.acces import require
from comptes.models import Structure
from referentiels.models import Commune
from referentiels.texte import normalise
from socle import fichiers, horloge, journal
from socle.erreurs import DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock

#: Crockford's base 32: no I, L, O or U, so that a reference can be read over the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
POLITIQUE_PIECE = "candidatures.piece"
_ESSAIS_REFERENCE = 20


# --- Creation ----------------------------------------------------------------------------------
@transaction.atomic
def create_candidature(*, structure: Structure, acteur: Acteur, intitule: str = "") -> Candidature:
    """Open a draft for one formation of a structure (R8), in the call open now.

    Effects: the dossier with a reference of its own, its eleven sections (section 1 filled in from
    the structure's record), event ``candidature.creee``.
    Errors: ``ActeurRefuse`` for anybody but a member; ``ErreurMetier`` when no call is open.
    """
    require(acteur, "candidatures.create_candidature", structure)
    appel = open_call(horloge.now())
    if appel is None:
        raise ErreurMetier("Aucun appel à labellisation n’est ouvert pour l’instant.")
    candidature = _with_reference(
        Candidature(appel=appel, structure=structure, cree_par=acteur, intitule=intitule.strip()[:200]),
        prefixe=f"GEN-{appel.code}-",
    )
    _create_sections(candidature)
    journal.record("candidature.creee", sujet=candidature, acteur=acteur, visibilite=Visibilite.PORTEUR)
    return candidature


def new_reference(prefixe: str) -> str:
    """Return a reference that nobody can guess from another one."""
    return prefixe + "".join(secrets.choice(ALPHABET) for _ in range(5))


def _with_reference(candidature: Candidature, prefixe: str) -> Candidature:
    for _ in range(_ESSAIS_REFERENCE):
        candidature.reference = new_reference(prefixe)
        try:
            with transaction.atomic():
                candidature.save(force_insert=True)
        except IntegrityError:
            if not Candidature.objects.filter(reference=candidature.reference).exists():
                raise
            continue
        return candidature
    raise ErreurMetier("Aucune référence n’est disponible pour ce dossier. Réessayez dans un instant.")


def _create_sections(candidature: Candidature) -> None:
    structure = candidature.structure
    premieres = {
        "raison_sociale": structure.raison_sociale,
        "siret": structure.siret,
        "forme_juridique": structure.forme_juridique,
        "nda": structure.nda,
        "adresse": structure.adresse,
        "code_postal": structure.code_postal,
        "commune": structure.commune_code or _commune_code(structure),
        "representant_nom": structure.representant_nom,
        "representant_prenom": structure.representant_prenom,
        "representant_fonction": structure.representant_fonction[:100],
        "representant_courriel": structure.representant_email,
    }
    reprises: dict[str, dict[str, Any]] = {
        "structure": premieres,
        "formation": {"intitule": candidature.intitule},
    }
    for section in SECTIONS:
        if section.modele:
            modele = instantane.model_of(section.modele)
            modele._default_manager.create(candidature=candidature, **reprises.get(section.code, {}))
    EtatSection.objects.bulk_create(
        EtatSection(candidature=candidature, section=section.code) for section in SECTIONS
    )
    for section in SECTIONS:
        refresh_gaps(candidature, section, commence=False)


def _commune_code(structure: Structure) -> str:
    """Return the INSEE code of a structure's commune when its name and postcode leave no doubt."""
    trouvees = Commune.objects.filter(
        nom_recherche=normalise(structure.commune), codes_postaux__contains=structure.code_postal
    ).values_list("pk", flat=True)[:2]
    return trouvees[0] if len(trouvees) == 1 and structure.code_postal else ""


# --- One section -------------------------------------------------------------------------------
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
    table is updated. ``version`` is the one that the person read.
    Effects: the rows, the section's version, state and number of gaps, the dossier's title and
    region. Neither event nor revision: those belong to deposits.
    Errors: ``ActeurRefuse`` for anybody but a member; ``TransitionRefusee`` once deposited;
    ``ChampFerme`` for what a request for compléments does not list; ``ConflitDeVersion`` when
    somebody saved meanwhile; ``DonneesInvalides`` by field (``sites-0-adresse`` for a row).
    """
    description = _section(section)
    lock(candidature)
    _check_editable(candidature, acteur)
    _check_open(candidature, description, valeurs, lignes)
    etat = EtatSection.objects.select_for_update().get(candidature=candidature, section=section)
    if etat.version != version:
        raise _conflict(candidature, description, etat, valeurs, lignes)
    propres, erreurs = _check_answers(candidature, description, valeurs)
    rangs, erreurs_lignes = _check_rows(candidature, description, lignes)
    if erreurs | erreurs_lignes:
        raise DonneesInvalides(erreurs | erreurs_lignes)
    if propres is not None:
        propres.save()
    if description.tableau and lignes is not None:
        _replace_rows(candidature, description.tableau, rangs)
    etat.version += 1
    etat.modifiee_par = acteur
    etat.modifiee_le = horloge.now()
    etat.save(update_fields=["version", "modifiee_par", "modifiee_le"])
    if section == "formation":
        _copy_summary(candidature)
    return refresh_gaps(candidature, description)


def open_fields(candidature: Candidature, section: str) -> frozenset[str] | None:
    """Return what can be edited: ``None`` is everything (a draft), a set what is listed (R16)."""
    if candidature.etat == cycle.BROUILLON:
        return None
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    if demande is None:
        return frozenset()
    return frozenset(demande.elements.filter(section=section).values_list("champ", flat=True))


def _section(code: str) -> Section:
    if code not in PAR_CODE:
        raise DonneesInvalides({"section": ["Cette section n’existe pas."]})
    return PAR_CODE[code]


def _check_editable(candidature: Candidature, acteur: Acteur) -> None:
    if candidature.etat not in (cycle.BROUILLON, cycle.EN_COMPLEMENT):
        raise TransitionRefusee("Ce dossier est déposé\u00a0: il ne peut plus être modifié.")
    require(acteur, "candidatures.edit_candidature", candidature)


def _check_open(
    candidature: Candidature, section: Section, valeurs: dict[str, Any], lignes: list[dict[str, Any]] | None
) -> None:
    if inconnus := set(valeurs) - set(section.champs):
        raise DonneesInvalides({champ: ["Cette question n’existe pas."] for champ in sorted(inconnus)})
    if lignes is not None and section.tableau is None:
        raise DonneesInvalides({"__all__": ["Cette section n’a pas de tableau."]})
    ouverts = open_fields(candidature, section.code)
    if ouverts is None:
        return
    envoyes = set(valeurs) | ({section.tableau.nom} if section.tableau and lignes is not None else set())
    if envoyes - ouverts or not envoyes:
        raise ChampFerme("La demande de compléments n’ouvre pas cette réponse à la modification.")


def _check_answers(
    candidature: Candidature, section: Section, valeurs: dict[str, Any]
) -> tuple[models.Model | None, dict[str, list[str]]]:
    if not section.modele:
        return None, {}
    objet = instantane.model_of(section.modele)._default_manager.get(pk=candidature.pk)
    propres, erreurs = check_values(section.code, valeurs)
    return objet, erreurs | _assign(objet, propres, section.champs)


def _assign(objet: models.Model, valeurs: dict[str, Any], champs: Iterable[str]) -> dict[str, list[str]]:
    """Write values on an object and return what its columns refuse."""
    for champ, valeur in valeurs.items():
        setattr(objet, champ, valeur)
    try:
        objet.clean_fields(exclude={champ.name for champ in objet._meta.fields} - set(champs))
    except ValidationError as erreur:
        return {champ: list(phrases) for champ, phrases in erreur.message_dict.items()}
    return {}


def _check_rows(
    candidature: Candidature, section: Section, lignes: list[dict[str, Any]] | None
) -> tuple[list[models.Model], dict[str, list[str]]]:
    tableau = section.tableau
    if tableau is None or lignes is None:
        return [], {}
    modele = instantane.model_of(tableau.modele)
    presentes = {ligne.pk: ligne for ligne in modele._default_manager.filter(candidature=candidature)}
    rangs: list[models.Model] = []
    erreurs: dict[str, list[str]] = {}
    for rang, ligne in enumerate(lignes):
        objet = presentes.pop(_row_id(ligne), None) or modele(candidature=candidature)
        envoyes = {champ: valeur for champ, valeur in ligne.items() if champ in tableau.champs}
        propres, refus = check_values(section.code, envoyes)
        refus |= _assign(objet, propres | {"ordre": rang}, tableau.champs)
        erreurs |= {f"{tableau.nom}-{rang}-{champ}": phrases for champ, phrases in refus.items()}
        rangs.append(objet)
    return rangs, erreurs


def _row_id(ligne: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(ligne.get("id") or ""))
    except ValueError:
        return None


def _replace_rows(candidature: Candidature, tableau: Tableau, rangs: list[models.Model]) -> None:
    modele = instantane.model_of(tableau.modele)
    gardes = [objet.pk for objet in rangs]
    modele._default_manager.filter(candidature=candidature).exclude(pk__in=gardes).delete()
    for objet in rangs:
        objet.save()


def _conflict(
    candidature: Candidature,
    section: Section,
    etat: EtatSection,
    valeurs: dict[str, Any],
    lignes: list[dict[str, Any]] | None,
) -> ConflitDeVersion:
    donnees = instantane.section_data(candidature, section.code)
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
    return ConflitDeVersion(
        section=section.code,
        version=etat.version,
        modifiee_par=str(etat.modifiee_par or ""),
        modifiee_le=etat.modifiee_le,
        changements=changements,
    )


def _without_id(ligne: dict[str, Any]) -> dict[str, Any]:
    return {champ: valeur for champ, valeur in ligne.items() if champ != "id"}


def _copy_summary(candidature: Candidature) -> None:
    """Copy the title and the region of the first site, for lists and filters."""
    formation = instantane.section_data(candidature, "formation")
    assert isinstance(formation, dict)
    communes = [site["commune"] for site in formation["sites"] if site["commune"]]
    candidature.intitule = formation["intitule"]
    candidature.region_id = communes[0]["region"] if communes else None
    candidature.save(update_fields=["intitule", "region"])


def refresh_gaps(candidature: Candidature, section: Section, commence: bool = True) -> EtatSection:
    """Count again the gaps of a section, and set its state."""
    etat = EtatSection.objects.get(candidature=candidature, section=section.code)
    types = set(candidature.pieces.filter(retiree_le__isnull=True).values_list("type_piece", flat=True))
    donnees = instantane.section_data(candidature, section.code)
    etat.manques = len(completude.section_gaps(section.code, donnees, types))
    if commence or etat.version:
        etat.avancement = EtatSection.Avancement.EN_COURS if etat.manques else EtatSection.Avancement.TERMINEE
    etat.save(update_fields=["manques", "avancement"])
    return etat


# --- Attachments -------------------------------------------------------------------------------
@transaction.atomic
def attach_piece(
    *, candidature: Candidature, type_piece: str, contenu: File, nom: str, acteur: Acteur
) -> Piece:
    """Attach a file to the place of the dossier that asks for it (R12).

    Effects: the private file (in analysis until the antivirus has spoken), the piece, the gaps of
    its section, event ``candidature.piece_jointe``.
    Errors: ``FichierRefuse`` (type, size, empty); ``ActeurRefuse``, ``TransitionRefusee``,
    ``ChampFerme`` as :func:`save_section`; ``DonneesInvalides`` for an unknown type.
    """
    section = _section_of_piece(type_piece)
    lock(candidature)
    _check_editable(candidature, acteur)
    _check_piece_open(candidature, section, type_piece)
    fichier = fichiers.store(
        contenu, nom=nom, proprietaire=candidature, politique=POLITIQUE_PIECE, acteur=acteur
    )
    piece = Piece.objects.create(
        candidature=candidature, type_piece=type_piece, fichier=fichier, deposee_par=acteur
    )
    journal.record(
        "candidature.piece_jointe",
        sujet=candidature,
        acteur=acteur,
        donnees={"type": type_piece, "sha256": fichier.sha256},
        visibilite=Visibilite.PORTEUR,
    )
    refresh_gaps(candidature, section)
    return piece


@transaction.atomic
def remove_piece(*, piece: Piece, acteur: Acteur) -> Piece:
    """Take an attachment out of the dossier; twice is once.

    Effects: ``retiree_le`` (the file itself stays while a deposit cites it), the gaps of its section,
    event ``candidature.piece_retiree``.
    Errors: ``ActeurRefuse``, ``TransitionRefusee``, ``ChampFerme`` as :func:`save_section`.
    """
    candidature = piece.candidature
    section = _section_of_piece(piece.type_piece)
    lock(candidature)
    _check_editable(candidature, acteur)
    _check_piece_open(candidature, section, piece.type_piece)
    lock(piece)
    if piece.retiree_le is not None:
        return piece
    piece.retiree_le = horloge.now()
    piece.save(update_fields=["retiree_le"])
    journal.record(
        "candidature.piece_retiree",
        sujet=candidature,
        acteur=acteur,
        donnees={"type": piece.type_piece, "sha256": piece.fichier.sha256},
        visibilite=Visibilite.PORTEUR,
    )
    refresh_gaps(candidature, section)
    return piece


def _section_of_piece(type_piece: str) -> Section:
    section = section_de_piece(type_piece)
    if section is None:
        raise DonneesInvalides({"type_piece": ["Ce type de pièce n’existe pas."]})
    return section


def _check_piece_open(candidature: Candidature, section: Section, type_piece: str) -> None:
    ouverts = open_fields(candidature, section.code)
    if ouverts is not None and f"piece:{type_piece}" not in ouverts:
        raise ChampFerme("La demande de compléments ne porte pas sur cette pièce.")
