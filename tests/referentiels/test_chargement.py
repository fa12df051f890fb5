import gzip
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from referentiels.imports.chargement import load_all, load_demo_certifications
from referentiels.imports.lecture import FichierIllisible
from referentiels.models import (
    BesoinRegional,
    CarifOref,
    Certification,
    Commune,
    Crous,
    Departement,
    FamilleMetier,
    MembreGIP,
    Metier,
    MetierEmergent,
    Region,
)
from socle import chargements

FAMILLES = [
    "Programmation et développement",
    "Intelligence artificielle et données",
    "Infrastructures, clouds, réseaux et data centers",
    "Maintenance, assistance et support",
    "Interfaces utilisateurs et créations numériques",
    "Direction, management et stratégie",
    "Communication et marketing",
    "Commerce",
    "Expertise et conseil",
]


@pytest.mark.django_db
def test_given_an_empty_database_when_the_shipped_data_is_loaded_twice_then_the_second_run_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chargements, "_chargements", {"essai": lambda: "fait"})
    sortie = StringIO()
    call_command("load_referentiels", stdout=sortie)
    assert "communes\u00a0: ajouts 34920, modifications 0" in sortie.getvalue()
    assert "essai\u00a0: fait" in sortie.getvalue()
    assert Region.objects.count() == 18
    assert Departement.objects.count() == 101
    assert Commune.objects.filter(commune_mere__isnull=False).count() == 45
    assert Commune.objects.get(code="2A004").nom == "Ajaccio"
    assert [bilan for bilan in load_all() if bilan.change] == []


@pytest.mark.usefixtures("referentiels")
def test_given_the_families_when_loaded_then_they_are_the_nine_of_the_call_in_order() -> None:
    assert (
        list(FamilleMetier.objects.filter(version="2021").order_by("ordre").values_list("libelle", flat=True))
        == FAMILLES
    )
    assert set(Metier.objects.values_list("famille__libelle", flat=True)) == set(FAMILLES)


@pytest.mark.usefixtures("referentiels")
def test_given_the_directories_when_loaded_then_every_region_and_department_is_served_once() -> None:
    assert MembreGIP.objects.filter(annee=2021).count() == 14
    assert Crous.objects.count() == 26
    assert sorted(Crous.objects.values_list("departements", flat=True)) == sorted(
        Departement.objects.values_list("code", flat=True)
    )
    assert sorted(CarifOref.objects.values_list("region_id", flat=True)) == sorted(
        Region.objects.values_list("code", flat=True)
    )
    for crous in Crous.objects.prefetch_related("departements"):
        assert crous.region_id in {departement.region_id for departement in crous.departements.all()}


@pytest.mark.usefixtures("referentiels")
def test_given_the_examples_of_the_text_when_loaded_then_each_is_an_emerging_metier_of_the_list() -> None:
    assert MetierEmergent.objects.count() == 8
    assert not MetierEmergent.objects.filter(metier__isnull=True).exists()
    for emergent in MetierEmergent.objects.select_related("metier"):
        assert emergent.famille_id == emergent.metier.famille_id


def test_given_a_changed_file_when_loaded_again_then_only_that_row_changes(referentiels: Path) -> None:
    _replace(referentiels / "metiers.csv", "Data scientist;", "Scientifique des données;")
    avant = Metier.objects.get(code="data-scientist").pk
    bilans = {bilan.nom: bilan for bilan in load_all(referentiels)}
    assert [nom for nom, bilan in bilans.items() if bilan.change] == ["métiers"]
    assert (bilans["métiers"].modifiees, bilans["métiers"].inchangees) == (1, 54)
    metier = Metier.objects.get(code="data-scientist")
    assert (metier.pk, metier.libelle) == (avant, "Scientifique des données")
    assert metier.modifie_le > metier.cree_le


def test_given_two_needs_that_swap_when_loaded_again_then_their_order_follows(referentiels: Path) -> None:
    chemin = referentiels / "besoins_regionaux.csv"
    texte = chemin.read_text(encoding="utf-8")
    texte = texte.replace("94;Corse;2021;1;", "94;Corse;2021;X;").replace(
        "94;Corse;2021;2;", "94;Corse;2021;1;"
    )
    chemin.write_text(texte.replace("94;Corse;2021;X;", "94;Corse;2021;2;"), encoding="utf-8")
    load_all(referentiels)
    corse = BesoinRegional.objects.filter(region_id="94").order_by("ordre")
    assert [besoin.libelle for besoin in corse[:2]] == [
        "Installateur de réseaux de télécoms/Technicien de fibre optique",
        "Technicien télécom",
    ]
    assert [metier.code for metier in corse[1].metiers.all()] == ["technicien-telecom"]


def test_given_a_need_gone_from_the_file_when_loaded_again_then_it_is_no_longer_shown(
    referentiels: Path,
) -> None:
    chemin = referentiels / "besoins_regionaux.csv"
    lignes = chemin.read_text(encoding="utf-8").splitlines(keepends=True)
    chemin.write_text(
        "".join(ligne for ligne in lignes if not ligne.startswith("94;Corse;2021;4")), encoding="utf-8"
    )
    load_all(referentiels)
    assert BesoinRegional.objects.filter(region_id="94").count() == 3


def test_given_a_commune_gone_from_the_list_when_loaded_again_then_it_is_kept_and_marked(
    referentiels: Path,
) -> None:
    chemin = referentiels / "communes.csv.gz"
    complet = gzip.decompress(chemin.read_bytes()).decode()
    chemin.write_bytes(
        gzip.compress("".join(li for li in complet.splitlines(True) if not li.startswith("35238")).encode())
    )
    load_all(referentiels)
    assert not Commune.objects.get(code="35238").actuelle
    chemin.write_bytes(gzip.compress(complet.encode()))
    load_all(referentiels)
    assert Commune.objects.get(code="35238").actuelle


