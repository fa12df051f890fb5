"""The list of deposited dossiers; each leads to its own screen."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from candidatures import cycle
from candidatures.domain.echanges import unread_by_gen
from candidatures.models import Affectation, Candidature
from comptes.models import Utilisateur
from labellisation.admin import (
    affectations,
    complements,
    decision,
    delegations,
    dossier,
    echanges,
    file,
    lot,
    notation,
    notes,
    pieces,
    repartition,
    statistiques,
)
from labellisation.admin.voisins import SUIVIS
from labellisation.domain import filtres
from labellisation.domain.delais import CHOIX_DELAI, delay_of
from labellisation.domain.file_instruction import as_rows, to_instruct
from labellisation.domain.verdicts_rendus import words as verdict_words
from labellisation.domain.voisins import CHAMPS_RECHERCHE, DOSSIERS, LISTE, RECHERCHE, TRI
from referentiels.models import Region
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


class _DansLAdresse(admin.SimpleListFilter):
    """A filter of ``labellisation.domain.filtres``: the same meaning here as in *Ma file*."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep what the value says; a value that is not offered keeps everything, and is told."""
        valeur = self.value()
        if not valeur:
            return queryset
        if valeur not in {str(cle) for cle, _ in self.lookup_choices}:
            messages.warning(request, filtres.ignored([str(self.title)]))
            return queryset
        return queryset.filter(filtres.condition(str(self.parameter_name), valeur))


class EtatGen(_DansLAdresse):
    """States in GEN's words; a draft is never listed."""

    title, parameter_name = "état", "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer every state of a deposited dossier."""
        return [(code, cycle.CYCLE.etat(code).gen) for code in filtres.ETATS_DEPOSES]


class ReleveFilter(_DansLAdresse):
    """The relevé in which the dossier is examined (R5)."""

    title, parameter_name = "relevé", "releve"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the relevés of every call."""
        return filtres.releves()


class RegionFilter(_DansLAdresse):
    """The Région of the formation."""

    title, parameter_name = "région", "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the eighteen regions."""
        return [(str(pk), nom) for pk, nom in Region.objects.order_by("nom").values_list("pk", "nom")]


class FamilleFilter(_DansLAdresse):
    """The family of métiers."""

    title, parameter_name = "famille de métiers", "famille"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the nine families."""
        return filtres.familles()


class InstructeurFilter(_DansLAdresse):
    """Whoever has a task of the dossier."""

    title, parameter_name = "instructeur", "instructeur"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer nobody, and those who instruct now."""
        return filtres.instructeurs()


class DelaiFilter(_DansLAdresse):
    """What is left until the nearest date."""

    title, parameter_name = "délai", "delai"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer late, and the near dates."""
        return CHOIX_DELAI


class _SurDemande(_DansLAdresse):
    """A filter where the statistics lead: offered when the address has it, so that it can be taken off."""

    #: Says a value.
    words: Callable[[str], str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer the value of the address alone."""
        nom = str(self.parameter_name)
        valeur = request.GET.get(nom, "")
        if not valeur:
            return []
        return [(valeur, self.words(valeur))] if filtres.readable(nom, valeur) else [("", "")]


class VerdictFilter(_SurDemande):
    """A verdict on a criterion."""

    title, parameter_name = "verdict", "verdict"
    words = staticmethod(verdict_words)


class ExamenFilter(_SurDemande):
    """Who is in charge of the recevabilité."""

    title, parameter_name = "chargé de la recevabilité", "examen"

    def words(self, valeur: str) -> str:
        """Say who."""
        if valeur == filtres.AUCUN:
            return "Personne"
        personne = Utilisateur.objects.filter(pk=valeur).first()
        return personne.nom_complet if personne else "personne inconnue"


class IssueFilter(_SurDemande):
    """To declare, recevable or irrecevable."""

    title, parameter_name = "recevabilité", "issue"

    def words(self, valeur: str) -> str:
        """Say which."""
        return filtres.MOTS_ISSUES[valeur].capitalize()


