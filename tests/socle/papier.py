"""What a PDF says, and how it is tagged."""

import io
import re

import pikepdf
import pypdfium2

#: The fingerprint at the foot of each page, which depends on the document's key.
EMPREINTE = re.compile(r"(?<=empreinte\s)[0-9a-f]{8,}")

#: What a page has, and the tag that says it.
BLOCS = {"<h1": "/H1", "<h2": "/H2", "<p": "/P", "<table": "/Table", "<caption": "/Caption", "<th ": "/TH"}


def words(contenu: bytes) -> str:
    """Return what a reader of the PDF reads, page after page, line after line."""
    with pypdfium2.PdfDocument(contenu) as fichier:
        pages = [page.get_textpage().get_text_bounded() for page in fichier]
    return EMPREINTE.sub("…", "\n".join(ligne.strip() for page in pages for ligne in page.splitlines()))


def structure(pdf: pikepdf.Pdf) -> set[str]:
    """Return the kinds of tags of a PDF."""
    genres, pile = set(), [pdf.Root.StructTreeRoot]
    while pile:
        noeud = pile.pop()
        if isinstance(noeud, pikepdf.Array):
            pile.extend(noeud)
        elif isinstance(noeud, pikepdf.Dictionary):
            if "/S" in noeud:
                genres.add(str(noeud.S))
            if "/K" in noeud:
                pile.append(noeud.K)
    return genres


def check_tags(contenu: bytes, page: str) -> None:
    """Check that the file is titled, in French, and has a tag for each kind of block of its page."""
    with pikepdf.open(io.BytesIO(contenu)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked) is True
        assert str(pdf.Root.Lang) == "fr"
        assert {tag for bloc, tag in BLOCS.items() if bloc in page} <= structure(pdf)
        assert 'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes().decode()


def page_pdf(texte: str = "") -> bytes:
    """Return a PDF of one blank page that opens, different for each text."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        + f"% {texte}\n".encode()
        + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
