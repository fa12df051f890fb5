"""The portal's addresses as the demo has them: the tests' own settings leave the demo out."""

from django.urls import include, path

from gen_portal import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("gen_portal.demo.urls"))]
