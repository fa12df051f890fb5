from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from gen_portal.formulaires import say_what_to_do


class PortalAdminConfig(AdminConfig):
    default_site = "gen_portal.admin.PortalAdminSite"


class GenPortalConfig(AppConfig):
    name = "gen_portal"
    verbose_name = "Portail"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # Before any app imports its forms: a field takes its sentences when it is made.
        say_what_to_do()

    def ready(self) -> None:
        """Finish the French of the admin."""
        from gen_portal.admin import speak_french

        speak_french()
