"""The base for load tests: copies of dossiers made by the verbs, that hold all that the models hold."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.test import Client, override_settings

from candidatures.models import Candidature, Depot
from comptes.models import Structure, Utilisateur
from gen_portal.demo import scenario
from gen_portal.demo.comptes import SIRET_PORTEUR, create_demo_accounts
from gen_portal.demo.contenu import MODELES, Variante
from gen_portal.demo.peuplement import LYON, advance, team
from gen_portal.populate.apprenants import shares
from gen_portal.populate.volume import PREFIXE, Volume, VolumeRefuse
from labellisation.models import Convention, Label, Seance
from referentiels.imports.chargement import load_all, load_demo_certifications
from socle import balayages, chargements, horloge, journal
from socle.canonique import fingerprint
from socle.models import Chaine, Courriel, Echeance, Evenement, Fichier
from socle.references import SYSTEME, reference
from suivi.domain.attestations import list_fingerprint
from suivi.models import Apprenant, AttestationDemarrage

pytestmark = pytest.mark.django_db


@pytest.fixture
def modeles(settings: Any) -> list[Candidature]:
    """A draft, a deposited dossier, and one labelled with a session under way: made by the verbs."""
    settings.GEN_DEMO = True
    load_all()
    load_demo_certifications()
    for _, charge in chargements.registered():
        charge()
    horloge.advance_to(horloge.at_paris(date(2021, 9, 20), 10))
    gens = create_demo_accounts()
    equipe = team(gens)
    structure = Structure.objects.get(siret=SIRET_PORTEUR)
    dossiers = [
        scenario.draft(
            structure=structure,
            variante=Variante(modele=modele, lieu=LYON, debut=date(2021, 11, 15)),
            acteur=gens["porteur"],
        )
        for modele in (MODELES[1], MODELES[2], MODELES[0])
    ]
    for candidature in dossiers[1:]:
        scenario.deposit(candidature=candidature, acteur=gens["porteur"])
    labellise = dossiers[2]
    advance(date(2021, 10, 4))
    scenario.assign(candidature=labellise, equipe=equipe)
    scenario.judge(candidature=labellise, instructeur=equipe.instructeurs[0])
    for instructeur in equipe.instructeurs:
        scenario.score(candidature=labellise, instructeur=instructeur, niveau=3)
    tenue_le = horloge.at_paris(date(2021, 10, 19), 14)
    seance = scenario.convene(
        equipe=equipe, intitule="Séance d’octobre", tenue_le=tenue_le, dossiers=[labellise]
    )
    advance(date(2021, 10, 19), 15)
    scenario.deliberate(seance=seance, equipe=equipe, issues={})
    advance(date(2021, 10, 25))
    scenario.notify(seance=seance, equipe=equipe)
    convention = Convention.objects.get(candidature=labellise)
    label = scenario.sign(convention=convention, porteur=gens["porteur"], equipe=equipe)
    session = label.sessions.order_by("debut")[0]
    advance(session.debut, 12)
    scenario.start(session=session, jour=session.debut, acteur=gens["porteur"])
    scenario.enrol(session=session, nombre=12, acteur=gens["porteur"], commune="69123")
    scenario.attest(session=session, acteur=gens["porteur"])
    balayages.drain()
    return dossiers


def reach(candidatures: int, apprenants: int) -> Any:
    """Bring the base to a size."""
    return Volume(graine=7, dire=lambda ligne: None).reach(candidatures=candidatures, apprenants=apprenants)


@pytest.mark.usefixtures("modeles")
def test_given_models_when_copied_then_every_copy_is_as_whole_as_its_model() -> None:
    bilan = reach(83, 372)

    assert (bilan.candidatures, Candidature.objects.count(), Apprenant.objects.count()) == (80, 83, 372)
    assert journal.verify().problemes == []
    copies = Candidature.objects.filter(reference__startswith=PREFIXE)
    assert set(copies.values_list("etat", flat=True)) == {"BROUILLON", "DEPOSEE", "INSCRITE"}
    for modele in Candidature.objects.exclude(reference__startswith=PREFIXE):
        un = copies.filter(etat=modele.etat)[0]
        assert un.etats_sections.count() == modele.etats_sections.count() == 11
        for lignes in ("modules", "partenaires", "pieces", "verdicts", "notations", "depots", "decisions"):
            assert getattr(un, lignes).count() == getattr(modele, lignes).count(), lignes
        evenements = Evenement.objects.filter(chaine=un.chaine_journal)
        assert list(evenements.order_by("numero").values_list("verbe", flat=True)) == list(
            Evenement.objects.filter(chaine=modele.chaine_journal)
            .order_by("numero")
            .values_list("verbe", flat=True)
        )
        assert str(modele.pk) not in str(list(evenements.values()))
    _fingerprints_hold()
    _everyone_has_their_own(copies)


def _fingerprints_hold() -> None:
    assert all(depot.empreinte == fingerprint(depot.instantane) for depot in Depot.objects.all())
    for attestation in AttestationDemarrage.objects.all():
        liste = list(attestation.session.apprenants.all())
        assert (attestation.inscrits, attestation.empreinte_liste) == (len(liste), list_fingerprint(liste))
        evenement = Evenement.objects.get(verbe="session.attestee", sujet_id=attestation.session_id)
        assert evenement.donnees["empreinte"] == attestation.empreinte_liste
        assert evenement.donnees["inscrits"] == attestation.document.donnees["inscrits"] == len(liste)
    seances = Seance.objects.exclude(classement=None)
    assert seances.count() >= 2
    for seance in seances:
        assert seance.empreinte_classement == fingerprint(seance.classement)
        assert {ligne["candidature"] for ligne in seance.classement} == {
            str(pk) for pk in seance.inscriptions.values_list("candidature", flat=True)
        }
    for fichier in Fichier.objects.order_by("pk")[:20]:
        with fichier.contenu.open() as contenu:
            assert hashlib.sha256(contenu.read()).hexdigest() == fichier.sha256


def _everyone_has_their_own(copies: Any) -> None:
    label = Label.objects.filter(candidature__in=copies)[0]
    assert Echeance.objects.filter(chaine=label.chaine_journal).exists()
    assert label.convention.structure_id == label.structure_id
    assert label.bilan.obligations > 0
    assert Courriel.objects.about(reference(copies.exclude(etat="BROUILLON")[0])).exists()
    ailleurs = copies.exclude(structure__siret=SIRET_PORTEUR)[0]
    porteur = Utilisateur.objects.get(
        appartenances__structure=ailleurs.structure, email__startswith="porteur"
    )
    with override_settings(GEN_DEMO=False):
        # The demo's own addresses exist only where the portal has started as a demo.
        _pages_open(porteur, ailleurs, label)


def _pages_open(porteur: Utilisateur, ailleurs: Any, label: Label) -> None:
    client = Client()
    client.force_login(porteur)
    assert client.get(f"/candidatures/{ailleurs.pk}/").status_code == 200
    assert ailleurs.structure.raison_sociale in client.get("/candidatures/").content.decode()
    assert Client().get(f"/verification/{label.code}/").status_code == 200


@pytest.mark.usefixtures("modeles")
def test_given_a_populated_base_when_run_again_then_it_adds_what_is_missing_or_says_why_not() -> None:
    reach(20, 60)
    assert reach(20, 60).candidatures == 0
    with pytest.raises(VolumeRefuse, match="Demandez plus de dossiers"):
        reach(20, 61)
    with pytest.raises(VolumeRefuse, match="plus que demandé"):
        reach(30, 59)
    with pytest.raises(VolumeRefuse, match="demandez au moins"):
        reach(30, 60)
    reach(30, 90)
    assert (Candidature.objects.count(), Apprenant.objects.count()) == (30, 90)
    assert journal.verify().problemes == []


def test_given_no_demo_when_asked_to_populate_then_it_refuses() -> None:
    with pytest.raises(CommandError, match="GEN_DEMO"):
        call_command("populate", candidatures=10, learners=10)
    assert not Candidature.objects.exists()


@pytest.mark.parametrize(("total", "attendu"), [(9, [3, 3, 3]), (10, [4, 3, 3]), (11, [4, 4, 3])])
def test_given_people_to_share_when_they_are_then_lists_differ_by_one_at_most(
    total: int, attendu: list[int]
) -> None:
    assert shares(total, 3) == attendu


def _prepared(chaine: str) -> Evenement:
    instant = horloge.real_now() - timedelta(days=1)
    return Evenement(
        chaine=chaine,
        verbe="essai.fait",
        sujet_genre="essai",
        sujet_id="00000000-0000-0000-0000-000000000001",
        acteur_genre="systeme",
        acteur_id="00000000-0000-0000-0000-000000000000",
        donnees={"rang": 1},
        instant=instant,
        heure_reelle=instant,
    )


def test_given_prepared_events_when_appended_then_old_and_new_chains_stay_whole() -> None:
    with transaction.atomic():
        journal.record(
            "essai.fait", sujet=create_demo_accounts()["porteur"], acteur=SYSTEME, chaine="ancienne"
        )
        assert (
            journal.append_without_reactions([_prepared(nom) for nom in ("ancienne", "neuve", "neuve")]) == 3
        )
    assert dict(Chaine.objects.filter(pk__in=["ancienne", "neuve"]).values_list("pk", "numero")) == {
        "ancienne": 2,
        "neuve": 2,
    }
    assert journal.verify().problemes == []


@pytest.mark.django_db(transaction=True)
def test_given_no_transaction_when_prepared_events_are_appended_then_it_refuses() -> None:
    with pytest.raises(TransactionManagementError):
        journal.append_without_reactions([_prepared("seule")])
