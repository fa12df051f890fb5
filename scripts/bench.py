"""The bench: how many times the cost of the barest page each page costs, and how many queries it makes.

``make bench`` populates a PostgreSQL base once (again when the schema or the data's makers changed),
serves the portal and the floor with gunicorn, asks for their pages in turn so that the machine's
moods hit both, and fails when something is over its budget (tests/benchmarks/budgets.toml).
"""

import argparse
import hashlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from scripts.etapes import RACINE, french, say
from scripts.services import ServiceAbsent, free_port, lasting_postgres

BASE = "gen_bench"
BUDGETS = RACINE / "tests/benchmarks/budgets.toml"
RESULTAT = RACINE / "build/bench.json"
CANDIDATURES, APPRENANTS = 10_000, 300_000
#: What the data depend on: another schema, or other makers, and they are made again.
FABRIQUES = ("*/migrations/*.py", "gen_portal/demo/*.py", "gen_portal/populate/*.py", "*/donnees/**/*")
ECHAUFFEMENT, MESURES, MESURES_RAPIDES = 3, 40, 7

Entree = dict[str, Any]


class BancImpossible(Exception):
    """The bench can't run; the message says why."""


# --- The data --------------------------------------------------------------------------------
def stamp(candidatures: int, apprenants: int, root: Path = RACINE) -> str:
    """Return what identifies the data: their size, and everything that makes them."""
    somme = hashlib.sha256(f"{candidatures} {apprenants}".encode())
    for chemin in sorted({chemin for motif in FABRIQUES for chemin in root.glob(motif) if chemin.is_file()}):
        somme.update(str(chemin.relative_to(root)).encode() + chemin.read_bytes())
    return somme.hexdigest()[:16]


def base_url(server: str) -> str:
    """Return the address of the bench's own base on this server."""
    return urlsplit(server)._replace(path=f"/{BASE}").geturl()


def stored_stamp(server: str) -> str:
    """Return the stamp that the base carries, empty when it isn't there or was left half made."""
    with psycopg.connect(server, dbname="postgres") as connexion:
        ligne = connexion.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [BASE]
        ).fetchone()
    return (ligne and ligne[0]) or ""


def write_stamp(server: str, marque: str) -> None:
    """Write on the base what its data are."""
    with psycopg.connect(server, dbname="postgres", autocommit=True) as connexion:
        connexion.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(BASE), sql.Literal(marque))
        )


def environment(server: str) -> dict[str, str]:
    """Return the environment of the portal under measure: no debug, no demo, a pool as in production."""
    env = {
        nom: valeur
        for nom, valeur in os.environ.items()
        if not nom.startswith("GEN_") and nom not in ("REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
    }
    return env | {
        "DATABASE_URL": base_url(server),
        "DJANGO_SETTINGS_MODULE": "gen_portal.settings",
        "GEN_DB_POOL": "1",
        "GEN_VAR_DIR": str(RACINE / "var/bench"),
        "GEN_LOG_LEVEL": "ERROR",
        "PYTHONUNBUFFERED": "1",
    }


def prepare(server: str, candidatures: int, apprenants: int) -> None:
    """Make the data, unless the base carries their stamp already."""
    marque = stamp(candidatures, apprenants)
    if stored_stamp(server) == marque:
        say(f"Base {BASE} : {candidatures} dossiers et {apprenants} apprenants, déjà là")
        return
    say(f"Base {BASE} : {candidatures} dossiers et {apprenants} apprenants, à faire une fois")
    with psycopg.connect(server, dbname="postgres", autocommit=True) as connexion:
        connexion.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(BASE)))
        connexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(BASE)))
    env = environment(server) | {"GEN_DEMO": "1", "GEN_DB_POOL": "0"}
    for ordre in (
        ["migrate", "--no-input", "--verbosity", "0"],
        ["load_referentiels"],
        ["populate", "--candidatures", str(candidatures), "--learners", str(apprenants)],
    ):
        run([sys.executable, "manage.py", *ordre], env, shown=ordre[0] == "populate")
    with psycopg.connect(base_url(server), autocommit=True) as connexion:
        connexion.execute("VACUUM ANALYZE")
    write_stamp(server, marque)


