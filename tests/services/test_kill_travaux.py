"""Workers killed with ``kill -9``, brokers stopped, beats doubled: nothing twice, nothing silently lost."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from socle import courriels, echeances, horloge, travaux
from socle.models import Courriel, Echeance, Rappel, Travail
from socle.references import Reference
from tests.services import travaux_lents
from tests.services.atelier import Atelier, Redis, note, shared_database

pytestmark = [pytest.mark.service]

Etat = Courriel.Etat


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    server = Redis(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["filesystem", "redis"])
def courtier(request: pytest.FixtureRequest) -> str:
    """The address of each kind of broker in turn."""
    return "filesystem://" if request.param == "filesystem" else request.getfixturevalue("redis").url


@pytest.fixture
def atelier(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Atelier]:
    """Processes on the test's database, with the filesystem broker until the test says otherwise."""
    # The tests' own process publishes nothing: what it writes is found by the workers' sweeps.
    monkeypatch.setattr("socle.reveil.wake", lambda *_: False)
    monkeypatch.setattr(echeances, "_genres", dict(echeances._genres))
    travaux_lents.register()
    with shared_database(tmp_path) as url:
        atelier = Atelier(
            tmp_path,
            {
                "DATABASE_URL": url,
                "GEN_VAR_DIR": str(tmp_path / "var"),
                "GEN_DEMO_COURRIELS": str(tmp_path / "courriels"),
                "CELERY_BROKER_URL": "filesystem://",
                "REDIS_URL": "",
                "GEN_TICK": "1",
                "GEN_ESSAI_REPERE": str(tmp_path / "repere"),
            },
        )
        yield atelier
        atelier.kill_all()


def handed_over(tmp_path: Path) -> Counter[str]:
    """Count what the provider really took, by e-mail."""
    files = (tmp_path / "courriels").glob("[0-9]*.json")
    return Counter(json.loads(path.read_text(encoding="utf-8"))["id"] for path in files)


def un_courriel() -> Courriel:
    return courriels.send(
        "rappel",
        cle=f"essai:{uuid.uuid4()}",
        destinataire=travaux_lents.recipient(1),
        contexte={"objet": "Essai", "lignes": [], "en_retard": False},
    )


def un_travail() -> Travail:
    return travaux.enqueue(travaux_lents.TRAVAIL, cle=f"essai:{uuid.uuid4()}", charge={})


def state(courriel: Courriel) -> str:
    return Courriel.objects.values_list("etat", flat=True).get(pk=courriel.pk)


def done(travail: Travail) -> bool:
    return Travail.objects.filter(pk=travail.pk, etat=Travail.Etat.FAIT).exists()


def end_leases() -> None:
    """Let time pass: the leases of the dead run out."""
    passe = horloge.real_now() - timedelta(seconds=1)
    Travail.objects.filter(bail_jusqu_a__isnull=False).update(bail_jusqu_a=passe)
    Courriel.objects.filter(bail_jusqu_a__isnull=False).update(bail_jusqu_a=passe)


def a_few_ticks() -> None:
    time.sleep(2.5)


@pytest.mark.regle("R39")
@pytest.mark.parametrize(
    ("place", "end", "taken"),
    [("connexion", Etat.REMIS, 1), ("avant", Etat.A_VERIFIER, 0), ("apres", Etat.A_VERIFIER, 1)],
)
def test_given_a_worker_killed_in_a_delivery_when_another_starts_then_never_twice_and_never_silent(
    atelier: Atelier, tmp_path: Path, place: str, end: str, taken: int
) -> None:
    courriel = un_courriel()
    atelier.worker(GEN_DEMO_LENTEUR=f"{place}:600")
    atelier.wait_for(lambda: f"waiting at {place}" in atelier.logs(), "the delivery never began")
    atelier.kill()
    assert state(courriel) == (Etat.A_ENVOYER if place == "connexion" else Etat.EN_REMISE)

    end_leases()
    atelier.worker()
    atelier.wait_for(lambda: state(courriel) == end, f"the e-mail never came to {end}")
    a_few_ticks()
    assert state(courriel) == end
    assert handed_over(tmp_path)[str(courriel.pk)] == taken
    where = {
        "connexion": "before the hand-over",
        "avant": "in it, before the provider",
        "apres": "in it, after",
    }
    note(f"delivery, kill -9 {where[place]}", f"ends {end}, {taken} message at the provider, never a second")


def test_given_a_worker_killed_in_a_job_when_another_starts_then_done_once(
    atelier: Atelier, tmp_path: Path, courtier: str, request: pytest.FixtureRequest
) -> None:
    atelier.environnement["CELERY_BROKER_URL"] = courtier
    travail = un_travail()
    atelier.worker(GEN_ESSAI_POINT="travail")
    atelier.wait_for(atelier.repere.exists, "the job never began")
    atelier.kill()
    travail.refresh_from_db()
    assert (travail.etat, travail.progres, travail.essais) == (Travail.Etat.EN_COURS, 2, 1)

    end_leases()
    atelier.worker(GEN_ESSAI_POINT="travail")
    atelier.wait_for(lambda: done(travail), "the job was never taken over")
    atelier.wait_for(Courriel.objects.filter(etat=Etat.REMIS).exists, "its e-mail never left")
    a_few_ticks()
    effects = Courriel.objects.filter(cle__startswith=f"effet:{travail.pk}")
    assert [row.cle.rpartition(":")[2] for row in effects] == ["2"]
    assert sum(handed_over(tmp_path).values()) == 1
    broker = request.node.callspec.params["courtier"]
    note(f"job, kill -9 at 2/3, {broker} broker", "taken over when the lease ended, its effect written once")


