from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "gen_portal.admin.PortalAdminSite"


class GenPortalConfig(AppConfig):
    name = "gen_portal"
    verbose_name = "Portail"
