#!/bin/sh
# Collect the static files while the image is built. The settings of production want values that no
# build should know: these are thrown away with the process, and reach nothing.
set -eu

export GEN_ENV=production GEN_URL=https://image.construction GEN_ALLOWED_HOSTS=image.construction
GEN_SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(50))')
export GEN_SECRET_KEY
export DATABASE_URL=postgres://construction@127.0.0.1/construction REDIS_URL=redis://127.0.0.1:6379/0
export EMAIL_URL=smtp://127.0.0.1:25 GEN_PRIVATE_ROOT=/nonexistent
export GEN_COURRIEL_AIDE=construction@image.construction GEN_CONTACT_DPO=construction@image.construction
export GEN_COURRIEL_EXPEDITEUR=construction@image.construction
export GEN_TELEPHONE_AIDE=construction GEN_ADRESSE=construction GEN_HEBERGEUR=construction
export GEN_DIRECTEUR_PUBLICATION=construction
exec python manage.py collectstatic --no-input --verbosity 0
