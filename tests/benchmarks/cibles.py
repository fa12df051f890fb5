"""What the bench measures, found in the populated base: pages with who asks for them, and works.

``python -m tests.benchmarks.cibles pages`` prints one JSON line a page: name, path, cookie and the
queries that it makes. ``… travail <name>`` runs one work and prints its seconds and its peak memory.
"""

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.portail import set_up

if __name__ == "__main__":
    set_up()

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Count, Q
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.models import (
    Affectation,
    Candidature,
    Depot,
    EtatSection,
    Module,
    SectionFormation,
    SectionProgramme,
    SectionStructure,
)
from comptes.models import Structure
from gen_portal.demo import contenu, scenario
from gen_portal.demo.comptes import DOMAINE, SIRET_ORGANISME
from gen_portal.demo.peuplement import LYON
from labellisation.domain.contexte_recevabilite import check_all
from labellisation.domain.prevalidations import CRITERES
from labellisation.models import Label, Seance
from referentiels.models import Commune
from scripts.bench import ECHAUFFEMENT, MESURES
from socle import echeances, horloge, journal

HOTE = "127.0.0.1"


@dataclass(frozen=True)
class Cible:
    """A page, and the cookie of the person who asks for it; ``envoi`` is what a form sends to it.

    What can be done once is done at another address each time: ``paths``, of which ``path`` is the first.
    """

    name: str
    path: str
    cookie: str
    queries: int
    envoi: str = ""
    statut: int = 200
    paths: tuple[str, ...] = ()


def _draft() -> Candidature:
    """Return the demo porteur's most complete draft."""
    terminees = Count("etats_sections", filter=Q(etats_sections__avancement=EtatSection.Avancement.TERMINEE))
    brouillons = Candidature.objects.filter(
        etat="BROUILLON", structure__appartenances__utilisateur__email=f"porteur@{DOMAINE}"
    )
    draft = brouillons.annotate(terminees=terminees).order_by("-terminees", "reference").first()
    assert draft is not None
    return draft


def _examined() -> Candidature:
    """Return a dossier with its ten verdicts and two notations."""
    candidature = (
        Candidature.objects.filter(etat="INSCRITE", verdicts__isnull=False).order_by("reference").first()
    )
    assert candidature is not None
    return candidature


def _seance() -> Seance:
    """Return a séance of fifty dossiers whose ranking is computed at each reading: the costlier kind."""
    seances = Seance.objects.filter(etat="CONVOQUEE", participations__membre__email=f"comite1@{DOMAINE}")
    seance = seances.annotate(nombre=Count("inscriptions")).order_by("-nombre", "pk").first()
    assert seance is not None
    return seance


def pages() -> dict[str, tuple[str, Callable[[], str]]]:
    """Return each page: the short name of who asks (empty: nobody signed in), and its address."""
    candidatures = "admin:candidatures_candidature_changelist"
    return {
        "home signed in": ("porteur", lambda: reverse("accueil")),
        "my dossiers": ("porteur", lambda: reverse("candidatures:liste")),
        "task list": ("porteur", lambda: reverse("candidatures:dossier", args=[_draft().pk])),
        "section form of 40 fields": (
            "porteur",
            lambda: reverse("candidatures:section", args=[_draft().pk, "structure"]),
        ),
        "section form of 30 modules": (
            "porteur",
            lambda: reverse("candidatures:section", args=[_modules().pk, "programme"]),
        ),
        "one autosave": (
            "porteur",
            lambda: reverse("candidatures:saisie", args=[_modules().pk, "programme"]),
        ),
        "one autosave of an identifier": (
            "porteur",
            lambda: reverse("candidatures:saisie", args=[_draft().pk, "formation"]),
        ),
        "one autosave of a commune": (
            "porteur",
            lambda: reverse("candidatures:saisie", args=[_draft().pk, "structure"]),
        ),
        "what the lists say of an identifier": (
            "porteur",
            lambda: reverse("candidatures:propositions", args=[_draft().pk, "structure"]),
        ),
        "deposit": ("organisme", lambda: UNE_FOIS["deposit"](0)),
        "dossier in the admin": (
            "instructeur1",
            lambda: reverse("admin:instruction_dossier", args=[_examined().pk]),
        ),
        "admin list of 50, filtered": (
            "instructeur1",
            lambda: reverse(candidatures) + "?etat=INSCRITE&region=84",
        ),
        "a verdict": ("instructeur1", lambda: UNE_FOIS["a verdict"](0)),
        "ranking of 50 rows": ("comite1", lambda: reverse("labellisation:seance", args=[_seance().pk])),
        "late obligations": ("direction", lambda: reverse("pilotage:tableau")),
        "verification page": (
            "",
            lambda: reverse(
                "pilotage:verification",
                args=[Label.objects.order_by("code").values_list("code", flat=True)[0]],
            ),
        ),
        "my queue (instructor)": ("instructeur1", lambda: reverse("admin:instruction_file")),
        "home of the direction": ("direction", lambda: reverse("accueil")),
        "séances": ("direction", lambda: reverse("labellisation:comite")),
        "followed formations": ("porteur", lambda: reverse("suivi:formations")),
        "conventions": ("direction", lambda: reverse("labellisation:conventions")),
        "catalogue": ("", lambda: reverse("pilotage:formations") + "?texte=developpeur"),
        "key figures": ("", lambda: reverse("pilotage:chiffres")),
        "journal in the admin": ("admin", lambda: reverse("admin:socle_evenement_changelist")),
        "outgoing mail in the admin": ("admin", lambda: reverse("admin:socle_courriel_changelist")),
        "accounts in the admin": ("admin", lambda: reverse("admin:comptes_utilisateur_changelist")),
    }


