"""``manage.py verify_backup DIR``: every hash of a backup, without touching anything."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from socle import sauvegarde


class Command(BaseCommand):
    """Fail when a part of the backup is missing, altered or too many."""

    help = "Vérifie les empreintes d’une sauvegarde, sans rien toucher."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder and the hash kept elsewhere."""
        parser.add_argument("dossier", type=Path, metavar="DIR")
        parser.add_argument("--empreinte", default="", help="Empreinte du manifeste, notée ailleurs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and say what is inside."""
        try:
            manifeste = sauvegarde.verify(options["dossier"], empreinte=options["empreinte"])
        except sauvegarde.SauvegardeRefusee as refus:
            raise CommandError(str(refus)) from refus
        fichiers = ", ".join(f"{nombre} {copie}(s)" for copie, nombre in sorted(manifeste.fichiers.items()))
        self.stdout.write(
            f"Sauvegarde du {manifeste.instant}, version {manifeste.version}, {manifeste.moteur} "
            f"{manifeste.serveur} : {sum(manifeste.tables.values())} lignes dans "
            f"{len(manifeste.tables)} tables, {manifeste.evenements} événement(s) dans {manifeste.chaines} "
            f"chaîne(s), fichiers : {fichiers or 'aucun'}."
        )
        self.stdout.write(self.style.SUCCESS("Toutes les empreintes sont bonnes."))
