"""The demo's accounts: one per role, made by the verbs."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from comptes import domain
from comptes.domain.structures import add_member
from comptes.models import Role, RoleMembre, Structure, Utilisateur
from socle.references import SYSTEME

MOT_DE_PASSE = "demo-gen-2021"
DOMAINE = "demo.gen.example"


@dataclass(frozen=True)
class CompteDemo:
    """An account of the list on the first screen."""

    nom_court: str
    prenom: str
    nom: str
    fonction: str
    titre: str
    description: str
    roles: tuple[dict[str, str], ...] = ()
    #: SIRET of its structure, and its role there.
    structure: str = ""
    role_structure: str = ""

    @property
    def email(self) -> str:
        return f"{self.nom_court}@{DOMAINE}"


#: A SIREN never begins with 0: these can't be anybody's.
SIRET_PORTEUR = "00000010900017"
SIRET_ORGANISME = "00000020800017"

COMPTES = (
    CompteDemo(
        "porteur",
        "Amina",
        "Lefebvre",
        "Directrice",
        "Porteuse de projet",
        "Prépare et dépose les dossiers, signe les conventions, transmet le suivi.",
        structure=SIRET_PORTEUR,
        role_structure=RoleMembre.RESPONSABLE,
    ),
    CompteDemo(
        "contributeur",
        "Lucas",
        "Morel",
        "Chargé de projet",
        "Contributeur",
        "Remplit les dossiers de la même structure, sans les déposer.",
        structure=SIRET_PORTEUR,
        role_structure=RoleMembre.CONTRIBUTEUR,
    ),
    CompteDemo(
        "organisme",
        "Sophie",
        "Garnier",
        "Responsable pédagogique",
        "Organisme de formation",
        "Tient à jour l’espace de la formation et prépare les documents de suivi.",
        structure=SIRET_ORGANISME,
        role_structure=RoleMembre.RESPONSABLE,
    ),
    CompteDemo(
        "instructeur1",
        "Hugo",
        "Perrin",
        "Chargé d’instruction",
        "Instructeur GEN",
        "Examine la recevabilité et note, dans l’espace d’instruction.",
        roles=({"role": Role.INSTRUCTEUR},),
    ),
    CompteDemo(
        "instructeur2",
        "Nadia",
        "Roussel",
        "Chargée d’instruction",
        "Instructrice GEN",
        "Note les mêmes dossiers, à l’aveugle.",
        roles=({"role": Role.INSTRUCTEUR},),
    ),
    CompteDemo(
        "comite1",
        "Claire",
        "Dumont",
        "Représentante au comité",
        "Membre du comité",
        "Lit le classement et les dossiers d’une séance, et vote.",
        roles=({"role": Role.COMITE, "organisation": "Pôle emploi"},),
    ),
    CompteDemo(
        "comite2",
        "Karim",
        "Benali",
        "Représentant au comité",
        "Membre du comité",
        "Lit le classement et les dossiers d’une séance, et vote.",
        roles=({"role": Role.COMITE, "organisation": "Ministère chargé du travail"},),
    ),
    CompteDemo(
        "direction",
        "Hélène",
        "Marchand",
        "Directrice",
        "Direction de la GEN",
        "Convoque les séances, notifie les décisions, signe les conventions.",
        roles=({"role": Role.DIRECTION},),
    ),
    CompteDemo(
        "direction2",
        "Étienne",
        "Caron",
        "Directeur adjoint",
        "Direction de la GEN",
        "Confirme les notifications qu’une autre personne a préparées.",
        roles=({"role": Role.DIRECTION},),
    ),
    CompteDemo(
        "region",
        "Thomas",
        "Girard",
        "Chargé de mission numérique",
        "Référent régional",
        "Donne l’avis de la région Auvergne-Rhône-Alpes sur l’ancrage des formations.",
        roles=({"role": Role.REGION, "region_code": "84"},),
    ),
    CompteDemo(
        "admin",
        "Valérie",
        "Fontaine",
        "Administratrice du portail",
        "Administratrice",
        "Ouvre les comptes et donne les rôles\u00a0; ne prend aucune décision métier.",
        roles=({"role": Role.ADMINISTRATEUR},),
    ),
)

STRUCTURES: tuple[dict[str, Any], ...] = (
    {
        "siret": SIRET_PORTEUR,
        "raison_sociale": "Association Rhône Numérique Inclusif",
        "forme_juridique": "association",
        "nda": "84691234567",
        "adresse": "12 rue des Ateliers",
        "code_postal": "69007",
        "commune": "Lyon",
        "commune_code": "69123",
        "telephone": "04 99 00 00 01",
        "email": f"contact@{DOMAINE}",
        "representant_prenom": "Amina",
        "representant_nom": "Lefebvre",
        "representant_fonction": "Directrice",
        "representant_email": f"porteur@{DOMAINE}",
    },
    {
        "siret": SIRET_ORGANISME,
        "raison_sociale": "Atelier du Code Solidaire",
        "forme_juridique": "prive",
        "nda": "84691234568",
        "adresse": "3 place de la Filature",
        "code_postal": "69100",
        "commune": "Villeurbanne",
        "commune_code": "69266",
        "telephone": "04 99 00 00 02",
        "email": f"atelier@{DOMAINE}",
        "representant_prenom": "Sophie",
        "representant_nom": "Garnier",
        "representant_fonction": "Gérante",
        "representant_email": f"organisme@{DOMAINE}",
    },
)


@transaction.atomic
def create_demo_accounts() -> dict[str, Utilisateur]:
    """Create the accounts, their roles and structures, unless they exist; return them by short name."""
    comptes = {compte.nom_court: _account(compte) for compte in COMPTES}
    for compte in COMPTES:
        for role in compte.roles:
            if not comptes[compte.nom_court].a_role(role["role"]):
                domain.grant_role(acteur=SYSTEME, utilisateur=comptes[compte.nom_court], **role)
    for donnees in STRUCTURES:
        _structure(donnees, comptes)
    return comptes


def _account(compte: CompteDemo) -> Utilisateur:
    existant = Utilisateur.objects.filter(email=compte.email).first()
    return existant or domain.register_user(
        email=compte.email,
        mot_de_passe=MOT_DE_PASSE,
        prenom=compte.prenom,
        nom=compte.nom,
        fonction=compte.fonction,
        email_verifie=True,
    )


def _structure(donnees: dict[str, Any], comptes: dict[str, Utilisateur]) -> None:
    membres = [compte for compte in COMPTES if compte.structure == donnees["siret"]]
    structure = Structure.objects.filter(siret=donnees["siret"]).first()
    if structure is None:
        structure = domain.create_structure(
            acteur=SYSTEME, donnees=donnees, responsable=comptes[membres[0].nom_court]
        )
    for compte in membres:
        utilisateur = comptes[compte.nom_court]
        if not utilisateur.role_dans(structure):
            add_member(
                structure=structure, utilisateur=utilisateur, role=compte.role_structure, acteur=SYSTEME
            )


def accounts_by_role() -> list[CompteDemo]:
    """Return the accounts that exist, as the first screen shows them."""
    presents = set(
        Utilisateur.objects.filter(email__in=[compte.email for compte in COMPTES]).values_list(
            "email", flat=True
        )
    )
    return [compte for compte in COMPTES if compte.email in presents]


def demo_account(nom_court: str) -> Utilisateur | None:
    """Return the account behind a short name of the list; nobody else's opens in one click."""
    if nom_court not in {compte.nom_court for compte in COMPTES}:
        return None
    return Utilisateur.objects.filter(email=f"{nom_court}@{DOMAINE}", is_active=True).first()
