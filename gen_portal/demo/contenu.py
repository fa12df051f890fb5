"""Plausible dossiers for the demo, the lifecycle command and the tests: fictional, complete, varied.

Structures, people, numbers and companies are invented (SIREN that start with 999 are not given out,
telephone numbers are those that the ARCEP keeps for fiction). Needs and places are real.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from gen_portal.demo.comptes import SIRET_ORGANISME
from referentiels.models import Commune, FamilleMetier, Metier
from socle.delais import add_months


@dataclass(frozen=True)
class ModeleFormation:
    """A kind of formation: the job, its certification, its modules as (title, hours)."""

    intitule: str
    metier: str
    rome: str
    certification: str
    certification_intitule: str
    modules: tuple[tuple[str, int], ...]
    mois: int = 6
    #: Further métiers that it prepares for.
    autres_metiers: tuple[str, ...] = ()


MODELES: tuple[ModeleFormation, ...] = (
    ModeleFormation(
        "Développeur web et web mobile",
        "developpeur-full-stack",
        "M1805",
        "RNCP90001",
        "Développeur web et web mobile (titre fictif)",
        (
            ("Bases de la programmation", 105),
            ("Interfaces web accessibles", 140),
            ("Serveurs et bases de données", 140),
            ("Qualité, tests et déploiement", 70),
            ("Projet collectif", 105),
        ),
    ),
    ModeleFormation(
        "Technicien télécom et fibre optique",
        "installateur-fibre",
        "I1307",
        "RNCP90002",
        "Technicien en réseaux de télécommunications (titre fictif)",
        (
            ("Sécurité sur les chantiers", 35),
            ("Raccordement de la fibre optique", 175),
            ("Mesures et réflectométrie", 105),
            ("Relation avec le client", 35),
            ("Réseaux d’entreprise", 105),
        ),
        5,
    ),
    ModeleFormation(
        "Technicien systèmes et réseaux",
        "technicien-systemes-reseau",
        "M1810",
        "RNCP90003",
        "Technicien supérieur systèmes et réseaux (titre fictif)",
        (
            ("Postes de travail et annuaire", 105),
            ("Réseaux et protocoles", 140),
            ("Serveurs et virtualisation", 140),
            ("Sécurité et sauvegardes", 105),
            ("Support aux utilisateurs", 70),
        ),
        7,
    ),
    ModeleFormation(
        "Community manager",
        "community-manager",
        "E1101",
        "RNCP90004",
        "Animateur de communautés en ligne (titre fictif)",
        (
            ("Stratégie éditoriale", 105),
            ("Production de contenus", 140),
            ("Réseaux sociaux et modération", 105),
            ("Mesure et référencement", 70),
        ),
        5,
    ),
    ModeleFormation(
        "Technicien d’assistance Help Desk",
        "technicien-help-desk",
        "I1401",
        "RNCP90005",
        "Technicien d’assistance en informatique (titre fictif)",
        (
            ("Matériel et systèmes", 140),
            ("Diagnostic et résolution", 140),
            ("Relation d’aide", 70),
            ("Outils de gestion des demandes", 70),
        ),
        5,
        ("technicien-maintenance-informatique", "technicien-systemes-reseau"),
    ),
    ModeleFormation(
        "Data analyst",
        "data-analyst",
        "M1403",
        "RNCP90006",
        "Analyste de données (titre fictif)",
        (
            ("Statistiques utiles", 105),
            ("Langages de données", 140),
            ("Visualisation", 105),
            ("Qualité et éthique des données", 70),
            ("Étude de cas d’entreprise", 105),
        ),
        8,
    ),
    ModeleFormation(
        "Testeur d’applications (QA)",
        "testeur-logiciel",
        "M1805",
        "RNCP90007",
        "Testeur de logiciels (titre fictif)",
        (
            ("Lire et écrire des exigences", 70),
            ("Tests manuels et exploratoires", 140),
            ("Automatisation des tests", 140),
            ("Accessibilité et performance", 70),
        ),
        5,
    ),
    ModeleFormation(
        "Digital business developer",
        "digital-business-developer",
        "M1707",
        "RNCP90008",
        "Développeur commercial du numérique (titre fictif)",
        (
            ("Comprendre les offres numériques", 105),
            ("Prospection et vente", 140),
            ("Commerce en ligne", 105),
            ("Gestion de projet client", 70),
        ),
        5,
    ),
    ModeleFormation(
        "Infographiste multimédia",
        "graphiste-infographiste",
        "E1205",
        "RNCP90009",
        "Infographiste metteur en page (titre fictif)",
        (
            ("Culture graphique", 70),
            ("Image et dessin vectoriel", 140),
            ("Mise en page et web", 140),
            ("Animation", 105),
        ),
        6,
    ),
    ModeleFormation(
        "Technicien de maintenance informatique",
        "technicien-maintenance-informatique",
        "I1401",
        "RNCP90010",
        "Technicien de maintenance informatique (titre fictif)",
        (
            ("Électronique et matériel", 105),
            ("Systèmes d’exploitation", 140),
            ("Réemploi et écoconception", 70),
            ("Intervention chez le client", 105),
        ),
        5,
    ),
    ModeleFormation(
        "Designer d’interfaces UX/UI",
        "designer-ux-ui",
        "E1205",
        "RNCP90011",
        "Concepteur d’interfaces (titre fictif)",
        (
            ("Enquête auprès des utilisateurs", 105),
            ("Maquettes et prototypes", 175),
            ("Accessibilité numérique", 70),
            ("Intégration", 105),
        ),
        7,
    ),
    ModeleFormation(
        "Gestionnaire de bases de données",
        "gestionnaire-base-donnees",
        "M1801",
        "RNCP90012",
        "Gestionnaire de bases de données (titre fictif)",
        (
            ("Modéliser les données", 105),
            ("Langage SQL", 140),
            ("Exploitation et sauvegardes", 105),
            ("Protection des données personnelles", 70),
        ),
        6,
    ),
)


#: A sheet whose registration ended before the relevé (criterion 2).
ANCIEN_TITRE = {
    "certification_code": "RNCP90013",
    "certification_intitule": "Technicien systèmes et réseaux, ancien titre (titre fictif)",
}
#: 380 hours, for 400 at least (criterion 3).
MODULES_COURTS = (
    ("Réseaux locaux", 105),
    ("Systèmes Windows et Linux", 140),
    ("Sécurité au quotidien", 70),
    ("Projet de fin de parcours", 65),
)


@dataclass(frozen=True)
class Lieu:
    """A place: commune (INSEE code), street, and the priorities of the call that it meets."""

    commune: str
    code_postal: str
    adresse: str
    en_qpv: bool = False
    en_zrr: bool = False


@dataclass(frozen=True)
class Variante:
    """What a dossier has of its own; a criterion of admissibility fails when one asks for it."""

    modele: ModeleFormation
    lieu: Lieu
    debut: date
    sous_traitance: bool = False
    audit_prevu_le: date | None = None
    part_femmes: int = 35
    part_qpv_zrr: int = 30
    places: int = 15
    #: Its modules, when they are not those of the model.
    modules: tuple[tuple[str, int], ...] = ()
    #: Replaced at the end: ``{"programme": {"duree_mois": 19}}``.
    ecarts: dict[str, dict[str, Any]] = field(default_factory=dict)
    embauches: int = 4
    #: With the proof of its first partnership and the CV of its first trainer.
    avec_preuves: bool = False


Contenu = dict[str, tuple[dict[str, Any], list[dict[str, Any]] | None]]


def dossier(structure: Any, variante: Variante, jour: date) -> Contenu:
    """Return what the eleven sections hold: ``{section: (values, rows)}``, complete for a deposit."""
    modele = variante.modele
    contenu: Contenu = {
        "structure": (_structure(structure, variante, jour), None),
        "formation": (_formation(modele, jour), [_site(variante.lieu)]),
        "programme": (_programme(modele), _modules(variante)),
        "immersion": (
            {
                "type_immersion": "STAGE",
                "heures": 210,
                "semaines": 6,
                "periodes": 1,
                "calendrier": "Six semaines en entreprise, après les deux tiers du parcours.",
            },
            None,
        ),
        "publics": (_publics(variante), None),
        "partenaires": ({}, _partenaires(variante, jour)),
        "equipe": (
            {
                "apprenants_par_formateur": 12,
                "criteres_recrutement": "Cinq ans de métier, l’habitude des publics éloignés de l’emploi.",
            },
            _formateurs(),
        ),
        "accompagnement": (_accompagnement(modele), None),
        "budget": (_budget(), _lignes_budget(variante.places)),
        "sessions": ({}, _sessions(modele, variante)),
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
    for section, valeurs in variante.ecarts.items():
        contenu[section] = ({**contenu[section][0], **valeurs}, contenu[section][1])
    return contenu


def _structure(structure: Any, variante: Variante, jour: date) -> dict[str, Any]:
    valeurs: dict[str, Any] = {
        "raison_sociale": structure.raison_sociale,
        "siret": structure.siret,
        "forme_juridique": structure.forme_juridique,
        "nda": structure.nda,
        "adresse": structure.adresse,
        "code_postal": structure.code_postal,
        "commune": structure.commune_code,
        "representant_nom": structure.representant_nom,
        "representant_prenom": structure.representant_prenom,
        "representant_fonction": structure.representant_fonction,
        "representant_courriel": structure.representant_email,
        "contact_nom": f"{structure.representant_prenom} {structure.representant_nom}",
        "contact_courriel": structure.representant_email,
        "contact_telephone": "01 99 00 12 34",
        "obligations_reglementaires": True,
        "attestation_fiscale_le": jour - timedelta(days=40),
        "attestation_sociale_le": jour - timedelta(days=35),
        "sous_traitance": variante.sous_traitance,
        "labels_anterieurs": "Aucun.",
    }
    if variante.audit_prevu_le:
        valeurs |= {
            "qualite": "CONTRAT",
            "qualite_certificateur": "Certif Avenir (fictif)",
            "audit_prevu_le": variante.audit_prevu_le,
        }
    else:
        valeurs |= {
            "qualite": "QUALIOPI",
            "qualite_certificateur": "Certif Avenir (fictif)",
            "qualite_numero": f"CA-{structure.siret[3:9]}",
            "qualite_categorie": "ACTIONS_FORMATION",
            "qualite_valide_jusqu_au": add_months(jour, 26),
            "qualite_attestation_le": jour - timedelta(days=20),
        }
    if variante.sous_traitance:
        valeurs |= {
            "sous_traitant_raison_sociale": "Atelier du Code Solidaire",
            "sous_traitant_siret": SIRET_ORGANISME,
            "sous_traitant_nda": "84691234568",
            "sous_traitant_qualiopi": "CA-900993",
            "controle_contenus": True,
            "controle_ressources": True,
            "controle_recrutement": True,
            "controle_locaux": True,
            "controle_materiels": True,
            "controle_modalites": "Une visite par trimestre et un comité pédagogique par mois.",
        }
    return valeurs


def _formation(modele: ModeleFormation, jour: date) -> dict[str, Any]:
    metier = Metier.objects.select_related("famille").get(code=modele.metier)
    autres = {
        f"autre_metier_{rang}": Metier.objects.get(code=code)
        for rang, code in enumerate(modele.autres_metiers, start=1)
    }
    return {
        **autres,
        "intitule": modele.intitule,
        "famille": FamilleMetier.objects.get(pk=metier.famille_id),
        "metier": metier,
        "rome": modele.rome,
        "certification_code": modele.certification,
        "certification_intitule": modele.certification_intitule,
        "certification_proprietaire": False,
        "certificateur_nom": "Ministère chargé de l’emploi",
        "accord_valide_jusqu_au": add_months(jour, 30),
        "renouvellement": False,
        "prerequis_academique": False,
        "selection_motivation": True,
        "engagement_apprenant": "Un contrat d’engagement signé à l’entrée, relu à mi-parcours.",
        "pedagogie": "Apprentissage par projets, en petits groupes, avec un tuteur pour chaque apprenant.",
    }


def _site(lieu: Lieu) -> dict[str, Any]:
    return {
        "nom": "Site principal",
        "adresse": lieu.adresse,
        "code_postal": lieu.code_postal,
        "commune": Commune.objects.get(pk=lieu.commune),
        "en_qpv": lieu.en_qpv,
        "en_zrr": lieu.en_zrr,
    }


def _programme(modele: ModeleFormation) -> dict[str, Any]:
    return {
        "duree_mois": modele.mois,
        "rythme_hebdomadaire": 30,
        "entrees_permanentes": False,
        "justification_heures": (
            "Les heures suivent le référentiel de la certification, avec du temps pour les débutants."
        ),
        "processus_conception": "Parcours écrit avec trois entreprises du bassin et revu chaque année.",
        "lieux_collectifs": True,
        "lieux_collectifs_description": "Un tiers-lieu ouvert de 9 h à 19 h, avec des postes équipés.",
        "accompagnement_decrochage": "Appel dès la deuxième absence, rendez-vous sous trois jours.",
    }


def _modules(variante: Variante) -> list[dict[str, Any]]:
    return [_module(titre, heures) for titre, heures in variante.modules or variante.modele.modules]


def _module(titre: str, heures: int) -> dict[str, Any]:
    return {
        "titre": titre,
        "competences": f"Exercer en autonomie les gestes du module «\u00a0{titre}\u00a0».",
        "enseignements": "Cours courts, exercices guidés, mise en situation.",
        "evaluation": "Mise en situation évaluée par un professionnel.",
        "heures": heures,
        "mode": "PRESENTIEL",
        "part_distance": None,
    }


def _publics(variante: Variante) -> dict[str, Any]:
    return {
        "apprenants_par_session": variante.places,
        "apprenants_gen_par_session": max(variante.places - 2, 10),
        "apprenants_par_an": variante.places * 2,
        "part_femmes": variante.part_femmes,
        "part_qpv_zrr": variante.part_qpv_zrr,
        "part_qpv": variante.part_qpv_zrr if variante.lieu.en_qpv or not variante.lieu.en_zrr else 0,
        "part_zrr": variante.part_qpv_zrr if variante.lieu.en_zrr else 0,
        "part_infra_bac": 60,
        "part_demandeurs_emploi": 80,
        "part_moins_26": 40,
        "sourcing_femmes": "Ateliers découverte réservés aux femmes, marraines du métier, visuels revus.",
        "sourcing_qpv_zrr": "Permanences dans les maisons de quartier et avec les missions locales.",
        "processus_selection": "Réunion d’information, atelier d’une journée, entretien de motivation.",
        "gratuite": True,
    }


def _partenaires(variante: Variante, jour: date) -> list[dict[str, Any]]:
    return [
        {
            "nom": "Mission locale du bassin (fictive)",
            "type_partenaire": "PRESCRIPTEUR",
            "contact_nom": "Inès Morel",
            "contact_courriel": "orientation@mission-locale.example",
            "contact_telephone": "01 99 00 20 01",
            "engage_recrutement": True,
            "engage_accompagnement": True,
            "engagement": "Oriente vers chaque session et suit les jeunes pendant le parcours.",
            "partenariat": "CONCLU",
            "partenariat_depuis": add_months(jour, -14),
            "partenariat_jusqu_au": add_months(jour, 22),
            "partenariat_renouvellement": "Reconduction prévue pour trois ans après le bilan annuel.",
        },
        {
            "nom": "Lumen Services (entreprise fictive)",
            "type_partenaire": "ENTREPRISE",
            "contact_nom": "Karim Benali",
            "contact_courriel": "rh@lumen-services.example",
            "contact_telephone": "01 99 00 20 02",
            "engage_contenu": True,
            "engage_immersion": True,
            "engage_embauches": True,
            "engagement": "A relu les modules, accueille trois stagiaires par session.",
            "embauches_promises": variante.embauches,
            "partenariat": "CONCLU",
            "partenariat_depuis": add_months(jour, -8),
            "partenariat_renouvellement": "Sans terme\u00a0; le nombre d’embauches est revu chaque année.",
        },
        {
            "nom": "Association Passerelles (fictive)",
            "type_partenaire": "ACCOMPAGNEMENT",
            "contact_nom": "Maud Le Gall",
            "contact_courriel": "contact@passerelles.example",
            "contact_telephone": "01 99 00 20 03",
            "engage_accompagnement": True,
            "engagement": "Logement, mobilité et droits\u00a0: une permanence par semaine.",
            "partenariat": "PREVU",
        },
    ]


def _formateurs() -> list[dict[str, Any]]:
    return [
        {
            "nom": "Nadia Perrin",
            "role": "Formatrice principale",
            "statut": "SALARIE",
            "parcours": "Douze ans de métier, dont cinq comme formatrice d’adultes.",
        },
        {
            "nom": "Théo Garnier",
            "role": "Formateur technique",
            "statut": "SOUS_TRAITANT",
            "parcours": "Huit ans en entreprise, intervient deux jours par semaine.",
        },
    ]


def _accompagnement(modele: ModeleFormation) -> dict[str, Any]:
    heures = sum(volume for _, volume in modele.modules)
    return {
        "heures_social": heures // 25,
        "heures_professionnel": heures // 20,
        "heures_pedagogique": heures // 20,
        "personnes": "Une référente sociale à mi-temps, un chargé d’insertion.",
        "dispositifs": "Garantie jeunes, fonds d’urgence, prêt d’ordinateurs.",
    }


def _budget() -> dict[str, Any]:
    return {
        "cout_par_apprenant": 620_000,
        "reste_a_charge": 0,
        "demandes_subvention": "Région (accordée), fonds social européen (déposée).",
        "marches_publics": "Marché de Pôle emploi, lot numérique.",
        "veille": "Veille trimestrielle partagée avec les entreprises partenaires.",
        "part_sorties_positives": 70,
        "objectifs_insertion": "Chaque apprenant est appelé à trois et à six mois\u00a0; bilan par session.",
        "satisfaction": "Questionnaire à mi-parcours et à la fin, restitué aux apprenants.",
    }


def _lignes_budget(places: int) -> list[dict[str, Any]]:
    total = 620_000 * places
    return [
        {"sens": "CHARGE", "libelle": "Pédagogie et accompagnement", "montant": total * 3 // 4},
        {"sens": "CHARGE", "libelle": "Locaux et matériel", "montant": total - total * 3 // 4},
        {"sens": "RESSOURCE", "libelle": "Région", "montant": total // 2},
        {"sens": "RESSOURCE", "libelle": "Pôle emploi", "montant": total - total // 2},
    ]


def _sessions(modele: ModeleFormation, variante: Variante) -> list[dict[str, Any]]:
    duree = modele.mois + 2
    return [
        {
            "debut": debut,
            "fin": add_months(debut, duree) - timedelta(days=1),
            "lieu": variante.lieu.adresse,
            "places": variante.places,
            "mode": "PRESENTIEL",
        }
        for debut in (add_months(variante.debut, 12 * annee) for annee in range(3))
    ]


def siret(rang: int) -> str:
    """Return a valid SIRET that nobody owns: SIREN 999 xxx xxx, keys by Luhn."""
    siren = _with_luhn(f"999{rang:05d}")
    return _with_luhn(f"{siren}0001")


def _with_luhn(chiffres: str) -> str:
    total = 0
    for position, chiffre in enumerate(reversed(chiffres)):
        valeur = int(chiffre) * (2 if position % 2 == 0 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return f"{chiffres}{-total % 10}"


#: A one-page PDF, written by hand: every attachment of the demo is this page.
PIECE_PDF = (
    b"%PDF-1.4\n"
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
    b"4 0 obj<</Length 64>>stream\n"
    b"BT /F1 18 Tf 72 760 Td (Piece fictive de la demonstration) Tj ET\n"
    b"endstream endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)

#: What the porteurs and GEN write to each other.
MESSAGES = {
    "formateur": (
        "Bonjour,\nun de nos formateurs en développement part en octobre. Sa remplaçante a le même profil. "
        "Faut-il vous l’annoncer, ou attendre le prochain bilan\u00a0?"
    ),
    "profil": (
        "Bonjour,\noui, donnez-nous son nom et joignez son CV ici\u00a0: nous le garderons avec le dossier. "
        "Vous trouverez ci-joint la liste de ce que nous regardons."
    ),
    "permanence": (
        "Bonjour,\nla permanence sociale est tenue par une conseillère de la mission locale, deux "
        "demi-journées par semaine. Est-ce bien son nom que vous attendez, ou celui de notre référente\u00a0?"
    ),
    "les deux": (
        "Bonjour,\nles deux\u00a0: la personne qui tient la permanence, et votre référente. Répondez dans la "
        "section «\u00a0Accompagnement\u00a0» du dossier, qui vous est ouverte jusqu’au 1er octobre."
    ),
    "merci": "Merci, nous complétons la section la semaine prochaine.",
    "certificat": (
        "Bonjour,\nnotre certificat Qualiopi vient d’être renouvelé. Vous le trouverez ci-joint\u00a0: "
        "faut-il aussi le joindre au dossier\u00a0?"
    ),
}

#: What the instructors write to each other.
NOTES = {
    "attestation": (
        "L’attestation fiscale jointe date de janvier. La structure en a peut-être une plus récente\u00a0: "
        "à demander avec les compléments plutôt que de refuser."
    ),
    "accord": (
        "D’accord. L’accord avec le certificateur finit cinq jours avant le relevé\u00a0: à demander aussi."
    ),
}
