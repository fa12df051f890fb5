from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

from gen_portal.formulaires import say_what_to_do


class PortalAdminConfig(AdminConfig):
    default_site = "gen_portal.admin.PortalAdminSite"


class PortalStaticFilesConfig(StaticFilesConfig):
    """Collect what the pages can ask for: the packages bring ten times more.

    A file left out that a served sheet needs stops ``collectstatic``, and one that a template names is an
    error of its page (the manifest is strict): nothing is lost in silence.
    """

    #: The design system piece by piece; the pages take it whole, less what includes/feuilles.html leaves.
    PIECES = "analytics component core layout legacy scheme"
    #: Families of icons that neither the pages nor the sheets that they load draw from.
    FAMILLES = """
        buildings communication design development device document finance health map others
    """
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.md",
        *(f"dsfr/dist/{nom}/*" for nom in PIECES.split()),
        *(f"dsfr/dist/icons/{nom}/*" for nom in FAMILLES.split()),
        *(f"dsfr/dist/utility/icons/icons-{nom}/*" for nom in FAMILLES.split()),
        "dsfr/dist/utility/colors/*",
        "dsfr/dist/utility/pictograms/*",
        "dsfr/dist/artwork/pictograms/*",
        "utility.*.css",
        "icons.*.css",
        "*.legacy.min.css",
        "dsfr.min.css",
    ]


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
