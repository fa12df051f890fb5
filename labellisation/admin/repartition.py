"""Share a relevé's dossiers among instructors: a proposal, changed by hand at will, saved all or nothing."""

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from candidatures.domain.repartition import (
    Choix,
    Ligne,
    Place,
    Repartition,
    RepartitionRefusee,
    active_instructors,
    assign_many,
    propose,
    shares_by_releve,
    told_apart,
)
from candidatures.models import Affectation, Releve
from labellisation.admin.acces import REFUSE, demand_instruction, page
from labellisation.domain.filtres import AUCUN, ignored
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.references import SANS_ID, read_key
from socle.typographie import pluriel_fr

LIGNE = "l-"
#: Before the person that the portal proposed: what comes back without it was chosen by hand.
PROPOSE = "="
#: The dossier that is refused, when it is one, and why.
Refus = tuple[uuid.UUID | None, str]
ENREGISTRER, PARTICIPANTS = "enregistrer", "participants"


@require_http_methods(["GET", "POST"])
def repartition(request: HttpRequest) -> HttpResponse:
    """Show the relevés with dossiers to share, then the proposal of one; save it."""
    demand_instruction(request)
    demande = _Demande(request.POST if request.method == "POST" else request.GET, request.user)
    if not demande.releve_connu:
        return _choice(request, demande)
    if request.method == "GET":
        return _screen(request, demande, _propose(request, demande))
    choix, mains = _choices(request.POST)
    if request.POST.get("acte") == PARTICIPANTS:
        gardes = {place: choix[place] for place in mains}
        return _screen(request, demande, _propose(request, demande, gardes, mains))
    if request.POST.get("acte") != ENREGISTRER:
        return _screen(request, demande, _propose(request, demande, choix, mains))
    refus: list[Refus] = []
    try:
        faites = assign_many(
            choix=[Choix(pk, personne) for (pk, _), personne in choix.items() if personne is not None],
            tache=demande.tache,
            acteur=request.user,
        )
    except RepartitionRefusee as erreur:
        refus = [
            (None, f"{erreur} Voici une nouvelle proposition\u00a0: vérifiez-la."),
            *sorted(erreur.refus.items(), key=lambda refuse: refuse[1]),
        ]
    except ActeurRefuse:
        raise
    except DonneesInvalides as erreur:
        refus = [(None, phrase) for phrases in erreur.erreurs.values() for phrase in phrases]
    else:
        messages.success(request, _said(faites))
        return redirect(f"{reverse('admin:instruction_repartition')}?{demande.adresse}")
    return _screen(request, demande, _propose(request, demande, choix, mains), refus)


class _Demande:
    """What the address asks for: a relevé, a task, who takes part; a wrong value is left out and told.

    A task without a relevé asks for the nearest one that has dossiers to share.
    """

    def __init__(self, donnees: QueryDict, acteur: Any) -> None:
        self.personnes = {pk for valeur in donnees.getlist("personne") if (pk := read_key(valeur))}
        avant = {pk for valeur in donnees.getlist("participait") if (pk := read_key(valeur))}
        #: Who took part on the page that is sent, and no longer does.
        self.partis = avant - self.personnes if self.personnes else set()
        valeur, self.tache = donnees.get("releve", ""), donnees.get("tache", "")
        ignores = []
        if self.tache not in Affectation.Tache.values:
            ignores += ["tâche"] if self.tache else []
            self.tache = Affectation.Tache.RECEVABILITE
        pk = read_key(valeur)
        self.releve = Releve.objects.select_related("appel").filter(pk=pk).first() if pk else None
        self.releve_connu = self.releve is not None or valeur == AUCUN
        if valeur and not self.releve_connu:
            ignores.append("relevé")
        if not valeur and donnees.get("tache") == self.tache:
            self._take_nearest(acteur)
        self.avertissement = ignored(ignores)

    def _take_nearest(self, acteur: Any) -> None:
        for releve, _ in shares_by_releve(acteur, self.tache)[:1]:
            self.releve, self.releve_connu = releve, True

    @property
    def adresse(self) -> str:
        """The same, as an address writes it."""
        releve = str(self.releve.pk) if self.releve else AUCUN
        couples = [("releve", releve), ("tache", self.tache)]
        return urlencode([*couples, *(("personne", str(pk)) for pk in sorted(self.personnes))])

    @property
    def titre(self) -> str:
        """The relevé in words."""
        return f"{self.releve} — {self.releve.appel.code}" if self.releve else "Relevé à annoncer"


