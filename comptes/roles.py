"""Who is who: the roles of DOMAIN §1, as data."""

from django.db import models


class Role(models.TextChoices):
    """Roles given by an administrator; porteurs and bodies act through their memberships."""

    INSTRUCTEUR = "instructeur", "Instructeur GEN"
    COMITE = "comite", "Membre du comité de labellisation"
    DIRECTION = "direction", "Direction de la GEN"
    REGION = "region", "Référent régional"
    ADMINISTRATEUR = "administrateur", "Administrateur"


class RoleMembre(models.TextChoices):
    """What a member may do for its structure."""

    RESPONSABLE = "responsable", "Responsable"
    CONTRIBUTEUR = "contributeur", "Contributeur"


#: Roles whose holders work in the admin. Committee members and Régions read their own pages.
ROLES_GEN = frozenset({Role.INSTRUCTEUR, Role.DIRECTION, Role.ADMINISTRATEUR})

#: Roles that open nothing without a second factor (DOMAIN §1): every one that an administrator gives.
ROLES_SECOND_FACTEUR = frozenset(Role)
