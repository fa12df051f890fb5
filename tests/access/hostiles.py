"""What people, programs and accidents put in forms, drawn by hypothesis from what each form sends."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import strategies as st

Paires = list[tuple[str, Any]]

ETRANGES = (
    "",
    " \u00a0\u202f",
    "x" * 10_000,
    "9" * 10_000,
    "👩‍💻🇫🇷",
    "\u202eesrever\u202c العربية",
    "a\x00b",
    "\x00",
    "\ud800",
    "x\udfff",
    "12345678901234567890",
    "-1",
    "1e9",
    "1E400",
    "NaN",
    "１２３",
    "٣٤",
    "1,5",
    "1.234,56",
    "32768",
    "2021-02-30",
    "30/02/2021",
    "2021-13-01",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "1/1/1",
    "demain",
    "<script>alert(1)</script>",
    "{{ 7 }}{% x %} %s %(x)s",
    "../../etc/passwd\r\nX-Y: z",
    "oui",
    "on",
    "null",
    "[]",
    "a@b",
    "é@é.example",
    "copier:0",
    "monter:79",
    "descendre:" + "9" * 5_000,
    "supprimer:-1",
    "00000000-0000-0000-0000-000000000000",
)
#: Whole characters of every plane, halves of a pair included.
TEXTES = st.one_of(
    st.sampled_from(ETRANGES),
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.integers().map(str),
)
FICHIERS: tuple[tuple[str, bytes], ...] = (
    ("vide.pdf", b""),
    ("../../é‮.pdf", b"%PDF-1.7 tronqu"),
    ("x" * 400 + ".pdf", b"\x00" * 64),
    ("programme.exe", b"MZ\x90\x00" + b"\x00" * 200),
    ("", b"sans nom"),
    ("bombe.zip", b"PK\x05\x06" + b"\x00" * 18),
)


@dataclass
class Envoi:
    """What is posted: its pairs in their order, keys several times if need be."""

    paires: Paires = field(default_factory=list)

    def __repr__(self) -> str:
        """Keep what hypothesis prints readable."""
        return repr([(nom, str(valeur)[:60]) for nom, valeur in self.paires])

    @property
    def fichiers(self) -> bool:
        """Whether a file is among them, hence a multipart body."""
        return any(isinstance(valeur, SimpleUploadedFile) for _, valeur in self.paires)

    def body(self) -> bytes:
        """Return the body of a form without a file, byte for byte: a browser cannot send all of it."""
        return "&".join(f"{_quoted(nom)}={_quoted(valeur)}" for nom, valeur in self.paires).encode()

    def parts(self) -> dict[str, Any]:
        """Return the same for a multipart body, whose texts are whole characters."""
        parts: dict[str, list[Any]] = {}
        for nom, valeur in self.paires:
            propre = valeur.encode("utf-8", "replace").decode() if isinstance(valeur, str) else valeur
            parts.setdefault(nom.encode("utf-8", "replace").decode(), []).append(propre)
        return parts


def _quoted(valeur: Any) -> str:
    return quote_plus(str(valeur).encode("utf-8", "surrogatepass"))


def shaken(
    base: Paires, *, valeurs: Sequence[str] = (), fichiers: Iterable[str] = ()
) -> st.SearchStrategy[Envoi]:
    """Return what a form may receive: its answers replaced, missing, twice there, or unheard of.

    ``valeurs`` are drawn beside the usual strange ones; ``fichiers`` names the controls that take files.
    """
    textes = st.one_of(TEXTES, st.sampled_from(valeurs)) if valeurs else TEXTES
    joints = st.sampled_from(FICHIERS).map(lambda un: SimpleUploadedFile(un[0] or "x", un[1]))
    noms = sorted({nom for nom, _ in base})
    gestes = [st.tuples(st.just("ajouter"), st.sampled_from([*noms, "inconnue", "x" * 300]), textes)]
    if noms:
        gestes += [
            st.tuples(st.just("remplacer"), st.sampled_from(noms), textes),
            st.tuples(st.just("remplacer"), st.sampled_from(noms), textes),
            st.tuples(st.just("retirer"), st.sampled_from(noms), st.just("")),
        ]
    if prises := sorted(fichiers):
        gestes.append(st.tuples(st.just("ajouter"), st.sampled_from(prises), joints))
    return st.lists(st.one_of(gestes), max_size=8).map(lambda faits: _played(base, faits))


def _played(base: Paires, gestes: Iterable[tuple[str, str, Any]]) -> Envoi:
    paires = list(base)
    for geste, nom, valeur in gestes:
        if geste == "ajouter":
            paires.append((nom, valeur))
        else:
            paires = [
                (cle, valeur if cle == nom else sienne)
                for cle, sienne in paires
                if cle != nom or geste == "remplacer"
            ]
    return Envoi(paires)


def typed(base: dict[str, str], identite: Paires, *, valeurs: Sequence[str] = ()) -> st.SearchStrategy[Envoi]:
    """Return what the script of a section may send: some controls, what they showed, what they hold.

    ``base`` gives what each control holds, ``identite`` the hidden pairs that name its rows.
    """
    textes = st.one_of(TEXTES, st.sampled_from(valeurs)) if valeurs else TEXTES
    controle = st.tuples(st.sampled_from(sorted(base)), textes, st.booleans(), textes)
    essais = st.lists(textes, max_size=2)
    return st.tuples(st.lists(controle, min_size=1, max_size=4), essais, textes).map(
        lambda tire: _typed(base, identite, *tire)
    )


def _typed(
    base: dict[str, str],
    identite: Paires,
    controles: Iterable[tuple[str, str, bool, str]],
    essais: list[str],
    version: str,
) -> Envoi:
    avant, paires = {}, [*identite, ("version", version)]
    for nom, valeur, juste, autre in controles:
        avant[nom] = base[nom] if juste else autre
        paires.append((nom, valeur))
    tentees = dict.fromkeys(avant, essais)
    return Envoi([*paires, ("avant", json.dumps(avant)), ("tentees", json.dumps(tentees))])
