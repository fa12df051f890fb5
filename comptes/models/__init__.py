from comptes.models.appartenance import Appartenance
from comptes.models.connexion import Connexion
from comptes.models.invitation import Annulation, EtatInvitation, Invitation
from comptes.models.responsabilite import DemandeResponsable, EtatTransmission, Transmission
from comptes.models.role_attribue import RoleAttribue
from comptes.models.second_facteur import SecondFacteur
from comptes.models.structure import FormeJuridique, Structure
from comptes.models.utilisateur import Utilisateur
from comptes.models.voir_comme import VoirComme
from comptes.roles import ROLES_GEN, ROLES_SECOND_FACTEUR, Role, RoleMembre

__all__ = [
    "ROLES_GEN",
    "ROLES_SECOND_FACTEUR",
    "Annulation",
    "Appartenance",
    "Connexion",
    "DemandeResponsable",
    "EtatInvitation",
    "EtatTransmission",
    "FormeJuridique",
    "Invitation",
    "Role",
    "RoleAttribue",
    "RoleMembre",
    "SecondFacteur",
    "Structure",
    "Transmission",
    "Utilisateur",
    "VoirComme",
]
