"""What no engine checks here: the rules on the image and on the services, and the settings they give."""

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import images
from scripts.etapes import RACINE

DOCKERFILE = (RACINE / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((RACINE / "docker-compose.yml").read_text())


def test_given_what_is_shipped_when_checked_then_nothing_is_said() -> None:
    assert images.problems(RACINE) == []


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        ("FROM python:3.11-slim-bookworm AS portail", "FROM python AS portail", "sans version"),
        ("FROM python:3.11-slim-bookworm AS portail", "FROM python:latest AS portail", "sans version"),
        ("USER 10001:10001", "USER root", "root"),
        ("USER 10001:10001", "", "root"),
        ("HEALTHCHECK", "# HEALTHCHECK", "HEALTHCHECK"),
        ("ARG GEN_VERSION=inconnue", "ARG GEN_SECRET_KEY", "un secret"),
        ("ENV GEN_VERSION=$GEN_VERSION", "ENV EMAIL_URL=smtp://x", "un secret"),
        ("--no-install-recommends", "", "recommends"),
        ("--require-hashes", "", "hashes"),
        ("COPY . .", "ADD . .", "ADD"),
    ],
)
def test_given_a_breach_in_the_dockerfile_when_checked_then_it_is_said(
    avant: str, apres: str, dit: str
) -> None:
    assert avant in DOCKERFILE
    constats = list(images.check_dockerfile(DOCKERFILE.replace(avant, apres)))
    assert any(dit in constat for constat in constats), constats


def _breach(chemin: tuple[str, ...], valeur: Any) -> Callable[[dict[str, Any]], None]:
    def change(contenu: dict[str, Any]) -> None:
        for cle in chemin[:-1]:
            contenu = contenu[cle]
        contenu[chemin[-1]] = valeur

    return change


@pytest.mark.parametrize(
    ("chemin", "valeur", "dit"),
    [
        (("services", "base", "image"), "postgres:latest", "base : image sans version"),
        (("services", "file", "image"), "redis", "file : image sans version"),
        (("services", "file", "healthcheck"), {"disable": True}, "file : sans sonde"),
        (("services", "web", "environment", "GEN_SECRET_KEY"), "x", "se donne par un fichier"),
        (("services", "web", "environment", "EMAIL_URL_FILE"), "/etc/x", "hors de /run/secrets"),
        (("services", "web", "environment", "GEN_DB_PASSWORD_FILE"), "/run/secrets/autre", "pas donné"),
        (("services", "web", "environment", "DATABASE_URL"), "postgres://a:b@base/c", "mot de passe"),
        (("services", "base", "ports"), ["5432:5432"], "seul le mandataire"),
        (("services", "beat", "deploy"), {"replicas": 2}, "beat : un seul"),
        (("services", "web", "read_only"), False, "modifiable"),
        (("services", "worker", "restart"), "no", "ne redémarre pas"),
        (("services", "web", "privileged"), True, "privileged"),
        (("secrets", "orphelin"), {"file": "x"}, "orphelin"),
    ],
)
def test_given_a_breach_in_the_services_when_checked_then_it_is_said(
    chemin: tuple[str, ...], valeur: Any, dit: str
) -> None:
    contenu = copy.deepcopy(COMPOSE)
    _breach(chemin, valeur)(contenu)
    constats = list(images.check_compose(contenu))
    assert any(dit in constat for constat in constats), constats


def test_given_a_service_less_when_checked_then_it_is_said() -> None:
    contenu = copy.deepcopy(COMPOSE)
    del contenu["services"]["antivirus"]
    assert "il manque le service antivirus" in list(images.check_compose(contenu))


