"""Addresses of private files, generated documents and the metrics."""

from django.urls import URLPattern, URLResolver, path

from socle.views import fichiers, mesures

app_name = "socle"

urlpatterns: list[URLPattern | URLResolver] = [
    path("fichiers/<uuid:identifiant>/", fichiers.serve_file, name="fichier"),
    path("documents/<uuid:identifiant>/", fichiers.serve_document, name="document"),
    path("metriques/", mesures.metriques, name="metriques"),
]
