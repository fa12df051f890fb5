"""Dossiers for tests, built through the verbs; the tests of the upper floors use them too."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.core.files.base import ContentFile

from candidatures.domain import instantane
from candidatures.domain.affectations import assign
from candidatures.domain.appels import load_appels
from candidatures.domain.complements import Element, request_complements
from candidatures.domain.depot import submit_candidature
from candidatures.domain.dossier import create_candidature
from candidatures.domain.pieces import attach_piece
from candidatures.domain.saisie import save_section
from candidatures.models import (
    Affectation,
    Appel,
    Candidature,
    EtatSection,
    SectionBudget,
    SectionPublics,
)
from comptes.models import Structure, Utilisateur
from referentiels.models import (
    Commune,
    CritereRecevabilite,
    CritereSelection,
    Departement,
    FamilleMetier,
    Grille,
    Metier,
    Region,
)
from socle import horloge
from socle.canonique import fingerprint
from tests.comptes import fabriques as comptes
from tests.moule import moule
from tests.socle.papier import page_pdf

#: Monday 20 September 2021, 10:00 in Paris: relevé 1 is past, relevé 2 is open.
LUNDI = datetime(2021, 9, 20, 8, 0, tzinfo=UTC)
#: A morning before relevé 1.
JUIN = datetime(2021, 6, 15, 8, 0, tzinfo=UTC)

_numeros = itertools.count(1)


def pdf(texte: str = "") -> bytes:
    """Return a small PDF, different each time."""
    return page_pdf(f"{texte} {next(_numeros)}")


# --- Reference data --------------------------------------------------------------------------
def referentiel() -> Appel:
    """Load the least that a dossier needs, once per test, and return the 2021 call."""
    grille, nouvelle = Grille.objects.get_or_create(
        version="2021-essai",
        defaults={
            "libelle": "Grille 2021",
            "appel_code": "2021",
            "en_vigueur_du": date(2021, 5, 20),
            "source": "Essai",
        },
    )
    if nouvelle:
        for numero in range(1, 11):
            CritereRecevabilite.objects.create(
                grille=grille, numero=numero, titre=f"Recevabilité {numero}", intitule=f"Critère {numero}."
            )
        for numero in range(1, 7):
            CritereSelection.objects.create(
                grille=grille, numero=numero, titre=f"Sélection {numero}", intitule=f"Critère {numero}."
            )
    load_appels()
    return Appel.objects.get(code="2021")


def famille() -> FamilleMetier:
    """Return a family of métiers."""
    return FamilleMetier.objects.get_or_create(
        version="2021",
        code="programmation-et-developpement",
        defaults={"libelle": "Programmation et développement", "ordre": 1},
    )[0]


def metier() -> Metier:
    """Return a métier of that family."""
    return Metier.objects.get_or_create(
        code="developpeur-web",
        defaults={
            "libelle": "Développeur web",
            "libelle_recherche": "developpeur web",
            "famille": famille(),
            "rome": "M1805",
            "valide_du": date(2021, 1, 1),
        },
    )[0]


def commune(code: str = "59512", nom: str = "Roubaix", region: str = "32") -> Commune:
    """Return a commune with its department and region."""
    region_, _ = Region.objects.get_or_create(
        code=region, defaults={"nom": f"Région {region}", "nom_recherche": f"r{region}"}
    )
    departement, _ = Departement.objects.get_or_create(
        code=code[:2], defaults={"nom": f"Département {code[:2]}", "region": region_}
    )
    return Commune.objects.get_or_create(
        code=code,
        defaults={
            "nom": nom,
            "nom_recherche": nom.lower(),
            "departement": departement,
            "codes_postaux": f"{code[:2]}100",
        },
    )[0]


# --- The eleven sections ---------------------------------------------------------------------
Valeurs = dict[str, Any]
Reponses = dict[str, tuple[Valeurs, list[Valeurs] | None]]


def reponses() -> Reponses:
    """Return complete answers: section -> (fields, rows of its table)."""
    return {
        "structure": (
            {
                "nda": "32590123459",
                "commune": "59512",
                "contact_nom": "Nora Petit",
                "contact_courriel": "contact@formation.example",
                "contact_telephone": "0320000000",
                "qualite": "QUALIOPI",
                "qualite_certificateur": "Certif Qualité",
                "qualite_numero": "CQ-2021-77",
                "qualite_categorie": "ACTIONS_FORMATION",
                "qualite_valide_jusqu_au": date(2024, 6, 30),
                "qualite_attestation_le": date(2021, 5, 28),
                "obligations_reglementaires": True,
                "attestation_fiscale_le": date(2021, 5, 25),
                "attestation_sociale_le": date(2021, 5, 26),
                "sous_traitance": False,
                "labels_anterieurs": "aucun",
            },
            None,
        ),
        "formation": (
            {
                "intitule": "Développement web inclusif",
                "famille": famille(),
                "metier": metier(),
                "rome": "M1805",
                "certification_code": "RNCP31114",
                "certification_intitule": "Développeur web et web mobile",
                "certification_proprietaire": False,
                "certificateur_nom": "Ministère du Travail",
                "accord_valide_jusqu_au": date(2024, 12, 31),
                "renouvellement": False,
                "prerequis_academique": False,
                "selection_motivation": True,
                "engagement_apprenant": "Un contrat d’engagement est signé à l’entrée.",
                "pedagogie": "Pédagogie par projets, en petits groupes.",
            },
            [
                {
                    "nom": "Atelier de Roubaix",
                    "adresse": "3 rue des Tisserands",
                    "code_postal": "59100",
                    "commune": commune(),
                    "en_qpv": True,
                    "en_zrr": False,
                }
            ],
        ),
        "programme": (
            {
                "duree_mois": 6,
                "rythme_hebdomadaire": 35,
                "entrees_permanentes": False,
                "justification_heures": "Le rythme de 35 heures convient à des débutants complets.",
                "processus_conception": "Parcours conçu avec trois entreprises du territoire.",
                "accompagnement_decrochage": "Un référent appelle chaque absent le jour même.",
            },
            [
                {
                    "titre": "Intégration web",
                    "competences": "Intégrer une maquette accessible.",
                    "enseignements": "HTML, CSS, accessibilité.",
                    "evaluation": "Projet noté par un jury.",
                    "heures": 250,
                    "mode": "PRESENTIEL",
                },
                {
                    "titre": "Développement d’applications",
                    "competences": "Développer une application simple.",
                    "enseignements": "Programmation, bases de données.",
                    "evaluation": "Mise en situation.",
                    "heures": 250,
                    "mode": "MIXTE",
                    "part_distance": 40,
                },
            ],
        ),
        "immersion": (
            {
                "type_immersion": "STAGE",
                "heures": 140,
                "semaines": 4,
                "periodes": 1,
                "calendrier": "En fin de parcours.",
            },
            None,
        ),
        "publics": (
            {
                "apprenants_par_session": 15,
                "apprenants_gen_par_session": 12,
                "apprenants_par_an": 30,
                "part_femmes": 40,
                "part_qpv_zrr": 35,
                "part_qpv": 35,
                "part_zrr": 5,
                "part_infra_bac": 60,
                "part_demandeurs_emploi": 80,
                "part_moins_26": 50,
                "sourcing_femmes": "Ateliers de découverte réservés aux femmes.",
                "sourcing_qpv_zrr": "Permanences dans les centres sociaux.",
                "processus_selection": "Entretien de motivation, sans test scolaire.",
                "gratuite": True,
            },
            None,
        ),
        "partenaires": (
            {},
            [
                {
                    "nom": "Mission locale de Roubaix",
                    "type_partenaire": "PRESCRIPTEUR",
                    "contact_nom": "Yasmine Roy",
                    "contact_courriel": "y.roy@mission.example",
                    "engage_recrutement": True,
                    "engagement": "Oriente vingt jeunes par session.",
                    "partenariat": "PREVU",
                },
                {
                    "nom": "Tisseo Logiciels",
                    "type_partenaire": "ENTREPRISE",
                    "contact_nom": "Paul Adam",
                    "contact_telephone": "0320000001",
                    "engage_immersion": True,
                    "engage_embauches": True,
                    "engagement": "Accueille trois stagiaires et participe au jury.",
                    "embauches_promises": 3,
                    "partenariat": "PREVU",
                },
            ],
        ),
        "equipe": (
            {"apprenants_par_formateur": 8},
            [
                {
                    "nom": "Lucie Bernard",
                    "role": "Formatrice développement",
                    "statut": "SALARIE",
                    "parcours": "Dix ans de développement web.",
                }
            ],
        ),
        "accompagnement": (
            {
                "heures_social": 20,
                "heures_professionnel": 25,
                "heures_pedagogique": 30,
                "personnes": "Une conseillère en insertion à mi-temps.",
                "dispositifs": "Permanence sociale, ateliers de recherche d’emploi.",
            },
            None,
        ),
        "budget": (
            {
                "cout_par_apprenant": 725_000,
                "reste_a_charge": 0,
                "demandes_subvention": "Fonds social européen.",
                "marches_publics": "Marché de la Région Hauts-de-France.",
                "veille": "Comité technique deux fois par an.",
                "part_sorties_positives": 70,
                "objectifs_insertion": "70 % de sorties positives, suivies à 3 et 6 mois.",
                "satisfaction": "Questionnaire à mi-parcours et à la sortie.",
            },
            [
                {"sens": "CHARGE", "libelle": "Formateurs", "montant": 8_000_000},
                {"sens": "CHARGE", "libelle": "Locaux", "montant": 2_875_050},
                {"sens": "RESSOURCE", "libelle": "Région", "montant": 10_875_050},
            ],
        ),
        "sessions": (
            {},
            [
                {
                    "debut": date(2021, 11, 15),
                    "fin": date(2022, 6, 10),
                    "lieu": "Roubaix",
                    "places": 15,
                    "mode": "PRESENTIEL",
                },
                {
                    "debut": date(2022, 11, 14),
                    "fin": date(2023, 6, 9),
                    "lieu": "Roubaix",
                    "places": 15,
                    "mode": "PRESENTIEL",
                },
                {
                    "debut": date(2023, 11, 13),
                    "fin": date(2024, 6, 7),
                    "lieu": "Roubaix",
                    "places": 15,
                    "mode": "PRESENTIEL",
                },
            ],
        ),
        "engagements": (
            {
                "respect_cahier_des_charges": True,
                "exactitude": True,
                "referencement": True,
                "remontee_donnees": True,
            },
            None,
        ),
    }


PIECES = ("ATTESTATION_QUALITE", "ATTESTATION_FISCALE", "ATTESTATION_SOCIALE", "ACCORD_CERTIFICATION")


def enregistrer(
    candidature: Candidature,
    acteur: Utilisateur,
    section: str,
    valeurs: Valeurs,
    lignes: list[Valeurs] | None = None,
) -> EtatSection:
    """Save a section with the version it has now."""
    version = candidature.etats_sections.get(section=section).version
    return save_section(
        candidature=candidature,
        section=section,
        valeurs=valeurs,
        lignes=lignes,
        acteur=acteur,
        version=version,
    )


def joindre(
    candidature: Candidature, acteur: Utilisateur, type_piece: str, nom: str = "", ligne: Any = None
) -> Any:
    """Attach a small PDF, to a row of a table when one is given."""
    nom = nom or f"{type_piece.lower()}.pdf"
    return attach_piece(
        candidature=candidature,
        type_piece=type_piece,
        contenu=ContentFile(pdf(type_piece), name=nom),
        nom=nom,
        acteur=acteur,
        ligne=ligne.pk if ligne is not None else None,
    )


#: What the snapshots of version 1 did not hold, by section; ``*`` is what its rows did not.
APRES_LA_VERSION_1 = {
    "structure": ("qualite_label",),
    "formation": ("autre_metier_1", "autre_metier_2", "autre_metier_3"),
    "publics": ("part_qpv", "part_zrr"),
    "budget": ("part_sorties_positives",),
    "partenaires*": (
        "engage_recrutement",
        "engage_contenu",
        "engage_immersion",
        "engage_embauches",
        "engage_financement",
        "engage_accompagnement",
        "engage_autre",
        "partenariat",
        "partenariat_depuis",
        "partenariat_jusqu_au",
        "partenariat_renouvellement",
    ),
}


def version_1(dossier: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot as a deposit of before froze it."""
    ancien = {**dossier, "version": 1}
    for nom, absents in APRES_LA_VERSION_1.items():
        section = nom.removesuffix("*")
        if nom.endswith("*"):
            ancien[section] = [_without(ligne, absents) for ligne in dossier[section]]
        else:
            ancien[section] = _without(dossier[section], absents)
    ancien["pieces"] = [piece for piece in dossier["pieces"] if "ligne" not in piece]
    return ancien


