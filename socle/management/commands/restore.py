"""``manage.py restore DIR``: put a backup back, and prove that it is back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from socle import sauvegarde


class Command(BaseCommand):
    """Fail before touching anything (1), or when what is restored is not what was saved (2)."""

    help = "Remet une sauvegarde en place dans une base et un stockage vides, et compare."
    #: The database may hold no table yet.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder, the hash kept elsewhere, and the leave to lose what is there."""
        parser.add_argument("dossier", type=Path, metavar="DIR")
        parser.add_argument("--empreinte", default="", help="Empreinte du manifeste, notée ailleurs.")
        parser.add_argument(
            "--remplacer",
            action="store_true",
            help="Accepte une place occupée : la base présente est perdue, les fichiers présents restent.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, then say what was compared and what does not fit."""
        try:
            faite = sauvegarde.restore(
                options["dossier"],
                remplacer=options["remplacer"],
                empreinte=options["empreinte"],
                dire=self.stdout.write,
            )
        except sauvegarde.SauvegardeRefusee as refus:
            raise CommandError(str(refus)) from refus
        for probleme in faite.problemes:
            self.stderr.write(probleme)
        for cle in (*faite.manifeste.absents, *faite.manifeste.alteres):
            self.stderr.write(f"Fichier {cle} : manquait ou était modifié dès la sauvegarde.")
        if not faite.ok:
            raise CommandError(
                f"La restauration ne correspond pas : {len(faite.problemes)} problème(s).", returncode=2
            )
        self.stdout.write(self.style.SUCCESS("Restauration faite : tout est égal à la sauvegarde."))
