from argparse import ArgumentParser
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referentiels.imports import zonages  # noqa: F401  (registers its kinds)
from referentiels.imports.registre import Edition, importeur
from socle.erreurs import ErreurMetier


class Command(BaseCommand):
    help = "Import an official file, for example: manage.py import_referentiel zrr zrr_2022.csv"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("genre", help="kind of file; an unknown one lists those known")
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--edition", help="name of the edition, when it is not the usual one")
        parser.add_argument("--du", type=date.fromisoformat, help="first day on which it holds (2021-01-01)")
        parser.add_argument("--au", type=date.fromisoformat, help="last day on which it holds")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connu = importeur(options["genre"])
            bilan = connu.importer(options["fichier"], _edition(connu.edition, options))
        except ErreurMetier as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(str(bilan))


def _edition(usuelle: Edition, options: dict[str, Any]) -> Edition:
    if not options["edition"]:
        return usuelle
    if options["du"] is None:
        raise CommandError(
            "Une autre édition demande ses dates\u00a0: ajoutez --du (et --au si elle est close)."
        )
    return replace(usuelle, version=options["edition"], valide_du=options["du"], valide_au=options["au"])