class ListeDossiers(ChangeList):
    """The list of dossiers, whose rows keep the filters, the search and the order for the next dossier."""

    def url_for_result(self, result: Candidature) -> str:
        """Return the dossier's screen."""
        return f"{reverse('admin:instruction_dossier', args=[result.pk])}?{self.suite}"

    @cached_property
    def suite(self) -> str:
        """What the address of a row keeps of this list."""
        gardes = {LISTE: DOSSIERS, **{nom: valeur for nom, valeur in self._asked.items() if nom in SUIVIS}}
        if self.query:
            gardes[RECHERCHE] = self.query
        if "o" in self._asked:
            gardes[TRI] = ",".join(map(str, self._ordre))
        return urlencode(gardes)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> list[Any]:
        """Return the order of the rows, and remember it."""
        self._asked = request.GET.dict()
        self._ordre = super().get_ordering(request, queryset)
        return self._ordre


@admin.register(Candidature)
class CandidatureAdmin(LectureSeule):
    """Deposited dossiers, for those who instruct and those who direct."""

    list_display = (
        "reference",
        "delai",
        "formation",
        "porteur",
        "region",
        "releve",
        "etat_gen",
        "deposee",
        "instructeurs",
    )
    list_display_links = ("reference", "formation")
    # The rows carry the filters themselves, in the words of the address (``ListeDossiers``).
    preserve_filters = False
    list_filter = (
        MesDossiers,
        MessagesALire,
        EtatGen,
        DelaiFilter,
        ReleveFilter,
        InstructeurFilter,
        RegionFilter,
        FamilleFilter,
        VerdictFilter,
        ExamenFilter,
        IssueFilter,
    )
    search_fields = CHAMPS_RECHERCHE
    actions = ("confier",)
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
            chemin("repartition/", repartition.repartition, "instruction_repartition"),
            chemin("confier/", lot.confier, "instruction_confier"),
            chemin("delegations/", delegations.delegations, "instruction_delegations"),
            chemin(
                "delegations/<uuid:delegation>/retirer/",
                delegations.retirer,
                "instruction_delegation_fin",
            ),
            chemin("statistiques/", statistiques.statistiques, "instruction_statistiques"),
            chemin("statistiques.csv", statistiques.export, "instruction_statistiques_csv"),
            chemin(f"{fiche}dossier/", dossier.dossier, "instruction_dossier"),
            chemin(f"{fiche}messages/", echanges.echange, "instruction_messages"),
            chemin(f"{fiche}verdict/<int:critere>/", dossier.verdict, "instruction_verdict"),
            chemin(f"{fiche}avancement/", dossier.avancement, "instruction_avancement"),
            chemin(f"{fiche}pieces/<uuid:fichier>/", pieces.piece, "instruction_piece"),
            path(
                f"{fiche}pieces/<uuid:fichier>/pages/<int:numero>/",
                # The browser may keep a picture, if it asks each time.
                self.admin_site.admin_view(pieces.page_de_piece, cacheable=True),
                name="instruction_page",
            ),
            chemin(f"{fiche}notes/", notes.ecrire, "instruction_note"),
            chemin(f"{fiche}notes/<uuid:note>/", notes.corriger, "instruction_note_corriger"),
            chemin(f"{fiche}notes/<uuid:note>/supprimer/", notes.supprimer, "instruction_note_supprimer"),
            chemin(f"{fiche}complements/", complements.demander, "instruction_complements"),
            chemin(f"{fiche}recevable/", decision.recevable, "instruction_recevable"),
            chemin(f"{fiche}irrecevable/", decision.irrecevable, "instruction_irrecevable"),
            chemin(f"{fiche}decision/", decision.decision, "instruction_decision"),
            chemin(f"{fiche}decision/motifs/", decision.motifs, "instruction_motifs"),
            chemin(f"{fiche}rouvrir/", decision.rouvrir, "instruction_rouvrir"),
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
        return as_rows(to_instruct(request.user))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Each row leads to the dossier's screen, which knows its neighbours."""
        return ListeDossiers

    @admin.display(description="délai", ordering="echeance_le")
    def delai(self, candidature: Candidature) -> SafeString | str:
        """Show the nearest date: what is left, and which date it is."""
        delai = delay_of(candidature)
        if delai is None:
            return "—"
        classe = "gen-retard" if delai.depasse else "gen-reste"
        return format_html('<span class="{}">{}</span><br>{}', classe, delai.reste, delai.phrase)

    @admin.action(description="Confier à une personne…")
    def confier(self, request: HttpRequest, queryset: QuerySet[Candidature]) -> HttpResponse:
        """Ask to whom the dossiers are given; nothing is saved yet."""
        return lot.ask(request, queryset)

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