def test_given_an_entry_corrected_on_the_portal_when_loaded_again_then_it_is_kept(referentiels: Path) -> None:
    Crous.objects.get(nom="Crous de Lyon").departements.set(["69"])
    Crous.objects.filter(nom="Crous de Lyon").update(
        site="https://lyon.example", corrigee_sur_le_portail=True
    )
    bilan = next(bilan for bilan in load_all(referentiels) if bilan.nom == "CROUS")
    assert (bilan.gardees, bilan.modifiees) == (1, 0)
    crous = Crous.objects.get(nom="Crous de Lyon")
    assert crous.site == "https://lyon.example"
    assert [departement.code for departement in crous.departements.all()] == ["69"]


@pytest.mark.parametrize(
    ("fichier", "ancien", "nouveau", "phrase"),
    [
        (
            "metiers.csv",
            "data-analyst;Data analyst;ia-donnees",
            "data-analyst;Data analyst;inconnue",
            "famille inconnu",
        ),
        ("metiers.csv", ";M1403;", ";Z1403;", "lettre de A à N"),
        ("metiers.csv", ";2021-05-20;", ";;", "début de validité"),
        ("regions.csv", "94;Corse;non", "94;Corse;peut-être", "ni « oui » ni « non »"),
        ("crous.csv", ";2A 2B;", ";2A 2C;", "département inconnu"),
        ("familles.csv", "version;code", "edition;code", "colonne absente (version)"),
        ("carif_oref.csv", "Emfor Bourgogne-Franche-Comté;27;", "Emfor;27;;", "nombre de cellules"),
        ("grilles/2021-1.toml", 'version = "2021-1"', "version = 2021-1", "ne se lit pas"),
    ],
)
@pytest.mark.django_db
def test_given_a_broken_file_when_loaded_then_the_error_names_it_and_nothing_is_written(
    dossier: Path, fichier: str, ancien: str, nouveau: str, phrase: str
) -> None:
    _replace(dossier / fichier, ancien, nouveau)
    with pytest.raises(FichierIllisible) as refus:
        load_all(dossier)
    assert Path(fichier).name in str(refus.value)
    assert phrase in str(refus.value)
    assert Region.objects.count() == 0


@pytest.mark.django_db
def test_given_a_missing_file_when_loaded_then_the_command_says_which(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dossier / "crous.csv").unlink()
    monkeypatch.setattr(
        "referentiels.management.commands.load_referentiels.load_all", lambda: load_all(dossier)
    )
    with pytest.raises(CommandError, match=r"crous\.csv ne peut pas être ouvert"):
        call_command("load_referentiels", stdout=StringIO())


def test_given_the_package_when_trimmed_twice_then_the_bytes_are_the_same(tmp_path: Path) -> None:
    paquet = tmp_path / "paquet"
    paquet.mkdir()
    ille = {"code": "35", "nom": "Ille-et-Vilaine", "region": "53"}
    polynesie = {"code": "987", "nom": "Polynésie française", "region": "987"}
    rennes = {
        "code": "35238",
        "nom": "Rennes",
        "departement": "35",
        "region": "53",
        "type": "commune-actuelle",
        "codesPostaux": ["35000", "35200"],
        "population": 225081,
    }
    deleguee = rennes | {"code": "35001", "type": "commune-deleguee"}
    papeete = rennes | {"code": "98735", "departement": "987", "region": "987"}
    (paquet / "departements.json").write_text(json.dumps([ille, polynesie]))
    (paquet / "communes.json").write_text(json.dumps([papeete, rennes, deleguee]))
    contenus = []
    for nom in ("a", "b"):
        (tmp_path / nom).mkdir()
        call_command("trim_territoires", str(paquet), sortie=tmp_path / nom, stdout=StringIO())
        contenus.append((tmp_path / nom / "communes.csv.gz").read_bytes())
    assert contenus[0] == contenus[1]
    assert gzip.decompress(contenus[0]).decode().splitlines()[1:] == ["35238;Rennes;35;;35000 35200;;225081"]
    assert (tmp_path / "a" / "departements.csv").read_text().splitlines()[1:] == ["35;Ille-et-Vilaine;53"]


def _replace(chemin: Path, ancien: str, nouveau: str) -> None:
    texte = chemin.read_text(encoding="utf-8")
    assert ancien in texte
    chemin.write_text(texte.replace(ancien, nouveau), encoding="utf-8")


@pytest.mark.django_db
def test_given_the_demo_sheets_when_loaded_then_each_is_fictional_and_says_so() -> None:
    assert load_demo_certifications().ajoutees == 13
    assert not load_demo_certifications().change
    for certification in Certification.objects.all():
        assert certification.fictive
        assert certification.code.startswith("RNCP900")
        assert "fictif" in certification.intitule
        # One has ended before the relevé of the demo: criterion 2 is seen to fail by it.
        finie = certification.code == "RNCP90013"
        assert certification.is_active_on(date(2021, 8, 31) if finie else date(2026, 12, 31))
        assert certification.is_active_on(date(2021, 9, 30)) is not finie
        assert not certification.is_active_on(date(2027, 1, 1))


@pytest.mark.usefixtures("referentiels")
def test_given_the_shipped_data_when_loaded_then_no_certification_comes_with_it() -> None:
    assert not Certification.objects.exists()
