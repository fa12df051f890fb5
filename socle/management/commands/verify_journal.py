"""``manage.py verify_journal``: recompute the journal, and compare it with heads kept elsewhere."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from socle import horloge, journal


class Command(BaseCommand):
    """Fail when a chain, a head or a guard of the journal is not as it must be."""

    help = "Vérifie le journal\u00a0: chaînes, têtes et gardes. Sort en erreur au moindre défaut."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files of heads to write and to compare."""
        parser.add_argument(
            "--heads",
            type=Path,
            metavar="FICHIER",
            help="Écrit les têtes des chaînes dans ce fichier, à garder hors du portail.",
        )
        parser.add_argument(
            "--compare",
            type=Path,
            metavar="FICHIER",
            help="Compare avec des têtes écrites plus tôt\u00a0: montre une fin de chaîne coupée.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, compare if asked, and write the heads only of a journal that is whole."""
        rapport = journal.verify()
        problemes = list(rapport.problemes)
        if options["compare"]:
            problemes += journal.compare_heads(_read(options["compare"]))
        for probleme in problemes:
            self.stderr.write(probleme)
        self.stdout.write(f"{rapport.evenements} événement(s) lus dans {rapport.chaines} chaîne(s).")
        if problemes:
            raise CommandError(f"Le journal n’est pas intègre\u00a0: {len(problemes)} problème(s).")
        if options["heads"]:
            _write(options["heads"])
            self.stdout.write(f"Têtes écrites dans {options['heads']}.")
        self.stdout.write(self.style.SUCCESS("Le journal est intègre."))


def _read(chemin: Path) -> list[dict[str, Any]]:
    try:
        tetes: list[dict[str, Any]] = json.loads(chemin.read_text())["tetes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"Le fichier {chemin} n’est pas un export de têtes\u00a0: {error}") from error
    return tetes


def _write(chemin: Path) -> None:
    contenu = {"exporte_le": horloge.real_now().isoformat(), "tetes": journal.export_heads()}
    chemin.write_text(json.dumps(contenu, ensure_ascii=False, indent=1) + "\n")