def _choices(donnees: Mapping[str, Any]) -> tuple[dict[Place, uuid.UUID | None], set[Place]]:
    """Read the lines of the form, and which were chosen by hand.

    What names nobody is a choice that the verb refuses.
    """
    choix: dict[Place, uuid.UUID | None] = {}
    mains: set[Place] = set()
    for nom, valeur in donnees.items():
        pk, _, rang = nom.removeprefix(LIGNE).partition("_")
        if nom.startswith(LIGNE) and (dossier := read_key(pk)) and rang in ("1", "2"):
            place, nomme = (dossier, int(rang)), valeur.removeprefix(PROPOSE)
            choix[place] = (read_key(nomme) or SANS_ID) if nomme else None
            if not valeur.startswith(PROPOSE):
                mains.add(place)
    return choix, mains


def _propose(
    request: HttpRequest,
    demande: _Demande,
    choix: Mapping[Place, uuid.UUID | None] | None = None,
    mains: set[Place] | None = None,
) -> Repartition:
    return propose(
        acteur=request.user,
        releve=demande.releve,
        tache=demande.tache,
        participants=demande.personnes or None,
        choix=choix,
        a_la_main=mains,
        partis=demande.partis,
    )


def _said(faites: list[Affectation]) -> str:
    """Say who got how many."""
    nombre = len(faites)
    parts = Counter(affectation.instructeur.nom_complet for affectation in faites)
    detail = ", ".join(f"{nom}\u00a0: {parts[nom]}" for nom in sorted(parts))
    s = pluriel_fr(nombre)
    return f"{nombre}\u00a0affectation{s} enregistrée{s}. {detail}."


def _choice(request: HttpRequest, demande: _Demande) -> HttpResponse:
    """Show where dossiers wait for somebody."""
    acteur: Any = request.user
    taches = [
        {
            "code": code,
            "libelle": libelle,
            "releves": [
                {"cle": releve.pk if releve else AUCUN, "releve": releve, "nombre": nombre}
                for releve, nombre in shares_by_releve(acteur, code)
            ],
        }
        for code, libelle in Affectation.Tache.choices
    ]
    return page(
        request,
        "repartition_choix",
        "Répartir les dossiers",
        taches=taches,
        avertissement=demande.avertissement,
    )


def _screen(
    request: HttpRequest, demande: _Demande, proposition: Repartition, refus: list[Refus] | None = None
) -> HttpResponse:
    instructeurs = told_apart(active_instructors().order_by("nom", "prenom", "pk"))
    refuses = {pk: phrase for pk, phrase in refus or [] if pk}
    ancres = {ligne.candidature.pk: f"{LIGNE}{ligne.cle}" for ligne in reversed(proposition.lignes)}
    return page(
        request,
        "repartition",
        f"Répartir les dossiers\u00a0: {demande.titre}",
        status=REFUSE if refus else 200,
        demande=demande,
        tache_libelle=Affectation.Tache(demande.tache).label,
        releve_cle=demande.releve.pk if demande.releve else AUCUN,
        proposition=proposition,
        lignes=[
            {**_line(ligne, instructeurs), "refus": refuses.get(ligne.candidature.pk, "")}
            for ligne in proposition.lignes
        ],
        participants=[
            {"pk": pk, "nom": nom, "present": not demande.personnes or pk in demande.personnes}
            for pk, nom in instructeurs.items()
        ],
        # A dossier that can no longer be given at all has no line, nor a link.
        refus=list(dict.fromkeys((ancres.get(pk, "") if pk else "", phrase) for pk, phrase in refus or [])),
        avertissement=demande.avertissement,
    )


def _line(ligne: Ligne, instructeurs: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """Return a line with what its list of people offers."""
    propose = None if ligne.a_la_main else ligne.personne
    return {
        "ligne": ligne,
        "nom": f"{LIGNE}{ligne.cle}",
        # Nobody, proposed or chosen: the first choice of the list.
        "personne": "" if ligne.a_la_main or ligne.personne else PROPOSE,
        "choix": [
            (f"{PROPOSE if pk == propose else ''}{pk}", nom, pk == ligne.personne, pk in ligne.exclus)
            for pk, nom in instructeurs.items()
        ],
    }
