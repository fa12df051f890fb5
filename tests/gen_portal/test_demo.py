"""The demo exists only when asked for, opens only its own accounts, and its clock never goes back."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import clear_url_caches, include, path

from comptes.models import Role, Structure, Utilisateur
from gen_portal.demo.comptes import COMPTES, MOT_DE_PASSE, create_demo_accounts
from socle import horloge
from tests.comptes.fabriques import utilisateur

pytestmark = pytest.mark.django_db


class AdressesDemo:
    """The portal's addresses with the demo's: settings decide them when the portal starts."""

    from gen_portal.urls import handler404
    from gen_portal.urls import urlpatterns as _du_portail

    urlpatterns = [*_du_portail, path("demo/", include("gen_portal.demo.urls"))]


@pytest.fixture
def demo(settings: object, tmp_path: Path) -> None:
    """Turn the demo on, as ``GEN_DEMO=1`` does."""
    settings.GEN_DEMO = True
    settings.GEN_DEMO_COURRIELS = tmp_path
    settings.ROOT_URLCONF = AdressesDemo
    clear_url_caches()


@pytest.mark.parametrize("chemin", ["/demo/connexion/", "/demo/horloge/", "/demo/courriels/"])
def test_given_no_demo_when_its_addresses_are_asked_then_they_do_not_exist(
    client: Client, chemin: str
) -> None:
    assert settings.GEN_DEMO is False
    create_demo_accounts()
    assert client.get(chemin).status_code == 404
    assert client.post(chemin, {"compte": "direction"}).status_code == 404
    assert SESSION_KEY not in client.session


@pytest.mark.usefixtures("demo")
def test_given_the_seeder_when_run_twice_then_the_accounts_are_there_once_with_their_roles() -> None:
    comptes = create_demo_accounts()
    assert create_demo_accounts() == comptes
    assert len(comptes) == len(COMPTES) == Utilisateur.objects.count()
    assert Structure.objects.count() == 2
    assert comptes["porteur"].check_password(MOT_DE_PASSE)
    assert comptes["direction"].a_role(Role.DIRECTION)
    assert comptes["region"].codes_regions == {"84"}
    assert [a.role for a in comptes["porteur"].appartenances_actives] == ["responsable"]


@pytest.mark.usefixtures("demo")
def test_given_the_demo_when_its_first_screen_shows_then_each_account_enters_in_one_click(
    client: Client,
) -> None:
    create_demo_accounts()
    page = client.get("/").content.decode()
    assert "Le second facteur d’authentification est désactivé ici" in page
    for compte in COMPTES:
        assert f'value="{compte.nom_court}"' in page
        reponse = client.post("/demo/connexion/", {"compte": compte.nom_court})
        assert reponse.status_code == 302
        assert Utilisateur.objects.get(pk=client.session[SESSION_KEY]).email == compte.email


@pytest.mark.usefixtures("demo")
def test_given_an_account_off_the_list_when_asked_in_one_click_then_it_is_refused(client: Client) -> None:
    create_demo_accounts()
    intrus = utilisateur(Role.DIRECTION, email="intrus@demo.gen.example")
    for compte in ("intrus", intrus.email, "", "porteur@demo.gen.example"):
        assert client.post("/demo/connexion/", {"compte": compte}).status_code == 404
    assert SESSION_KEY not in client.session


@pytest.mark.usefixtures("demo")
def test_given_a_forged_click_when_sent_from_elsewhere_then_it_is_refused() -> None:
    create_demo_accounts()
    assert Client(enforce_csrf_checks=True).post("/demo/connexion/", {"compte": "porteur"}).status_code == 403


@pytest.mark.usefixtures("demo")
@pytest.mark.regle("R7")
def test_given_the_clock_when_moved_then_it_goes_forward_and_comes_back_to_the_page(client: Client) -> None:
    avant = horloge.now()
    reponse = client.post("/demo/horloge/", {"pas": "jour", "suite": "/accessibilite/"})
    assert reponse.url == "/accessibilite/"
    assert timedelta(hours=22) < horloge.now() - avant < timedelta(hours=26)
    client.post("/demo/horloge/", {"pas": "semaine"})
    assert timedelta(days=7) < horloge.now() - avant < timedelta(days=9)
    client.post("/demo/horloge/", {"pas": "mois"})
    assert timedelta(days=35) < horloge.now() - avant < timedelta(days=40)
    client.post("/demo/horloge/", {"pas": "date", "jour": "2099-03-01"})
    assert horloge.today() == datetime(2099, 3, 1, tzinfo=UTC).date()


@pytest.mark.usefixtures("demo")
@pytest.mark.regle("R7")
@pytest.mark.parametrize(
    "envoi", [{"pas": "date", "jour": "2001-01-01"}, {"pas": "date"}, {"pas": "siecle"}, {}]
)
def test_given_a_wrong_move_when_asked_then_the_clock_stays_and_a_sentence_says_why(
    client: Client, envoi: dict[str, str]
) -> None:
    avant = horloge.now()
    page = client.post("/demo/horloge/", envoi, follow=True).content.decode()
    assert "fr-alert--error" in page
    assert horloge.now() - avant < timedelta(minutes=5)


@pytest.mark.usefixtures("demo")
def test_given_another_site_when_it_asks_to_come_back_there_then_the_home_page_opens(client: Client) -> None:
    reponse = client.post("/demo/horloge/", {"pas": "jour", "suite": "https://ailleurs.example/"})
    assert reponse.url == "/"


@pytest.mark.usefixtures("demo")
def test_given_the_outgoing_mail_when_shown_then_it_is_what_the_provider_took(
    client: Client, tmp_path: Path
) -> None:
    assert "Aucun courriel pour le moment" in client.get("/demo/courriels/").content.decode()
    contenu = {
        "id": "00000000-0000-0000-0000-000000000001",
        "instant": "2021-09-20T08:00:00+00:00",
        "entetes": {"From": "gen@gen.example", "To": "A <a@essai.example>", "Subject": "Objet d’essai"},
        "texte": "Bonjour,\n\nhttps://gen.example/lien/",
        "html": "<p>Bonjour</p>",
    }
    nom = "20210920T080000000000-un"
    (tmp_path / f"{nom}.json").write_text(json.dumps(contenu), encoding="utf-8")
    assert "Objet d’essai" in client.get("/demo/courriels/").content.decode()
    assert "Objet d’essai" not in client.get("/demo/courriels/?a=b@essai.example").content.decode()
    page = client.get(f"/demo/courriels/{nom}/").content.decode()
    assert '<a href="https://gen.example/lien/"' in page
    assert client.get("/demo/courriels/..%2F..%2Fsecret/").status_code == 404
    assert client.get("/demo/courriels/inconnu/").status_code == 404


# --- Production ------------------------------------------------------------------------------

BON = {
    "GEN_ENV": "production",
    "GEN_SECRET_KEY": "x" * 60,
    "GEN_ALLOWED_HOSTS": "label.essai.fr",
    "GEN_URL": "https://label.essai.fr",
    "DATABASE_URL": "postgres://portail@base.essai.fr/portail",
    "REDIS_URL": "redis://redis.essai.fr:6379/0",
    "EMAIL_URL": "smtp://relais.essai.fr:25",
    "GEN_PRIVATE_ROOT": "/srv/prive",
    "GEN_COURRIEL_AIDE": "aide@essai.fr",
    "GEN_COURRIEL_EXPEDITEUR": "GEN <ne-pas-repondre@essai.fr>",
    "GEN_TELEPHONE_AIDE": "01 00 00 00 00",
    "GEN_ADRESSE": "1 rue de l’Essai, 75001 Paris",
    "GEN_HEBERGEUR": "Hébergeur, 1 rue du Serveur, 75001 Paris",
    "GEN_CONTACT_DPO": "dpo@essai.fr",
    "GEN_DIRECTEUR_PUBLICATION": "Ada Martin, directrice générale",
}


REFUS: list[tuple[str, str | None]] = [
    ("GEN_DEMO", "1"),
    ("GEN_DEBUG", "1"),
    ("GEN_SECOND_FACTEUR", "0"),
    ("GEN_OIDC_SERVEUR", "http://fournisseur.essai.fr"),
    ("GEN_OIDC_SERVEUR", "https://fournisseur.essai.fr"),
    ("GEN_PRIVATE_ROOT", None),
    ("EMAIL_URL", "consolemail://"),
    ("EMAIL_URL", "smtp://"),
    ("GEN_COURRIEL_FOURNISSEUR", "autre"),
    ("GEN_ALLOWED_HOSTS", "*"),
    ("GEN_ALLOWED_HOSTS", None),
    ("GEN_URL", "http://localhost:8000"),
    ("DATABASE_URL", None),
    ("REDIS_URL", None),
    ("CELERY_BROKER_URL", "filesystem://"),
    ("GEN_COURRIEL_FOURNISSEUR", "demo"),
    ("GEN_ANTIVIRUS", "signatures"),
    ("GEN_SECRET_KEY", "court"),
    ("GEN_SECRET_KEY", None),
    ("GEN_COURRIEL_AIDE", None),
    ("GEN_TELEPHONE_AIDE", None),
    ("GEN_ADRESSE", None),
    ("GEN_HEBERGEUR", None),
    ("GEN_CONTACT_DPO", None),
    ("GEN_ALLOWED_HOSTS", "label.essai.fr,localhost"),
    ("GEN_ALLOWED_HOSTS", "127.0.0.1"),
    ("GEN_URL", "https://localhost"),
    ("GEN_URL", "https://label.demo.gen.example"),
    ("GEN_TRUSTED_ORIGINS", "http://localhost:8000"),
    ("GEN_TRUSTED_ORIGINS", "https://gen.example"),
    ("REDIS_URL", "locmem://"),
    ("CELERY_BROKER_URL", "memory://"),
    ("GEN_SECRET_KEY_FILE", str(settings.BASE_DIR / "var" / "cles" / "django")),
    ("GEN_PRIVATE_ROOT", str(settings.BASE_DIR / "var" / "prive")),
    ("GEN_CLAMD", " "),
    ("GEN_MARQUE", " "),
    ("GEN_DIRECTEUR_PUBLICATION", None),
]
#: Reads the settings once per environment, in one process: starting Django for each would be slow.
LECTURE = """
import json, os, runpy, sys
verdicts = []
for valeurs in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(valeurs)
    try:
        runpy.run_path("gen_portal/settings.py")
        verdicts.append("")
    except Exception as error:
        verdicts.append(f"{type(error).__name__}: {error}")