def test_given_what_the_services_promise_when_compared_then_they_agree() -> None:
    """Timeouts that only make sense together, written in three files."""
    gunicorn = (RACINE / "deploy" / "gunicorn.conf.py").read_text()
    nginx = (RACINE / "deploy" / "nginx.conf").read_text()

    def number(motif: str, texte: str) -> int:
        trouve = re.search(motif, texte)
        assert trouve, motif
        return int(trouve[1])

    web = COMPOSE["services"]["web"]
    assert number(r"graceful_timeout = (\d+)", gunicorn) < int(web["stop_grace_period"].rstrip("s"))
    assert number(r"keepalive_timeout (\d+)s", nginx) < number(r"keepalive = (\d+)", gunicorn)
    assert number(r"\ntimeout = (\d+)", gunicorn) < number(r"proxy_read_timeout (\d+)s", nginx)
    assert number(r"client_max_body_size (\d+)m", nginx) > 20
    entete = web["environment"]["GEN_ENTETE_ARRIVEE"]
    assert f'proxy_set_header {entete} "t=$arrivee";' in nginx


# --- Settings -------------------------------------------------------------------------------------


def environment(tmp_path: Path, service: str, **autres: str) -> dict[str, str]:
    """The environment that a service gets, its secrets being files of this machine."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(exist_ok=True)
    contenus = {
        "cle_secrete": "0123456789abcdef" * 4,
        "base_mot_de_passe": "mot-de-passe-de-la-base",
        "courriel_url": "smtp+tls://u:p@relais.fr:587",
        "s3_cle_acces": "acces",
        "s3_cle_secrete": "secrete",
        "metriques_jeton": "jeton",
    }
    for nom, contenu in contenus.items():
        (secrets / nom).write_text(f"{contenu}\n")
    donnees = {
        cle: str(valeur).replace("/run/secrets", str(secrets))
        for cle, valeur in COMPOSE["services"][service]["environment"].items()
    }
    exemple = (RACINE / "deploy" / "portail.env.exemple").read_text()
    fichier = dict(re.findall(r"^(\w+)=(.*)$", exemple, re.MULTILINE))
    remplis = {cle: valeur or "aide@label.fr" for cle, valeur in fichier.items()}
    image = dict(re.findall(r"\b(GEN_\w+|DJANGO_SETTINGS_MODULE)=(\S+)", DOCKERFILE.split("ENV PATH", 1)[1]))
    image |= {"GEN_VAR_DIR": str(tmp_path / "var"), "GEN_VERSION": "1.0"}
    return {"PATH": os.environ["PATH"], **image, **remplis, **donnees, **autres}


def run(code: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *code.split(" ")] if code.startswith("manage.py") else [sys.executable, "-c", code],
        cwd=RACINE,
        env=env,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("service", ["web"])
def test_given_the_environment_of_a_service_when_django_checks_for_deployment_then_no_warning(
    tmp_path: Path, service: str
) -> None:
    (tmp_path / "statiques").mkdir()
    env = environment(tmp_path, service, GEN_STATIC_ROOT=str(tmp_path / "statiques"))
    fait = run("manage.py check --deploy --fail-level WARNING", env)
    assert fait.returncode == 0, fait.stdout + fait.stderr


def test_given_secrets_by_file_when_the_settings_are_read_then_they_hold_them(tmp_path: Path) -> None:
    code = """
import json
from django.conf import settings as s
o = s.STORAGES["default"]["OPTIONS"]
print(json.dumps([s.SECRET_KEY[:3], s.DATABASES["default"]["PASSWORD"], s.EMAIL_HOST, s.EMAIL_HOST_PASSWORD,
    o["access_key"], o["secret_key"], s.GEN_METRIQUES_JETON, s.CELERY_BROKER_URL, s.GEN_ENTETE_ARRIVEE]))
"""
    fait = run(code, environment(tmp_path, "web"))
    assert fait.returncode == 0, fait.stderr
    assert json.loads(fait.stdout) == [
        "012",
        "mot-de-passe-de-la-base",
        "relais.fr",
        "p",
        "acces",
        "secrete",
        "jeton",
        "redis://file:6379/0",
        "X-Arrivee",
    ]


def test_given_the_example_unfilled_when_the_portal_starts_then_it_refuses_and_says_what(
    tmp_path: Path,
) -> None:
    vide = {"GEN_ADRESSE": "", "GEN_HEBERGEUR": ""}
    fait = run("import django; django.setup()", environment(tmp_path, "web", **vide))
    assert fait.returncode != 0
    assert "GEN_TELEPHONE_AIDE, GEN_ADRESSE (missing); GEN_HEBERGEUR (missing)" in fait.stderr
