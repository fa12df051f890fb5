from django.urls import URLPattern, URLResolver, path

from suivi.views import formations, obligations, reclamation, sessions

app_name = "suivi"

urlpatterns: list[URLPattern | URLResolver] = [
    path("suivi/", formations.liste, name="formations"),
    path("suivi/<uuid:pk>/", formations.formation, name="formation"),
    path("suivi/<uuid:pk>/confirmer/", formations.confirmer, name="confirmer"),
    path("suivi/<uuid:pk>/echeances/<uuid:echeance>/", obligations.regler, name="echeance"),
    path("suivi/<uuid:pk>/sessions/nouvelle/", formations.prevoir, name="prevoir"),
    path("suivi/<uuid:pk>/organismes/", formations.habiliter, name="habiliter"),
    path(
        "suivi/<uuid:pk>/organismes/<uuid:habilitation>/retirer/",
        formations.deshabiliter,
        name="deshabiliter",
    ),
    path("suivi/sessions/<uuid:pk>/", sessions.session, name="session"),
    path("suivi/sessions/<uuid:pk>/references/", sessions.referencer, name="session-referencer"),
    path("suivi/sessions/<uuid:pk>/demarrer/", sessions.demarrer, name="session-demarrer"),
    path("suivi/sessions/<uuid:pk>/redater/", sessions.redater, name="session-redater"),
    path("suivi/sessions/<uuid:pk>/reporter/", sessions.reporter, name="session-reporter"),
    path("suivi/sessions/<uuid:pk>/terminer/", sessions.terminer, name="session-terminer"),
    path("suivi/sessions/<uuid:pk>/annuler/", sessions.annuler, name="session-annuler"),
    path("suivi/sessions/<uuid:pk>/attestation/", sessions.attester, name="session-attester"),
    path("suivi/sessions/<uuid:pk>/apprenants/nouveau/", sessions.apprenant, name="apprenant-ajouter"),
    path("suivi/sessions/<uuid:pk>/apprenants/<uuid:apprenant>/", sessions.apprenant, name="apprenant"),
    path(
        "suivi/sessions/<uuid:pk>/apprenants/<uuid:apprenant>/retirer/",
        sessions.retirer_apprenant,
        name="apprenant-retirer",
    ),
    path("reclamation/", reclamation.reclamation, name="reclamation"),
    path("reclamation/recue/", reclamation.recue, name="reclamation-recue"),
]
