from argparse import ArgumentParser
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referentiels.imports import organismes, rncp, zonages  # noqa: F401  (each registers its kinds)
from referentiels.imports.registre import Edition, importeur
from socle import horloge
from socle.erreurs import ErreurMetier

#: Refused lines that are printed, of a file that may have thousands.
REFUS_MONTRES = 50


class Command(BaseCommand):
    help = "Import an official file, for example: manage.py import_referentiel zrr zrr_2022.csv"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("genre", help="kind of file; an unknown one lists those known")
        parser.add_argument("fichier", type=Path, help="the file, or the folder of a set of files")
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
        for refus in bilan.refusees[:REFUS_MONTRES]:
            self.stdout.write(f"- {refus}")
        if (reste := len(bilan.refusees) - REFUS_MONTRES) > 0:
            self.stdout.write(f"… et {reste} autres.")


def _edition(usuelle: Edition | None, options: dict[str, Any]) -> Edition:
    if usuelle is None:
        jour = options["du"] or horloge.today()
        return Edition(options["edition"] or jour.isoformat(), jour, None)
    if not options["edition"]:
        return usuelle
    if options["du"] is None:
        raise CommandError(
            "Une autre édition demande ses dates\u00a0: ajoutez --du (et --au si elle est close)."
        )
    return replace(usuelle, version=options["edition"], valide_du=options["du"], valide_au=options["au"])
