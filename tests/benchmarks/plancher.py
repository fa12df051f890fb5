"""The floor: the least that a Django page can cost on this machine, to which every page is compared.

One query rendered as a bare table of 50 rows and 6 columns; Django's default middleware; no session
is opened and nothing stands around. Served like the portal: gunicorn, two sync workers, the same
pool of connections to the same base.
"""

import os
from typing import Any

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

GABARIT = (
    "<!doctype html><table>{% for ligne in lignes %}<tr>{% for valeur in ligne %}<td>{{ valeur }}</td>"
    "{% endfor %}</tr>{% endfor %}</table>"
)

settings.configure(
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            **environ.Env.db_url_config(os.environ["DATABASE_URL"]),
            "OPTIONS": {"pool": True},
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    # Those of django-admin startproject.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
django.setup()


class Ligne(models.Model):
    """Six columns of the dossiers."""

    reference = models.CharField(max_length=20, primary_key=True)
    intitule = models.CharField(max_length=200)
    etat = models.CharField(max_length=20)
    cree_le = models.DateTimeField()
    deposee_le = models.DateTimeField(null=True)
    structure_id = models.UUIDField()

    class Meta:
        app_label = "plancher"
        managed = False
        db_table = "candidatures_candidature"


COLONNES = ("reference", "intitule", "etat", "cree_le", "deposee_le", "structure_id")
_gabarit: list[Any] = []


def page(request: HttpRequest) -> HttpResponse:
    """Render the fifty rows."""
    if not _gabarit:
        _gabarit.append(engines["django"].from_string(GABARIT))
    lignes = Ligne.objects.order_by("reference").values_list(*COLONNES)[:50]
    return HttpResponse(_gabarit[0].render({"lignes": lignes}))


urlpatterns = [path("", page)]
application = get_wsgi_application()
