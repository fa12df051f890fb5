"""The second factors in the admin: who has which, and the loss of one."""

import uuid
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from comptes.domain.acces import require
from comptes.domain.second_facteur import reset_second_factor, resets_of
from comptes.forms.second_facteur import RetirerSecondFacteurForm
from comptes.models import SecondFacteur, Utilisateur
from socle.admin import LectureSeule
from socle.views.actes import perform_form

NOMS = {
    Authenticator.Type.TOTP: "Application d’authentification",
    Authenticator.Type.WEBAUTHN: "Clé d’accès",
    Authenticator.Type.RECOVERY_CODES: "Codes de secours",
}
LISTE = "admin:comptes_secondfacteur_changelist"

admin.site.unregister(Authenticator)


class MoyenFilter(admin.SimpleListFilter):
    """Which kind of factor, in the portal's words."""

    title = "moyen"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Name the kinds."""
        return [(str(moyen.value), nom) for moyen, nom in NOMS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep one kind."""
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(SecondFacteur)
class SecondFacteurAdmin(LectureSeule):
    """Which factors there are. Their secrets are shown nowhere."""

    list_display = ("personne", "moyen", "relie_le", "servi_le", "perte")
    list_display_links = None
    list_filter = (MoyenFilter,)
    search_fields = ("user__email", "user__nom", "user__prenom")
    search_help_text = "Nom ou adresse électronique de la personne"
    list_select_related = ("user",)
    fields = ("personne", "moyen", "relie_le", "servi_le")

    @admin.display(description="personne", ordering="user__nom")
    def personne(self, facteur: SecondFacteur) -> Utilisateur:
        """Name whose it is: the library's own names of these fields are in English."""
        return facteur.user

    @admin.display(description="relié le", ordering="created_at")
    def relie_le(self, facteur: SecondFacteur) -> datetime:
        """Tell since when."""
        return facteur.created_at

    @admin.display(description="dernier usage", ordering="last_used_at")
    def servi_le(self, facteur: SecondFacteur) -> datetime | None:
        """Tell when it last opened the door."""
        return facteur.last_used_at

    @admin.display(description="moyen", ordering="type")
    def moyen(self, facteur: SecondFacteur) -> str:
        """Name the factor."""
        return NOMS[Authenticator.Type(facteur.type)]

    @admin.display(description="perte")
    def perte(self, facteur: SecondFacteur) -> str:
        """Lead to the screen that handles a loss."""
        adresse = reverse("admin:comptes_secondfacteur_retirer", args=[facteur.user_id])
        return format_html('<a href="{}">Retirer les seconds facteurs de {}</a>', adresse, facteur.user)

    def get_urls(self) -> list[URLPattern]:
        """Add that screen."""
        return [
            path(
                "personne/<uuid:pk>/retirer/",
                self.admin_site.admin_view(retirer),
                name="comptes_secondfacteur_retirer",
            ),
            *super().get_urls(),
        ]


def retirer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take off the factors of a person who has lost theirs, for a reason."""
    acteur: Any = request.user
    require(acteur, "comptes.reset_second_factor")
    personne = get_object_or_404(Utilisateur, pk=pk)
    form = RetirerSecondFacteurForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _reset(request, form, personne):
        return redirect(LISTE)
    contexte = {
        **admin.site.each_context(request),
        "title": f"Perte du second facteur de {personne}",
        "subtitle": None,
        "personne": personne,
        "form": form,
        "facteurs": [
            (NOMS[Authenticator.Type(facteur.type)], facteur)
            for facteur in SecondFacteur.objects.filter(user=personne).order_by("created_at")
        ],
        "retraits": resets_of(personne),
    }
    return render(
        request, "admin/comptes/second_facteur_retirer.html", contexte, status=422 if form.errors else 200
    )


def _reset(request: HttpRequest, form: RetirerSecondFacteurForm, personne: Utilisateur) -> bool:
    return perform_form(
        request,
        form,
        lambda: reset_second_factor(
            acteur=request.user,
            utilisateur=personne,
            motif=form.cleaned_data["motif"],
        ),
        f"Le second facteur de {personne} est retiré et ses sessions sont fermées. Un courriel le lui dit.",
    )
