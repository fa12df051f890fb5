from django.urls import path

from candidatures.views import (
    appel,
    dossier,
    echanges,
    equipe,
    liste,
    pieces,
    propositions,
    saisie,
    section,
    suggestions,
)

app_name = "candidatures"

urlpatterns = [
    path("appel/", appel.appel, name="appel"),
    path("appel/verifier/", appel.verifier, name="verifier"),
    path("candidatures/", liste.liste, name="liste"),
    path("candidatures/nouvelle/", liste.creer, name="creer"),
    path("candidatures/suggestions/<slug:quoi>/", suggestions.suggestions, name="suggestions"),
    path("candidatures/<uuid:pk>/", dossier.dossier, name="dossier"),
    path("candidatures/<uuid:pk>/sections/<slug:code>/", section.section, name="section"),
    path("candidatures/<uuid:pk>/sections/<slug:code>/saisie/", saisie.enregistrer, name="saisie"),
    path("candidatures/<uuid:pk>/sections/<slug:code>/propositions/", propositions.lire, name="propositions"),
    path("candidatures/<uuid:pk>/pieces/<slug:type_piece>/", pieces.place, name="piece-place"),
    path("candidatures/<uuid:pk>/pieces/<uuid:piece>/remplacer/", pieces.remplacer, name="piece-remplacer"),
    path("candidatures/<uuid:pk>/pieces/<uuid:piece>/retirer/", pieces.retirer, name="piece-retirer"),
    path("candidatures/<uuid:pk>/recapitulatif/", dossier.recapitulatif, name="recapitulatif"),
    path("candidatures/<uuid:pk>/recapitulatif/pdf/", dossier.demander_copie, name="copie-pdf"),
    path("candidatures/<uuid:pk>/pdf/", dossier.demander_pdf, name="dossier-pdf"),
    path(
        "candidatures/<uuid:pk>/recapitulatif/archive/", dossier.demander_archive_copie, name="copie-archive"
    ),
    path("candidatures/<uuid:pk>/archive/", dossier.demander_archive, name="dossier-archive"),
    path("candidatures/<uuid:pk>/deposer/", dossier.deposer, name="deposer"),
    path("candidatures/<uuid:pk>/recu/renvoyer/", dossier.renvoyer_recu, name="recu-renvoyer"),
    path("candidatures/<uuid:pk>/complements/repondre/", dossier.repondre, name="complements-repondre"),
    path("candidatures/<uuid:pk>/dupliquer/", dossier.dupliquer, name="dupliquer"),
    path("candidatures/<uuid:pk>/confier/", equipe.confier, name="confier"),
    path("candidatures/<uuid:pk>/lieux/", suggestions.lieux, name="lieux"),
    path("candidatures/<uuid:pk>/messages/", echanges.echange, name="messages"),
    path("candidatures/<uuid:pk>/retirer/", dossier.retirer, name="retirer"),
]
