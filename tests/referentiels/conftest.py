"""The shipped data with a few communes instead of 35,000, so that each test loads it at once."""

import gzip
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from comptes.models import Role, RoleAttribue, Utilisateur
from referentiels.imports.chargement import DONNEES, load_all

#: Every case that a test looks at; the rows are those of the shipped file.
COMMUNES = {
    "01001",
    "01015",
    "01060",
    "02153",
    "2A004",
    "13055",
    "13201",
    "33063",
    "35238",
    "42218",
    "69123",
    "69381",
    "75056",
    "75101",
    "75120",
    "93066",
    "97411",
    "97611",
}


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """A copy of the shipped folder that a test may change."""
    copie = tmp_path / "donnees"
    shutil.copytree(DONNEES, copie)
    with gzip.open(DONNEES / "communes.csv.gz", "rt", encoding="utf-8") as flux:
        entete, *lignes = flux.readlines()
    gardees = [ligne for ligne in lignes if ligne.split(";")[0] in COMMUNES]
    with gzip.open(copie / "communes.csv.gz", "wt", encoding="utf-8") as flux:
        flux.writelines([entete, *gardees])
    return copie


@pytest.fixture
def referentiels(db: None, dossier: Path) -> Path:
    """The reference data, loaded; its folder."""
    load_all(dossier)
    return dossier


@pytest.fixture
def admin_lecteur(client: Client, db: None) -> Client:
    """A browser signed in as an instructor, who reads the reference data in the admin."""
    utilisateur = Utilisateur.objects.create_user("instructeur@exemple.fr", "mot-de-passe-long")
    RoleAttribue.objects.create(utilisateur=utilisateur, role=Role.INSTRUCTEUR)
    client.force_login(utilisateur, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client
