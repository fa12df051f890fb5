"""Rate limits: what is counted by one process is counted for all."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.filebased import FileBasedCache
from django.test import Client

from scripts.etapes import RACINE
from socle.cache import LockedFileCache
from tests.services.atelier import Redis


def _knock_together(dossier: Path, processus: int, fois: int, limite: int, **environnement: str) -> list[int]:
    """Let several processes knock at one limit at the same instant; return how often each came in."""
    env = {
        **os.environ,
        "GEN_VAR_DIR": str(dossier),
        "GEN_LOG_LEVEL": "ERROR",
        "REDIS_URL": "",
        **environnement,
    }
    enfants = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.socle.compteur", str(fois), str(limite)],
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


def test_given_two_processes_when_they_knock_at_one_limit_then_it_is_counted_once_for_both(
    tmp_path: Path,
) -> None:
    entrees = _knock_together(tmp_path, processus=2, fois=40, limite=25)
    assert sum(entrees) == 25, entrees


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    serveur = Redis(tmp_path)
    serveur.start()
    yield serveur
    serveur.stop()


@pytest.mark.service
@pytest.mark.une_fois
def test_given_two_processes_on_redis_when_they_knock_at_one_limit_then_it_is_counted_once_for_both(
    tmp_path: Path, redis: Redis
) -> None:
    entrees = _knock_together(tmp_path, processus=2, fois=40, limite=25, REDIS_URL=redis.url)
    assert sum(entrees) == 25, entrees


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
