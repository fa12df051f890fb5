from django.apps import AppConfig


class ComptesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "comptes"
    verbose_name = "Comptes et structures"

    def ready(self) -> None:
        """Register who may see a structure, and the cards of the home page."""
        from comptes import cartes, politiques, portes  # noqa: F401 (its receivers)
        from comptes.domain.connexions import forget_old_daily
        from socle import balayages

        politiques.register()
        cartes.register()
        balayages.register("comptes.traces", forget_old_daily)