@pytest.mark.regle("R27")
def test_given_a_worker_killed_in_a_sweep_of_reminders_when_another_starts_then_each_once(
    atelier: Atelier, tmp_path: Path
) -> None:
    for number in range(1, 5):
        for cle in ("a", "b"):
            echeances.create(
                travaux_lents.ECHEANCE,
                sujet=Reference("suivi.session", uuid.UUID(int=number)),
                cle=cle,
                due=horloge.today(),
                responsable=Reference("comptes.structure", uuid.UUID(int=number)),
                chaine=f"structure:{uuid.UUID(int=number)}",
            )
    atelier.worker(GEN_ESSAI_POINT="rappel")
    atelier.wait_for(atelier.repere.exists, "the sweep never began")
    atelier.kill()
    # One recipient has e-mail and ledger; of the one it was at, nothing at all is left.
    before = Courriel.objects.count()
    assert before == 1
    assert Rappel.objects.filter(etat="ENVOYE").count() == 2

    atelier.worker()
    atelier.wait_for(lambda: Courriel.objects.filter(etat=Etat.REMIS).count() == 8, "reminders are missing")
    a_few_ticks()
    assert Courriel.objects.count() == 8
    assert Rappel.objects.filter(etat="ENVOYE").count() == 16
    assert not Echeance.objects.filter(prochain_rappel__lte=horloge.today()).exists()
    assert sorted(handed_over(tmp_path).values()) == [1] * 8
    note(
        "sweep of reminders, kill -9 in the middle",
        f"{before} of 8 e-mails written before, 8 in the end, each step and recipient once",
    )


def test_given_two_beats_and_two_workers_when_they_tick_together_then_nothing_twice(
    atelier: Atelier, tmp_path: Path, courtier: str, request: pytest.FixtureRequest
) -> None:
    atelier.environnement["CELERY_BROKER_URL"] = courtier
    for number in range(1, 4):
        echeances.create(
            travaux_lents.ECHEANCE,
            sujet=Reference("suivi.session", uuid.UUID(int=number)),
            due=horloge.today(),
            responsable=Reference("comptes.structure", uuid.UUID(int=number)),
            chaine="portail",
        )
        un_travail()
        un_courriel()
    for nom in ("un", "deux"):
        atelier.beat(f"beat-{nom}")
        atelier.worker(f"worker-{nom}", beat=False)
    # 6 reminders, 3 effects of jobs, 3 e-mails.
    atelier.wait_for(lambda: Courriel.objects.filter(etat=Etat.REMIS).count() == 12, "something is missing")
    a_few_ticks()
    assert Courriel.objects.count() == 12
    assert Travail.objects.filter(etat=Travail.Etat.FAIT, essais=1).count() == 3
    assert sorted(handed_over(tmp_path).values()) == [1] * 12
    broker = request.node.callspec.params["courtier"]
    note(f"two beats, two workers, {broker} broker", "6 reminders, 3 jobs, 12 e-mails: each once")


DEMANDE = """
import json, time
from django.test import Client
from socle.models import Courriel
client = Client()
client.get("/compte/password/reset/")
start = time.monotonic()
answer = client.post("/compte/password/reset/", {"email": "personne@essai.example"})
print(json.dumps({"status": answer.status_code, "seconds": time.monotonic() - start}))
"""

#: The same, in a process that has just published: its connection is open, and dies under the next request.
DEMANDE_COUPEE = """
import json, os, time
from pathlib import Path
from django.test import Client
repere = Path(os.environ["GEN_ESSAI_REPERE"])
client = Client()
first = client.post("/compte/password/reset/", {"email": "avant@essai.example"})
repere.with_suffix(".publie").touch()
limit = time.monotonic() + 60
while not repere.with_suffix(".coupe").exists():
    assert time.monotonic() < limit
    time.sleep(0.05)
start = time.monotonic()
answer = client.post("/compte/password/reset/", {"email": "apres@essai.example"})
print(json.dumps({
    "first": first.status_code, "status": answer.status_code, "seconds": time.monotonic() - start
}))
"""

ENFILE = """
import json, time
from tests.services import travaux_lents
from socle import travaux
start = time.monotonic()
ids = [str(travaux.enqueue(travaux_lents.TRAVAIL, cle=f"essai:{n}", charge={}).pk) for n in range(5)]
print(json.dumps({"ids": ids, "seconds": time.monotonic() - start}))
"""


