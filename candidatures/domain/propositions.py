"""What the public lists say of the identifiers of a section: proposed where nothing is answered (R14).

A list never decides: it may be older than the answer. What it does not hold, or holds otherwise, is
told; nothing is refused, and nothing is written before the person asks for it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from candidatures.domain.completude import is_empty
from candidatures.domain.instantane import Donnees, fields_of, section_data
from candidatures.domain.lecture import column_label, human
from candidatures.domain.saisie import open_fields, save_section
from candidatures.models import Candidature, EtatSection
from candidatures.sections import PAR_CODE
from referentiels.domain.editions import FICTIVE, ORGANISMES, REGISTRES, edition_of, editions
from referentiels.domain.queries import certification_of, commune_named, organismes_of, rome_known
from referentiels.models import Certification, OrganismeFormation
from referentiels.texte import normalise
from socle import horloge
from socle.references import Acteur
from socle.typographie import date_simple, siret_lisible

#: How long the columns that a proposal fills are.
INTITULE_MAX, CERTIFICATEUR_MAX, RAISON_SOCIALE_MAX = 255, 200, 200


@dataclass
class Proposition:
    """What a list says of one answer: a line, remarks that refuse nothing, and what it would fill."""

    champ: str
    #: Which list it is.
    nom: str = ""
    texte: str = ""
    constats: list[str] = field(default_factory=list)
    #: What is not answered and that the list knows, by column.
    remplir: dict[str, Any] = field(default_factory=dict)
    #: The same in words: (question, answer).
    lignes: list[tuple[str, str]] = field(default_factory=list)


Valeurs = dict[str, Any]


def propositions(
    section: str, donnees: Donnees, ouverts: Collection[str] | None = None
) -> dict[str, Proposition]:
    """Return what the loaded lists say of a section as it stands, by question.

    ``ouverts`` names the questions that can be answered; without it, all of them.
    """
    if section not in _LECTURES:
        return {}
    trouvees = _LECTURES[section](fields_of(donnees))
    modele = PAR_CODE[section].modele
    for proposition in trouvees:
        proposition.remplir = {
            champ: valeur
            for champ, valeur in proposition.remplir.items()
            if valeur and (ouverts is None or champ in ouverts)
        }
        proposition.lignes = [
            (column_label(modele, champ), human(modele, champ, valeur))
            for champ, valeur in proposition.remplir.items()
        ]
    return {un.champ: un for un in trouvees if ouverts is None or un.champ in ouverts}


def fill_from_list(
    *, candidature: Candidature, section: str, champ: str, acteur: Acteur
) -> EtatSection | None:
    """Answer with a list what nobody has answered, as the page proposes it beside ``champ``.

    Effects: as ``save_section``; none, and nothing returned, when there is nothing to fill.
    Errors: as ``save_section``; ``ConflitDeVersion`` when somebody answers meanwhile.
    """
    version = candidature.etats_sections.get(section=section).version
    donnees = section_data(candidature, section)
    proposition = propositions(section, donnees, open_fields(candidature, section)).get(champ)
    if proposition is None or not proposition.remplir:
        return None
    return save_section(
        candidature=candidature,
        section=section,
        valeurs=proposition.remplir,
        lignes=None,
        acteur=acteur,
        version=version,
    )


# --- Section 1: the public list of training bodies ---------------------------------------------
def _structure(valeurs: Valeurs) -> list[Proposition]:
    prefixes = ["", "sous_traitant_"] if valeurs["sous_traitance"] else [""]
    cherches = {prefixe: siret for prefixe in prefixes if (siret := valeurs[f"{prefixe}siret"])}
    if not cherches:
        return []
    connus, chargees = organismes_of(cherches.values()), editions()
    if not edition_of(ORGANISMES, chargees):
        return []
    return [
        _body(prefixe, connus[siret], valeurs, chargees)
        if siret in connus
        else _unknown_body(prefixe, chargees)
        for prefixe, siret in cherches.items()
    ]


def _unknown_body(prefixe: str, chargees: dict[str, date]) -> Proposition:
    source = _body_source(chargees, fictif=ORGANISMES not in chargees)
    return Proposition(
        f"{prefixe}siret",
        constats=[
            f"Ce SIRET ne figure pas dans {source}. Vérifiez-le\u00a0; s’il est exact, gardez-le\u00a0: "
            "cette liste est peut-être plus ancienne que la déclaration d’activité."
        ],
    )


def _body(
    prefixe: str, organisme: OrganismeFormation, valeurs: Valeurs, chargees: dict[str, date]
) -> Proposition:
    source = _body_source(chargees, fictif=organisme.fictif)
    listees = {
        f"{prefixe}raison_sociale": _if_it_fits(organisme.denomination, RAISON_SOCIALE_MAX),
        f"{prefixe}nda": organisme.nda,
    }
    meme_etablissement = organisme.siret in ("", valeurs[f"{prefixe}siret"])
    proposition = Proposition(
        f"{prefixe}siret",
        "la liste fictive" if organisme.fictif else "la liste publique",
        _body_line(organisme, source),
    )
    proposition.constats = [
        *_differences(listees, valeurs, proposition.nom),
        *_body_remarks(prefixe, organisme, valeurs, meme_etablissement=meme_etablissement),
    ]
    if not prefixe and meme_etablissement:
        listees |= _address(organisme, valeurs)
    proposition.remplir = _unanswered(listees, valeurs)
    return proposition


def _body_line(organisme: OrganismeFormation, source: str) -> str:
    certifie = {
        True: ", certifié pour les actions de formation",
        False: ", sans certification pour les actions de formation",
        None: "",
    }[organisme.certifie_actions_formation]
    return f"D’après {source}\u00a0: {organisme.denomination}, NDA {organisme.nda}{certifie}."


def _body_remarks(
    prefixe: str, organisme: OrganismeFormation, valeurs: Valeurs, *, meme_etablissement: bool
) -> list[str]:
    constats = []
    if not organisme.present:
        constats.append(
            "Cet organisme n’est plus dans la dernière édition de la liste\u00a0: vérifiez que sa "
            "déclaration d’activité est toujours valide."
        )
    if not meme_etablissement:
        constats.append(
            "La liste connaît cet organisme par un autre établissement "
            f"(SIRET {siret_lisible(organisme.siret)}). Si la formation dépend du vôtre, gardez-le."
        )
    if not prefixe and organisme.certifie_actions_formation is False and valeurs["qualite"] == "QUALIOPI":
        constats.append(
            "La liste ne lui connaît pas de certification Qualiopi pour les actions de formation\u00a0: "
            "joignez l’attestation de votre certificateur."
        )
    return constats


def _address(organisme: OrganismeFormation, valeurs: Valeurs) -> Valeurs:
    adresse: Valeurs = {"adresse": organisme.adresse, "code_postal": organisme.code_postal}
    if is_empty(valeurs["commune"]) and (commune := commune_named(organisme.ville, organisme.code_postal)):
        adresse["commune"] = commune.pk
    return adresse


def _body_source(chargees: dict[str, date], *, fictif: bool) -> str:
    nom = (
        "la liste fictive de la démonstration" if fictif else "la liste publique des organismes de formation"
    )
    return _source(nom, chargees.get(ORGANISMES + FICTIVE if fictif else ORGANISMES))


# --- Section 2: the registers of certifications, the ROME ----------------------------------------
def _formation(valeurs: Valeurs) -> list[Proposition]:
    trouvees = []
    if code := valeurs["certification_code"]:
        fiche, chargees = certification_of(code), editions()
        if fiche is not None:
            trouvees.append(_sheet(fiche, valeurs, chargees))
        elif edition_of(REGISTRES, chargees):
            trouvees.append(_unknown_sheet(chargees))
    if (rome := valeurs["rome"]) and rome_known(rome) is False:
        constat = (
            "Ce code ne figure pas dans le répertoire ROME du portail. Vérifiez-le\u00a0; s’il est exact, "
            "gardez-le\u00a0: il vient peut-être d’une autre version."
        )
        trouvees.append(Proposition("rome", constats=[constat]))
    return trouvees


def _unknown_sheet(chargees: dict[str, date]) -> Proposition:
    source = _register_source(chargees, fictive=REGISTRES not in chargees)
    constat = (
        f"Ce code ne figure pas dans {source}. Vérifiez-le sur le site de France compétences\u00a0; s’il est "
        "exact, gardez-le\u00a0: la fiche est peut-être plus récente."
    )
    return Proposition("certification_code", constats=[constat])


def _sheet(fiche: Certification, valeurs: Valeurs, chargees: dict[str, date]) -> Proposition:
    source = _register_source(chargees, fictive=fiche.fictive)
    listees: Valeurs = {
        "certification_intitule": fiche.intitule if len(fiche.intitule) <= INTITULE_MAX else ""
    }
    nom = "le répertoire fictif" if fiche.fictive else "le répertoire"
    constats = _differences(listees, valeurs, nom)
    if valeurs["certification_proprietaire"] is False:
        noms = ", ".join(dict.fromkeys(un["nom"] for un in fiche.certificateurs if un.get("nom")))
        listees["certificateur_nom"] = _if_it_fits(noms, CERTIFICATEUR_MAX)
    if not fiche.is_active_on(horloge.today()):
        constats.append(_ended(fiche))
    fin = fiche.date_fin_enregistrement
    jusqu_au = f", enregistrée jusqu’au {date_simple(fin)}" if fin else ""
    niveau = f", niveau {fiche.niveau}" if fiche.niveau else ""
    texte = f"D’après {source}\u00a0: {fiche.intitule}{niveau}{jusqu_au}."
    return Proposition("certification_code", nom, texte, constats, _unanswered(listees, valeurs))


def _ended(fiche: Certification) -> str:
    fin = fiche.date_fin_enregistrement
    etat = (
        f"Son enregistrement a pris fin le {date_simple(fin)}"
        if fin and fin < horloge.today()
        else "Cette fiche n’est plus active"
    )
    return (
        f"{etat}\u00a0: vérifiez si une autre fiche la remplace. La certification doit être active au relevé."
    )


def _register_source(chargees: dict[str, date], *, fictive: bool) -> str:
    nom = "le répertoire fictif de la démonstration" if fictive else "le répertoire de France compétences"
    return _source(nom, chargees.get(REGISTRES + FICTIVE if fictive else REGISTRES))


# --- What both do --------------------------------------------------------------------------------
def _source(nom: str, edition: date | None) -> str:
    return f"{nom} (édition du {date_simple(edition)})" if edition else nom


def _if_it_fits(texte: str, maximum: int) -> str:
    """Return a text that its column takes whole, or nothing: half a name is no answer."""
    return texte if len(texte) <= maximum else ""


def _unanswered(listees: Valeurs, valeurs: Valeurs) -> Valeurs:
    return {champ: valeur for champ, valeur in listees.items() if is_empty(valeurs[champ])}


def _differences(listees: Valeurs, valeurs: Valeurs, nom: str) -> list[str]:
    """Return what the list says otherwise; accents, capitals and marks make no difference."""
    return [
        f"Pour «\u00a0{_question(champ)}\u00a0», {nom} indique «\u00a0{listee}\u00a0». "
        "Si votre réponse est à jour, gardez-la."
        for champ, listee in listees.items()
        if listee and not is_empty(valeurs[champ]) and normalise(valeurs[champ]) != normalise(listee)
    ]


def _question(champ: str) -> str:
    section = "formation" if champ.startswith("certification") else "structure"
    return column_label(PAR_CODE[section].modele, champ)


_LECTURES: dict[str, Callable[[Valeurs], list[Proposition]]] = {
    "structure": _structure,
    "formation": _formation,
}
#: Questions beside which a list has something to say.
PROPOSES: dict[str, tuple[str, ...]] = {
    "structure": ("siret", "sous_traitant_siret"),
    "formation": ("certification_code", "rome"),
}
#: Answers that what the lists say depends on: when another one is saved, nothing is asked again.
LUES: dict[str, frozenset[str]] = {
    "structure": frozenset(
        {
            "siret",
            "raison_sociale",
            "nda",
            "adresse",
            "code_postal",
            "commune",
            "qualite",
            "sous_traitance",
            "sous_traitant_siret",
            "sous_traitant_raison_sociale",
            "sous_traitant_nda",
        }
    ),
    "formation": frozenset(
        {
            "certification_code",
            "certification_intitule",
            "certification_proprietaire",
            "certificateur_nom",
            "rome",
        }
    ),
}
