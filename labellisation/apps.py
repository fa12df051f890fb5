from django.apps import AppConfig


class LabellisationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "labellisation"
    verbose_name = "Labellisation"
