"""Rate limits: what is counted by one process is counted for all."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.filebased import FileBasedCache
from django.test import Client

from scripts.etapes import RACINE
from socle.cache import LockedFileCache
from tests.services.atelier import Redis
from tests.socle.compteur import LIMITE, PORTES


def _knock_together(dossier: Path, porte: str, processus: int, fois: int, **environnement: str) -> list[int]:
    """Let several processes knock at one door at the same instant; return how often each came in."""
    env = {
        **os.environ,
        "GEN_VAR_DIR": str(dossier),
        "GEN_LOG_LEVEL": "ERROR",
        "REDIS_URL": "",
        **environnement,
    }
    enfants = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.socle.compteur", porte, str(fois)],
            cwd=RACINE,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processus)
    ]
    try:
        for enfant in enfants:
            assert enfant.stdout
            assert enfant.stdout.readline() == "prêt\n"
        return [int(enfant.communicate(timeout=60)[0]) for enfant in _started(enfants)]
    finally:
        for enfant in enfants:
            enfant.kill()
            enfant.wait()


def _started(enfants: list[Any]) -> list[Any]:
    for enfant in enfants:
        enfant.stdin.write("\n")
        enfant.stdin.flush()
    return enfants


@pytest.mark.parametrize("porte", PORTES)
def test_given_two_processes_when_they_knock_at_one_limit_then_it_is_counted_once_for_both(
    tmp_path: Path, porte: str
) -> None:
    entrees = _knock_together(tmp_path, porte, processus=2, fois=40, GEN_LIMITE_API=f"{LIMITE}/m/ip")
    assert sum(entrees) == LIMITE, entrees


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    serveur = Redis(tmp_path)
    serveur.start()
    yield serveur
    serveur.stop()


@pytest.mark.service
@pytest.mark.une_fois
@pytest.mark.parametrize("porte", PORTES)
def test_given_two_processes_on_redis_when_they_knock_at_one_limit_then_it_is_counted_once_for_both(
    tmp_path: Path, redis: Redis, porte: str
) -> None:
    entrees = _knock_together(
        tmp_path, porte, processus=2, fois=40, REDIS_URL=redis.url, GEN_LIMITE_API=f"{LIMITE}/m/ip"
    )
    assert sum(entrees) == LIMITE, entrees


def _race(cache_essai: FileBasedCache, fils: int, tours: int) -> int:
    """Let threads add the same key at once; return how many times more than one of them won."""
    barriere, gagnants = threading.Barrier(fils), [0] * tours

    def run() -> None:
        for tour in range(tours):
            barriere.wait()
            if cache_essai.add(f"cle-{tour}", True, 60):
                gagnants[tour] += 1

    ensemble = [threading.Thread(target=run) for _ in range(fils)]
    for fil in ensemble:
        fil.start()
    for fil in ensemble:
        fil.join()
    assert min(gagnants) >= 1
    return sum(nombre > 1 for nombre in gagnants)


def test_given_one_key_when_many_add_it_at_once_then_one_alone_wins(tmp_path: Path) -> None:
    assert _race(LockedFileCache(str(tmp_path / "cache"), {}), fils=4, tours=50) == 0


def test_given_a_key_that_has_expired_when_added_then_it_is_taken_again(tmp_path: Path) -> None:
    essai = LockedFileCache(str(tmp_path / "cache"), {})
    assert essai.add("clé", 1, 60)
    assert not essai.add("clé", 2, 60)
    assert essai.get("clé") == 1
    essai.touch("clé", -1)
    assert essai.add("clé", 3, 60)
    assert essai.get("clé") == 3


@pytest.mark.django_db
def test_given_many_complaints_from_one_place_when_one_more_is_sent_then_the_visitor_is_asked_to_wait(
    client: Client, settings: Any
) -> None:
    cache.clear()
    settings.GEN_LIMITES = {"reclamation": "3/h/ip"}
    for _ in range(3):
        assert client.post("/reclamation/", {}).status_code == 422
    assert client.get("/reclamation/").status_code == 200
    refus = client.post("/reclamation/", {})
    assert refus.status_code == 429
    assert "Trop" in refus.content.decode()
    assert Client(REMOTE_ADDR="203.0.113.9").post("/reclamation/", {}).status_code == 422


@pytest.mark.django_db
def test_given_many_verifications_from_one_place_when_one_more_is_asked_then_the_visitor_waits(
    client: Client, settings: Any
) -> None:
    cache.clear()
    settings.GEN_LIMITES = {"verification": "2/m/ip"}
    for _ in range(2):
        assert client.get("/verification/", {"code": "GEN-2021-0001"}).status_code == 302
    assert client.get("/verification/", {"code": "GEN-2021-0001"}).status_code == 429


API = ("/api/v1/", "/api/v1/formations/", "/api/v1/formations.csv")


@pytest.fixture
def instant() -> Iterator[Any]:
    """The machine's own time, held: limits go by it and never by the clock of the business."""
    cache.clear()
    with time_machine.travel(datetime(2021, 11, 2, 9, tzinfo=UTC), tick=False) as voyage:
        yield voyage