def _without(valeurs: dict[str, Any], absents: tuple[str, ...]) -> dict[str, Any]:
    return {champ: valeur for champ, valeur in valeurs.items() if champ not in absents}


def dossier_d_avant(structure: Structure | None = None) -> Candidature:
    """Return a dossier deposited before version 2: its snapshot, and its rows as the migrations left them."""
    candidature = dossier_depose(structure)
    depot = candidature.depots.get()
    ancien = version_1(depot.instantane)
    candidature.depots.update(instantane=ancien, empreinte=fingerprint(ancien))
    SectionPublics.objects.filter(pk=candidature.pk).update(part_qpv=None, part_zrr=None)
    SectionBudget.objects.filter(pk=candidature.pk).update(part_sorties_positives=None)
    vides = instantane.current(ancien)["partenaires"][0]
    champs = {champ: vides[champ] for champ in APRES_LA_VERSION_1["partenaires*"]}
    candidature.partenaires.update(**champs)
    candidature.partenaires.filter(embauches_promises__gt=0).update(engage_embauches=True)
    return candidature


def initial_structure(candidature: Candidature) -> Valeurs:
    """Return what section 1 already says, as its page shows it."""
    objet = candidature.sectionstructure
    repris = ("raison_sociale", "siret", "forme_juridique", "adresse", "code_postal")
    signataire = ("representant_nom", "representant_prenom", "representant_fonction", "representant_courriel")
    return {champ: getattr(objet, champ) for champ in (*repris, *signataire)}


