"""What the logs say, and what they never say."""

import io
import json
import logging
import logging.config
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as reglages
from django.core import signing
from django.test import Client

from comptes.models import Role
from socle import courriels, fournisseurs, logs, reveil, travaux
from socle.fournisseurs import RefusDefinitif
from socle.models import Travail
from tests.comptes.fabriques import utilisateur
from tests.socle.test_mesures import un_courriel

pytestmark = pytest.mark.django_db


@pytest.fixture
def lignes(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What production writes: the handler of the settings, with its JSON."""
    configuration = reglages.LOGGING
    sortie = io.StringIO()
    poignee = logging.StreamHandler(sortie)
    poignee.addFilter(logs.RequestIdFilter())
    poignee.setFormatter(logs.FormatJson(configuration["formatters"]["json"]["fmt"]))
    racine = logging.getLogger()
    racine.addHandler(poignee)
    for nom in ("gen.acces", "django.request", "django.security"):
        monkeypatch.setattr(logging.getLogger(nom), "level", logging.INFO)
        logging.getLogger(nom).manager._clear_cache()
    yield sortie
    racine.removeHandler(poignee)
    logging.getLogger().manager._clear_cache()


def ecrites(sortie: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(ligne) for ligne in sortie.getvalue().splitlines()]


def acces(sortie: io.StringIO) -> list[dict[str, Any]]:
    return [ligne for ligne in ecrites(sortie) if ligne["name"] == "gen.acces"]


def test_given_a_page_when_answered_then_one_line_with_its_id_status_duration_and_user(
    client: Client, lignes: io.StringIO
) -> None:
    personne = utilisateur(Role.ADMINISTRATEUR)
    client.force_login(personne)
    reponse = client.get("/admin/?q=secret-de-recherche")

    (ligne,) = acces(lignes)
    assert ligne["request_id"] == reponse.headers["X-Request-ID"]
    assert (ligne["methode"], ligne["route"], ligne["statut"]) == ("GET", "/admin/", 200)
    assert ligne["utilisateur"] == str(personne.pk)
    assert 0 <= ligne["duree_ms"] < 60_000
    assert "secret-de-recherche" not in lignes.getvalue()
    assert personne.email not in lignes.getvalue()


def test_given_a_public_page_when_answered_then_nobody_is_named(client: Client, lignes: io.StringIO) -> None:
    client.get("/mentions-legales/")
    assert acces(lignes)[0]["utilisateur"] == "-"


def test_given_an_object_s_page_when_answered_then_its_id_is_told(
    client: Client, lignes: io.StringIO
) -> None:
    client.force_login(utilisateur())
    identifiant = uuid.uuid4()
    client.get(f"/fichiers/{identifiant}/")
    (ligne,) = acces(lignes)
    assert (ligne["route"], ligne["statut"]) == ("/fichiers/<uuid:identifiant>/", 404)
    assert ligne["objets"] == str(identifiant)


@pytest.mark.parametrize("debut", ["/comptes/invitation/", "/conventions/signature/", "/n-existe-pas/"])
def test_given_a_secret_in_the_path_when_refused_then_no_line_holds_it(
    client: Client, lignes: io.StringIO, debut: str
) -> None:
    jeton = signing.dumps(["secret"], salt="essai")
    client.get(f"{debut}{jeton}/")
    assert len(acces(lignes)) == 1
    assert jeton not in lignes.getvalue()
    assert jeton.split(":")[0] not in lignes.getvalue()


def test_given_the_health_check_when_well_then_no_line(client: Client, lignes: io.StringIO) -> None:
    client.get("/sante/")
    assert acces(lignes) == []


def test_given_an_address_in_a_message_or_a_trace_when_written_then_hidden(lignes: io.StringIO) -> None:
    try:
        raise ValueError("550 <camille.durand@essai.example> unknown")
    except ValueError:
        logging.getLogger("essai").exception("refused: %s", "camille.durand@essai.example")
    (ligne,) = ecrites(lignes)
    assert ligne["message"] == "refused: (adresse)"
    assert "550 <(adresse)> unknown" in ligne["exc_info"]


def test_given_a_job_when_it_fails_then_its_lines_carry_its_id(
    lignes: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveil, "wake", lambda *_: True)
    travail = Travail.objects.create(genre="fichier.analyser", cle="x", charge={"fichier": str(uuid.uuid4())})
    travaux.run(travail.pk)

    assert {ligne["request_id"] for ligne in ecrites(lignes)} == {f"travail:{travail.pk}"}
    assert "does not exist" in lignes.getvalue()


@pytest.mark.django_db(transaction=True)
def test_given_an_e_mail_when_its_provider_refuses_it_then_its_id_and_no_address(
    lignes: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    courriel = un_courriel()

    def refuse(*_: Any) -> Any:
        raise RefusDefinitif(f"550 {courriel.email} unknown")

    monkeypatch.setattr(fournisseurs.provider().__class__, "open", refuse)
    courriels.deliver(courriel.pk)

    (ligne,) = ecrites(lignes)
    assert ligne["request_id"] == f"courriel:{courriel.pk}"
    assert ligne["message"] == f"e-mail {courriel.pk} refused: 550 (adresse) unknown"


def test_given_production_s_settings_when_read_then_json_with_the_access_line() -> None:
    formats = reglages.LOGGING["formatters"]
    assert formats["json"]["()"] == "socle.logs.FormatJson"
    assert "%(request_id)s" in formats["json"]["fmt"]
    place = reglages.MIDDLEWARE.index
    assert place("socle.middleware.RequestIdMiddleware") < place("socle.middleware.AccessLogMiddleware")
