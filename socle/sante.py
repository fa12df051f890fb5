"""What ``/sante/`` says: the database and the journal's guards, without which nothing works, and
the lesser services, without which the portal is degraded. Every answer takes a second at most.
"""

import logging
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from socle import antivirus, horloge, journal
from socle.models import Courriel, Travail

logger = logging.getLogger(__name__)

#: An e-mail or a job that waits longer than this, in seconds, means that no worker runs.
ATTENTE_NORMALE = 600


def database() -> bool:
    """Whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def guards() -> bool:
    """Whether the database still refuses to change the journal."""
    return journal.guards_present()


def broker() -> bool:
    """Whether a wake-up could be published now; one try, a second at most."""
    connexion = current_app.connection_for_write()
    try:
        connexion.ensure_connection(
            max_retries=1, timeout=1, interval_start=0, reraise_as_library_errors=True
        )
        return bool(connexion.connected)
    finally:
        connexion.release()


def outbox() -> bool:
    """Whether e-mails leave: none has waited for long past its time."""
    seuil = horloge.real_now() - timedelta(seconds=ATTENTE_NORMALE)
    return not Courriel.objects.overdue().filter(prochaine_tentative__lte=seuil).exists()


def jobs() -> bool:
    """Whether jobs run, and none was given up."""
    seuil = horloge.real_now() - timedelta(seconds=ATTENTE_NORMALE)
    waiting = Travail.objects.overdue().filter(prochaine_tentative__lte=seuil).exists()
    return not waiting and not Travail.objects.filter(etat=Travail.Etat.MORT).exists()


def store() -> bool:
    """Whether the store of files answers: the S3 endpoint says anything at all, or the folder is writable.

    Not asked by its own client, which waits and tries again for minutes.
    """
    adresse = getattr(default_storage, "endpoint_url", None)
    if adresse:
        try:
            urlopen(adresse, timeout=1).close()
        except HTTPError as refus:
            # A refusal is an answer; what the server can't do is none.
            return refus.code < 500
        return True
    dossier = getattr(default_storage, "location", "")
    # The folder is made at the first deposit. An S3 without an endpoint of its own is Amazon's: not asked.
    return not dossier or not os.path.exists(dossier) or os.access(dossier, os.R_OK | os.W_OK | os.X_OK)


ESSENTIELS: dict[str, Callable[[], bool]] = {"base": database, "gardes_du_journal": guards}
AUTRES: dict[str, Callable[[], bool]] = {
    "file_de_taches": broker,
    "antivirus": antivirus.ping,
    "fichiers": store,
    "courriels": outbox,
    "travaux": jobs,
}


def etat() -> dict[str, Any]:
    """Return ``statut`` ("ok", "dégradé" or "indisponible") and each service's own.

    "indisponible" means that the database or a guard of the journal is missing: the page answers
    503.
    """
    services = {nom: _ask(nom, question) for nom, question in ESSENTIELS.items()}
    essential = all(services.values())
    if services["base"]:
        services |= {nom: _ask(nom, question) for nom, question in AUTRES.items()}
    statut = "ok" if all(services.values()) else "dégradé"
    return {
        "statut": statut if essential else "indisponible",
        "services": services,
        "courriels_a_verifier": Courriel.objects.to_check().count() if services["base"] else None,
        "environnement": settings.GEN_ENV,
    }


def _ask(nom: str, question: Callable[[], bool]) -> bool:
    try:
        answer = question()
    except Exception:
        # Whatever the service raises, "does not answer" is the answer; the trace says why.
        logger.exception("health: %s does not answer", nom)
        return False
    if not answer:
        logger.warning("health: %s is not well", nom)
    return answer
