from django.urls import URLPattern, URLResolver

app_name = "candidatures"

urlpatterns: list[URLPattern | URLResolver] = []
