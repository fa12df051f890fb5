"""« Mes accès et mes connexions »."""

import uuid
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from comptes.domain import connexions, mes_acces
from comptes.models import Connexion
from socle.views.actes import perform


@require_safe
def mes_acces_et_connexions(request: HttpRequest) -> HttpResponse:
    """Show what the person may do, what protects the account, and where it is open."""
    personne: Any = request.user
    ouvertes = connexions.open_sessions(utilisateur=personne)
    inactivite, duree = connexions.limits(personne)
    contexte = {
        "acces": mes_acces.accesses_of(personne),
        "facteurs": Authenticator.objects.filter(user=personne).order_by("created_at"),
        "sessions": ouvertes,
        "session_courante": request.session.session_key,
        "autres": any(ligne.session_cle != request.session.session_key for ligne in ouvertes),
        "dernieres": connexions.last_sign_ins(utilisateur=personne),
        "inactivite_heures": _in_words(inactivite),
        "duree_heures": _in_words(duree),
        "fil": [("Mon compte", reverse("comptes:mon-compte")), ("Mes accès et mes connexions", "")],
    }
    return render(request, "comptes/mes_acces.html", contexte)


def _in_words(duree: timedelta) -> str:
    heures, minutes = divmod(int(duree.total_seconds()) // 60, 60)
    if not minutes:
        return f"{heures} heure{'s' if heures > 1 else ''}"
    return f"{heures} h {minutes:02d}" if heures else f"{minutes} minutes"


@require_POST
def fermer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close one of one's own sessions."""
    personne: Any = request.user
    connexion = get_object_or_404(Connexion, pk=pk, utilisateur=personne)
    perform(
        request,
        lambda: connexions.close_session(acteur=personne, connexion=connexion),
        "La session est fermée.",
    )
    return redirect("comptes:mes-acces")


@require_POST
def fermer_les_autres(request: HttpRequest) -> HttpResponse:
    """Close every session but this one."""
    personne: Any = request.user
    nombre = connexions.end_sessions(
        utilisateur=personne, fin=Connexion.Fin.FERMEE, sauf=request.session.session_key or ""
    )
    messages.success(
        request,
        {0: "Aucune autre session n’était ouverte.", 1: "Une autre session est fermée."}.get(
            nombre, f"{nombre} autres sessions sont fermées."
        ),
    )
    return redirect("comptes:mes-acces")
