import uuid
from typing import Any, ClassVar

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from comptes import voir_comme
from comptes.models.droits import read_rights
from comptes.roles import ROLES_GEN, ROLES_SECOND_FACTEUR, Role
from socle import horloge
from socle.models.base import Agregat
from socle.references import Reference, reference


class UtilisateurManager(BaseUserManager["Utilisateur"]):
    """Addresses are stored in lower case, so that one person has one account."""

    def create_user(self, email: str, password: str | None = None, **champs: Any) -> "Utilisateur":
        """Create an account; no role comes with it."""
        utilisateur = self.model(email=normalize_email(email), **champs)
        utilisateur.set_password(password)
        utilisateur.save(using=self._db)
        return utilisateur

    def get_by_natural_key(self, username: str | None) -> "Utilisateur":
        """Find an account by its address, whatever its case."""
        return self.get(email=normalize_email(username or ""))


def normalize_email(email: str) -> str:
    """Return the address as it is stored."""
    return email.strip().lower()


class Utilisateur(Agregat, AbstractBaseUser):
    """A person with an account. Verbs check roles: there is no business superuser."""

    email = models.EmailField(
        "adresse électronique",
        unique=True,
        error_messages={"unique": "Un compte existe déjà avec cette adresse électronique."},
    )
    prenom = models.CharField("prénom", max_length=100)
    nom = models.CharField("nom", max_length=100)
    fonction = models.CharField("fonction", max_length=150, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    is_active = models.BooleanField("compte actif", default=True)
    # Written by save() and not by a default: Django's own system check makes an empty user, and the
    # demo's clock would then be read before there is a database.
    cree_le = models.DateTimeField("créé le", editable=False)
    modifie_le = models.DateTimeField("modifié le", editable=False)

    objects = UtilisateurManager()

    #: The structure chosen for this session (``comptes.middleware``); not a column.
    structure_choisie: uuid.UUID | None = None

    #: The agent who sees the portal as this person does (``comptes.middleware``); not a column.
    vu_par: "Utilisateur | None" = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["prenom", "nom"]

    class Meta:
        verbose_name = "utilisateur"
        verbose_name_plural = "utilisateurs"
        ordering = ("nom", "prenom", "email")
        constraints = [
            models.CheckConstraint(
                name="utilisateur_email_minuscule",
                condition=models.Q(email=Lower("email")),
                violation_error_message="L’adresse électronique s’enregistre en minuscules.",
            )
        ]

    def __str__(self) -> str:
        return self.nom_complet

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and note the business instant of the creation."""
        if self._state.adding and self.cree_le is None:
            self.cree_le = horloge.now()
        super().save(*args, **kwargs)

    @property
    def nom_complet(self) -> str:
        """Return « Prénom Nom », else the address."""
        return f"{self.prenom} {self.nom}".strip() or self.email

    def get_full_name(self) -> str:
        """Return the name that Django's own screens show."""
        return self.nom_complet

    def get_short_name(self) -> str:
        """Return the first name."""
        return self.prenom or self.email

    @property
    def reference(self) -> Reference:
        """Return the reference by which ``socle`` knows this person."""
        return reference(self)

    # --- Roles, read once per instance (so once per request) ---------------------------------
    @cached_property
    def roles_actifs(self) -> tuple[Any, ...]:
        """Return the roles held at this instant (``RoleAttribue`` rows)."""
        return self._rights[0]

    @cached_property
    def appartenances_actives(self) -> tuple[Any, ...]:
        """Return the memberships held at this instant, with their structures."""
        return self._rights[1]

    @property
    def pks_structures(self) -> list[Any]:
        """Return the keys of the structures that this person belongs to at this instant."""
        return [ligne.structure_id for ligne in self.appartenances_actives]

    @cached_property
    def _rights(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return read_rights(self)

    @property
    def appartenance_courante(self) -> Any:
        """Return the membership by which this person acts: the one chosen, else the first, else nothing."""
        actives = self.appartenances_actives
        choisies = (ligne for ligne in actives if ligne.structure_id == self.structure_choisie)
        return next(choisies, actives[0] if actives else None)

    @property
    def structure_courante(self) -> Any:
        """Return the structure for which this person acts now, or nothing."""
        courante = self.appartenance_courante
        return courante.structure if courante else None

    @property
    def autres_structures(self) -> list[uuid.UUID]:
        """Return this person's structures for which they do not act now: lists leave them out."""
        courante = self.appartenance_courante
        return [ligne.structure_id for ligne in self.appartenances_actives if ligne is not courante]

    def is_member_of(self, structure: uuid.UUID) -> bool:
        """Tell whether this person is a member of the structure of this key now."""
        return any(ligne.structure_id == structure for ligne in self.appartenances_actives)

    def forget_roles(self) -> None:
        """Read roles and memberships again at the next question."""
        self.__dict__.pop("_rights", None)
        self.__dict__.pop("roles_actifs", None)
        self.__dict__.pop("appartenances_actives", None)

    def a_role(self, *roles: str) -> bool:
        """Tell whether this person holds one of the roles now."""
        return self.is_active and any(attribue.role in roles for attribue in self.roles_actifs)

    @property
    def doit_second_facteur(self) -> bool:
        """Tell whether a role of this person demands a second factor."""
        return self.a_role(*ROLES_SECOND_FACTEUR)

    @property
    def codes_regions(self) -> frozenset[str]:
        """Return the INSEE codes of the Régions this person is the referent of."""
        return frozenset(
            attribue.region_code for attribue in self.roles_actifs if attribue.role == Role.REGION
        )

    @property
    def organisations_comite(self) -> frozenset[str]:
        """Return the members of the GIP this person sits for at the committee."""
        return frozenset(
            attribue.organisation
            for attribue in self.roles_actifs
            if attribue.role == Role.COMITE and attribue.organisation
        )

    def role_dans(self, structure: Any) -> str:
        """Return the member's role in a structure, or an empty word."""
        return next(
            (
                appartenance.role
                for appartenance in self.appartenances_actives
                if appartenance.structure_id == structure.pk
            ),
            "",
        )

    # --- What Django's admin asks ------------------------------------------------------------
    @property
    def is_staff(self) -> bool:
        """Tell whether the admin opens: a role of GEN is needed."""
        return self.a_role(*ROLES_GEN)

    @property
    def is_superuser(self) -> bool:
        """Nobody passes every check."""
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the rules, and nothing else: no permission is stored in the database."""
        if self.vu_par is not None and voir_comme.is_closed(perm):
            return False
        return self.is_active and rules.has_perm(perm, self, obj)

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        """Tell whether every permission holds."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Tell whether an app shows up in the admin; each model then asks its own permission."""
        return self.is_staff
