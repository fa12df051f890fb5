from django.apps import AppConfig


class CandidaturesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "candidatures"
    verbose_name = "Candidatures"

    def ready(self) -> None:
        """Register policies, documents, obligations, reactions, sweeps, loaders and cards."""
        from candidatures import cartes, echeances, pdf, politiques, reactions, tasks  # noqa: F401  (they register)
        from candidatures.domain.appels import load_appels
        from candidatures.domain.attentes import sweep_drafts
        from candidatures.domain.complements import close_expired_complements
        from candidatures.domain.menage import sweep_editions_hourly
        from socle import balayages, chargements

        politiques.register()
        pdf.register()
        echeances.register()
        cartes.register()
        balayages.register("candidatures.complements_echus", close_expired_complements)
        balayages.register("candidatures.brouillons", sweep_drafts)
        balayages.register("candidatures.editions", sweep_editions_hourly)
        chargements.register("appels", load_appels)
