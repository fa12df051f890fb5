from django.apps import AppConfig


class ComptesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "comptes"
    verbose_name = "Comptes et structures"

    def ready(self) -> None:
        """Register who may see a structure, the reactions, and the cards of the home page."""
        from comptes import cartes, politiques, portes, reactions, reprises  # noqa: F401
        from comptes.domain.connexions import forget_old_daily
        from comptes.domain.voir_comme import sweep_views
        from socle import balayages

        politiques.register()
        reprises.register()
        cartes.register()
        balayages.register("comptes.voir_comme", sweep_views)
        balayages.register("comptes.traces", forget_old_daily)
