from django.urls import path

from gen_portal.demo import views

app_name = "demo"

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("horloge/", views.horloge_avancer, name="horloge"),
    path("courriels/", views.courriels, name="courriels"),
    path("courriels/<str:identifiant>/", views.courriel, name="courriel"),
]
