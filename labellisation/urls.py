from django.urls import URLPattern, URLResolver

app_name = "labellisation"

urlpatterns: list[URLPattern | URLResolver] = []