# --- Dossiers --------------------------------------------------------------------------------
def responsable_de(structure: Structure) -> Utilisateur:
    """Return the first responsable, with fresh roles."""
    appartenance = structure.appartenances.en_cours().filter(role="responsable").order_by("du").first()
    assert appartenance is not None
    appartenance.utilisateur.forget_roles()
    return appartenance.utilisateur


@moule
def brouillon(structure: Structure | None = None) -> Candidature:
    """Return an empty draft of a structure (a new one by default)."""
    referentiel()
    structure = structure or comptes.structure()
    return create_candidature(structure=structure, acteur=responsable_de(structure))


@moule
def dossier_complet(
    structure: Structure | None = None, change: Callable[[Reponses], None] | None = None
) -> Candidature:
    """Return a draft that can be deposited; ``change`` alters the answers first."""
    candidature = brouillon(structure)
    acteur = responsable_de(candidature.structure)
    contenu = reponses()
    if change:
        change(contenu)
    for section, (valeurs, lignes) in contenu.items():
        enregistrer(candidature, acteur, section, valeurs, lignes)
    for piece in PIECES:
        joindre(candidature, acteur, piece)
    candidature.refresh_from_db()
    return candidature


@moule
def dossier_depose(
    structure: Structure | None = None,
    arrivee: datetime | None = None,
    change: Callable[[Reponses], None] | None = None,
) -> Candidature:
    """Return a deposited dossier (now, or at ``arrivee``)."""
    candidature = dossier_complet(structure, change)
    submit_candidature(
        candidature=candidature,
        acteur=responsable_de(candidature.structure),
        arrivee=arrivee or horloge.now(),
    )
    candidature.refresh_from_db()
    return candidature


def instructeur(candidature: Candidature | None = None, tache: str = "") -> Utilisateur:
    """Return an instructor, in charge of a task of the dossier when one is given."""
    personne = comptes.utilisateur("instructeur")
    personne.forget_roles()
    if candidature is not None:
        direction = comptes.utilisateur("direction")
        direction.forget_roles()
        assign(
            candidature=candidature,
            instructeur=personne,
            tache=tache or Affectation.Tache.RECEVABILITE,
            acteur=direction,
        )
    return personne


def dossier_en_complement(
    elements: list[Element] | None = None,
    reponse_avant: date = date(2021, 10, 5),
    change: Callable[[Reponses], None] | None = None,
) -> Candidature:
    """Return a deposited dossier with an open request for compléments; ``change`` as a complete draft's."""
    candidature = dossier_depose(change=change)
    request_complements(
        candidature=candidature,
        acteur=instructeur(),
        elements=elements or [Element("publics", "gratuite", "Confirmez la gratuité de la certification.")],
        reponse_avant=reponse_avant,
    )
    candidature.refresh_from_db()
    return candidature
