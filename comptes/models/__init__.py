from comptes.models.appartenance import Appartenance
from comptes.models.connexion import Connexion
from comptes.models.invitation import Invitation
from comptes.models.role_attribue import RoleAttribue
from comptes.models.structure import FormeJuridique, Structure
from comptes.models.utilisateur import Utilisateur
from comptes.roles import ROLES_GEN, ROLES_SECOND_FACTEUR, Role, RoleMembre

__all__ = [
    "ROLES_GEN",
    "ROLES_SECOND_FACTEUR",
    "Appartenance",
    "Connexion",
    "FormeJuridique",
    "Invitation",
    "Role",
    "RoleAttribue",
    "RoleMembre",
    "Structure",
    "Utilisateur",
]