@pytest.mark.django_db
def test_given_the_questions_of_one_address_when_used_up_then_the_api_says_when_to_come_back(
    client: Client, settings: Any, instant: Any
) -> None:
    settings.GEN_LIMITES = {"api": "3/m/ip"}
    for adresse in API:
        assert client.get(adresse).status_code == 200
        instant.shift(10)
    refus = client.get("/api/v1/formations/")
    assert (refus.status_code, refus["Retry-After"], refus["Cache-Control"]) == (429, "30", "no-store")
    assert refus.json() == {
        "erreur": "Trop de demandes depuis votre adresse\u00a0: recommencez dans 30 secondes."
    }
    assert "Trop de demandes" in client.get("/api/v1/formations.csv").content.decode()
    assert Client(REMOTE_ADDR="203.0.113.9").get("/api/v1/").status_code == 200

    instant.shift(29)
    refus = client.get("/api/v1/")
    assert (refus.status_code, refus["Retry-After"]) == (429, "1")
    assert refus.json()["erreur"].endswith("dans 1 seconde.")
    instant.shift(1)
    assert client.get("/api/v1/").status_code == 200


@pytest.mark.django_db
def test_given_a_limit_of_two_rates_when_refused_then_the_longest_wait_is_told(
    client: Client, settings: Any, instant: Any
) -> None:
    settings.GEN_LIMITES = {"api": "2/m/ip, 3/h/ip"}
    assert [client.get("/api/v1/").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/api/v1/")["Retry-After"] == "60"
    instant.shift(60)
    assert [client.get("/api/v1/").status_code for _ in range(2)] == [200, 429]
    assert client.get("/api/v1/")["Retry-After"] == "3540"


@pytest.mark.django_db
def test_given_the_page_of_a_form_when_refused_then_it_too_says_when_to_come_back(
    client: Client, settings: Any, instant: Any
) -> None:
    settings.GEN_LIMITES = {"verification": "1/m/ip"}
    client.get("/verification/")
    refus = client.get("/verification/")
    assert (refus.status_code, refus["Retry-After"]) == (429, "60")


@pytest.mark.parametrize("taux", ["120", "0/m/ip", "120/m", "120/m/user", "beaucoup"])
def test_given_a_rate_that_means_nothing_when_the_portal_starts_then_it_says_so(
    taux: str, tmp_path: Path
) -> None:
    env = {**os.environ, "GEN_VAR_DIR": str(tmp_path), "GEN_LIMITE_API": taux}
    essai = subprocess.run(
        [sys.executable, "-c", "import gen_portal.settings"],
        cwd=RACINE,
        env=env,
        capture_output=True,
        text=True,
    )
    assert essai.returncode != 0
    assert "a rate is written as 60/m/ip" in essai.stderr
