from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referentiels.imports.chargement import load_all
from socle import chargements
from socle.erreurs import ErreurMetier


class Command(BaseCommand):
    help = (
        "Load the shipped reference data, then what the other apps registered; a second run changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        start = perf_counter()
        try:
            for bilan in load_all():
                self.stdout.write(str(bilan))
            for nom, fonction in chargements.registered():
                self.stdout.write(f"{nom}\u00a0: {fonction()}")
        except ErreurMetier as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(f"Référentiels à jour en {perf_counter() - start:.1f} s.".replace(".", ",", 1))
