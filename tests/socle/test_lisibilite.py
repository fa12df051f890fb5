"""Whether a file opens (R12): locked, broken, or a trap."""

import io
import signal
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from socle import fichiers, lisibilite
from socle.lisibilite import ABIME, MOT_DE_PASSE, TROP_LOURD, LectureImpossible, what_prevents_reading
from tests.socle.papier import page_pdf

pytestmark = [pytest.mark.regle("R12"), pytest.mark.une_fois]


def _pdf(**reglages: object) -> bytes:
    flux = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(flux, **reglages)
    return flux.getvalue()


def _image(format_: str) -> bytes:
    flux = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(flux, format_)
    return flux.getvalue()


def _archive(*membres: tuple[str, bytes]) -> bytes:
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres:
            archive.writestr(nom, contenu)
    return flux.getvalue()


def _bomb() -> bytes:
    flux = io.BytesIO()
    with (
        zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as f,
    ):
        for _ in range(520):
            f.write(bytes(1024**2))
    return flux.getvalue()


def _locked() -> bytes:
    return _pdf(encryption=pikepdf.Encryption(owner="a", user="b"))


def _printing_forbidden() -> bytes:
    """Anybody opens it: only its author may change it."""
    return _pdf(encryption=pikepdf.Encryption(owner="a", user=""))


DOCX, ODT = fichiers.DOCX.mime, fichiers.ODT.mime
CHIFFRE = b"<manifest:encryption-data manifest:checksum='x'/>"


@pytest.mark.parametrize(
    ("contenu", "mime", "attendu"),
    [
        (page_pdf, fichiers.PDF.mime, ""),
        (_pdf, fichiers.PDF.mime, ""),
        (_printing_forbidden, fichiers.PDF.mime, ""),
        (_locked, fichiers.PDF.mime, MOT_DE_PASSE),
        (lambda: _pdf()[:150], fichiers.PDF.mime, ABIME),
        (lambda: b"%PDF-1.7\n", fichiers.PDF.mime, ABIME),
        (lambda: b"%PDF-1.7\ntrailer<</Root 1 0 R/Prev 0>>\nstartxref\n9\n%%EOF", fichiers.PDF.mime, ABIME),
        (lambda: _image("PNG"), fichiers.PNG.mime, ""),
        (lambda: _image("JPEG"), fichiers.JPEG.mime, ""),
        (lambda: _image("PNG")[:2000], fichiers.PNG.mime, ABIME),
        (lambda: _image("JPEG")[:600], fichiers.JPEG.mime, ABIME),
        (lambda: _archive(("word/document.xml", b"<w/>")), DOCX, ""),
        (lambda: _archive(("word/document.xml", b"<w/>" * 5000))[:90], DOCX, ABIME),
        (lambda: _archive(("META-INF/manifest.xml", CHIFFRE)), ODT, MOT_DE_PASSE),
        (_bomb, DOCX, TROP_LOURD),
    ],
)
def test_given_a_file_when_opened_apart_then_what_prevents_it_is_said(
    contenu: Callable[[], bytes], mime: str, attendu: str
) -> None:
    assert what_prevents_reading(io.BytesIO(contenu()), mime) == attendu


def test_given_a_machine_that_is_too_busy_when_a_file_is_opened_then_nothing_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lisibilite, "_PATIENCE", 0.01)
    with pytest.raises(LectureImpossible):
        what_prevents_reading(io.BytesIO(_pdf()), fichiers.PDF.mime)


@pytest.mark.parametrize(
    ("code", "erreurs", "attendu"),
    [(-signal.SIGXCPU, b"", TROP_LOURD), (1, b"MemoryError", TROP_LOURD), (-signal.SIGKILL, b"", None)],
)
def test_given_a_child_that_is_stopped_when_it_is_by_its_own_limits_then_the_file_is_too_heavy(
    code: int, erreurs: bytes, attendu: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fini = subprocess.CompletedProcess([], code, b"", erreurs)
    monkeypatch.setattr(lisibilite.subprocess, "run", lambda *a, **k: fini)
    if attendu is None:
        with pytest.raises(LectureImpossible):
            what_prevents_reading(io.BytesIO(b""), fichiers.PDF.mime)
    else:
        assert what_prevents_reading(io.BytesIO(b""), fichiers.PDF.mime) == attendu


def test_given_a_program_started_elsewhere_when_a_file_is_opened_then_it_opens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert what_prevents_reading(io.BytesIO(_pdf()), fichiers.PDF.mime) == ""
