"""The messages of a dossier, as GEN reads and writes them, beside what was deposited."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidatures.domain.queries import demande_ouverte
from candidatures.forms.echanges import MessageForm
from candidatures.models import Candidature, Message
from candidatures.views.echanges import DERNIER, ENVOYE, form_of, keep_in_browser, sent, thread_page
from comptes.domain.acces import require
from labellisation.admin.acces import REFUSE, demand_instruction, dossier_instruit, page
from labellisation.admin.lecture import read_dossier
from labellisation.admin.voisins import came_from
from labellisation.domain.file_instruction import deposited
from labellisation.domain.recevabilite import current_deposit


@never_cache
@require_http_methods(["GET", "POST"])
def echange(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the messages of a dossier to GEN, and send those of whoever is in charge of it."""
    demand_instruction(request)
    if deposited(request.user).filter(pk=pk, structure__in=request.user.pks_structures).exists():
        # An agent who is a member of the porteur writes for it, and reads what it reads.
        return redirect("candidatures:messages", pk=pk)
    candidature = dossier_instruit(request, pk)
    require(request.user, "candidatures.read_messages", candidature)
    if request.method == "POST":
        require(request.user, "candidatures.send_message", candidature)
    form = form_of(request)
    if sent(request, candidature, form, "Votre message est envoyé au porteur."):
        return redirect(f"{request.path}?{urlencode({**came_from(request), ENVOYE: 1})}#{DERNIER}")
    keep_in_browser(request, candidature, form)
    return _screen(request, candidature, form)


def _screen(request: HttpRequest, candidature: Candidature, form: MessageForm) -> HttpResponse:
    utilisateur: Any = request.user
    depot = current_deposit(candidature)
    return page(
        request,
        "messages",
        f"Messages avec le porteur — {candidature.reference}",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        lecture=read_dossier(candidature, depot),
        form=form,
        erreurs=_errors(form),
        demande=demande_ouverte(candidature),
        peut_ecrire=utilisateur.has_perm("candidatures.send_message", candidature),
        **thread_page(request, candidature, Message.Cote.GEN),
    )


def _errors(form: MessageForm) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary."""
    return [
        (form[champ].id_for_label if champ in form.fields and champ != "cle" else "ecrire", phrase)
        for champ, phrases in form.errors.items()
        for phrase in phrases
    ]
