"""PDFs: tagged, in French, the same bytes for the same page, and nothing read from outside."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from socle import rendu
from tests.socle.papier import structure

PAGE = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Accusé de réception</title>
<meta name="author" content="Grande École du Numérique">
<meta name="dcterms.created" content="2021-09-20T10:04:00+02:00">
<link rel="stylesheet" href="statique:pdf/style.css"></head>
<body><main><h1>Accusé de réception</h1><h2>Modules</h2>
<table><caption>Modules</caption><thead><tr><th scope="col">Titre</th><th scope="col">Heures</th></tr></thead>
<tbody><tr><th scope="row">HTML</th><td>40</td></tr></tbody></table></main></body></html>"""


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    chemin = tmp_path_factory.mktemp("rendu") / "page.pdf"
    chemin.write_bytes(rendu.write_pdf(PAGE))
    with pikepdf.open(chemin) as ouvert:
        yield ouvert


def test_given_a_page_when_rendered_then_the_pdf_is_tagged_and_speaks_french(pdf):
    assert bool(pdf.Root.MarkInfo.Marked) is True
    assert str(pdf.Root.Lang) == "fr"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
    assert {"/H1", "/H2", "/Table", "/Caption", "/THead", "/TH", "/TD"} <= structure(pdf)


def test_given_a_page_when_rendered_then_its_metadata_says_pdf_ua_title_author_and_date(pdf):
    assert 'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes().decode()
    assert str(pdf.docinfo["/Title"]) == "Accusé de réception"
    assert str(pdf.docinfo["/Author"]) == "Grande École du Numérique"
    assert str(pdf.docinfo["/CreationDate"]) == "D:20210920100400+02'00"


def test_given_headings_when_rendered_then_they_are_bookmarks(pdf):
    with pdf.open_outline() as plan:
        assert [entree.title for entree in plan.root] == ["Accusé de réception"]
        assert [entree.title for entree in plan.root[0].children] == ["Modules"]


def test_given_the_stylesheet_when_rendered_then_marianne_is_embedded(pdf):
    polices = {str(police.BaseFont) for page in pdf.pages for police in page.obj.Resources.Font.values()}

    assert polices
    assert all("Marianne" in police for police in polices), polices


def test_given_one_page_when_rendered_in_two_processes_then_the_bytes_are_the_same(tmp_path):
    code = (
        "import sys, django; django.setup()\n"
        "from socle import rendu\n"
        "sys.stdout.buffer.write(rendu.write_pdf(sys.stdin.read()))\n"
    )
    racine = Path(__file__).resolve().parents[2]

    def render(graine: str) -> bytes:
        milieu = os.environ | {
            "PYTHONHASHSEED": graine,
            "DJANGO_SETTINGS_MODULE": "gen_portal.settings",
            "GEN_VAR_DIR": str(tmp_path / graine),
            "PYTHONIOENCODING": "utf-8",
        }
        fait = subprocess.run(
            [sys.executable, "-c", code],
            input=PAGE.encode(),
            capture_output=True,
            cwd=racine,
            env=milieu,
        )
        assert fait.returncode == 0, fait.stderr.decode()
        return fait.stdout

    un, deux = render("1"), render("2")

    assert un.startswith(b"%PDF-")
    assert hashlib.sha256(un).hexdigest() == hashlib.sha256(deux).hexdigest()
    assert rendu.write_pdf(PAGE) == un
    assert rendu.write_pdf(PAGE.replace("40", "41")) != un


@pytest.mark.parametrize(
    "url",
    [
        "https://exemple.example/style.css",
        "http://169.254.169.254/latest/style.css",
        "file:///etc/passwd",
        "statique:../gen_portal/settings.py",
        "statique:../../etc/style.css",
        "statique:pdf/../../manage.css",
        "statique:pdf/inconnu.css",
        "ftp://exemple.example/a.css",
    ],
)
def test_given_a_resource_from_elsewhere_when_rendered_then_the_rendering_is_refused(url):
    page = PAGE.replace("statique:pdf/style.css", url)

    with pytest.raises(rendu.RenduImpossible, match="Error fetching"):
        rendu.write_pdf(page)


def test_given_an_image_in_the_page_itself_when_rendered_then_it_is_drawn():
    point = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )

    with_image = rendu.write_pdf(PAGE.replace("</main>", f'<img alt="Un point" src="{point}"></main>'))

    assert b"/Image" in with_image


def test_given_a_font_that_fonttools_cuts_down_then_the_time_of_the_machine_is_not_in_it(pdf):
    """The fonts of emoji are such: two renderings a second apart would differ."""
    from fontTools.misc.timeTools import epoch_diff, timestampNow

    assert pdf.pages
    assert timestampNow() == -epoch_diff
