"""Every address of the portal. Each app writes its own paths in its ``urls.py``."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from comptes.views import openid, second_facteur
from gen_portal.views import errors, pages, technique

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.accueil, name="accueil"),
    path("accessibilite/", pages.accessibilite, name="accessibilite"),
    path("mentions-legales/", pages.mentions_legales, name="mentions-legales"),
    path("donnees-personnelles/", pages.donnees_personnelles, name="donnees-personnelles"),
    path("sante/", technique.sante, name="sante"),
    path("robots.txt", technique.robots, name="robots"),
    path("favicon.ico", technique.favicon, name="favicon"),
    path("admin/", admin.site.urls),
    path("compte/", include("allauth.account.urls")),
    # Before allauth's own: what its pages lack.
    path(
        "compte/second-facteur/webauthn/keys/<int:pk>/remove/",
        second_facteur.RetirerCle.as_view(),
        name="mfa_remove_webauthn",
    ),
    path(
        "compte/second-facteur/recovery-codes/",
        second_facteur.VoirCodes.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "compte/second-facteur/recovery-codes/download/",
        second_facteur.TelechargerCodes.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("compte/second-facteur/", include("allauth.mfa.urls")),
    path("compte/openid/<slug:provider_id>/", openid.aller, name="openid_login"),
    path("compte/openid/<slug:provider_id>/retour/", openid.revenir, name="openid_callback"),
    path("envoi-trop-lourd/", errors.too_large, name="envoi-trop-lourd"),
    path("", include("socle.urls")),
    path("", include("comptes.urls")),
    path("", include("candidatures.urls")),
    path("", include("labellisation.urls")),
    path("", include("suivi.urls")),
    path("", include("pilotage.urls")),
]

if settings.GEN_DEMO:
    # Outside the demo these addresses do not exist at all.
    urlpatterns.append(path("demo/", include("gen_portal.demo.urls")))

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
#: Called by allauth, not by Django.
handler429 = errors.too_many_requests
handler500 = errors.server_error
