"""Making and checking a backup; the drill with another place is in tests/services."""

import json
import subprocess
import uuid
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from comptes.models import Structure
from socle import fichiers, journal, sauvegarde
from socle.models import Fichier
from socle.references import SYSTEME, Reference
from socle.sauvegarde import SauvegardeRefusee, etat, moteurs
from socle.sauvegarde.copie import Sauvegarde
from tests.comptes import fabriques
from tests.socle.fils import Fil

pytestmark = pytest.mark.django_db(transaction=True)


def un_fichier(lieu: Structure, texte: str) -> Fichier:
    contenu = ContentFile(f"%PDF-1.4\n% {texte}\n%%EOF\n".encode())
    return fichiers.store(contenu, nom="piece.pdf", proprietaire=lieu, politique="essai", acteur=SYSTEME)


def un_evenement() -> None:
    with transaction.atomic():
        journal.record("essai.fait", sujet=Reference("essai", uuid.uuid4()), acteur=SYSTEME)


def faire(dossier: Path) -> Sauvegarde:
    return sauvegarde.backup(dossier, dire=lambda _: None)


def lignes(dossier: Path) -> dict[str, str]:
    """What was copied, by key."""
    texte = (dossier / "fichiers.jsonl").read_text()
    return {ligne["cle"]: ligne["copie"] for ligne in map(json.loads, texte.splitlines())}


def test_given_files_and_events_when_backed_up_then_verified_and_described(tmp_path: Path) -> None:
    lieu = fabriques.structure()
    present, parti = un_fichier(lieu, "a"), un_fichier(lieu, "b")
    fichiers.delete(parti)
    un_evenement()

    faite = faire(tmp_path / "s")

    manifeste = sauvegarde.verify(tmp_path / "s", empreinte=faite.empreinte)
    assert manifeste == faite.manifeste
    assert manifeste.complete
    assert lignes(tmp_path / "s") == {present.cle: "copié", parti.cle: "supprimé"}
    assert manifeste.tables["socle_fichier"] == 2
    assert manifeste.evenements == sum(tete["numero"] for tete in journal.export_heads()) > 0
    assert "socle.0001_initial" in manifeste.migrations
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    with pytest.raises(SauvegardeRefusee, match="Le manifeste a été modifié"):
        sauvegarde.verify(tmp_path / "s", empreinte="0" * 64)


def test_given_acts_during_a_backup_when_it_ends_then_they_are_outside_of_one_whole_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file handed in, one removed and events written once the picture is taken."""
    lieu = fabriques.structure()
    garde, retire = un_fichier(lieu, "a"), un_fichier(lieu, "b")
    avant = journal.export_heads()
    decrire = etat.describe

    def meanwhile(instant: str) -> etat.Image:
        Fil(_act).value()
        return decrire(instant)

    def _act() -> None:
        un_fichier(lieu, "c")
        fichiers.delete(retire)
        un_evenement()

    monkeypatch.setattr(etat, "describe", meanwhile)

    faite = faire(tmp_path / "s")

    assert Fichier.objects.count() == 3
    assert faite.manifeste.complete
    assert lignes(tmp_path / "s") == {garde.cle: "copié", retire.cle: "supprimé"}
    assert json.loads((tmp_path / "s" / "tetes.json").read_text())["tetes"] == avant
    assert journal.export_heads() != avant
    sauvegarde.verify(tmp_path / "s")


def test_given_bytes_missing_or_altered_when_backed_up_then_named_and_the_rest_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lieu = fabriques.structure()
    intact, absent, altere = (un_fichier(lieu, texte) for texte in "abc")
    default_storage.delete(absent.cle)
    Path(default_storage.path(altere.cle)).write_bytes(b"autre chose")

    with pytest.raises(CommandError, match="La sauvegarde est faite, mais") as erreur:
        call_command("backup", str(tmp_path / "s"))

    assert erreur.value.returncode == 3
    dit = capsys.readouterr().err
    assert f"Fichier {absent.cle} : son contenu manque" in dit
    assert f"Fichier {altere.cle} : son contenu a été modifié" in dit
    assert lignes(tmp_path / "s") == {intact.cle: "copié", absent.cle: "absent", altere.cle: "altéré"}
    call_command("verify_backup", str(tmp_path / "s"))


def test_given_a_folder_that_holds_something_when_backed_up_then_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("à garder")
    with pytest.raises(CommandError, match="n’est pas vide"):
        call_command("backup", str(tmp_path))


def test_given_an_interrupted_backup_when_verified_then_refused(tmp_path: Path) -> None:
    faire(tmp_path / "s")
    (tmp_path / "s" / "manifeste.json").unlink()
    with pytest.raises(CommandError, match="n’est pas une sauvegarde entière"):
        call_command("verify_backup", str(tmp_path / "s"))


def test_given_a_part_missing_or_too_many_when_verified_then_named(tmp_path: Path) -> None:
    fichier = un_fichier(fabriques.structure(), "a")
    faire(tmp_path / "s")
    intrus = tmp_path / "s" / "octets" / "intrus"
    intrus.write_bytes(b"x")
    with pytest.raises(SauvegardeRefusee, match="octets/intrus est en trop"):
        sauvegarde.verify(tmp_path / "s")
    intrus.unlink()
    (tmp_path / "s" / "octets" / fichier.cle).unlink()
    with pytest.raises(SauvegardeRefusee, match=f"{fichier.cle} manque"):
        sauvegarde.verify(tmp_path / "s")


@pytest.mark.postgresql
def test_given_acts_between_the_snapshot_and_the_dump_when_it_ends_then_dump_and_counts_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lieu = fabriques.structure()
    garde = un_fichier(lieu, "a")
    lancer = moteurs._run

    def late_dump(programme: str, arguments: list[str]) -> None:
        Fil(lambda: un_fichier(lieu, "b")).value()
        lancer(programme, arguments)

    monkeypatch.setattr(moteurs, "_run", late_dump)

    faite = faire(tmp_path / "s")

    commande = [
        "pg_restore",
        "--data-only",
        "--table=socle_fichier",
        "--file=-",
        str(tmp_path / "s/base.dump"),
    ]
    dump = subprocess.run(commande, capture_output=True, text=True, check=True).stdout
    copies = [ligne for ligne in dump.splitlines() if ligne.endswith("\\N") and "piece.pdf" in ligne]
    assert [str(garde.pk) in ligne for ligne in copies] == [True]
    assert faite.manifeste.tables["socle_fichier"] == 1
    assert Fichier.objects.count() == 2


@pytest.mark.postgresql
def test_given_no_client_of_postgresql_when_backed_up_then_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SauvegardeRefusee, match="postgresql-client"):
        faire(tmp_path / "s")


@pytest.mark.postgresql
def test_given_a_client_older_than_the_server_when_backed_up_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faux = tmp_path / "bin" / "pg_dump"
    faux.parent.mkdir()
    faux.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    faux.chmod(0o755)
    monkeypatch.setenv("PATH", str(faux.parent))
    with pytest.raises(SauvegardeRefusee, match="plus ancien que le serveur"):
        faire(tmp_path / "s")
    assert not connection.in_atomic_block