print(json.dumps(verdicts))
"""


def _environment(folder: Path, nom: str = "", valeur: str | None = None) -> dict[str, str]:
    """Return a whole production environment, but for one value."""
    env = {"PATH": os.environ["PATH"], "GEN_VAR_DIR": str(folder), **BON}
    if nom:
        env.pop(nom, None)
    return env | ({nom: valeur} if nom and valeur is not None else {})


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str | None], str]:
    """What the settings answer to each environment that must be refused."""
    folder = tmp_path_factory.mktemp("production")
    lecture = subprocess.run(
        [sys.executable, "-c", LECTURE],
        cwd=settings.BASE_DIR,
        input=json.dumps([_environment(folder, *refus) for refus in REFUS]),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(zip(REFUS, json.loads(lecture.stdout), strict=True))


def test_given_a_whole_environment_when_production_starts_then_it_does(tmp_path: Path) -> None:
    depart = subprocess.run(
        [sys.executable, "-c", "import django; from django.conf import settings; print(settings.GEN_DEMO)"],
        cwd=settings.BASE_DIR,
        env=_environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "gen_portal.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert depart.returncode == 0, depart.stderr
    assert depart.stdout.strip() == "False"


@pytest.mark.parametrize("refus", REFUS, ids=lambda refus: f"{refus[0]}={refus[1]}")
def test_given_one_local_or_demo_value_when_production_starts_then_it_refuses(
    verdicts: dict[tuple[str, str | None], str], refus: tuple[str, str | None]
) -> None:
    assert verdicts[refus].startswith("ImproperlyConfigured")
    assert refus[0] in verdicts[refus]
