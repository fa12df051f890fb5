from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SocleConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "socle"
    verbose_name = "Socle technique"

    def ready(self) -> None:
        """Keep the journal's guards in place after every migration; register the ground's own jobs."""
        from socle import documents, fichiers, gardes  # noqa: F401  (they register jobs and sweeps)

        post_migrate.connect(gardes.reinstall, sender=self, dispatch_uid="socle.gardes")
