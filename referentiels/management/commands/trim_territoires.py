import csv
import gzip
import io
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from referentiels.imports.chargement import COLONNES_COMMUNES, DONNEES

TYPES = {"commune-actuelle", "arrondissement-municipal"}


class Command(BaseCommand):
    help = (
        "Make departements.csv and communes.csv.gz from the `data` folder of the npm package "
        "@etalab/decoupage-administratif (see referentiels/donnees/README.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dossier", type=Path, help="the package's data folder")
        parser.add_argument("--sortie", type=Path, default=DONNEES)

    def handle(self, *args: Any, **options: Any) -> None:
        source, sortie = options["dossier"], options["sortie"]
        regions = _codes_of_regions()
        departements = [ligne for ligne in _read(source / "departements.json") if ligne["region"] in regions]
        communes = [
            ligne
            for ligne in _read(source / "communes.json")
            if ligne["type"] in TYPES and ligne["region"] in regions
        ]
        texte = _csv(
            ("code", "nom", "region"),
            [(ligne["code"], ligne["nom"], ligne["region"]) for ligne in departements],
        )
        (sortie / "departements.csv").write_text(texte, encoding="utf-8")
        texte = _csv(COLONNES_COMMUNES, sorted(_commune(ligne) for ligne in communes))
        # Without a date, the same data gives the same file.
        (sortie / "communes.csv.gz").write_bytes(gzip.compress(texte.encode(), compresslevel=9, mtime=0))
        self.stdout.write(f"{len(departements)} départements, {len(communes)} communes et arrondissements.")


def _codes_of_regions() -> set[str]:
    with (DONNEES / "regions.csv").open(encoding="utf-8", newline="") as flux:
        return {ligne["code"] for ligne in csv.DictReader(flux, delimiter=";")}


def _read(chemin: Path) -> list[dict[str, Any]]:
    return json.loads(chemin.read_text(encoding="utf-8"))


def _commune(ligne: dict[str, Any]) -> tuple[Any, ...]:
    return (
        ligne["code"],
        ligne["nom"],
        ligne["departement"],
        ligne.get("commune", ""),
        " ".join(ligne.get("codesPostaux", [])),
        " ".join(ligne.get("anciensCodes", [])),
        ligne.get("population", ""),
    )


def _csv(colonnes: tuple[str, ...], lignes: list[tuple[Any, ...]]) -> str:
    tampon = io.StringIO()
    plume = csv.writer(tampon, delimiter=";", lineterminator="\n")
    plume.writerow(colonnes)
    plume.writerows(lignes)
    return tampon.getvalue()
