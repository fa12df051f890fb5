"""The list of dossiers, and the opening of a draft."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from candidatures import cycle
from candidatures.domain.dossier import create_candidature
from candidatures.domain.echanges import unread_by_porteur
from candidatures.domain.queries import acted_for, en_liste, releve_affiche, statut_porteur
from candidatures.domain.suivi_porteur import with_follower
from candidatures.forms.candidature import CandidatureForm
from candidatures.models import Candidature
from candidatures.views.acces import fil
from comptes.models import Role
from comptes.voir_comme import open_to_view
from socle.erreurs import ErreurMetier

PAR_PAGE = 25
#: Filters of the list, as addresses name them.
FILTRES: dict[str, tuple[str, Q]] = {
    "brouillon": ("Brouillons — non déposés", Q(etat=cycle.BROUILLON)),
    "complements": ("Compléments demandés", Q(etat=cycle.EN_COMPLEMENT)),
    "depose": ("Dossiers déposés", ~Q(etat__in=(cycle.BROUILLON, cycle.EN_COMPLEMENT))),
}


@open_to_view
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the dossiers that this person may see."""
    utilisateur: Any = request.user
    dossiers = en_liste(acted_for(Candidature.objects.visible_to(utilisateur), utilisateur))
    dossiers = with_follower(dossiers).order_by("-cree_le", "id")
    filtres = _filters(utilisateur)
    filtre = request.GET.get("etat", "")
    if filtre in filtres:
        dossiers = dossiers.filter(filtres[filtre][1])
    page = Paginator(dossiers, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "fil": [("Candidatures", "")],
        "page": page,
        "lignes": [_row(candidature, utilisateur) for candidature in page],
        "filtres": [(code, libelle, code == filtre) for code, (libelle, _) in filtres.items()],
        "filtre": filtre if filtre in filtres else "",
        "membre": bool(utilisateur.appartenances_actives),
        "agent": bool(utilisateur.roles_actifs),
    }
    return render(request, "candidatures/liste.html", contexte)


def _filters(utilisateur: Any) -> dict[str, tuple[str, Q]]:
    """Return the filters of this person: that of the messages is the porteur's own, on its dossiers."""
    if not utilisateur.appartenances_actives:
        return FILTRES
    a_lire = Q(unread_by_porteur(), structure__in=utilisateur.pks_structures)
    return {**FILTRES, "messages": ("Messages à lire", a_lire)}


def _row(candidature: Candidature, utilisateur: Any) -> dict[str, Any]:
    """GEN's words for those who work on the dossier; the porteur's own for its members (R39)."""
    statut = statut_porteur(candidature)
    agent = (
        utilisateur.vu_par is None
        and utilisateur.a_role(Role.INSTRUCTEUR, Role.DIRECTION)
        and not utilisateur.role_dans(candidature.structure)
    )
    return {
        "candidature": candidature,
        "statut": candidature.get_etat_display() if agent else statut.label,
        "couleur": "info" if agent else statut.couleur,
        "releve": releve_affiche(candidature.releve_arrivee) if candidature.releve_arrivee else "",
        "suivie_par": _follower(candidature) if utilisateur.role_dans(candidature.structure) else "",
    }


def _follower(candidature: Any) -> str:
    """Say who follows a dossier, to the members of its structure alone; nobody has to, once withdrawn."""
    if candidature.suivi_en_cours:
        return f"Suivi par {candidature.suivie_par}"
    if candidature.etat == cycle.SANS_SUITE:
        return ""
    if candidature.suivie_par is None:
        return "Personne n’est désigné pour suivre ce dossier"
    if candidature.suivie_par.is_active:
        return f"À confier\u00a0: {candidature.suivie_par} n’est plus membre de la structure"
    return f"À confier\u00a0: {candidature.suivie_par} n’a plus de compte actif"


def _presenting(form: CandidatureForm, utilisateur: Any) -> Any:
    """Return the structure that the form names: the one sent, when it is the person's, else the current."""
    envoyee = form["structure"].value()
    lignes = utilisateur.appartenances_actives
    return next(
        (ligne.structure for ligne in lignes if str(ligne.structure_id) == str(envoyee)),
        utilisateur.structure_courante,
    )


@open_to_view
@require_http_methods(["GET", "POST"])
def creer(request: HttpRequest) -> HttpResponse:
    """Open a draft for one formation."""
    utilisateur: Any = request.user
    form = CandidatureForm(request.POST or None, utilisateur=utilisateur)
    if request.method == "POST" and form.is_valid():
        try:
            candidature = create_candidature(acteur=utilisateur, **form.cleaned_data)
        except ErreurMetier as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"Le brouillon {candidature.reference} est ouvert. Il n’est pas déposé\u00a0: "
                "complétez ses onze sections, puis déposez-le.",
            )
            return redirect("candidatures:dossier", pk=candidature.pk)
    contexte = {
        "form": form,
        "sans_structure": not utilisateur.appartenances_actives,
        "structure": _presenting(form, utilisateur),
        "fil": fil(None, ("Présenter une formation", "")),
    }
    return render(request, "candidatures/creer.html", contexte, status=422 if form.errors else 200)
