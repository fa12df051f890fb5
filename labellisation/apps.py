from django.apps import AppConfig


class LabellisationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "labellisation"
    verbose_name = "Labellisation"

    def ready(self) -> None:
        from candidatures.domain import chronologie, renouvellements
        from labellisation import (  # noqa: F401  (they register)
            cartes,
            enregistrements_instruction,
            pdf,
            politiques,
            reactions,
            reprises,
            suites,
            tasks,
        )
        from labellisation.cycle import PHRASES
        from labellisation.domain import calculs
        from labellisation.domain.mentions import sentences
        from labellisation.domain.renouvellement import labels_to_renew
        from labellisation.domain.resultats import settle_all_results
        from labellisation.domain.textes import load_text
        from socle import balayages, chargements

        sentences()
        calculs.register_all()
        politiques.register()
        pdf.register()
        enregistrements_instruction.register()
        cartes.register()
        reprises.register()
        suites.register()
        renouvellements.register(labels_to_renew)
        chronologie.register(PHRASES)
        chargements.register("labellisation.textes", load_text)
        balayages.register("labellisation.resultats", settle_all_results)