def _modules() -> Candidature:
    """Return the demo porteur's draft, with thirty modules: the longest table of the forms."""
    draft = _draft()
    manquent = MODULES - draft.modules.count()
    Module.objects.bulk_create(
        Module(
            candidature=draft,
            ordre=MODULES + rang,
            titre=f"Module {rang}",
            competences="Intégrer une maquette accessible.",
            enseignements="HTML, CSS, accessibilité.",
            evaluation="Projet noté par un jury.",
            heures=15,
            mode="PRESENTIEL",
        )
        for rang in range(manquent)
    )
    return draft


def _autosave() -> dict[str, str]:
    """Return what the page sends when one answer changes; each sending finds the answer it leaves."""
    draft = _modules()
    duree = str(SectionProgramme.objects.get(pk=draft.pk).duree_mois or "")
    # The same answer typed again is written all the same: each sending of the bench costs as a first one.
    return {"avant": json.dumps({"duree_mois": duree}), "duree_mois": duree}


def _autosave_identifier() -> dict[str, str]:
    """Return what the page sends when one types a code that the lists know: the section with a table."""
    code = SectionFormation.objects.get(pk=_draft().pk).certification_code
    return {"avant": json.dumps({"certification_code": code}), "certification_code": code}


def _autosave_commune() -> dict[str, str]:
    """Return what the page sends when one chooses a commune in the list."""
    commune = Commune.objects.get(pk=SectionStructure.objects.get(pk=_draft().pk).commune)
    choisie = f"{commune.nom} ({commune.pk})"
    return {"avant": json.dumps({"commune": choisie}), "commune": choisie}


@cache
def _complete_drafts() -> list[Candidature]:
    """Return complete drafts of the demo's training body, as many as the bench deposits: each goes once.

    Of another structure than the demo porteur's, whose pages are measured too.
    """
    organisme = get_user_model().objects.get(email=f"organisme@{DOMAINE}")
    structure = Structure.objects.get(siret=SIRET_ORGANISME)
    variante = contenu.Variante(
        modele=contenu.MODELES[0],
        lieu=LYON,
        debut=horloge.today() + timedelta(days=60),
        avec_preuves=True,
    )
    return [scenario.draft(structure=structure, variante=variante, acteur=organisme) for _ in range(DEPOTS)]


@cache
def _unjudged() -> list[str]:
    """Return criteria without a verdict of dossiers that the instructor may judge, one address each."""
    instructeur = get_user_model().objects.get(email=f"instructeur1@{DOMAINE}")
    prises = Affectation.objects.filter(tache=Affectation.Tache.RECEVABILITE, retiree_le__isnull=True)
    libres = Candidature.objects.filter(etat="DEPOSEE").exclude(
        pk__in=prises.exclude(instructeur=instructeur).values("candidature")
    )
    adresses: list[str] = []
    for dossier in libres.order_by("reference").prefetch_related("verdicts").iterator(chunk_size=50):
        rendus = {verdict.critere for verdict in dossier.verdicts.all()}
        adresses += [
            reverse("admin:instruction_verdict", args=[dossier.pk, critere])
            for critere in CRITERES
            if critere not in rendus
        ]
        if len(adresses) >= DEPOTS:
            return adresses
    raise SystemExit(f"a verdict: {len(adresses)} criteria are left to judge, for {DEPOTS}")


#: What is done once at each address: the addresses, by rank.
UNE_FOIS: dict[str, Callable[[int], str]] = {
    "a verdict": lambda rang: _unjudged()[rang],
    "deposit": lambda rang: reverse("candidatures:deposer", args=[_complete_drafts()[rang].pk]),
}
#: What is sent to the pages that save.
SAISIES: dict[str, Callable[[], dict[str, str]]] = {
    "one autosave": _autosave,
    "one autosave of an identifier": _autosave_identifier,
    "one autosave of a commune": _autosave_commune,
    "deposit": lambda: {"deposer": "1"},
    "a verdict": lambda: {"avis": "CONFORME", "motif": "", "vue": "0"},
}
#: Acts that lead elsewhere once done.
STATUTS = {"deposit": 302, "a verdict": 302}
#: How often a page is asked for to count its queries; the last time counts.
COMPTEES = 2
#: Those that are counted, then those that the bench measures, its warming up included.
DEPOTS = COMPTEES + ECHAUFFEMENT + MESURES
MODULES = 30
_BORNES = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")


