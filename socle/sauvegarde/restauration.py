"""Putting a backup back, and proving that it is back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from socle import gardes, journal
from socle.models.fichier import DOSSIER
from socle.sauvegarde import etat, moteurs
from socle.sauvegarde.format import (
    BASES,
    LigneFichier,
    Manifeste,
    SauvegardeRefusee,
    hash_stream,
    place,
    read_heads,
    read_lines,
)
from socle.sauvegarde.lecture import verify

Dire = Callable[[str], None]


@dataclass
class Restauration:
    """What was put back, and what does not fit."""

    manifeste: Manifeste
    problemes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was."""
        return not self.problemes


def restore(dossier: Path, *, remplacer: bool = False, empreinte: str = "", dire: Dire) -> Restauration:
    """Put database and private files back, then compare them with the backup.

    Order: every hash of the backup, then whether the place is free and the version right, all before
    anything is touched; then the files, then the database in one transaction (a row never appears
    before its bytes), then the guards of the journal and the comparison. ``remplacer`` allows a place
    that is not empty: its database is lost, its files stay beside those restored. Errors:
    ``SauvegardeRefusee``; what does not fit afterwards is in the report.
    """
    manifeste = verify(dossier, empreinte=empreinte)
    dire("Sauvegarde vérifiée : manifeste, base, têtes du journal et fichiers ont leurs empreintes.")
    _demand_same_version(manifeste)
    _demand_free_place(remplacer)
    moteurs.demand_alone()
    dire(f"Fichiers remis : {_put_files_back(dossier)}.")
    moteurs.load(dossier / BASES[manifeste.moteur])
    absentes = gardes.missing()
    gardes.install(connection)
    dire(f"Base remise. Gardes du journal : {'remises en place' if absentes else 'présentes'}.")
    return Restauration(manifeste, [*_compare(dossier, manifeste, dire)])


def _demand_same_version(manifeste: Manifeste) -> None:
    if manifeste.moteur != connection.vendor:
        raise SauvegardeRefusee(
            f"Cette sauvegarde vient de {manifeste.moteur} et la base présente est {connection.vendor} : "
            "elle ne peut pas y être remise."
        )
    code = etat.migrations_of_the_code()
    ecarts = sorted(set(code) ^ set(manifeste.migrations))
    if ecarts:
        raise SauvegardeRefusee(
            f"Cette sauvegarde a été faite par une autre version du portail ({manifeste.version}) : "
            f"{', '.join(ecarts[:5])} diffère(nt). Restaurez avec cette version, puis mettez à jour."
        )


def _demand_free_place(remplacer: bool) -> None:
    if remplacer:
        return
    occupes = [] if moteurs.is_empty() else ["la base contient déjà des tables"]
    if _storage_holds_files():
        occupes.append("le stockage contient déjà des fichiers")
    if occupes:
        raise SauvegardeRefusee(
            f"La place n’est pas libre : {' et '.join(occupes)}. Restaurez dans une base et un stockage "
            "vides, ou ajoutez --remplacer pour perdre la base présente."
        )


def _storage_holds_files() -> bool:
    def holds(dossier: str) -> bool:
        dossiers, fichiers = default_storage.listdir(dossier)
        return bool(fichiers) or any(holds(f"{dossier}/{nom}") for nom in dossiers)

    try:
        return holds(DOSSIER)
    except FileNotFoundError:
        return False


def _put_files_back(dossier: Path) -> int:
    remis = 0
    for ligne in _with_bytes(dossier):
        if _stored_hash(ligne.cle) != ligne.sha256_copie:
            _put_back(place(dossier, ligne.cle), ligne.cle)
        remis += 1
    return remis


def _put_back(source: Path, cle: str) -> None:
    default_storage.delete(cle)
    with source.open("rb") as flux:
        gardee = default_storage.save(cle, File(flux))
    if gardee != cle:
        raise SauvegardeRefusee(f"Le stockage a rangé {cle} sous un autre nom ({gardee}).")


def _stored_hash(cle: str) -> str:
    try:
        with default_storage.open(cle, "rb") as flux:
            return hash_stream(cast(BinaryIO, flux))[0]  # Django's File reads like one
    except FileNotFoundError:
        return ""


def _with_bytes(dossier: Path) -> Iterator[LigneFichier]:
    return (ligne for ligne in read_lines(dossier) if ligne.a_des_octets)


# --- What is compared ------------------------------------------------------------------------


def _compare(dossier: Path, manifeste: Manifeste, dire: Dire) -> Iterator[str]:
    yield from _compare_counts(manifeste, dire)
    yield from _compare_journal(dossier, dire)
    yield from _compare_files(dossier, dire)


def _compare_counts(manifeste: Manifeste, dire: Dire) -> Iterator[str]:
    presents = etat.counts()
    tables = sorted(set(presents) | set(manifeste.tables))
    ecarts = [nom for nom in tables if presents.get(nom) != manifeste.tables.get(nom)]
    dire(f"Lignes comptées dans {len(tables)} tables : {len(tables) - len(ecarts)} comptes égaux.")
    for nom in ecarts:
        yield f"Table {nom} : {presents.get(nom)} ligne(s) au lieu de {manifeste.tables.get(nom)}."


def _compare_journal(dossier: Path, dire: Dire) -> Iterator[str]:
    rapport = journal.verify()
    yield from rapport.problemes
    avant = {tete["chaine"]: tete for tete in read_heads(dossier)}
    apres = {tete["chaine"]: tete for tete in journal.export_heads()}
    egales = sum(avant.get(chaine) == tete for chaine, tete in apres.items())
    dire(
        f"Journal relu : {rapport.evenements} événement(s) dans {rapport.chaines} chaîne(s), {egales} têtes "
        f"égales sur {len(avant)}."
    )
    for chaine in sorted(set(avant) | set(apres)):
        if avant.get(chaine) != apres.get(chaine):
            yield f"Chaîne {chaine} : la tête n’est pas celle de la sauvegarde."


def _compare_files(dossier: Path, dire: Dire) -> Iterator[str]:
    attendues = {ligne.id: (ligne.cle, ligne.taille, ligne.sha256) for ligne in read_lines(dossier)}
    presentes = {ligne.id: (ligne.cle, ligne.taille, ligne.sha256) for ligne in etat.file_rows()}
    for identifiant in sorted(set(attendues.items()) ^ set(presentes.items())):
        yield f"Fichier {identifiant[0]} : sa ligne n’est pas celle de la sauvegarde."
    lus = egaux = 0
    for ligne in _with_bytes(dossier):
        lus += 1
        if _stored_hash(ligne.cle) == ligne.sha256_copie:
            egaux += 1
        else:
            yield f"Fichier {ligne.cle} : les octets remis ne sont pas ceux de la sauvegarde."
    dire(f"Fichiers relus dans le stockage : {egaux} empreintes égales sur {lus}.")
