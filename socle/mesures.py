"""What ``/metriques/`` says, in the words of Prometheus.

Every gauge is read from the database at each scrape, so that any web process may answer. The number
of queries is constant, and each reads a partial index: what is done (jobs FAIT, e-mails REMIS) is
never counted.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet, Sum
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from socle import gardes, horloge
from socle.models import RETENUS, Antivirus, Chaine, Courriel, Fichier, Passage, Travail

logger = logging.getLogger(__name__)

TYPE_CONTENU = CONTENT_TYPE_PLAIN_0_0_4
#: The queue of the wake-ups in the broker: Celery's own name.
FILE_DES_REVEILS = "celery"

Gauge = GaugeMetricFamily


def text() -> bytes:
    """Return the page."""
    registre = CollectorRegistry()
    registre.register(_Portail())
    return generate_latest(registre)


class _Portail(Collector):
    """Reads everything anew at each scrape."""

    def describe(self) -> list[Any]:
        """Declare nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Any]:
        """Read every gauge."""
        yield InfoMetricFamily("gen_portail", "What runs here", {"version": settings.GEN_VERSION})
        yield from _jobs()
        yield from _emails()
        yield from _files()
        yield from _sweeps()
        yield from _journal()
        yield from _broker()


def _gauge(nom: str, aide: str, valeur: float) -> Gauge:
    return Gauge(nom, aide, value=valeur)


def _by_state(nom: str, aide: str, valeurs: dict[str, int]) -> Gauge:
    gauge = Gauge(nom, aide, labels=["etat"])
    for etat, nombre in valeurs.items():
        gauge.add_metric([etat], nombre)
    return gauge


def _age(instant: Any, maintenant: Any) -> float:
    """Return the seconds since an instant; nothing waiting is no age."""
    return max(0.0, (maintenant - instant).total_seconds()) if instant else 0.0


def _counts(lignes: QuerySet[Any], champ: str, etats: Any) -> dict[str, int]:
    """Count each state by a query of its own: one index each, where a GROUP BY reads the whole table."""
    return {str(etat): lignes.filter(**{champ: etat}).count() for etat in etats}


def _jobs() -> Iterator[Gauge]:
    Etat = Travail.Etat
    compte = _counts(Travail.objects.all(), "etat", (Etat.A_FAIRE, Etat.EN_COURS, Etat.ECHEC, Etat.MORT))
    yield _by_state("gen_travaux", "Jobs that are not done, by state", compte)
    a_prendre = Travail.objects.filter(etat__in=(Etat.A_FAIRE, Etat.ECHEC))
    du = a_prendre.aggregate(du=Min("prochaine_tentative"))["du"]
    yield _gauge(
        "gen_travaux_overdue_seconds",
        "Seconds for which the oldest job that may run has been waiting",
        _age(du, horloge.real_now()),
    )


def _emails() -> Iterator[Gauge]:
    Etat = Courriel.Etat
    attente = Courriel.objects.filter(etat=Etat.A_ENVOYER).aggregate(
        nombre=Count("pk"), ecrit=Min("cree_le"), du=Min("prochaine_tentative")
    )
    compte = {
        str(Etat.A_ENVOYER): attente["nombre"],
        **_counts(Courriel.objects.all(), "etat", (Etat.EN_REMISE, Etat.ECHEC)),
        str(Etat.A_VERIFIER): Courriel.objects.to_check().count(),
    }
    yield _by_state("gen_courriels", "E-mails that have not left for sure, by state", compte)
    yield _gauge(
        "gen_courriels_oldest_age_seconds",
        "Age of the oldest e-mail to be sent",
        _age(attente["ecrit"], horloge.now()),
    )
    yield _gauge(
        "gen_courriels_overdue_seconds",
        "Seconds for which the oldest e-mail that may leave has been waiting",
        _age(attente["du"], horloge.real_now()),
    )


def _files() -> Iterator[Gauge]:
    attente = Fichier.objects.filter(prochaine_analyse_le__isnull=False, supprime_le__isnull=True).aggregate(
        a_analyser=Count("pk", filter=Q(antivirus=Antivirus.A_ANALYSER)),
        quarantaine=Count("pk", filter=Q(antivirus=Antivirus.QUARANTAINE)),
        depose=Min("depose_le"),
    )
    retenus = Fichier.objects.filter(antivirus__in=RETENUS, supprime_le__isnull=True)
    compte = {
        str(Antivirus.A_ANALYSER): attente["a_analyser"],
        str(Antivirus.QUARANTAINE): attente["quarantaine"],
        **{str(etat): 0 for etat in RETENUS},
        **dict(retenus.order_by().values_list("antivirus").annotate(nombre=Count("pk"))),
    }
    yield _by_state("gen_fichiers", "Files that nobody may open, by state", compte)
    yield _gauge(
        "gen_fichiers_oldest_wait_seconds",
        "Age of the oldest file without a verdict",
        _age(attente["depose"], horloge.now()),
    )


def _sweeps() -> Iterator[Gauge]:
    maintenant = horloge.real_now()
    retard = Gauge("gen_balayage_lag_seconds", "Seconds since each sweep last succeeded", labels=["balayage"])
    echec = Gauge("gen_balayage_failed", "1 if the last passage of the sweep failed", labels=["balayage"])
    for passage in Passage.objects.all():
        if passage.reussi_le:
            retard.add_metric([passage.balayage], _age(passage.reussi_le, maintenant))
        echec.add_metric([passage.balayage], bool(passage.erreur))
    yield retard
    yield echec


def _journal() -> Iterator[Gauge]:
    total = Chaine.objects.aggregate(chaines=Count("pk"), evenements=Sum("numero"))
    yield _gauge("gen_journal_chaines", "Chains of the journal", total["chaines"])
    yield _gauge("gen_journal_evenements", "Events of the journal, by its heads", total["evenements"] or 0)
    yield _gauge("gen_journal_gardes_missing", "Guards of the journal that are absent", len(gardes.missing()))


def _broker() -> Iterator[Gauge]:
    """Ask a Redis broker how many wake-ups wait; the local broker of files is not asked."""
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
        return
    longueur = _broker_length(redis.Redis.from_url)
    yield _gauge("gen_broker_up", "1 if the broker answers", longueur is not None)
    if longueur is not None:
        yield _gauge("gen_broker_messages", "Wake-ups that no worker has taken", longueur)


def _broker_length(open_: Callable[..., Any]) -> int | None:
    client = open_(settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        return int(client.llen(FILE_DES_REVEILS))
    except redis.RedisError as erreur:
        logger.warning("metrics: the broker does not answer (%s)", type(erreur).__name__)
        return None
    finally:
        client.close()