@pytest.mark.parametrize("panne", ["arrete", "fige"])
def test_given_a_broker_that_is_off_when_a_request_writes_then_answered_at_once_and_done_later_once(
    atelier: Atelier, tmp_path: Path, redis: Redis, panne: str
) -> None:
    atelier.environnement["CELERY_BROKER_URL"] = redis.url
    if panne == "arrete":
        redis.stop()
    else:
        redis.freeze()
    answer = json.loads(atelier.python(DEMANDE))
    assert answer["status"] == 302
    assert answer["seconds"] < 2.5, "the page itself, its code and its one try of the broker"
    queued = json.loads(atelier.python(ENFILE))
    assert queued["seconds"] < 1.5, "five jobs wait for the broker once"
    assert Travail.objects.filter(etat=Travail.Etat.A_FAIRE).count() == 5
    courriel = Courriel.objects.get()
    assert courriel.etat == Etat.A_ENVOYER

    if panne == "arrete":
        redis.start()
    else:
        redis.thaw()
    atelier.worker()
    atelier.wait_for(lambda: Travail.objects.filter(etat=Travail.Etat.FAIT).count() == 5, "jobs were lost")
    atelier.wait_for(lambda: not Courriel.objects.exclude(etat=Etat.REMIS).exists(), "e-mails were lost")
    a_few_ticks()
    assert Travail.objects.filter(essais=1).count() == 5
    assert sorted(handed_over(tmp_path).values()) == [1] * 6
    state_of_broker = "stopped" if panne == "arrete" else "frozen"
    note(
        f"broker {state_of_broker} during a request",
        f"page answered in {answer['seconds']:.1f} s, 5 jobs written in {queued['seconds']:.1f} s; "
        "once it was back, 5 jobs and 6 e-mails, each once",
    )


@pytest.mark.parametrize("panne", ["arrete", "fige"])
def test_given_a_broker_lost_between_two_requests_when_the_second_writes_then_answered_and_done_once(
    atelier: Atelier, tmp_path: Path, redis: Redis, panne: str
) -> None:
    """The web process keeps its connection from one request to the next: it finds it dead."""
    atelier.environnement["CELERY_BROKER_URL"] = redis.url
    repere = tmp_path / "repere"

    def cut() -> None:
        limit = time.monotonic() + 60
        while not repere.with_suffix(".publie").exists() and time.monotonic() < limit:
            time.sleep(0.05)
        redis.stop() if panne == "arrete" else redis.freeze()
        repere.with_suffix(".coupe").touch()

    coupure = threading.Thread(target=cut)
    coupure.start()
    answer = json.loads(atelier.python(DEMANDE_COUPEE))
    coupure.join()
    assert (answer["first"], answer["status"]) == (302, 302)
    assert answer["seconds"] < 2.5, "the page itself, its code and its one try of the broker"
    redis.start() if panne == "arrete" else redis.thaw()
    atelier.worker()
    atelier.wait_for(lambda: Courriel.objects.filter(etat=Etat.REMIS).count() == 2, "e-mails were lost")
    a_few_ticks()
    assert sorted(handed_over(tmp_path).values()) == [1, 1]
    note(
        f"broker {'stopped' if panne == 'arrete' else 'frozen'} between two requests of one process",
        f"second page answered in {answer['seconds']:.1f} s; once it was back, 2 e-mails, each once",
    )


def test_given_a_broker_that_restarts_under_a_busy_worker_when_it_is_back_then_the_worker_goes_on(
    atelier: Atelier, tmp_path: Path, redis: Redis
) -> None:
    atelier.environnement["CELERY_BROKER_URL"] = redis.url
    first = un_travail()
    atelier.worker(GEN_ESSAI_POINT="travail")
    atelier.wait_for(atelier.repere.exists, "the job never began")
    redis.stop()
    second = un_travail()
    atelier.wait_for(lambda: "Connection to broker lost" in atelier.logs(), "the worker saw nothing")
    redis.start()
    atelier.wait_for(lambda: atelier.logs().count("Connected to redis") == 2, "the worker never came back")
    # The job ends on another connection than the one its wake-up came by.
    atelier.repere.with_suffix(".repartir").touch()
    atelier.wait_for(lambda: done(first) and done(second), "the worker did not go on")
    a_few_ticks()
    assert Travail.objects.filter(essais=1).count() == 2
    assert sorted(handed_over(tmp_path).values()) == [1] * 2
    note("broker restarted under a busy worker", "worker and beat reconnect alone, both jobs done, each once")


def test_given_a_worker_without_beat_when_a_request_writes_then_the_wake_up_alone_does_it(
    atelier: Atelier, courtier: str, request: pytest.FixtureRequest
) -> None:
    atelier.environnement["CELERY_BROKER_URL"] = courtier
    atelier.worker(beat=False)
    atelier.wait_for(lambda: "ready." in atelier.logs(), "the worker never began")
    queued = json.loads(atelier.python(ENFILE))
    atelier.wait_for(lambda: Travail.objects.filter(etat=Travail.Etat.FAIT).count() == 5, "no wake-up", 20)
    broker = request.node.callspec.params["courtier"]
    note(
        f"wake-up without any sweep, {broker} broker",
        f"5 jobs published in {queued['seconds']:.2f} s and done",
    )
