"""The walk of one formation from the command line, in a process and on a base of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]


@pytest.mark.service
def test_given_nothing_when_the_lifecycle_runs_then_every_step_holds_and_its_files_are_written(
    tmp_path: Path,
) -> None:
    sortie, ailleurs = tmp_path / "sortie", tmp_path / "ailleurs"
    resultat = subprocess.run(
        [sys.executable, "manage.py", "lifecycle", "--output", str(sortie)],
        cwd=RACINE,
        # What a production container carries: nothing of it may be reached.
        env={
            **os.environ,
            "GEN_VAR_DIR": str(tmp_path / "var"),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
            "GEN_S3_BUCKET": "un-magasin-reel",
            "GEN_S3_ENDPOINT": "http://127.0.0.1:1",
            "GEN_PRIVATE_ROOT": str(ailleurs),
            "GEN_DEMO_COURRIELS": str(ailleurs),
            "GEN_ANTIVIRUS": "clamd",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stdout + resultat.stderr
    assert "Le journal est intact." in resultat.stdout
    documents = sorted(chemin.name for chemin in sortie.glob("*.pdf"))
    assert [nom.split("-", 1)[1] for nom in documents] == [
        "candidatures-recu.pdf",
        "labellisation-proces_verbal.pdf",
        "labellisation-lettre.pdf",
        "labellisation-annexe_dossier.pdf",
        "labellisation-annexe_cahier.pdf",
        "labellisation-convention.pdf",
        "labellisation-convention_signee.pdf",
        "labellisation-attestation.pdf",
        "suivi-attestation_demarrage.pdf",
    ]
    rappels = [texte for texte in _mails(sortie) if "Espace de la formation à jour" in texte]
    assert len(rappels) == 1
    assert not ailleurs.exists()


def _mails(sortie: Path) -> list[str]:
    return [chemin.read_text(encoding="utf-8") for chemin in sorted(sortie.glob("courriel-*.txt"))]
