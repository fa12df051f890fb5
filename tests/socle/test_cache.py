"""The caches when their service is away."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client
from redis.exceptions import OutOfMemoryError

from socle import apercus
from socle import cache as caches_du_portail
from socle.cache import ForgetfulFileCache, SafeRedisCache


@pytest.fixture(autouse=True)
def sans_panne() -> Iterator[None]:
    """Forget what earlier tests made this process know."""
    caches_du_portail._panne.forget()
    yield
    caches_du_portail._panne.forget()


def _settings(adresse: str, dossier: Path) -> dict[str, Any]:
    return {
        "BACKEND": "socle.cache.SafeRedisCache",
        "LOCATION": adresse,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "secours": dossier / "secours"},
    }


@pytest.fixture
def redis_absent(settings: Any, tmp_path: Path) -> None:
    """A Redis whose port is closed."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    settings.CACHES = {**settings.CACHES, "default": _settings(f"redis://127.0.0.1:{port}/0", tmp_path)}


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_absent")
def test_given_no_redis_when_people_come_then_the_portal_answers_and_still_counts(
    client: Client, settings: Any
) -> None:
    settings.GEN_LIMITES = {"reclamation": "2/h/ip", "api": "9/m/ip"}
    connexion = client.post("/compte/login/", {"login": "personne@exemple.fr", "password": "un mot de passe"})
    assert connexion.status_code in {200, 302, 422}
    assert client.get("/api/v1/").status_code == 200
    assert [client.post("/reclamation/", {}).status_code for _ in range(3)] == [422, 422, 429]


@pytest.mark.usefixtures("redis_absent")
def test_given_no_redis_when_the_cache_is_used_then_files_answer_each_operation() -> None:
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    assert cache.touch("a", 60)
    assert cache.has_key("a")
    assert cache.set_many({"b": 3}) == []
    assert cache.get_many(["a", "b"]) == {"a": 2, "b": 3}
    assert cache.delete("a")
    cache.delete_many(["b"])
    assert cache.get("b") is None
    cache.clear()


def test_given_a_full_redis_when_it_refuses_a_counter_then_the_next_reading_is_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plein:
        """Reads well, and writes nothing."""

        def get(self, cle: str, defaut: Any) -> Any:
            return defaut

        def set(self, *args: Any) -> None:
            raise OutOfMemoryError("OOM command not allowed")

    monkeypatch.setattr(SafeRedisCache, "_cache", Plein())
    essai = SafeRedisCache("redis://x", {"OPTIONS": {"secours": tmp_path}})
    essai.set("compte", [1])
    assert essai.get("compte") == [1]


def test_given_a_frozen_redis_when_asked_many_times_then_one_wait_is_paid(tmp_path: Path) -> None:
    with socket.socket() as muet:
        muet.bind(("127.0.0.1", 0))
        muet.listen()
        reglages = _settings(f"redis://127.0.0.1:{muet.getsockname()[1]}/0", tmp_path)
        reglages["OPTIONS"] |= {"socket_timeout": 0.3}
        essai = SafeRedisCache(reglages["LOCATION"], {"OPTIONS": reglages["OPTIONS"]})
        debut = time.monotonic()
        for _ in range(20):
            essai.get("x")
        assert time.monotonic() - debut < 2


def test_given_drawn_pages_when_kept_then_bounded_files_of_their_own_and_none_in_the_shared_cache(
    settings: Any, tmp_path: Path
) -> None:
    # The defaults of the portal keep heavy pages out of the memory shared with the broker.
    assert settings.CACHES["apercus"]["BACKEND"] == "socle.cache.ForgetfulFileCache"
    dessins = ForgetfulFileCache(str(tmp_path / "dessins"), {"OPTIONS": {"MAX_ENTRIES": 6}})
    for rang in range(20):
        dessins.set(str(rang), b"png", 60)
    assert len(list((tmp_path / "dessins").iterdir())) <= 6


def test_given_a_drawn_page_that_expired_when_another_is_kept_then_it_leaves_the_disk(tmp_path: Path) -> None:
    dessins = ForgetfulFileCache(str(tmp_path / "dessins"), {})
    dessins.set("effacé", b"png", 0.05)
    time.sleep(0.1)
    dessins.set("gardé", b"png", 60)
    assert len(list((tmp_path / "dessins").iterdir())) == 1


def test_given_a_page_of_a_pdf_when_drawn_then_not_in_the_shared_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Piece:
        """What is read of a row."""

        pk, sha256 = "p", "0" * 64

    monkeypatch.setattr(apercus, "_draw", lambda *_: b"png")
    assert apercus.page_image(Piece(), 1) == b"png"
    cle = f"socle.apercus:p:{'0' * 16}:image:1"
    assert cache.get(cle) is None
    assert caches["apercus"].get(cle) == b"png"
