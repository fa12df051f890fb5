from django.urls import URLPattern, URLResolver, path

from pilotage import api
from pilotage.views import direction, public

app_name = "pilotage"

urlpatterns: list[URLPattern | URLResolver] = [
    path("formations/", public.formations, name="formations"),
    path("verification/", public.verifier, name="verifier"),
    path("verification/<str:code>/", public.verification, name="verification"),
    path("chiffres-cles/", public.chiffres, name="chiffres"),
    path("pilotage/", direction.tableau, name="tableau"),
    path("api/v1/", api.racine, name="api"),
    path("api/v1/formations/", api.formations, name="api-formations"),
    path("api/v1/formations.csv", api.formations_csv, name="api-formations-csv"),
]
