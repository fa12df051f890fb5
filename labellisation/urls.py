from django.urls import URLPattern, URLResolver, path

from labellisation.views import comite, conventions, labels

app_name = "labellisation"

urlpatterns: list[URLPattern | URLResolver] = [
    path("comite/", comite.liste, name="comite"),
    path("comite/convoquer/", comite.convoquer, name="convoquer"),
    path("comite/<uuid:pk>/", comite.seance, name="seance"),
    path("comite/<uuid:pk>/inscrire/", comite.inscrire, name="seance-inscrire"),
    path("comite/<uuid:pk>/presence/", comite.presence, name="seance-presence"),
    path("comite/<uuid:pk>/ouvrir/", comite.ouvrir, name="seance-ouvrir"),
    path("comite/<uuid:pk>/cloturer/", comite.cloturer, name="seance-cloturer"),
    path("comite/<uuid:pk>/notification/", comite.notifier, name="notifier"),
    path("comite/<uuid:pk>/dossiers/<uuid:inscription>/", comite.dossier, name="seance-dossier"),
    path(
        "comite/<uuid:pk>/dossiers/<uuid:inscription>/retirer/", comite.desinscrire, name="seance-desinscrire"
    ),
    path("comite/<uuid:pk>/dossiers/<uuid:inscription>/vote/", comite.voter, name="seance-vote"),
    path("comite/<uuid:pk>/dossiers/<uuid:inscription>/decision/", comite.decider, name="seance-decision"),
    path("comite/<uuid:pk>/dossiers/<uuid:inscription>/deport/", comite.se_deporter, name="seance-deport"),
    path("conventions/", conventions.liste, name="conventions"),
    path("conventions/<uuid:pk>/", conventions.detail, name="convention"),
    path("conventions/<uuid:pk>/condition/", labels.lever_condition, name="lever-condition"),
    path("conventions/<uuid:pk>/renouvellement/", labels.renouveler, name="renouveler"),
    path("conventions/<uuid:pk>/retrait/", labels.retirer, name="retirer-label"),
    path("conventions/signature/<str:jeton>/", conventions.signer_lien, name="signer-lien"),
    path("conventions/signature/<str:jeton>/document/", conventions.document_lien, name="signer-document"),
    path(
        "conventions/signature/<str:jeton>/annexes/<slug:nature>/",
        conventions.annexe_lien,
        name="signer-annexe",
    ),
]
