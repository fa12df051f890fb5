# syntax=docker/dockerfile:1
# One image for the site, the workers, beat and the commands. docs/operations.md says how to run it,
# and which of these lines were never run by an engine.

FROM python:3.11-slim-bookworm AS bibliotheques
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /app/venv \
    && /app/venv/bin/pip install --no-cache-dir --no-input --disable-pip-version-check --require-hashes -r /tmp/base.txt \
    && /app/venv/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm AS portail
# Pango draws the PDFs, and people write emoji in their dossier; the client of PostgreSQL makes and restores backups.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-noto-color-emoji libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 gen \
    && useradd --uid 10001 --gid gen --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gen \
    && install --directory --owner gen --group gen --mode 0700 /var/lib/gen /sauvegardes
ENV PATH=/app/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp \
    DJANGO_SETTINGS_MODULE=gen_portal.settings \
    GEN_ENV=production \
    GEN_VAR_DIR=/var/lib/gen
WORKDIR /app/portail
COPY --from=bibliotheques /app/venv /app/venv
COPY . .
RUN deploy/statiques.sh && python -m compileall -q -j 0 .
ARG GEN_VERSION=inconnue
ENV GEN_VERSION=$GEN_VERSION
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "deploy/sante.py"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "gen_portal.wsgi"]
