"""Load the demo: fictional accounts, structures and dossiers in every state."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from candidatures.models import Candidature
from gen_portal.demo.peuplement import ARRIVEE, DEBUT, Recit
from socle import horloge
from socle.models import DecalageHorloge


class Command(BaseCommand):
    help = "Charge les données de la démonstration (une seule fois ; sans effet ensuite)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.GEN_DEMO:
            raise CommandError("The demo's data need GEN_DEMO=1: they never go into a real portal.")
        if DecalageHorloge.objects.exists():
            if horloge.now() < ARRIVEE:
                raise CommandError("The demo's loading was interrupted: run make demo-reset.")
            self.stdout.write("Démonstration déjà chargée.")
            return
        debut = time.monotonic()
        horloge.advance_to(DEBUT)
        with horloge.frozen_offset():
            Recit(lambda ligne: self.stdout.write(f"  {ligne}")).tell()
        self.stdout.write(
            f"Démonstration chargée : {Candidature.objects.count()} dossiers "
            f"en {time.monotonic() - debut:.0f} s."
        )
