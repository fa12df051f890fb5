"""What the administrators look at when something seems wrong. Nothing here can be edited."""

from django.contrib import admin
from django.urls import URLPattern

from socle.admin import exploitation
from socle.admin.base import LectureSeule, en_lignes, nommer
from socle.models import Courriel, Document, Echeance, Evenement, Travail


@admin.register(Evenement)
class EvenementAdmin(LectureSeule):
    """The journal."""

    list_display = ("instant", "verbe", "chaine", "numero", "sujet", "acteur", "visibilite")
    list_filter = ("visibilite",)
    search_fields = ("chaine", "verbe")
    ordering = ("-instant",)
    #: None of them can be edited: Django would show a page without any.
    readonly_fields = fields = (
        "verbe",
        "instant",
        "heure_reelle",
        "sujet",
        "acteur",
        "visibilite",
        "donnees_lisibles",
        "chaine",
        "numero",
        "precedent",
        "empreinte",
    )

    @admin.display(description="sujet")
    def sujet(self, evenement: Evenement) -> str:
        """Show the reference of the subject."""
        return nommer(evenement.sujet_genre, evenement.sujet_id)

    @admin.display(description="acteur")
    def acteur(self, evenement: Evenement) -> str:
        """Show the reference of the actor."""
        return nommer(evenement.acteur_genre, evenement.acteur_id)

    @admin.display(description="données")
    def donnees_lisibles(self, evenement: Evenement) -> str:
        """Show what the event holds, a line for each name."""
        return en_lignes(evenement.donnees)


@admin.register(Courriel)
class CourrielAdmin(LectureSeule):
    """The outbox. Bodies stay closed: they may hold a one-time code."""

    list_display = ("cree_le", "objet", "email", "etat", "essais", "remis_le", "livre_le", "lu_le")
    list_filter = ("etat", "est_code")
    search_fields = ("email", "objet", "cle")
    ordering = ("-cree_le",)
    fields = (
        "objet",
        "email",
        "nom",
        "gabarit",
        "cle",
        "etat",
        "essais",
        "prochaine_tentative",
        "reponse",
        "cree_le",
        "remis_le",
        "livre_le",
        "lu_le",
        "efface_le",
    )


@admin.register(Travail)
class TravailAdmin(LectureSeule):
    """Background jobs."""

    list_display = ("cree_le", "genre", "cle", "etat", "essais", "progres", "total", "termine_le")
    list_filter = ("etat", "genre")
    search_fields = ("cle",)
    ordering = ("-cree_le",)
    readonly_fields = fields = (
        "genre",
        "cle",
        "etat",
        "charge_lisible",
        "essais",
        "prochaine_tentative",
        "bail_jusqu_a",
        "reveille_le",
        "progres",
        "total",
        "erreur",
        "cree_le",
        "termine_le",
    )

    @admin.display(description="charge")
    def charge_lisible(self, travail: Travail) -> str:
        """Show what the job was given, a line for each name."""
        return en_lignes(travail.charge)

    def get_urls(self) -> list[URLPattern]:
        """Add the screen of what waits for an administrator."""
        return [*exploitation.urls(), *super().get_urls()]


@admin.register(Echeance)
class EcheanceAdmin(LectureSeule):
    """Obligations."""

    list_display = ("due", "genre", "detail", "responsable", "remplie_le", "levee_le", "close_le")
    list_filter = ("genre",)
    search_fields = ("chaine", "detail")
    ordering = ("due",)
    date_hierarchy = "due"

    @admin.display(description="responsable")
    def responsable(self, echeance: Echeance) -> str:
        """Show the reference of whoever must act."""
        return nommer(echeance.responsable_genre, echeance.responsable_id)


@admin.register(Document)
class DocumentAdmin(LectureSeule):
    """Generated documents; their frozen data and file stay behind the policy of their owner."""

    list_display = ("demande_le", "titre", "genre", "version_gabarit", "produit_le")
    list_filter = ("genre",)
    search_fields = ("titre", "cle")
    ordering = ("-demande_le",)
    fields = (
        "titre",
        "genre",
        "cle",
        "sujet_genre",
        "sujet_id",
        "gabarit",
        "version_gabarit",
        "politique",
        "demande_le",
        "produit_le",
    )
