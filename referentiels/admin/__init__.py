"""The reference data in the admin: read by GEN, corrected by an administrator where it may be."""

from typing import Any

from django.contrib import admin
from django.db.models import ManyToManyField, Model, QuerySet, URLField
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from referentiels.domain.corrections import PERMISSION, correct_entry
from referentiels.models import (
    BesoinRegional,
    CarifOref,
    Certification,
    CodeRome,
    Commune,
    CritereRecevabilite,
    CritereSelection,
    Crous,
    Departement,
    EditionReferentiel,
    FamilleMetier,
    Grille,
    Indicateur,
    MembreGIP,
    Metier,
    MetierEmergent,
    NiveauIndicateur,
    OrganismeFormation,
    Region,
    ZonageCommune,
)
from socle.admin import IntrouvableMixin


class LectureMixin:
    """Every agent of GEN reads; nobody writes: the data files are the source."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let every account of the admin read."""
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to those who may read it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Add nothing here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Change nothing here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Delete nothing here: dossiers refer to these rows."""
        return False


class LectureAdmin(LectureMixin, IntrouvableMixin, admin.ModelAdmin):
    """A read-only table."""

    list_per_page = 50


class FicheAdmin(LectureAdmin):
    """An entry that an administrator may correct or add; the loader then leaves it."""

    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let an administrator correct."""
        return request.user.has_perm(PERMISSION)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let an administrator add."""
        return request.user.has_perm(PERMISSION)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the verb."""
        correct_entry(obj, acteur=request.user)


@admin.register(Region)
class RegionAdmin(LectureAdmin):
    list_display = ("nom", "code", "outre_mer", "besoins_observes")
    list_filter = ("outre_mer", "besoins_observes")
    search_fields = ("nom_recherche", "nom", "code")


@admin.register(Departement)
class DepartementAdmin(LectureAdmin):
    list_display = ("code", "nom", "region")
    list_filter = ("region",)
    list_select_related = ("region",)
    search_fields = ("code", "nom")


@admin.register(Commune)
class CommuneAdmin(LectureAdmin):
    list_display = ("nom", "code", "codes_postaux", "departement", "population")
    list_filter = ("actuelle", "departement__region")
    list_select_related = ("departement",)
    search_fields = ("nom_recherche", "nom", "=code", "codes_postaux")
    show_full_result_count = False


@admin.register(ZonageCommune)
class ZonageCommuneAdmin(LectureAdmin):
    list_display = (
        "nom_commune",
        "code_commune",
        "zonage",
        "version",
        "classement",
        "valide_du",
        "valide_au",
    )
    list_filter = ("zonage", "version", "classement")
    search_fields = ("nom_commune", "=code_commune")
    show_full_result_count = False


@admin.register(FamilleMetier)
class FamilleMetierAdmin(LectureAdmin):
    list_display = ("libelle", "ordre", "version")
    list_filter = ("version",)


@admin.register(Metier)
class MetierAdmin(LectureAdmin):
    list_display = ("libelle", "famille", "rome", "valide_du", "valide_au")
    list_filter = ("famille",)
    list_select_related = ("famille",)
    search_fields = ("libelle_recherche", "libelle", "rome")


@admin.register(MetierEmergent)
class MetierEmergentAdmin(FicheAdmin):
    list_display = ("libelle", "famille", "source", "valide_du", "valide_au")
    list_filter = ("famille", "source")
    list_select_related = ("famille",)
    search_fields = ("libelle",)


@admin.register(BesoinRegional)
class BesoinRegionalAdmin(LectureAdmin):
    list_display = ("texte", "region", "ordre", "famille", "rome", "annee")
    list_filter = ("annee", "region", "famille")
    list_select_related = ("region", "famille")
    search_fields = ("libelle", "specialites")


class CritereRecevabiliteInline(LectureMixin, admin.StackedInline):
    model = CritereRecevabilite
    extra = 0


class CritereSelectionInline(LectureMixin, admin.StackedInline):
    model = CritereSelection
    extra = 0


@admin.register(Grille)
class GrilleAdmin(LectureAdmin):
    list_display = ("libelle", "version", "appel_code", "en_vigueur_du", "en_vigueur_au")
    inlines = (CritereRecevabiliteInline, CritereSelectionInline)


class NiveauIndicateurInline(LectureMixin, admin.StackedInline):
    model = NiveauIndicateur
    extra = 0


@admin.register(Indicateur)
class IndicateurAdmin(LectureAdmin):
    list_display = ("code", "intitule", "critere", "poids", "est_partenariats_entreprises")
    list_filter = ("critere__grille", "critere__numero")
    search_fields = ("intitule",)
    inlines = (NiveauIndicateurInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Indicateur]:
        """Fetch what each line names."""
        return super().get_queryset(request).select_related("critere__grille")


@admin.register(MembreGIP)
class MembreGIPAdmin(FicheAdmin):
    list_display = ("nom", "type_membre", "annee")
    list_filter = ("annee", "type_membre")
    search_fields = ("nom",)


@admin.register(Crous)
class CrousAdmin(FicheAdmin):
    list_display = ("nom", "region", "site")
    list_filter = ("region",)
    list_select_related = ("region",)
    search_fields = ("nom",)
    # Django's two lists and its search by typing have fields without a label.
    formfield_overrides = {
        **FicheAdmin.formfield_overrides,
        ManyToManyField: {"widget": CheckboxSelectMultiple},
    }


@admin.register(CarifOref)
class CarifOrefAdmin(FicheAdmin):
    list_display = ("nom", "region", "site")
    list_filter = ("region",)
    list_select_related = ("region",)
    search_fields = ("nom",)


@admin.register(Certification)
class CertificationAdmin(LectureAdmin):
    list_display = ("code", "intitule", "niveau", "date_fin_enregistrement", "actif", "fictive")
    list_filter = ("actif", "fictive", "niveau")
    search_fields = ("code", "intitule", "intitule_recherche")
    show_full_result_count = False


@admin.register(CodeRome)
class CodeRomeAdmin(LectureAdmin):
    list_display = ("code", "libelle")
    search_fields = ("code", "libelle", "libelle_recherche")


@admin.register(EditionReferentiel)
class EditionReferentielAdmin(LectureAdmin):
    list_display = ("genre", "date", "modifie_le")


@admin.register(OrganismeFormation)
class OrganismeFormationAdmin(LectureAdmin):
    list_display = (
        "denomination",
        "siret",
        "nda",
        "code_postal",
        "ville",
        "certifie_actions_formation",
        "present",
        "fictif",
    )
    list_filter = ("present", "certifie_actions_formation", "fictif")
    search_fields = ("denomination_recherche", "denomination", "siren", "siret", "nda")
    show_full_result_count = False
