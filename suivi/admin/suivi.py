"""Read-only lists of sessions, attestations and complaints."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from socle.admin import LectureSeule
from socle.erreurs import ErreurMetier
from socle.typographie import pluriel_fr
from suivi.domain.reclamations import close_complaint
from suivi.models import AttestationDemarrage, Reclamation, Session


@admin.register(Session)
class SessionAdmin(LectureSeule):
    """Sessions of the labelled formations."""

    list_display = ("intitule", "numero", "structure", "etat", "debut", "fin", "places")
    list_display_links = ("intitule",)
    list_filter = ("etat", "label__region")
    search_fields = ("label__intitule", "label__structure__raison_sociale", "label__convention__numero")
    date_hierarchy = "debut"
    fields = (
        "label",
        "numero",
        "etat",
        "debut_reference",
        "debut",
        "fin",
        "lieu",
        "mode",
        "places",
        "carif_oref",
        "mon_compte_formation",
        "entrees_kairos_le",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        """Show what the person may see."""
        return Session.objects.visible_to(request.user).select_related("label__structure")

    @admin.display(description="formation", ordering="label__intitule")
    def intitule(self, session: Session) -> str:
        """Show the formation."""
        return session.label.intitule

    @admin.display(description="porteur", ordering="label__structure__raison_sociale")
    def structure(self, session: Session) -> str:
        """Show the porteur."""
        return str(session.label.structure)


@admin.register(AttestationDemarrage)
class AttestationAdmin(LectureSeule):
    """Attestations of start: how many learners, never who."""

    list_display = ("intitule", "session", "transmise_le", "inscrits")
    list_display_links = ("intitule",)
    search_fields = ("session__label__intitule", "session__label__structure__raison_sociale")
    date_hierarchy = "transmise_le"
    fields = ("session", "transmise_le", "deposant", "inscrits", "empreinte_liste")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttestationDemarrage]:
        """Show those of the sessions that the person may see."""
        sessions = Session.objects.visible_to(request.user)
        attestations = AttestationDemarrage.objects.filter(session__in=sessions)
        return attestations.select_related("session__label", "transmise_par")

    @admin.display(description="formation", ordering="session__label__intitule")
    def intitule(self, attestation: AttestationDemarrage) -> str:
        """Show the formation."""
        return attestation.session.label.intitule

    @admin.display(description="transmise par")
    def deposant(self, attestation: AttestationDemarrage) -> str:
        """Name the person; their account is the administrators' alone to open."""
        return attestation.transmise_par.nom_complet


@admin.register(Reclamation)
class ReclamationAdmin(LectureSeule):
    """Complaints, for the direction; marked as handled by the verb."""

    list_display = ("cree_le", "qualite", "formation_citee", "label", "traitee_le")
    list_filter = (("traitee_le", admin.EmptyFieldListFilter), "qualite")
    search_fields = ("formation_citee", "texte", "label__code")
    fields = ("cree_le", "qualite", "nom", "courriel", "label", "formation_citee", "texte", "traitee_le")
    actions = ("marquer_traitee",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reclamation]:
        """Show what the person may see."""
        return Reclamation.objects.visible_to(request.user).select_related("label")

    def has_marquer_permission(self, request: HttpRequest) -> bool:
        """Open to whoever may handle complaints."""
        return bool(request.user.has_perm("suivi.close_complaint"))

    @admin.action(description="Marquer comme traitées", permissions=["marquer"])
    def marquer_traitee(self, request: HttpRequest, choisies: Any) -> None:
        """Call the verb for each complaint chosen."""
        nombre = 0
        for reclamation in choisies.filter(traitee_le__isnull=True):
            try:
                close_complaint(reclamation=reclamation, acteur=request.user)
            except ErreurMetier as erreur:
                self.message_user(request, str(erreur), messages.ERROR)
            else:
                nombre += 1
        pluriel = pluriel_fr(nombre)
        self.message_user(request, f"{nombre} réclamation{pluriel} marquée{pluriel} comme traitée{pluriel}.")
