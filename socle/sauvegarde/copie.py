"""Making a backup."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from socle import horloge
from socle.models import Fichier
from socle.sauvegarde import etat, moteurs
from socle.sauvegarde.format import (
    BASES,
    FICHIERS,
    TETES,
    VERSION_FORMAT,
    Copie,
    LigneFichier,
    Manifeste,
    SauvegardeRefusee,
    describe,
    hash_stream,
    place,
    seal,
    write_heads,
    write_lines,
)

Dire = Callable[[str], None]


@dataclass(frozen=True)
class Sauvegarde:
    """What was made: the manifest, and the hash by which it is recognised."""

    manifeste: Manifeste
    empreinte: str


def backup(dossier: Path, *, dire: Dire) -> Sauvegarde:
    """Copy database, journal heads and private files of one instant into a new folder.

    The portal may go on working: what is written meanwhile is not in the picture. A file whose bytes
    are missing or altered does not stop the backup; the manifest names it. Errors:
    ``SauvegardeRefusee`` (folder not empty, client program missing or failing).
    """
    _open(dossier)
    image = _copy_database(dossier)
    dire(f"Base copiée : {len(image.tables)} tables, {sum(image.tables.values())} lignes.")
    lignes = [_copy_file(dossier, ligne) for ligne in image.lignes]
    write_lines(dossier, lignes)
    dire(f"Fichiers copiés : {sum(ligne.a_des_octets for ligne in lignes)} sur {len(lignes)} lignes.")
    manifeste = _manifest(dossier, image, lignes)
    return Sauvegarde(manifeste, seal(dossier, manifeste))


def _open(dossier: Path) -> None:
    dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(dossier.iterdir()):
        raise SauvegardeRefusee(f"{dossier} n’est pas vide : donnez un dossier neuf à chaque sauvegarde.")
    dossier.chmod(0o700)


def _copy_database(dossier: Path) -> etat.Image:
    instant = horloge.real_now().isoformat()
    with moteurs.picture(dossier):
        image = etat.describe(instant)
        write_heads(dossier, image.tetes)
        return image


def _copy_file(dossier: Path, ligne: LigneFichier) -> LigneFichier:
    if ligne.copie == Copie.SUPPRIME:
        return ligne
    cible = place(dossier, ligne.cle)
    cible.parent.mkdir(parents=True, exist_ok=True)
    try:
        with default_storage.open(ligne.cle, "rb") as source, cible.open("wb") as sortie:
            sha256, taille = hash_stream(cast(BinaryIO, source), sortie)  # Django's File reads like one
    except FileNotFoundError:
        cible.unlink(missing_ok=True)
        return replace(ligne, copie=Copie.SUPPRIME if _deleted_meanwhile(ligne) else Copie.ABSENT)
    intact = (sha256, taille) == (ligne.sha256, ligne.taille)
    return replace(ligne, copie=Copie.COPIE if intact else Copie.ALTERE, sha256_copie=sha256)


def _deleted_meanwhile(ligne: LigneFichier) -> bool:
    """Whether the file was removed on purpose since the picture was taken."""
    return not Fichier.objects.filter(pk=ligne.id, supprime_le__isnull=True).exists()


def _manifest(dossier: Path, image: etat.Image, lignes: list[LigneFichier]) -> Manifeste:
    compte: dict[str, int] = {}
    for ligne in lignes:
        compte[ligne.copie] = compte.get(ligne.copie, 0) + 1
    parties = (BASES[connection.vendor], TETES, FICHIERS)
    return Manifeste(
        format=VERSION_FORMAT,
        instant=image.instant,
        version=settings.GEN_VERSION,
        moteur=connection.vendor,
        serveur=moteurs.server_version(),
        parties={nom: describe(dossier / nom) for nom in parties},
        tables=image.tables,
        migrations=image.migrations,
        chaines=len(image.tetes),
        evenements=sum(tete["numero"] for tete in image.tetes),
        fichiers=compte,
        absents=[ligne.cle for ligne in lignes if ligne.copie == Copie.ABSENT],
        alteres=[ligne.cle for ligne in lignes if ligne.copie == Copie.ALTERE],
    )
