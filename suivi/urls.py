from django.urls import URLPattern, URLResolver

app_name = "suivi"

urlpatterns: list[URLPattern | URLResolver] = []