def run(argv: Sequence[str], env: Mapping[str, str], *, shown: bool = False) -> str:
    """Run a command from the root; its output is returned, and shown as it comes when asked."""
    lignes = []
    with subprocess.Popen(
        argv, cwd=RACINE, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as processus:
        for ligne in processus.stdout or ():
            lignes.append(ligne)
            if shown:
                say(ligne.rstrip())
        erreurs = processus.stderr.read() if processus.stderr else ""
    if processus.returncode:
        raise BancImpossible(f"{' '.join(argv[1:4])} a échoué :\n{erreurs[-3000:]}")
    return "".join(lignes)


# --- The measures ----------------------------------------------------------------------------
@contextmanager
def served(application: str, env: Mapping[str, str]) -> Iterator[int]:
    """Serve an application with two sync workers on a free port."""
    port = free_port()
    argv = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    argv += ["--worker-class", "sync", "--timeout", "300", "--log-level", "error", "--no-control-socket"]
    processus = subprocess.Popen(argv, cwd=RACINE, env=dict(env), start_new_session=True)
    try:
        _wait(port, processus)
        yield port
    finally:
        processus.send_signal(signal.SIGTERM)
        processus.wait(timeout=30)


def _wait(port: int, processus: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if processus.poll() is not None:
            raise BancImpossible(f"gunicorn s’est arrêté (code {processus.returncode}).")
        try:
            fetch(port, "/robots.txt")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise BancImpossible("gunicorn ne répond pas.")


def fetch(port: int, path: str, cookie: str = "", envoi: str = "") -> tuple[float, int, int]:
    """Ask for a page, or send a form, over a new connection; return milliseconds, status and bytes."""
    debut = time.perf_counter()
    connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        entetes = {"Cookie": cookie} if cookie else {}
        if envoi:
            entetes["Content-Type"] = "application/x-www-form-urlencoded"
        connexion.request("POST" if envoi else "GET", path, body=envoi or None, headers=entetes)
        reponse = connexion.getresponse()
        corps = reponse.read()
    finally:
        connexion.close()
    return 1000 * (time.perf_counter() - debut), reponse.status, len(corps)


def measure(
    cibles: Sequence[Entree], plancher: int, portail: int, mesures: int
) -> tuple[float, list[Entree]]:
    """Return the floor's median and each page's entry; the floor is asked for beside every page."""
    temps_plancher: list[float] = []
    temps: dict[str, list[float]] = {cible["name"]: [] for cible in cibles}
    octets: dict[str, int] = {}
    for tour in range(-ECHAUFFEMENT, mesures):
        for cible in cibles:
            bas, statut, _ = fetch(plancher, "/")
            envoi, chemins = cible.get("envoi", ""), cible.get("paths") or [cible["path"]]
            chemin = chemins[(tour + ECHAUFFEMENT) % len(chemins)]
            haut, code, octets[cible["name"]] = fetch(portail, chemin, cible["cookie"], envoi)
            if (statut, code) != (200, cible.get("statut", 200)):
                raise BancImpossible(f"{cible['name']} : réponse {code} (plancher {statut}).")
            if tour >= 0:
                temps_plancher.append(bas)
                temps[cible["name"]].append(haut)
    mediane = statistics.median(temps_plancher)
    return mediane, [
        page_entry(cible, statistics.median(temps[cible["name"]]), octets[cible["name"]], mediane)
        for cible in cibles
    ]


def page_entry(cible: Mapping[str, Any], mediane: float, octets: int, plancher: float) -> Entree:
    """Return the line of a page, before its budget."""
    return {
        "name": cible["name"],
        "median_ms": round(mediane, 1),
        "queries": cible["queries"],
        "bytes": octets,
        "ratio": round(mediane / plancher, 2),
    }


# --- The verdict -----------------------------------------------------------------------------
def with_budget(entree: Entree, budgets: Mapping[str, Any]) -> Entree:
    """Add its budget to a line; one without any is an error, not a free pass."""
    genre = "works" if "seconds" in entree else "pages"
    budget = budgets.get(genre, {}).get(entree["name"])
    if budget is None:
        raise BancImpossible(f"« {entree['name']} » n’a pas de budget dans {BUDGETS.name}.")
    return entree | {f"max_{cle}": valeur for cle, valeur in budget.items()}


def overruns(entree: Mapping[str, Any]) -> list[str]:
    """Say what is over its budget: « ratio 5,3 > 5 »; at the budget is within it."""
    return [
        f"{cle} {entree[cle]} > {entree[f'max_{cle}']}"
        for cle in ("ratio", "queries", "seconds", "peak_mb")
        if f"max_{cle}" in entree and entree[cle] > entree[f"max_{cle}"]
    ]


def report(plancher: float, entrees: Sequence[Entree]) -> int:
    """Print the table; return 1 when something is over."""
    charge = ", ".join(f"{valeur:.1f}" for valeur in os.getloadavg())
    say(f"\nPlancher : {plancher:.1f} ms (charge de la machine : {charge} ; {os.cpu_count()} cœurs)")
    say(f"{'':30} {'médiane':>10} {'octets':>9} {'× plancher':>14} {'requêtes':>12}")
    for entree in entrees:
        fautes = overruns(entree)
        suite = f"   TROP : {', '.join(fautes)}" if fautes else ""
        say(f"{entree['name']:30} {_work(entree) if 'seconds' in entree else _page(entree)}{suite}")
    return 1 if any(map(overruns, entrees)) else 0


def _page(entree: Entree) -> str:
    return (
        f"{entree['median_ms']:7.1f} ms {entree['bytes']:9} "
        f"{entree['ratio']:6.2f} / {entree['max_ratio']:<5} "
        f"{entree['queries']:5} / {entree.get('max_queries', '—')}"
    )


def _work(entree: Entree) -> str:
    return (
        f"{entree['seconds']:8.1f} s / {entree['max_seconds']} s, "
        f"{entree['peak_mb']} / {entree['max_peak_mb']} Mo ({entree.get('detail', '')})"
    )


def bench(server: str, seulement: list[str], mesures: int, tailles: tuple[int, int]) -> int:
    """Prepare, measure, write build/bench.json, and judge."""
    prepare(server, *tailles)
    env = environment(server)
    budgets = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    module = [sys.executable, "-m", "tests.benchmarks.cibles"]
    noms = [nom for nom in budgets["pages"] if not seulement or nom in seulement]
    travaux = [nom for nom in budgets["works"] if not seulement or nom in seulement]
    if not noms and not travaux:
        raise BancImpossible(f"Rien ne s’appelle ainsi : {', '.join(seulement)}.")
    entrees: list[Entree] = []
    plancher = 0.0
    if noms:
        cibles = [json.loads(ligne) for ligne in run([*module, "pages", *noms], env).splitlines()]
        with ExitStack() as serveurs:
            bas = serveurs.enter_context(served("tests.benchmarks.plancher", env))
            haut = serveurs.enter_context(served("tests.benchmarks.wsgi", env))
            plancher, entrees = measure(cibles, bas, haut, mesures)
    entrees += [json.loads(run([*module, "travail", nom], env)) for nom in travaux]
    entrees = [with_budget(entree, budgets) for entree in entrees]
    RESULTAT.parent.mkdir(exist_ok=True)
    RESULTAT.write_text(json.dumps(entrees, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return report(plancher, entrees)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", allow_abbrev=False)
    parser.add_argument("noms", nargs="*", help="entrées à mesurer (toutes sinon)")
    parser.add_argument("--quick", action="store_true", help="moins de mesures")
    parser.add_argument("--candidatures", type=int, default=CANDIDATURES)
    parser.add_argument("--learners", type=int, default=APPRENANTS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    debut = time.monotonic()
    try:
        with lasting_postgres() as server:
            code = bench(
                server,
                options.noms,
                MESURES_RAPIDES if options.quick else MESURES,
                (options.candidatures, options.learners),
            )
    except (BancImpossible, ServiceAbsent) as erreur:
        print(erreur, file=sys.stderr)
        return 1
    verdict = "Au-dessus du budget" if code else "Rien au-dessus de son budget"
    say(f"\n{verdict} ({french(time.monotonic() - debut)})")
    return code


if __name__ == "__main__":
    sys.exit(main())
