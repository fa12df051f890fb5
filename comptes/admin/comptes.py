from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import URLPattern, path

from comptes import domain
from comptes.admin import actes
from comptes.models import (
    Appartenance,
    DemandeResponsable,
    Role,
    RoleAttribue,
    Structure,
    Utilisateur,
    VoirComme,
)
from comptes.models.utilisateur import normalize_email
from referentiels.models import Region
from socle.admin import LectureSeule
from socle.erreurs import ErreurMetier


class LignesLues(admin.StackedInline):
    """Rows shown under their owner, never edited there."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Ask the rules."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))


class RolesLus(LignesLues):
    model = RoleAttribue
    fields = ("role", "region_code", "organisation", "du", "au")


class AppartenancesLues(LignesLues):
    model = Appartenance
    readonly_fields = ("membre",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        """Lead to the account only whoever may open it."""
        personne = "utilisateur" if request.user.has_perm("comptes.view_utilisateur") else "membre"
        return (personne, "structure", "role", "du", "au")

    @admin.display(description="membre")
    def membre(self, appartenance: Appartenance) -> str:
        """Name the person."""
        return appartenance.utilisateur.nom_complet


@admin.register(Utilisateur)
class UtilisateurAdmin(LectureSeule):
    """Accounts."""

    list_display = ("nom_complet", "email", "roles", "is_active", "last_login")
    list_filter = ("is_active", "roles_attribues__role")
    search_fields = ("email", "nom", "prenom")
    fields = ("prenom", "nom", "email", "fonction", "telephone", "is_active", "last_login", "cree_le")
    inlines = (RolesLus, AppartenancesLues)
    change_form_template = "admin/comptes/utilisateur/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the screens of activation and of « voir comme »."""
        return [
            path(
                "<uuid:pk>/activation/",
                self.admin_site.admin_view(actes.activation),
                name="comptes_utilisateur_activation",
            ),
            path(
                "<uuid:pk>/voir-comme/",
                self.admin_site.admin_view(actes.voir_comme),
                name="comptes_utilisateur_voir_comme",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Say which acts are open to this person."""
        contexte = {
            "peut_activer": request.user.has_perm("comptes.deactivate_account"),
            "peut_voir_comme": request.user.has_perm("comptes.view_as"),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **contexte})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Utilisateur]:
        """Bring the roles along."""
        return super().get_queryset(request).prefetch_related("roles_attribues")

    @admin.display(description="nom", ordering="nom")
    def nom_complet(self, utilisateur: Utilisateur) -> str:
        """Show the name."""
        return utilisateur.nom_complet

    @admin.display(description="rôles en cours")
    def roles(self, utilisateur: Utilisateur) -> str:
        """Show the roles that have no end yet."""
        return ", ".join(
            str(attribue) for attribue in utilisateur.roles_attribues.all() if attribue.au is None
        )


class SansResponsable(admin.SimpleListFilter):
    """Structures for which nobody with an active account answers."""

    title = "responsable"
    parameter_name = "responsable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the structures without one, and those whose members ask for one."""
        return [("sans", "Sans responsable"), ("demande", "Demande en attente")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Structure]) -> QuerySet[Structure]:
        """Keep them."""
        if self.value() == "sans":
            tenues = Appartenance.objects.responsables().filter(structure=OuterRef("pk"))
            return queryset.exclude(Exists(tenues))
        if self.value() == "demande":
            demandes = DemandeResponsable.objects.filter(structure=OuterRef("pk"), traitee_le__isnull=True)
            return queryset.filter(Exists(demandes))
        return queryset


@admin.register(Structure)
class StructureAdmin(LectureSeule):
    """Structures and their members."""

    list_display = ("raison_sociale", "siret", "forme_juridique", "commune", "departement")
    list_filter = (SansResponsable, "forme_juridique")
    search_fields = ("raison_sociale", "siret", "commune")
    inlines = (AppartenancesLues,)
    change_form_template = "admin/comptes/structure/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the screens by which GEN names a responsable, or says no."""
        return [
            path(
                "<uuid:pk>/responsable/",
                self.admin_site.admin_view(actes.nommer),
                name="comptes_structure_nommer",
            ),
            path(
                "<uuid:pk>/responsable/rejeter/",
                self.admin_site.admin_view(actes.rejeter),
                name="comptes_structure_rejeter",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Say which acts are open to this person."""
        contexte = {"peut_nommer": request.user.has_perm("comptes.appoint_responsable")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **contexte})

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what the person may see."""
        return Structure.objects.visible_to(request.user)


@admin.register(VoirComme)
class VoirCommeAdmin(LectureSeule):
    """Who saw the portal as whom, when and why."""

    list_display = ("commencee_le", "agent", "personne", "motif", "terminee_le", "fin")
    list_filter = ("fin",)
    search_fields = ("agent__email", "personne__email")
    list_select_related = ("agent", "personne")


class RoleForm(forms.ModelForm):
    """Give a role: cleaned here, checked and written by the verb."""

    email = forms.EmailField(
        label="Adresse électronique du compte",
        help_text="La personne ouvre d’abord son compte, sur la page «\u00a0Créer un compte\u00a0».",
    )
    region_code = forms.ChoiceField(
        label="Région", required=False, help_text="Pour un référent régional seulement."
    )

    class Meta:
        model = RoleAttribue
        fields = ("email", "role", "region_code", "organisation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" not in self.fields:
            # A role that is only read has no field to fill in.
            return
        regions = Region.objects.order_by("nom").values_list("code", "nom")
        self.fields["region_code"].choices = [("", "—"), *regions]
        self.fields["role"].choices = Role.choices

    def clean_email(self) -> str:
        """Find the account."""
        adresse = normalize_email(self.cleaned_data["email"])
        utilisateur = Utilisateur.objects.filter(email=adresse).first()
        if utilisateur is None:
            raise forms.ValidationError(
                "Aucun compte n’a cette adresse. Demandez à la personne d’en ouvrir un."
            )
        self.instance.utilisateur = utilisateur
        return adresse

    def clean(self) -> dict[str, Any]:
        """Say beside the field what the verb would refuse."""
        donnees = super().clean() or {}
        role, region = donnees.get("role"), donnees.get("region_code")
        if role == Role.REGION and not region:
            self.add_error("region_code", "Indiquez la région de ce référent régional.")
        if role != Role.REGION and region:
            self.add_error("region_code", "La région ne s’indique que pour un référent régional.")
        return donnees


@admin.register(RoleAttribue)
class RoleAttribueAdmin(LectureSeule):
    """Roles: given by the form, taken back by the action."""

    form = RoleForm
    list_display = ("utilisateur", "role", "region_code", "organisation", "du", "au")
    list_filter = ("role",)
    search_fields = ("utilisateur__email", "utilisateur__nom", "organisation")
    actions = ("retirer",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Open to whoever may give roles."""
        return bool(request.user.has_perm("comptes.grant_role"))

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Ask for the account's address when giving a role; show the person afterwards."""
        if obj is None:
            return ("email", "role", "region_code", "organisation")
        return ("utilisateur", "role", "region_code", "organisation", "du", "au")

    def has_retirer_permission(self, request: HttpRequest) -> bool:
        """Open to whoever may take roles back."""
        return bool(request.user.has_perm("comptes.revoke_role"))

    def save_model(self, request: HttpRequest, obj: RoleAttribue, form: Any, change: bool) -> None:
        """Give the role by the verb; the row it wrote becomes the admin's object."""
        attribue = domain.grant_role(
            acteur=request.user,
            utilisateur=obj.utilisateur,
            role=obj.role,
            region_code=obj.region_code,
            organisation=obj.organisation,
        )
        obj.__dict__.update(attribue.__dict__)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Show a refusal of the verb instead of failing."""
        try:
            return super().add_view(request, form_url, extra_context)
        except ErreurMetier as erreur:
            self.message_user(request, str(erreur), messages.ERROR)
            return redirect("admin:comptes_roleattribue_changelist")

    @admin.action(description="Mettre fin aux rôles choisis", permissions=["retirer"])
    def retirer(self, request: HttpRequest, roles: QuerySet[RoleAttribue]) -> None:
        """Take back each chosen role."""
        for attribue in roles:
            try:
                domain.revoke_role(acteur=request.user, attribue=attribue)
            except ErreurMetier as erreur:
                self.message_user(request, f"{attribue.utilisateur}\u00a0: {erreur}", messages.ERROR)
            else:
                self.message_user(request, f"Rôle retiré à {attribue.utilisateur}.", messages.SUCCESS)
