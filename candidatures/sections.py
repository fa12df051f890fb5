"""The eleven sections of the dossier, as data: what is asked, why, and what a deposit needs (R8, R9).

A non-programmer can read this table. Names are those of the columns in ``models/sections.py`` and
``models/lignes.py``; ``domain/completude.py`` reads the requirements, ``forms/`` the groups.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Si:
    """A condition: an answer of the same section (or of the same row) is one of these values."""

    champ: str
    valeurs: tuple[Any, ...]


@dataclass(frozen=True)
class Exigence:
    """What a deposit needs, always or under a condition.

    ``champs`` must be answered, ``engagements`` ticked, ``pieces`` attached; ``optionnels`` may be
    answered under this condition. What no condition asks any more is hidden. ``cas`` names a
    condition that is computed (``domain.completude.CAS``).
    """

    champs: tuple[str, ...] = ()
    engagements: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    optionnels: tuple[str, ...] = ()
    si: Si | None = None
    cas: str = ""


@dataclass(frozen=True)
class UnDe:
    """Of these, one answer at least; ``piece:<TYPE>`` is an attachment of the row."""

    champs: tuple[str, ...]
    si: Si | None = None


@dataclass(frozen=True)
class Ensemble:
    """Columns that are one question with several answers: they are read together.

    ``a_cocher``: boxes under one legend, of which a deposit needs one at least.
    """

    titre: str
    champs: tuple[str, ...]
    a_cocher: bool = False
    aide: str = ""


@dataclass(frozen=True)
class Groupe:
    """Fields that stand together under a legend."""

    titre: str
    champs: tuple[str, ...]


@dataclass(frozen=True)
class Tableau:
    """A table of rows: its key in the snapshot, its model, and what each row needs."""

    nom: str
    modele: str
    relation: str
    titre: str
    singulier: str
    champs: tuple[str, ...]
    exigences: tuple[Exigence, ...]
    un_de: tuple[UnDe, ...] = ()
    ensembles: tuple[Ensemble, ...] = ()
    #: Attachments that each row asks for, in a place of its own.
    pieces: tuple[str, ...] = ()
    minimum: int = 1


@dataclass(frozen=True)
class Section:
    """One section of the dossier."""

    code: str
    numero: int
    titre: str
    pourquoi: str
    #: Admissibility criteria (1 to 10) and selection criteria (1 to 6) that read it.
    recevabilite: tuple[int, ...] = ()
    selection: tuple[int, ...] = ()
    modele: str = ""
    groupes: tuple[Groupe, ...] = ()
    tableau: Tableau | None = None
    exigences: tuple[Exigence, ...] = ()
    pieces: tuple[str, ...] = ()
    ensembles: tuple[Ensemble, ...] = ()
    aides: dict[str, str] = field(default_factory=dict)

    @property
    def champs(self) -> tuple[str, ...]:
        """Every field of the section, in reading order, without its table."""
        return tuple(champ for groupe in self.groupes for champ in groupe.champs)

    @property
    def pieces_de_lignes(self) -> tuple[str, ...]:
        """Types of the attachments that the rows of its table ask for."""
        return self.tableau.pieces if self.tableau else ()

    @property
    def toutes_pieces(self) -> tuple[str, ...]:
        """Every type of attachment of the section, those of its rows included."""
        return (*self.pieces, *self.pieces_de_lignes)

    @property
    def ouvrables(self) -> tuple[str, ...]:
        """What a request for compléments can name: fields, the table, ``piece:<TYPE>``."""
        tables = (self.tableau.nom,) if self.tableau else ()
        return (*self.champs, *tables, *(f"piece:{piece}" for piece in self.toutes_pieces))

    def opens_piece(self, ouverts: Collection[str] | None, type_piece: str) -> bool:
        """Whether what is open opens this attachment: ``None`` is all, a table opens those of its rows."""
        if ouverts is None or f"piece:{type_piece}" in ouverts:
            return True
        tableau = self.tableau
        return tableau is not None and type_piece in tableau.pieces and tableau.nom in ouverts


_QUALITE = ("QUALIOPI", "LABEL")

STRUCTURE = Section(
    code="structure",
    numero=1,
    titre="Structure",
    pourquoi=(
        "La GEN vérifie qui porte la formation, sa certification qualité, son numéro de déclaration "
        "d’activité et ses obligations. Le représentant légal signera la convention."
    ),
    recevabilite=(8, 9, 10),
    modele="SectionStructure",
    groupes=(
        Groupe(
            "Identité",
            ("raison_sociale", "siret", "forme_juridique", "nda", "adresse", "code_postal", "commune"),
        ),
        Groupe(
            "Représentant légal",
            ("representant_prenom", "representant_nom", "representant_fonction", "representant_courriel"),
        ),
        Groupe(
            "Personne à contacter pour ce dossier", ("contact_nom", "contact_courriel", "contact_telephone")
        ),
        Groupe(
            "Qualité",
            (
                "qualite",
                "qualite_label",
                "qualite_certificateur",
                "qualite_numero",
                "qualite_categorie",
                "qualite_valide_jusqu_au",
                "qualite_attestation_le",
                "audit_prevu_le",
            ),
        ),
        Groupe(
            "Obligations réglementaires, fiscales et sociales",
            ("obligations_reglementaires", "attestation_fiscale_le", "attestation_sociale_le"),
        ),
        Groupe(
            "Sous-traitance",
            (
                "sous_traitance",
                "sous_traitant_raison_sociale",
                "sous_traitant_siret",
                "sous_traitant_nda",
                "sous_traitant_qualiopi",
                "controle_contenus",
                "controle_ressources",
                "controle_recrutement",
                "controle_locaux",
                "controle_materiels",
                "controle_modalites",
            ),
        ),
        Groupe("Labels antérieurs", ("labels_anterieurs",)),
    ),
    exigences=(
        Exigence(
            champs=(
                "raison_sociale",
                "siret",
                "forme_juridique",
                "nda",
                "adresse",
                "code_postal",
                "commune",
                "representant_prenom",
                "representant_nom",
                "representant_fonction",
                "representant_courriel",
                "contact_nom",
                "contact_courriel",
                "contact_telephone",
                "qualite",
                "obligations_reglementaires",
                "attestation_fiscale_le",
                "attestation_sociale_le",
                "sous_traitance",
                "labels_anterieurs",
            ),
            pieces=("ATTESTATION_FISCALE", "ATTESTATION_SOCIALE"),
        ),
        Exigence(
            champs=("qualite_certificateur", "qualite_valide_jusqu_au", "qualite_attestation_le"),
            pieces=("ATTESTATION_QUALITE",),
            si=Si("qualite", _QUALITE),
        ),
        Exigence(champs=("qualite_label",), si=Si("qualite", ("LABEL",))),
        Exigence(champs=("qualite_numero", "qualite_categorie"), si=Si("qualite", ("QUALIOPI",))),
        Exigence(
            champs=("qualite_certificateur", "audit_prevu_le"),
            pieces=("CONTRAT_QUALITE",),
            si=Si("qualite", ("CONTRAT",)),
        ),
        Exigence(
            champs=(
                "sous_traitant_raison_sociale",
                "sous_traitant_siret",
                "sous_traitant_nda",
                "controle_modalites",
            ),
            engagements=(
                "controle_contenus",
                "controle_ressources",
                "controle_recrutement",
                "controle_locaux",
                "controle_materiels",
            ),
            optionnels=("sous_traitant_qualiopi",),
            si=Si("sous_traitance", (True,)),
        ),
    ),
    pieces=("ATTESTATION_QUALITE", "CONTRAT_QUALITE", "ATTESTATION_FISCALE", "ATTESTATION_SOCIALE"),
    aides={
        "siret": "14 chiffres.",
        "nda": "11 chiffres, donnés par la préfecture de région (DREETS).",
        "code_postal": "5 chiffres.",
        "representant_prenom": "La personne qui signera la convention de labellisation.",
        "qualite": "Choisissez la situation de l’organisme qui porte la candidature.",
        "qualite_label": "Le label, tel que la liste de France Compétences le nomme.",
        "qualite_numero": "Pour un certificat Qualiopi.",
        "qualite_categorie": (
            "Pour un certificat Qualiopi. L’apprentissage vaut pour l’alternance sous ce contrat."
        ),
        "qualite_valide_jusqu_au": "Pour un certificat ou un label déjà obtenu.",
        "qualite_attestation_le": "L’attestation prouve que le certificat ou le label est toujours valide.",
        "audit_prevu_le": "Pour un contrat avec un certificateur\u00a0: la date inscrite au contrat.",
        "sous_traitance": "Si oui, remplissez les champs qui suivent et engagez-vous sur les cinq contrôles.",
        "sous_traitant_qualiopi": "S’il est certifié.",
        "controle_modalites": "Qui contrôle, quoi, et à quel intervalle régulier.",
        "labels_anterieurs": (
            "Tous les labels GEN déjà obtenus et leur bilan. Écrivez «\u00a0aucun\u00a0» s’il n’y en a pas."
        ),
    },
)

_AUTRES_METIERS = ("autre_metier_1", "autre_metier_2", "autre_metier_3")

FORMATION = Section(
    code="formation",
    numero=2,
    titre="Formation",
    pourquoi=(
        "Le label est attribué à une formation, pas à une structure. Elle prépare à un métier du numérique, "
        "mène à une certification et s’ouvre sans prérequis scolaire."
    ),
    recevabilite=(1, 2, 4),
    selection=(1, 4),
    modele="SectionFormation",
    groupes=(
        Groupe("Formation et métiers", ("intitule", "famille", "metier", *_AUTRES_METIERS, "rome")),
        Groupe(
            "Certification",
            (
                "certification_code",
                "certification_intitule",
                "certification_proprietaire",
                "certificateur_nom",
                "accord_valide_jusqu_au",
            ),
        ),
        Groupe("Renouvellement", ("renouvellement", "label_renouvele")),
        Groupe(
            "Accès et pédagogie",
            ("prerequis_academique", "selection_motivation", "engagement_apprenant", "pedagogie"),
        ),
    ),
    tableau=Tableau(
        nom="sites",
        modele="Site",
        relation="sites",
        titre="Sites de formation",
        singulier="site",
        champs=("nom", "adresse", "code_postal", "commune", "en_qpv", "en_zrr"),
        exigences=(Exigence(champs=("adresse", "code_postal", "commune")),),
    ),
    exigences=(
        Exigence(
            champs=(
                "intitule",
                "famille",
                "rome",
                "certification_code",
                "certification_intitule",
                "certification_proprietaire",
                "renouvellement",
                "prerequis_academique",
                "selection_motivation",
                "engagement_apprenant",
                "pedagogie",
            )
        ),
        Exigence(
            champs=("certificateur_nom", "accord_valide_jusqu_au"),
            pieces=("ACCORD_CERTIFICATION",),
            si=Si("certification_proprietaire", (False,)),
        ),
        Exigence(champs=("label_renouvele",), si=Si("renouvellement", (True,))),
    ),
    pieces=("ACCORD_CERTIFICATION",),
    ensembles=(Ensemble("Autres métiers", _AUTRES_METIERS),),
    aides={
        "famille": "L’une des neuf familles des métiers du numérique.",
        "metier": (
            "Le métier principal. Laissez vide si aucun métier de la liste ne correspond. Le critère 1 lit "
            "la famille et ce métier\u00a0; le label, le catalogue et les statistiques lisent la famille."
        ),
        "autre_metier_1": (
            "Si la formation prépare aussi à d’autres métiers des neuf familles, trois au plus\u00a0: la GEN "
            "les lit, sans que le critère 1 en dépende."
        ),
        "rome": "Une lettre et quatre chiffres. Exemple\u00a0: M1805.",
        "certification_code": "Exemple\u00a0: RNCP31114 ou RS5616.",
        "certification_proprietaire": "Si non, un accord de partenariat avec le certificateur est demandé.",
        "accord_valide_jusqu_au": "Si vous n’êtes pas propriétaire de la certification.",
        "renouvellement": "Oui si l’un de vos labels arrive à son terme, ou y est arrivé.",
        "label_renouvele": (
            "Un label de votre structure. Le dossier se dépose à partir du lendemain de sa fin. S’il n’est "
            "pas dans la liste, répondez non, et citez-le en section\u00a01 avec les labels antérieurs."
        ),
        "prerequis_academique": "Le cahier des charges n’en admet aucun.",
        "en_qpv": "Une priorité de l’appel.",
        "en_zrr": "Une priorité de l’appel.",
        "engagement_apprenant": "L’engagement qui suit la sélection par la motivation.",
        "pedagogie": "Comment la pédagogie est active et adaptée aux publics accueillis.",
    },
)

PROGRAMME = Section(
    code="programme",
    numero=3,
    titre="Programme",
    pourquoi=(
        "La formation dure au moins 400 heures et au plus 18 mois, hors immersion\u00a0; "
        "6 mois au plus si plus de la moitié des modules est à distance."
    ),
    recevabilite=(3,),
    modele="SectionProgramme",
    groupes=(
        Groupe(
            "Durée et rythme",
            ("duree_mois", "rythme_hebdomadaire", "entrees_permanentes", "justification_heures"),
        ),
        Groupe("Conception", ("processus_conception",)),
        Groupe(
            "Prévenir les abandons",
            ("accompagnement_decrochage", "lieux_collectifs", "lieux_collectifs_description"),
        ),
    ),
    tableau=Tableau(
        nom="modules",
        modele="Module",
        relation="modules",
        titre="Modules",
        singulier="module",
        champs=("titre", "competences", "enseignements", "evaluation", "heures", "mode", "part_distance"),
        exigences=(
            Exigence(champs=("titre", "competences", "enseignements", "evaluation", "heures", "mode")),
            Exigence(champs=("part_distance",), si=Si("mode", ("MIXTE",))),
        ),
    ),
    exigences=(
        Exigence(
            champs=(
                "duree_mois",
                "rythme_hebdomadaire",
                "entrees_permanentes",
                "justification_heures",
                "processus_conception",
                "accompagnement_decrochage",
            )
        ),
        Exigence(champs=("lieux_collectifs",), cas="a_distance"),
        Exigence(champs=("lieux_collectifs_description",), si=Si("lieux_collectifs", (True,))),
    ),
    aides={
        "duree_mois": "Hors immersion professionnelle.",
        "heures": "Hors immersion professionnelle.",
        "part_distance": "Pour un module mixte.",
        "justification_heures": (
            "En quoi le nombre d’heures convient aux compétences visées et aux publics de la GEN."
        ),
        "accompagnement_decrochage": "Y compris lorsque les cours se tiennent à distance.",
        "lieux_collectifs": "Demandé si des modules se tiennent à distance ou en téléprésentiel.",
        "lieux_collectifs_description": "Tiers-lieux, médiathèques, fabriques de territoire…",
    },
)

IMMERSION = Section(
    code="immersion",
    numero=4,
    titre="Immersion",
    pourquoi="Chaque formation comporte au moins une période d’immersion professionnelle.",
    recevabilite=(5,),
    selection=(5,),
    modele="SectionImmersion",
    groupes=(
        Groupe(
            "Immersion professionnelle", ("type_immersion", "heures", "semaines", "periodes", "calendrier")
        ),
    ),
    exigences=(Exigence(champs=("type_immersion", "heures", "semaines", "periodes", "calendrier")),),
)

PUBLICS = Section(
    code="publics",
    numero=5,
    titre="Publics",
    pourquoi=(
        "Chaque session d’une formation de moins d’un an forme au moins dix personnes des publics de la GEN. "
        "La formation est gratuite pour elles, certification comprise."
    ),
    recevabilite=(4, 6, 7),
    selection=(3, 4),
    modele="SectionPublics",
    groupes=(
        Groupe(
            "Nombre d’apprenants",
            ("apprenants_par_session", "apprenants_gen_par_session", "apprenants_par_an"),
        ),
        Groupe(
            "Publics visés",
            (
                "part_femmes",
                "part_qpv_zrr",
                "part_qpv",
                "part_zrr",
                "part_infra_bac",
                "part_demandeurs_emploi",
                "part_moins_26",
            ),
        ),
        Groupe("Recrutement des apprenants", ("sourcing_femmes", "sourcing_qpv_zrr", "processus_selection")),
        Groupe("Gratuité", ("gratuite",)),
    ),
    exigences=(
        Exigence(
            champs=(
                "apprenants_par_session",
                "apprenants_gen_par_session",
                "apprenants_par_an",
                "part_femmes",
                "part_qpv_zrr",
                "part_qpv",
                "part_zrr",
                "part_infra_bac",
                "part_demandeurs_emploi",
                "part_moins_26",
                "sourcing_femmes",
                "sourcing_qpv_zrr",
                "processus_selection",
                "gratuite",
            )
        ),
    ),
    aides={
        "apprenants_gen_par_session": (
            "Personnes éloignées de l’emploi, de niveau bac ou inférieur, de moins de 26 ans, femmes, "
            "résidents de QPV ou de ZRR. Chaque personne compte une fois."
        ),
        "part_femmes": "Objectif national\u00a0: 30\u00a0%.",
        "part_qpv_zrr": (
            "Objectif national\u00a0: 30\u00a0%. Une personne qui réside dans les deux compte "
            "une fois\u00a0: c’est cette part que lisent les priorités de l’appel."
        ),
    },
)

_ENGAGEMENTS_PARTENAIRE = (
    "engage_recrutement",
    "engage_contenu",
    "engage_immersion",
    "engage_embauches",
    "engage_financement",
    "engage_accompagnement",
    "engage_autre",
)

PARTENAIRES = Section(
    code="partenaires",
    numero=6,
    titre="Partenaires",
    pourquoi=(
        "Tous les partenaires cités sont contactés par la GEN pendant l’instruction. "
        "Les partenariats avec les entreprises sont au centre du choix du comité."
    ),
    selection=(1, 6),
    tableau=Tableau(
        nom="partenaires",
        modele="Partenaire",
        relation="partenaires",
        titre="Partenaires",
        singulier="partenaire",
        champs=(
            "nom",
            "type_partenaire",
            "contact_nom",
            "contact_courriel",
            "contact_telephone",
            *_ENGAGEMENTS_PARTENAIRE,
            "engagement",
            "embauches_promises",
            "partenariat",
            "partenariat_depuis",
            "partenariat_jusqu_au",
            "partenariat_renouvellement",
        ),
        exigences=(
            Exigence(champs=("nom", "type_partenaire", "contact_nom", "engagement", "partenariat")),
            Exigence(champs=("embauches_promises",), si=Si("engage_embauches", (True,))),
            Exigence(
                champs=("partenariat_depuis", "partenariat_renouvellement"),
                optionnels=("partenariat_jusqu_au",),
                si=Si("partenariat", ("CONCLU",)),
            ),
        ),
        un_de=(UnDe(("contact_courriel", "contact_telephone")),),
        ensembles=(
            Ensemble(
                "Nature de l’engagement",
                _ENGAGEMENTS_PARTENAIRE,
                a_cocher=True,
                aide=(
                    "Cochez tout ce qui s’applique. Le critère de sélection 1 le lit\u00a0: les engagements "
                    "des entreprises y pèsent le plus."
                ),
            ),
        ),
        pieces=("PREUVE_PARTENARIAT",),
    ),
    pieces=("AUTRE",),
    aides={
        "contact_courriel": "Un courriel ou un téléphone au moins\u00a0: la GEN contacte chaque partenaire.",
        "engagement": (
            "En quelques phrases\u00a0: quoi, pour qui, quand. La GEN le vérifie auprès du partenaire."
        ),
        "partenariat": (
            "Le critère de sélection 6 lit la liste des partenariats conclus et leurs perspectives."
        ),
        "partenariat_jusqu_au": "Laissez vide si le partenariat n’a pas de terme.",
        "partenariat_renouvellement": (
            "Ce qui est prévu au terme\u00a0: reconduction, échanges en cours, conditions."
        ),
    },
)

EQUIPE = Section(
    code="equipe",
    numero=7,
    titre="Équipe",
    pourquoi=(
        "L’équipe pédagogique a les compétences qu’elle transmet, et l’encadrement convient aux publics."
    ),
    selection=(2,),
    modele="SectionEquipe",
    groupes=(Groupe("Encadrement", ("apprenants_par_formateur", "criteres_recrutement")),),
    tableau=Tableau(
        nom="formateurs",
        modele="Formateur",
        relation="formateurs",
        titre="Formateurs",
        singulier="formateur",
        champs=("nom", "role", "statut", "parcours"),
        exigences=(Exigence(champs=("nom", "role", "statut"), optionnels=("parcours",)),),
        un_de=(UnDe(("parcours", "piece:CV_FORMATEUR"), si=Si("statut", ("SALARIE",))),),
        pieces=("CV_FORMATEUR",),
    ),
    exigences=(
        Exigence(champs=("apprenants_par_formateur",)),
        Exigence(champs=("criteres_recrutement",), cas="formateur_sous_traitant"),
    ),
    aides={
        "criteres_recrutement": "Si l’équipe compte des formateurs sous-traitants.",
        "parcours": (
            "Pour un formateur salarié, le parcours professionnel ou un CV\u00a0: le critère de sélection 2 "
            "le lit."
        ),
    },
)

ACCOMPAGNEMENT = Section(
    code="accompagnement",
    numero=8,
    titre="Accompagnement",
    pourquoi=(
        "L’accompagnement social et professionnel et le soutien pédagogique occupent au moins 10\u00a0% des "
        "heures de la formation."
    ),
    selection=(5,),
    modele="SectionAccompagnement",
    groupes=(
        Groupe("Heures par apprenant", ("heures_social", "heures_professionnel", "heures_pedagogique")),
        Groupe("Moyens", ("personnes", "dispositifs")),
    ),
    exigences=(
        Exigence(
            champs=(
                "heures_social",
                "heures_professionnel",
                "heures_pedagogique",
                "personnes",
                "dispositifs",
            )
        ),
    ),
)

BUDGET = Section(
    code="budget",
    numero=9,
    titre="Budget et pérennisation",
    pourquoi=(
        "Le budget d’une session est équilibré, rien ne reste à la charge des publics de la GEN, et la "
        "formation se donne les moyens de durer."
    ),
    recevabilite=(7,),
    selection=(6,),
    modele="SectionBudget",
    groupes=(
        Groupe("Coût pour un apprenant", ("cout_par_apprenant", "reste_a_charge")),
        Groupe("Financements recherchés", ("demandes_subvention", "marches_publics")),
        Groupe(
            "Qualité et résultats",
            ("veille", "part_sorties_positives", "objectifs_insertion", "satisfaction"),
        ),
    ),
    tableau=Tableau(
        nom="lignes",
        modele="LigneBudget",
        relation="lignebudgets",
        titre="Budget prévisionnel d’une session",
        singulier="ligne de budget",
        champs=("sens", "libelle", "montant"),
        exigences=(Exigence(champs=("sens", "libelle", "montant")),),
        minimum=2,
    ),
    exigences=(
        Exigence(
            champs=(
                "cout_par_apprenant",
                "reste_a_charge",
                "demandes_subvention",
                "marches_publics",
                "veille",
                "part_sorties_positives",
                "objectifs_insertion",
                "satisfaction",
            )
        ),
    ),
    aides={
        "cout_par_apprenant": "En euros. Exemple\u00a0: 7\u00a0250,00.",
        "reste_a_charge": (
            "En euros, pour une personne des publics de la GEN\u00a0: 0 si la formation est gratuite."
        ),
        "part_sorties_positives": (
            "Emploi, création d’activité ou suite de formation, trois mois après la sortie. "
            "Plus de 70\u00a0% chaque année dans les formations labellisées."
        ),
        "montant": "En euros. Exemple\u00a0: 12\u00a0500,00.",
        "libelle": "Pour une charge, le poste\u00a0; pour une ressource, le financeur.",
        "demandes_subvention": "La liste, ou «\u00a0aucune\u00a0».",
        "marches_publics": (
            "Marchés de Pôle emploi ou des Régions auxquels vous êtes candidat, ou «\u00a0aucun\u00a0»."
        ),
    },
)

SESSIONS = Section(
    code="sessions",
    numero=10,
    titre="Sessions prévues",
    pourquoi=(
        "Toutes les sessions prévues pendant les trois ans du label. "
        "La première commence dans les trois mois qui suivent la signature de la convention."
    ),
    recevabilite=(6,),
    tableau=Tableau(
        nom="sessions",
        modele="SessionPrevue",
        relation="sessionprevues",
        titre="Sessions prévues",
        singulier="session",
        champs=("debut", "fin", "lieu", "places", "mode"),
        exigences=(Exigence(champs=("debut", "fin", "lieu", "places", "mode")),),
    ),
    aides={"lieu": "L’un de vos sites, ou une adresse. Pour une session à distance, le lieu d’accueil."},
)

ENGAGEMENTS = Section(
    code="engagements",
    numero=11,
    titre="Engagements",
    pourquoi=(
        "Ces engagements seront annexés à la convention. Un responsable de la structure les valide au dépôt."
    ),
    modele="SectionEngagements",
    groupes=(
        Groupe(
            "La structure s’engage",
            ("respect_cahier_des_charges", "exactitude", "referencement", "remontee_donnees"),
        ),
    ),
    exigences=(
        Exigence(
            engagements=("respect_cahier_des_charges", "exactitude", "referencement", "remontee_donnees")
        ),
    ),
    aides={
        "respect_cahier_des_charges": (
            "La structure respecte le cahier des charges pendant toute la durée de la convention."
        ),
        "exactitude": "Les informations de ce dossier sont exactes et engagent la structure.",
        "referencement": (
            "Les sessions sont référencées auprès du CARIF-OREF et sur Mon Compte Formation, et les entrées "
            "en formation enregistrées dans KAIROS."
        ),
        "remontee_donnees": (
            "La structure transmet à la GEN les attestations, les listes d’apprenants et le rapport annuel."
        ),
    },
)

SECTIONS: tuple[Section, ...] = (
    STRUCTURE,
    FORMATION,
    PROGRAMME,
    IMMERSION,
    PUBLICS,
    PARTENAIRES,
    EQUIPE,
    ACCOMPAGNEMENT,
    BUDGET,
    SESSIONS,
    ENGAGEMENTS,
)
PAR_CODE: dict[str, Section] = {section.code: section for section in SECTIONS}

#: Labels of the columns that name another table.
LIBELLES = {"famille": "famille de métiers", "commune": "commune"}
#: Columns that are found by typing, and in which list (``domain/suggestions.py``).
RECHERCHES = {
    "commune": "communes",
    "metier": "metiers",
    **dict.fromkeys(_AUTRES_METIERS, "metiers"),
    "rome": "rome",
    "certification_code": "certifications",
    "siret": "structures",
    "sous_traitant_siret": "structures",
}
#: Columns in cents: typed and shown in euros.
MONTANTS = frozenset({"cout_par_apprenant", "reste_a_charge", "montant"})
#: Columns in whole percent.
POURCENTAGES = frozenset(
    {
        "part_femmes",
        "part_qpv_zrr",
        "part_qpv",
        "part_zrr",
        "part_infra_bac",
        "part_demandeurs_emploi",
        "part_moins_26",
        "part_distance",
        "part_sorties_positives",
    }
)


#: Rows of one table; more is a mistake or an attack.
LIGNES_MAX = 80
TROP_DE_LIGNES = f"Un tableau compte {LIGNES_MAX} lignes au plus."


def section_de_piece(type_piece: str) -> Section | None:
    """Return the section that asks for an attachment of this type."""
    return next((section for section in SECTIONS if type_piece in section.toutes_pieces), None)


@dataclass(frozen=True)
class Modele:
    """A blank template: its file among the static files, and its title."""

    fichier: str
    titre: str


#: Blank templates, beside the field that asks for the document (R12).
MODELES = {
    "ACCORD_CERTIFICATION": Modele(
        "modeles/accord-de-partenariat.docx", "Modèle d’accord de partenariat avec le certificateur"
    ),
    "PREUVE_PARTENARIAT": Modele(
        "modeles/lettre-d-engagement.docx", "Modèle de lettre d’engagement d’un partenaire"
    ),
}

#: Where each document is asked for.
OBTENIR = {
    "ATTESTATION_QUALITE": (
        "À demander à votre certificateur\u00a0: elle dit que le certificat est valide à ce jour."
    ),
    "CONTRAT_QUALITE": "Le contrat que le certificateur a signé, où figure la date de l’audit.",
    "ACCORD_CERTIFICATION": "À faire signer par le certificateur. S’il n’a pas son modèle, voici le nôtre.",
    "ATTESTATION_FISCALE": "À demander dans votre espace professionnel, sur le site des impôts.",
    "ATTESTATION_SOCIALE": "À télécharger dans votre espace en ligne de l’Urssaf ou de la MSA.",
    "PREUVE_PARTENARIAT": (
        "Convention, lettre d’engagement, courriel du partenaire\u00a0: à joindre pour un partenariat conclu."
    ),
    "CV_FORMATEUR": (
        "Pour un formateur salarié, il tient lieu de parcours professionnel. Seules les personnes qui lisent "
        "le dossier le voient."
    ),
    "AUTRE": "Tout autre document utile à l’examen des partenariats.",
}
