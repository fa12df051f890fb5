from django.urls import path

from candidatures.views import appel, dossier, echanges, liste, saisie, section

app_name = "candidatures"

urlpatterns = [
    path("appel/", appel.appel, name="appel"),
    path("appel/verifier/", appel.verifier, name="verifier"),
    path("candidatures/", liste.liste, name="liste"),
    path("candidatures/nouvelle/", liste.creer, name="creer"),
    path("candidatures/<uuid:pk>/", dossier.dossier, name="dossier"),
    path("candidatures/<uuid:pk>/sections/<slug:code>/", section.section, name="section"),
    path("candidatures/<uuid:pk>/sections/<slug:code>/saisie/", saisie.enregistrer, name="saisie"),
    path("candidatures/<uuid:pk>/pieces/<uuid:piece>/retirer/", section.retirer_piece, name="piece-retirer"),
    path("candidatures/<uuid:pk>/recapitulatif/", dossier.recapitulatif, name="recapitulatif"),
    path("candidatures/<uuid:pk>/deposer/", dossier.deposer, name="deposer"),
    path("candidatures/<uuid:pk>/complements/repondre/", dossier.repondre, name="complements-repondre"),
    path("candidatures/<uuid:pk>/dupliquer/", dossier.dupliquer, name="dupliquer"),
    path("candidatures/<uuid:pk>/messages/", echanges.echange, name="messages"),
    path("candidatures/<uuid:pk>/retirer/", dossier.retirer, name="retirer"),
]
