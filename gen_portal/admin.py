"""The admin site: the instructors' place of work. Its sign-in is the portal's own."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.templatetags import admin_list
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

#: Apps in the order of the work; those not named here come last.
ORDRE_DES_APPS = (
    "candidatures",
    "labellisation",
    "suivi",
    "pilotage",
    "comptes",
    "referentiels",
    "socle",
    "account",
)


#: The picture of a yes, a no, an unknown, and what is said of it.
ICONES = {True: ("yes", "Oui"), False: ("no", "Non"), None: ("unknown", "Inconnu")}


def boolean_icon(valeur: bool | None) -> SafeString:
    """Show a yes or a no; Django's own icon says « True » or « False » whatever the language."""
    nom, texte = ICONES[valeur]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{nom}.svg"), texte)


def speak_french() -> None:
    """Put our icons in the place of Django's, which offers no setting for them."""
    admin_list._boolean_icon = boolean_icon


class PortalAdminSite(AdminSite):
    """Django's admin, opened to the roles of GEN by the sign-in of the portal."""

    site_title = "Instruction GEN"
    site_header = "Instruction du label GEN"
    index_title = "Espace de travail"
    site_url = "/"
    empty_value_display = "—"
    final_catch_all_view = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active accounts that hold a role of GEN."""
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the portal's sign-in; a person without a role of GEN gets the 403 page."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return HttpResponseRedirect(reverse("admin:index"))
            from gen_portal.views.errors import permission_denied

            return permission_denied(request, None)
        suite = request.GET.get("next", "") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': suite})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out through the portal, which asks for a confirmation."""
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one page to change one's password."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Group by the order of the work, not by alphabet.

        The whole menu waits until a page shows it: every page is given it, and it asks each table its rights.
        """
        if app_label is not None:
            return self._sorted_apps(request, app_label)
        attente: Any = SimpleLazyObject(lambda: self._sorted_apps(request, None))
        return attente

    def _sorted_apps(self, request: HttpRequest, app_label: str | None) -> list[dict[str, Any]]:
        apps = super().get_app_list(request, app_label)
        rang = {label: place for place, label in enumerate(ORDRE_DES_APPS)}
        return sorted(apps, key=lambda app: (rang.get(app["app_label"], len(rang)), app["name"]))
