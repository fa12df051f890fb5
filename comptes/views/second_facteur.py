"""The second factor: the page that guides, and what allauth's own pages lack."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from comptes.domain.second_facteur import has_second_factor
from comptes.portes import ENROLEMENT, SUITE, second_factor_due


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Guide to a second factor; once the session has shown one, lead back to where one was going."""
    _remember_goal(request)
    personne: Any = request.user
    du, enrole = second_factor_due(request, personne), has_second_factor(personne)
    if enrole and not du:
        request.session.pop(ENROLEMENT, None)
        return HttpResponseRedirect(request.session.pop(SUITE, "") or reverse("accueil"))
    contexte = {"obligatoire": du, "fil": [("Second facteur", "")]}
    if enrole:
        return render(request, "comptes/second_facteur_confirmer.html", contexte)
    return render(request, "comptes/second_facteur.html", contexte)


def _remember_goal(request: HttpRequest) -> None:
    suite = request.GET.get("next", "")
    if suite and url_has_allowed_host_and_scheme(suite, {request.get_host()}, request.is_secure()):
        request.session[SUITE] = suite


class RetirerCle(RemoveWebAuthnView):
    """Take a passkey off, unless it is the last factor of somebody who must have one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Refuse with a sentence, or go on."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_list_webauthn")
        reponse: HttpResponse = super().form_valid(form)
        return reponse


class VoirCodes(ViewRecoveryCodesView):
    """The recovery codes, the last step of an enrolment or looked at again later."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether it is a step."""
        return {**super().get_context_data(**kwargs), "enrolement": ENROLEMENT in self.request.session}


class TelechargerCodes(DownloadRecoveryCodesView):
    """The recovery codes as a text file."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what the codes open."""
        return {**super().get_context_data(**kwargs), "adresse_portail": settings.GEN_URL}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Give the file a name that one finds again."""
        reponse: HttpResponse = super().render_to_response(context, **kwargs)
        reponse.headers["Content-Disposition"] = 'attachment; filename="codes-de-secours-label-gen.txt"'
        return reponse
