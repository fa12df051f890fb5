import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gen_portal.settings")

# docs/decisions/0003: messages of the local broker appear whole, or a polling worker dies on one.
TRANSPORT_ALIASES["filesystem"] = "socle.transport:Transport"

app = Celery("gen_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
