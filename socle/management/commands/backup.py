"""``manage.py backup DIR``: database, private files and journal heads of one instant."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from socle import sauvegarde

#: Exit code of a backup that was made, but of a portal that had already lost files.
INCOMPLETE = 3


class Command(BaseCommand):
    """Fail when no backup could be made (1), or when files were missing or altered (3)."""

    help = "Sauvegarde la base, les fichiers privés et les têtes du journal dans un dossier neuf."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("dossier", type=Path, metavar="DIR", help="Dossier neuf ou vide.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the backup, and say by which hash it will be recognised."""
        try:
            faite = sauvegarde.backup(options["dossier"], dire=self.stdout.write)
        except sauvegarde.SauvegardeRefusee as refus:
            raise CommandError(str(refus)) from refus
        self.stdout.write(f"Empreinte du manifeste, à noter ailleurs : {faite.empreinte}")
        self.stdout.write(
            "Les clés et les mots de passe ne sont pas dans la sauvegarde : gardez-les à part, elle ne sert "
            "à rien sans eux."
        )
        manifeste = faite.manifeste
        for mot, cles in (("manque", manifeste.absents), ("a été modifié", manifeste.alteres)):
            for cle in cles:
                self.stderr.write(f"Fichier {cle} : son contenu {mot} dans le stockage.")
        if not manifeste.complete:
            raise CommandError(
                "La sauvegarde est faite, mais des fichiers ne sont pas ce que la base en dit.",
                returncode=INCOMPLETE,
            )
        self.stdout.write(self.style.SUCCESS(f"Sauvegarde faite dans {options['dossier']}."))
