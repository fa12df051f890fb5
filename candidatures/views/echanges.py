"""The messages of a dossier, as its porteur reads and writes them; GEN's own screen builds on the same."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidatures.domain.echanges import (
    closed_because,
    mark_messages_read,
    read_lines,
    send_message,
    thread_of,
)
from candidatures.domain.queries import demande_ouverte
from candidatures.forms.echanges import MessageForm
from candidatures.models import Candidature, Message
from candidatures.views.acces import contexte, dossier_de_membre
from comptes.voir_comme import open_to_view
from socle.views.actes import perform_form

PAR_PAGE = 50
#: Where the page stands once a message is sent, and how its address says so.
DERNIER, ENVOYE = "dernier", "envoye"


@open_to_view
@never_cache
@require_http_methods(["GET", "POST"])
def echange(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the messages of a dossier to its members, and send theirs."""
    candidature = dossier_de_membre(request, pk)
    form = form_of(request)
    if sent(request, candidature, form, "Votre message est envoyé à la GEN."):
        return redirect(f"{request.path}?{ENVOYE}=1#{DERNIER}")
    keep_in_browser(request, candidature, form)
    page = contexte(
        candidature,
        "Messages avec la GEN",
        form=form,
        demande=demande_ouverte(candidature),
        **thread_page(request, candidature, Message.Cote.PORTEUR),
    )
    return render(request, "candidatures/messages.html", page, status=422 if form.errors else 200)


def form_of(request: HttpRequest) -> MessageForm:
    """Return the form, with what was sent."""
    if request.method == "POST":
        return MessageForm(request.POST, request.FILES)
    return MessageForm()


def keep_in_browser(request: HttpRequest, candidature: Candidature, form: MessageForm) -> None:
    """Tell the page's script under which key to keep the text until it is sent, and when it has been."""
    attributs = form.fields["texte"].widget.attrs
    attributs["data-garde"] = f"gen-saisie:{request.user.pk}:{candidature.pk}:message"
    if ENVOYE in request.GET and request.method == "GET":
        attributs["data-envoye"] = ""


def sent(request: HttpRequest, candidature: Candidature, form: MessageForm, succes: str) -> bool:
    """Send what the form holds; ``False`` when nothing was asked for, or with the reason on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    donnees = form.cleaned_data
    return perform_form(
        request,
        form,
        lambda: send_message(
            candidature=candidature,
            texte=donnees["texte"],
            cle=donnees["cle"],
            pieces=donnees["fichiers"],
            acteur=request.user,
        ),
        succes,
    )


def thread_page(request: HttpRequest, candidature: Candidature, cote: str) -> dict[str, Any]:
    """Return a page of the thread, the newest by default, and note that it is read.

    ``cle`` is new each time: what the page before has sent is not to be sent again.
    """
    feuilles = Paginator(thread_of(candidature), PAR_PAGE)
    page = feuilles.get_page(request.GET.get("page") or feuilles.num_pages)
    lignes = read_lines(list(page), cote=cote, porteur=candidature.structure.raison_sociale)
    if any(ligne.nouveau for ligne in lignes):
        _note_reading(request, candidature, [ligne.message for ligne in lignes])
    return {
        "page": page,
        "lignes": lignes,
        "avant_page": "",
        "cle": uuid.uuid4(),
        "ferme": closed_because(candidature),
    }


def _note_reading(request: HttpRequest, candidature: Candidature, messages: list[Message]) -> None:
    """Note it for the person's side; an agent who sees the portal as they do leaves no trace."""
    utilisateur: Any = request.user
    if utilisateur.vu_par is None:
        mark_messages_read(candidature=candidature, messages=messages, acteur=utilisateur)
