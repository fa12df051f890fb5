"""Loaded into the tests' process and into their workers: kinds of jobs and obligations that tests kill.

The first worker that reaches the point named by ``GEN_ESSAI_POINT`` writes the file
``GEN_ESSAI_REPERE`` and stays there until it is killed, or told to go on by a file of the same name
with the suffix ``.repartir``; the next one passes.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from django.db import transaction

from socle import courriels, echeances
from socle.courriels import Destinataire
from socle.echeances import GenreEcheance
from socle.models import Echeance, Travail
from socle.references import Reference
from socle.travaux import genre_travail

TRAVAIL = "essai.lent"
ECHEANCE = "essai.rappel"


def stay(point: str) -> None:
    """Stay here if this is the point, and nobody stayed before."""
    if os.environ.get("GEN_ESSAI_POINT") != point:
        return
    repere = Path(os.environ["GEN_ESSAI_REPERE"])
    if repere.exists():
        return
    repere.write_text(str(os.getpid()))
    limite = time.monotonic() + 600
    while not repere.with_suffix(".repartir").exists() and time.monotonic() < limite:
        time.sleep(0.05)


@genre_travail(TRAVAIL, bail=120, essais=5)
def travail_lent(travail: Travail) -> None:
    """Three steps; the effect, an e-mail, is written under the lease."""
    for fait in (1, 2, 3):
        travail.progress(fait, 3)
        if fait == 2:
            stay("travail")
    with transaction.atomic():
        travail.confirm_held()
        courriels.send(
            "rappel",
            cle=f"effet:{travail.pk}:{travail.essais}",
            destinataire=recipient(0),
            contexte={"objet": "Effet du travail", "lignes": [], "en_retard": False},
        )


def recipient(number: int) -> Destinataire:
    """Return one of the people of these tests."""
    return Destinataire(Reference("comptes.utilisateur", uuid.UUID(int=number)), f"p{number}@essai.example")


def recipients(echeance: Echeance) -> list[Destinataire]:
    """Two people for each responsable."""
    number = echeance.responsable_id.int
    return [recipient(2 * number), recipient(2 * number + 1)]


def register() -> None:
    """Declare the kind of obligation of these tests."""
    echeances.register(GenreEcheance(code=ECHEANCE, libelle="Pièce attendue", destinataires=recipients))


register()

if os.environ.get("GEN_ESSAI_POINT") == "rappel":
    # In the middle of a sweep: the third e-mail is written, its ledger isn't, nothing is committed.
    _genuine = echeances._ledger
    _calls: list[Any] = []

    def _stay_at_third(item: Any, *args: Any) -> Any:
        _calls.append(item)
        if len(_calls) == 3:
            stay("rappel")
        return _genuine(item, *args)

    echeances._ledger = _stay_at_third