def targets(seulement: list[str]) -> list[Cible]:
    """Sign everybody in, ask for each page twice, and count the queries of the second time."""
    clients: dict[str, Client] = {}
    return [
        _target(nom, qui, adresse(), clients)
        for nom, (qui, adresse) in pages().items()
        if not seulement or nom in seulement
    ]


def _target(nom: str, qui: str, adresse: str, clients: dict[str, Client]) -> Cible:
    if qui not in clients:
        clients[qui] = Client(HTTP_HOST=HOTE)
        if qui:
            personne = get_user_model().objects.get(email=f"{qui}@{DOMAINE}")
            clients[qui].force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
            show_second_factor(clients[qui], personne)
    client = clients[qui]
    envoi = SAISIES[nom]() if nom in SAISIES else {}
    statut, autre = STATUTS.get(nom, 200), UNE_FOIS.get(nom)
    for rang in range(COMPTEES):
        chemin = autre(rang) if autre else adresse
        with CaptureQueriesContext(connection) as requetes:
            reponse = client.post(chemin, envoi) if envoi else client.get(chemin)
        if reponse.status_code != statut:
            raise SystemExit(
                f"{nom}: {chemin} answers {reponse.status_code}, not what is to be measured: "
                f"{reponse.headers.get('Location', '')}"
            )
    cookie = "; ".join(f"{cle}={valeur.value}" for cle, valeur in client.cookies.items())
    if envoi:
        # The door of forms asks for a token, which the browser has from the page.
        jeton = _get_new_csrf_string()
        cookie, envoi = f"{cookie}; csrftoken={jeton}", envoi | {"csrfmiddlewaretoken": jeton}
    paths = tuple(autre(rang) for rang in range(COMPTEES, DEPOTS)) if autre else ()
    return Cible(nom, adresse, cookie, _statements(requetes), urlencode(envoi), statut, paths)


def _statements(requetes: CaptureQueriesContext) -> int:
    """Count what reads or writes: the bounds of a transaction are no queries."""
    return sum(not _BORNES.match(requete["sql"]) for requete in requetes.captured_queries)


def show_second_factor(client: Client, personne: Any) -> None:
    """Write in the session what allauth writes once a code is given: agents owe one, as in production."""
    request = RequestFactory().get("/")
    request.user, request.session = personne, client.session
    record_authentication(request, personne, "mfa", type="totp")
    request.session.save()


# --- Works ---------------------------------------------------------------------------------------
def _reminders() -> str:
    """Send what a month without any worker left due; nothing is kept."""
    with transaction.atomic():
        bilan = echeances.send_due()
        transaction.set_rollback(True)
    return f"{bilan.rappels} reminders in {bilan.courriels} e-mails"


def _journal() -> str:
    rapport = journal.verify()
    if not rapport.ok:
        raise SystemExit("\n".join(rapport.problemes))
    return f"{rapport.evenements} events in {rapport.chaines} chains"


def _prechecks() -> str:
    """Run the ten pre-checks of a thousand deposits, lists read with them."""
    depots = Depot.objects.select_related("candidature__appel__grille", "candidature__releve_examen")
    mille = depots.order_by("pk")[:MILLE].iterator(chunk_size=250)
    examines = sum(len(resultats) for _, resultats in check_all(mille, horloge.today()))
    if examines != MILLE * len(CRITERES):
        raise SystemExit(f"{examines} pre-checks for {MILLE} deposits: the base is too small")
    return f"{examines} pre-checks"


MILLE = 1000

TRAVAUX: dict[str, Callable[[], str]] = {
    "ten pre-checks of 1,000 dossiers": _prechecks,
    "sweep of the reminders": _reminders,
    "verification of the journal": _journal,
}


def work(nom: str) -> dict[str, Any]:
    """Run one work; its memory is this whole process's at its peak."""
    if nom == "sweep of the reminders":
        dans_un_mois = horloge._current_offset() + timedelta(days=30)
        horloge._current_offset = lambda: dans_un_mois
    debut = time.perf_counter()
    detail = TRAVAUX[nom]()
    return {
        "name": nom,
        "seconds": round(time.perf_counter() - debut, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "detail": detail,
    }


def main() -> None:
    """Print what was asked for, as JSON."""
    ordre, *reste = sys.argv[1:]
    if ordre == "pages":
        sys.stdout.writelines(json.dumps(asdict(cible)) + "\n" for cible in targets(reste))
    else:
        sys.stdout.write(json.dumps(work(reste[0])) + "\n")


if __name__ == "__main__":
    main()
