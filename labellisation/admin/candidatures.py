"""The list of deposited dossiers; each leads to its own screen."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from candidatures import cycle
from candidatures.domain.echanges import unread_by_gen
from candidatures.models import Affectation, Candidature, Releve
from labellisation.admin import affectations, dossier, echanges, file, notation
from labellisation.domain.file_instruction import deposited, with_instructors
from referentiels.models import FamilleMetier, Region
from socle.admin import LectureSeule
from socle.horloge import paris


class MesDossiers(admin.SimpleListFilter):
    """Those that the person is in charge of."""

    title = "mes dossiers"
    parameter_name = "mes_dossiers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer one choice beside « tous »."""
        return [("oui", "Ceux dont je suis chargé")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep the person's own."""
        if self.value() != "oui":
            return queryset
        miennes = Affectation.objects.filter(
            candidature=OuterRef("pk"), instructeur=request.user.pk, retiree_le__isnull=True
        )
        return queryset.filter(Exists(miennes))


class MessagesALire(admin.SimpleListFilter):
    """Those on which a message of the porteur waits for the person."""

    title = "messages"
    parameter_name = "messages"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer one choice beside « tous »."""
        return [("a_lire", "Message à lire")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep those that wait."""
        if self.value() != "a_lire":
            return queryset
        return queryset.filter(unread_by_gen(request.user))


class EtatGen(admin.SimpleListFilter):
    """States in GEN's words; a draft is never listed."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer every state of a deposited dossier."""
        return [(code, libelle) for code, libelle in cycle.CYCLE.choices if code != cycle.BROUILLON]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep one state."""
        return queryset.filter(etat=self.value()) if self.value() else queryset


class _Reference(admin.SimpleListFilter):
    """A filter on a column of reference data, all its values offered."""

    colonne = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep one value; something else than a key of the list keeps nothing."""
        if not self.value():
            return queryset
        connus = {str(cle) for cle, _ in self.lookup_choices}
        return queryset.filter(**{self.colonne: self.value()}) if self.value() in connus else queryset.none()


class ReleveFilter(_Reference):
    """The relevé in which the dossier is examined (R5)."""

    title, parameter_name, colonne = "relevé", "releve", "releve_examen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the relevés of every call."""
        releves = Releve.objects.select_related("appel").order_by("-borne")
        return [(str(releve.pk), f"{releve} — {releve.appel.code}") for releve in releves]


class RegionFilter(_Reference):
    """The Région of the formation."""

    title, parameter_name, colonne = "région", "region", "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the eighteen regions."""
        return [(str(pk), nom) for pk, nom in Region.objects.order_by("nom").values_list("pk", "nom")]


class FamilleFilter(_Reference):
    """The family of métiers."""

    title, parameter_name, colonne = "famille de métiers", "famille", "sectionformation__famille"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the nine families."""
        familles = FamilleMetier.objects.order_by("ordre").values_list("pk", "libelle")
        return [(str(pk), libelle) for pk, libelle in familles]


@admin.register(Candidature)
class CandidatureAdmin(LectureSeule):
    """Deposited dossiers, for those who instruct and those who direct."""

    list_display = (
        "reference",
        "formation",
        "porteur",
        "region",
        "releve",
        "etat_gen",
        "deposee",
        "instructeurs",
    )
    list_display_links = ("reference", "formation")
    list_filter = (MesDossiers, MessagesALire, EtatGen, ReleveFilter, RegionFilter, FamilleFilter)
    search_fields = ("reference", "intitule", "structure__raison_sociale")
    ordering = ("-deposee_le", "reference")
    show_facets = admin.ShowFacets.NEVER

    def get_urls(self) -> list[URLPattern]:
        """List, and the screens of the instruction; nothing is added, deleted or edited by hand."""

        def chemin(route: str, vue: Any, nom: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(vue), name=nom)

        fiche = "<uuid:pk>/"
        return [
            path(
                "",
                self.admin_site.admin_view(self.changelist_view),
                name="candidatures_candidature_changelist",
            ),
            chemin("ma-file/", file.ma_file, "instruction_file"),
            chemin(f"{fiche}dossier/", dossier.dossier, "instruction_dossier"),
            chemin(f"{fiche}messages/", echanges.echange, "instruction_messages"),
            chemin(f"{fiche}verdict/<int:critere>/", dossier.verdict, "instruction_verdict"),
            chemin(f"{fiche}recevable/", dossier.recevable, "instruction_recevable"),
            chemin(f"{fiche}irrecevable/", dossier.irrecevable, "instruction_irrecevable"),
            chemin(f"{fiche}affectations/", affectations.affectations, "instruction_affectations"),
            chemin(
                f"{fiche}affectations/<uuid:affectation>/retirer/",
                affectations.desaffecter,
                "instruction_desaffecter",
            ),
            chemin(f"{fiche}lien-interet/", affectations.declarer_lien, "instruction_lien"),
            chemin(f"{fiche}notation/", notation.notation, "instruction_notation"),
            chemin(f"{fiche}notation/soumettre/", notation.soumettre, "instruction_soumettre"),
            chemin(f"{fiche}harmonisation/", notation.harmonisation, "instruction_harmonisation"),
            chemin(f"{fiche}notations/<uuid:notation>/ecarter/", affectations.ecarter, "instruction_ecarter"),
            chemin("<path:object_id>/change/", self.change_view, "candidatures_candidature_change"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Candidature]:
        """Show what the person may see, never a draft."""
        return with_instructors(deposited(request.user))

    @admin.display(description="formation", ordering="intitule")
    def formation(self, candidature: Candidature) -> str:
        """Show the title."""
        return candidature.intitule or "sans intitulé"

    @admin.display(description="structure", ordering="structure__raison_sociale")
    def porteur(self, candidature: Candidature) -> str:
        """Show the porteur."""
        return candidature.structure.raison_sociale

    @admin.display(description="relevé", ordering="releve_examen__borne")
    def releve(self, candidature: Candidature) -> str:
        """Show the relevé of examination."""
        return str(candidature.releve_examen) if candidature.releve_examen else "à annoncer"

    @admin.display(description="état", ordering="etat")
    def etat_gen(self, candidature: Candidature) -> str:
        """Show the state in GEN's words."""
        return cycle.CYCLE.etat(candidature.etat).gen

    @admin.display(description="déposée le", ordering="deposee_le")
    def deposee(self, candidature: Candidature) -> str:
        """Show the day of the deposit, in Paris."""
        return f"{paris(candidature.deposee_le):%d/%m/%Y}" if candidature.deposee_le else ""

    @admin.display(description="instructeurs")
    def instructeurs(self, candidature: Candidature) -> str:
        """Show who is in charge now, once each."""
        noms = [charge.instructeur.nom_complet for charge in candidature.charges]
        return ", ".join(dict.fromkeys(noms)) or "personne"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say what the list holds, and give it the whole width."""
        page = {"title": "Dossiers déposés", "is_nav_sidebar_enabled": False, **(extra_context or {})}
        return super().changelist_view(request, page)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the dossier's own screen; nothing is edited here."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        candidature = self.get_object(request, object_id)
        return redirect("admin:instruction_dossier", candidature.pk)
