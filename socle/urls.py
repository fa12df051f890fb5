"""Addresses of private files and generated documents."""

from django.urls import URLPattern, URLResolver, path

from socle.views import fichiers

app_name = "socle"

urlpatterns: list[URLPattern | URLResolver] = [
    path("fichiers/<uuid:identifiant>/", fichiers.serve_file, name="fichier"),
    path("documents/<uuid:identifiant>/", fichiers.serve_document, name="document"),
]
