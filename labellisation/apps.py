from django.apps import AppConfig


class LabellisationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "labellisation"
    verbose_name = "Labellisation"

    def ready(self) -> None:
        from labellisation import enregistrements_instruction, pdf, politiques, reactions, tasks  # noqa: F401  (they register)
        from labellisation.domain.textes import load_text
        from socle import chargements

        politiques.register()
        enregistrements_instruction.register()
        pdf.register()
        chargements.register("labellisation.textes", load_text)
