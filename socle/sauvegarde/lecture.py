"""Checking a backup without touching anything."""

from pathlib import Path

from socle.sauvegarde.format import (
    OCTETS,
    Manifeste,
    SauvegardeRefusee,
    describe,
    hash_stream,
    place,
    read_lines,
    read_manifest,
)

#: Faults named one by one; the rest is counted.
_NOMMES = 10


def verify(dossier: Path, *, empreinte: str = "") -> Manifeste:
    """Recompute every hash of a backup and return its manifest.

    ``empreinte`` is the manifest's hash kept elsewhere, without which somebody who rewrites the whole
    folder is not seen. Errors: ``SauvegardeRefusee``, naming each part that is missing, altered or too
    many.
    """
    manifeste = read_manifest(dossier, empreinte)
    fautes = _faults_of_parts(dossier, manifeste)
    # The list of files can be trusted only once its own hash holds.
    fautes = fautes or _faults_of_files(dossier)
    if fautes:
        reste = f" et {len(fautes) - _NOMMES} autre(s) défaut(s)" if len(fautes) > _NOMMES else ""
        raise SauvegardeRefusee(
            f"La sauvegarde est abîmée : {' ; '.join(fautes[:_NOMMES])}{reste}. Choisissez-en une autre."
        )
    return manifeste


def _faults_of_parts(dossier: Path, manifeste: Manifeste) -> list[str]:
    fautes = []
    for nom, attendu in manifeste.parties.items():
        chemin = dossier / nom
        if not chemin.is_file():
            fautes.append(f"{nom} manque")
        elif describe(chemin) != attendu:
            fautes.append(f"{nom} a été modifié")
    return fautes


def _faults_of_files(dossier: Path) -> list[str]:
    fautes, connus = [], set()
    for ligne in read_lines(dossier):
        if not ligne.a_des_octets:
            continue
        chemin = place(dossier, ligne.cle)
        connus.add(chemin)
        if not chemin.is_file():
            fautes.append(f"{ligne.cle} manque")
            continue
        with chemin.open("rb") as flux:
            if hash_stream(flux)[0] != ligne.sha256_copie:
                fautes.append(f"{ligne.cle} a été modifié")
    presents = {chemin for chemin in (dossier / OCTETS).rglob("*") if chemin.is_file()}
    return fautes + [f"{chemin.relative_to(dossier)} est en trop" for chemin in sorted(presents - connus)]
