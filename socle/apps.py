from django.apps import AppConfig


class SocleConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "socle"
    verbose_name = "Socle technique"
