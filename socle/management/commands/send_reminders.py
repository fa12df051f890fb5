from typing import Any

from django.core.management.base import BaseCommand

from socle import echeances, horloge


class Command(BaseCommand):
    help = "Écrit les rappels dus et non envoyés (R27) ; relancée, la commande n’envoie rien deux fois."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sweep of reminders once and print what it did."""
        with horloge.frozen_offset():
            self.stdout.write(str(echeances.send_due()))
