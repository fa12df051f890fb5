"""Bring the demo's base to a size, for load tests: copies of its dossiers, inserted in bulk."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gen_portal.populate.volume import Volume, VolumeRefuse
from socle import horloge


class Command(BaseCommand):
    help = (
        "Porte la base de démonstration à un nombre de dossiers et d’apprenants (essais de charge). "
        "Relancée, elle ajoute ce qui manque."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--candidatures", type=int, required=True, help="dossiers dans la base à la fin")
        parser.add_argument("--learners", type=int, required=True, help="apprenants dans la base à la fin")
        parser.add_argument("--seed", type=int, default=2021, help="graine du hasard (2021)")

    def handle(self, *args: Any, candidatures: int, learners: int, seed: int, **options: Any) -> None:
        if not settings.GEN_DEMO:
            raise CommandError("Fictional dossiers need GEN_DEMO=1: they never go into a real portal.")
        debut = time.monotonic()
        call_command("demo_data", stdout=self.stdout)

        def say(ligne: str) -> None:
            self.stdout.write(f"  {time.monotonic() - debut:5.0f} s  {ligne}")
            self.stdout.flush()

        with horloge.frozen_offset():
            try:
                bilan = Volume(graine=seed, dire=say).reach(candidatures=candidatures, apprenants=learners)
            except VolumeRefuse as refus:
                raise CommandError(str(refus)) from refus
        if not bilan.candidatures:
            self.stdout.write("La base compte déjà ces dossiers : rien à ajouter.")
            return
        self.stdout.write(
            f"Ajoutés : {bilan.candidatures} dossiers, {bilan.structures} structures, "
            f"{bilan.seances} séances, {bilan.apprenants} apprenants ; "
            f"{bilan.lignes} lignes en {time.monotonic() - debut:.0f} s."
        )
