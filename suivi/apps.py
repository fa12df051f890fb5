from django.apps import AppConfig


class SuiviConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "suivi"
    verbose_name = "Suivi des formations"

    def ready(self) -> None:
        from socle import balayages
        from suivi import cartes, echeances, pdf, politiques, reactions  # noqa: F401  (they register)
        from suivi.domain.bilan import refresh_records

        politiques.register()
        echeances.register()
        pdf.register()
        cartes.register()
        balayages.register("suivi.bilans", refresh_records)
