"""The application that gunicorn serves for the bench."""

from django.core.wsgi import get_wsgi_application

from tests.benchmarks.portail import set_up

set_up()
application = get_wsgi_application()
