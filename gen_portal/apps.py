from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "gen_portal.admin.PortalAdminSite"


class GenPortalConfig(AppConfig):
    name = "gen_portal"
    verbose_name = "Portail"

    def ready(self) -> None:
        """Finish the French of the admin and of the forms."""
        from gen_portal import admin, formulaires

        admin.speak_french()
        formulaires.say_what_to_do()
