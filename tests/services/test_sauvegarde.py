"""The restore drill: a portal that has lived, its backup, another place, and the same hashes there."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from socle.sauvegarde import SauvegardeRefusee, verify

RACINE = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.service


@dataclass(frozen=True)
class Portail:
    """A portal of its own: a database, a folder of private files, and its commands."""

    url: str
    var: Path

    @property
    def prive(self) -> Path:
        return self.var / "prive"

    def environment(self, **autres: str) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "GEN_VAR_DIR": str(self.var),
            "GEN_LOG_LEVEL": "ERROR",
            **autres,
        }

    def manage(self, *commande: str, **autres: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *commande],
            cwd=RACINE,
            env=self.environment(**autres),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def done(self, *commande: str, **autres: str) -> str:
        """Run a command that must succeed."""
        fait = self.manage(*commande, **autres)
        assert fait.returncode == 0, fait.stdout + fait.stderr
        return fait.stdout

    def python(self, code: str) -> Any:
        """Return what a script prints as JSON, Django being set up."""
        entete = "import django, json; django.setup()\n"
        fait = subprocess.run(
            [sys.executable, "-c", entete + code],
            cwd=RACINE,
            env=self.environment(DJANGO_SETTINGS_MODULE="gen_portal.settings"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert fait.returncode == 0, fait.stderr
        return json.loads(fait.stdout)


EMPREINTES = """
import hashlib
from django.core.files.storage import default_storage
from django.db import connection
from socle import gardes, journal
from socle.models import Fichier
octets = {}
for fichier in Fichier.objects.filter(supprime_le=None):
    with default_storage.open(fichier.cle) as flux:
        octets[fichier.cle] = hashlib.sha256(flux.read()).hexdigest()
comptes = {}
with connection.cursor() as cursor:
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        comptes[table] = cursor.fetchone()[0]
print(json.dumps({"octets": octets, "tetes": journal.export_heads(), "comptes": comptes,
                  "gardes": gardes.missing(), "journal": journal.verify().problemes}))
"""
COUPER = """
from django.db import connection
from socle import gardes
from socle.models import Chaine, Evenement
with connection.cursor() as cursor:
    for nom in gardes.GARDES[connection.vendor]:
        table = "" if connection.vendor == "sqlite" else f" ON {gardes.TABLE}"
        cursor.execute(f"DROP TRIGGER IF EXISTS {nom}{table}")
tete = Chaine.objects.filter(numero__gte=2).order_by("pk").first()
Evenement.objects.filter(chaine=tete.pk, numero=tete.numero).delete()
reste = Evenement.objects.get(chaine=tete.pk, numero=tete.numero - 1)
Chaine.objects.filter(pk=tete.pk).update(numero=reste.numero, empreinte=reste.empreinte)
gardes.install(connection)
print(json.dumps(tete.pk))
"""


@contextlib.contextmanager
def _place(dossier: Path, nom: str) -> Iterator[Portail]:
    """Give an empty database and an empty folder, of the kind that is being tested."""
    var = dossier / nom
    if connection.vendor == "sqlite":
        yield Portail(f"sqlite:///{var / 'portail.sqlite3'}", var)
        return
    serveur = os.environ["DATABASE_URL"].rpartition("/")[0]
    base = f"gen_essai_{nom}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{serveur}/postgres", autocommit=True) as administration:
        administration.execute(f'CREATE DATABASE "{base}"')
        try:
            yield Portail(f"{serveur}/{base}", var)
        finally:
            administration.execute(f'DROP DATABASE "{base}" WITH (FORCE)')


@pytest.fixture(scope="module")
def origine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portail]:
    """A portal in which a formation went from its draft to its first reminder."""
    dossier = tmp_path_factory.mktemp("origine")
    with _place(dossier, "origine") as portail:
        portail.done("migrate", "-v0")
        portail.done("load_referentiels")
        demo = {"GEN_DEMO": "1", "GEN_LIFECYCLE_DIR": str(dossier), "GEN_COURRIEL_FOURNISSEUR": "demo"}
        portail.done("lifecycle", "--output", str(dossier / "sortie"), **demo)
        yield portail


@pytest.fixture(scope="module")
def sauvegarde(origine: Portail, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Its backup, and the manifest's hash as an operator notes it."""
    dossier = tmp_path_factory.mktemp("sauvegarde") / "faite"
    dit = origine.done("backup", str(dossier))
    return dossier, dit.split("à noter ailleurs : ")[1].split()[0]


@pytest.fixture
def cible(tmp_path: Path) -> Iterator[Portail]:
    """An empty place."""
    with _place(tmp_path, "cible") as portail:
        yield portail


def test_given_a_backup_when_restored_elsewhere_then_every_hash_head_and_count_is_equal(
    origine: Portail, sauvegarde: tuple[Path, str], cible: Portail
) -> None:
    dossier, empreinte = sauvegarde
    dit = cible.done("restore", str(dossier), "--empreinte", empreinte)

    assert "tout est égal à la sauvegarde" in dit
    avant, apres = origine.python(EMPREINTES), cible.python(EMPREINTES)
    assert avant == apres
    assert len(avant["octets"]) >= 7
    assert sum(tete["numero"] for tete in avant["tetes"]) > 50
    assert (apres["gardes"], apres["journal"]) == ([], [])
    cible.done("migrate", "--check")


def test_given_a_restored_portal_when_it_goes_on_then_it_works_and_its_journal_is_guarded(
    sauvegarde: tuple[Path, str], cible: Portail
) -> None:
    cible.done("restore", str(sauvegarde[0]))
    suite = """
from django.db import DatabaseError, connection, transaction
from socle import journal
from socle.models import Evenement
from socle.references import SYSTEME, Reference
import uuid
with transaction.atomic():
    journal.record("essai.suite", sujet=Reference("essai", uuid.uuid4()), acteur=SYSTEME)
try:
    with transaction.atomic():
        Evenement.objects.all().delete()
    refuse = False
except DatabaseError:
    refuse = True
print(json.dumps([journal.verify().ok, refuse]))
"""
    assert cible.python(suite) == [True, True]


def test_given_a_place_that_is_not_empty_when_restored_then_refused_unless_told_to_replace(
    origine: Portail, sauvegarde: tuple[Path, str], cible: Portail
) -> None:
    cible.done("migrate", "-v0")
    (cible.prive / "fichiers" / "2026").mkdir(parents=True)
    (cible.prive / "fichiers" / "2026" / "autre").write_bytes(b"autre")
    refus = cible.manage("restore", str(sauvegarde[0]))
    assert refus.returncode == 1
    assert "la base contient déjà des tables et le stockage contient déjà des fichiers" in refus.stderr
    assert cible.python(EMPREINTES)["octets"] == {}

    cible.done("restore", str(sauvegarde[0]), "--remplacer")
    assert cible.python(EMPREINTES) == origine.python(EMPREINTES)


def test_given_a_flipped_byte_in_any_part_when_verified_then_refused(
    sauvegarde: tuple[Path, str], tmp_path: Path
) -> None:
    fichier = next(chemin for chemin in sorted((sauvegarde[0] / "octets").rglob("*")) if chemin.is_file())
    parties = [chemin.name for chemin in sauvegarde[0].iterdir() if chemin.is_file()]
    assert {"manifeste.json", "manifeste.sha256", "tetes.json", "fichiers.jsonl"} < set(parties)
    verify(sauvegarde[0], empreinte=sauvegarde[1])
    for partie in [*parties, str(fichier.relative_to(sauvegarde[0]))]:
        abimee = tmp_path / "abimee"
        shutil.copytree(sauvegarde[0], abimee)
        flip(abimee / partie)
        with pytest.raises(SauvegardeRefusee, match=r"modifié|abîmée"):
            verify(abimee)
        shutil.rmtree(abimee)


def test_given_a_flipped_byte_when_restored_then_nothing_is_touched(
    sauvegarde: tuple[Path, str], cible: Portail, tmp_path: Path
) -> None:
    abimee = tmp_path / "abimee"
    shutil.copytree(sauvegarde[0], abimee)
    flip(next(iter(abimee.glob("base.*"))))

    refus = cible.manage("restore", str(abimee))

    assert refus.returncode == 1
    assert "a été modifié" in refus.stderr
    assert list(cible.prive.rglob("*")) == []
    tables = "from django.db import connection\nprint(json.dumps(connection.introspection.table_names()))"
    assert cible.python(tables) == []


def flip(chemin: Path) -> None:
    """Change one bit in the middle of a part."""
    octets = bytearray(chemin.read_bytes())
    octets[len(octets) // 3] ^= 1
    chemin.write_bytes(octets)


def test_given_a_tail_cut_before_the_backup_when_heads_of_the_day_before_are_compared_then_seen(
    origine: Portail, sauvegarde: tuple[Path, str], cible: Portail, tmp_path: Path
) -> None:
    # Somebody with the keys of the database shortens a chain cleanly: the chain alone can't show it.
    cible.done("restore", str(sauvegarde[0]))
    chaine = cible.python(COUPER)
    assert cible.python(EMPREINTES)["journal"] == []

    compare = cible.manage("verify_journal", "--compare", str(sauvegarde[0] / "tetes.json"))

    assert compare.returncode == 1
    assert f"Chaîne {chaine}" in compare.stderr
    assert "a disparu" in compare.stderr


def test_given_another_version_s_backup_when_restored_then_refused_before_anything(
    origine: Portail, cible: Portail, tmp_path: Path
) -> None:
    with _place(tmp_path, "ancienne") as ancienne:
        ancienne.done("migrate", "-v0")
        ancienne.python(
            "from django.db.migrations.recorder import MigrationRecorder\nfrom django.db import connection\n"
            "MigrationRecorder(connection).record_applied('socle', '9999_plus_tard')\nprint('null')"
        )
        ancienne.done("backup", str(tmp_path / "s"), GEN_VERSION="9.9")
        refus = cible.manage("restore", str(tmp_path / "s"))
    assert refus.returncode == 1
    assert "9.9" in refus.stderr
    assert "socle.9999_plus_tard" in refus.stderr


@pytest.mark.postgresql
def test_given_the_portal_still_running_when_restored_then_refused(
    sauvegarde: tuple[Path, str], cible: Portail
) -> None:
    with psycopg.connect(cible.url):
        refus = cible.manage("restore", str(sauvegarde[0]))
    assert refus.returncode == 1
    assert "1 autre(s) connexion(s)" in refus.stderr
