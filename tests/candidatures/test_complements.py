"""Compléments: what is listed opens, nothing else; a new deposit, old and new values (R16)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from candidatures import cycle
from candidatures.domain import instantane
from candidatures.domain.complements import (
    Element,
    answer_complements,
    close_complements,
    close_expired_complements,
    dossier_to_answer,
    gaps_to_answer,
    request_complements,
)
from candidatures.domain.completude import gaps
from candidatures.domain.erreurs import ChampFerme
from candidatures.domain.pieces import remove_piece
from candidatures.domain.queries import dernier_depot
from candidatures.domain.saisie import open_fields
from candidatures.models import EtatSection, SectionStructure
from socle import horloge, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from socle.models import Courriel, Echeance
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R16")]

GRATUITE = Element("publics", "gratuite", "Confirmez la gratuité de la certification.")
FISCALE = Element("structure", "piece:ATTESTATION_FISCALE", "Joignez une attestation de moins de six mois.")
MODULES = Element("programme", "modules", "Précisez les heures de chaque module.")


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def test_given_a_deposit_when_compléments_are_asked_then_an_obligation_and_a_mail_follow(
    snapshot: Any,
) -> None:
    candidature = fabriques.dossier_en_complement([GRATUITE, FISCALE])
    assert candidature.etat == cycle.EN_COMPLEMENT
    demande = candidature.demandes_complements.get()
    echeance = Echeance.objects.get(genre="candidatures.complements")
    assert (echeance.sujet_id, echeance.due) == (demande.pk, date(2021, 10, 5))
    assert echeance.responsable_id == candidature.structure_id
    etats = dict(candidature.etats_sections.values_list("section", "avancement"))
    assert etats["publics"] == etats["structure"] == EtatSection.Avancement.A_CORRIGER
    assert etats["budget"] == EtatSection.Avancement.TERMINEE
    courriel = Courriel.objects.get(gabarit="candidature_complements_demandes")
    texte = f"{courriel.objet}\n\n{courriel.texte}".replace(candidature.reference, "<reference>")
    assert texte.replace(str(candidature.pk), "<id>") == snapshot


def test_given_a_request_when_saving_then_only_what_is_listed_opens() -> None:
    candidature = fabriques.dossier_en_complement([GRATUITE, FISCALE, MODULES])
    acteur = fabriques.responsable_de(candidature.structure)
    assert open_fields(candidature, "publics") == {"gratuite"}
    assert open_fields(candidature, "budget") == frozenset()
    fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    for section, valeurs, lignes in (
        ("publics", {"part_femmes": 50}, None),
        ("publics", {"gratuite": True, "part_femmes": 50}, None),
        ("budget", {"veille": "…"}, None),
        ("budget", {}, []),
        ("programme", {"duree_mois": 7}, None),
        ("sessions", {}, []),
    ):
        with pytest.raises(ChampFerme):
            fabriques.enregistrer(candidature, acteur, section, valeurs, lignes)
    fabriques.joindre(candidature, acteur, "ATTESTATION_FISCALE", "neuve.pdf")
    with pytest.raises(ChampFerme):
        fabriques.joindre(candidature, acteur, "ATTESTATION_SOCIALE")
    assert candidature.sessionprevues.count() == 3


def test_given_answers_when_handed_in_then_a_second_deposit_shows_old_and_new_values() -> None:
    candidature = fabriques.dossier_en_complement([GRATUITE, MODULES])
    acteur = fabriques.responsable_de(candidature.structure)
    premier = dernier_depot(candidature)
    assert premier is not None
    fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    modules = [{"id": module["id"], "heures": 300} for module in premier.instantane["programme"]["modules"]]
    fabriques.enregistrer(candidature, acteur, "programme", {}, modules)
    arrivee = fabriques.LUNDI - timedelta(seconds=2)
    depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=arrivee)
    assert (depot.numero, depot.arrivee) == (2, arrivee)
    assert candidature.etat == cycle.DEPOSEE
    assert candidature.releve_arrivee.numero == 2
    demande = candidature.demandes_complements.get()
    assert demande.repondue_le == fabriques.LUNDI
    trouvees = {
        revision.champ: (revision.avant, revision.apres)
        for revision in revisions.of(candidature, f"complements:{demande.pk}")
    }
    identifiants = [module["id"] for module in modules]
    assert trouvees == {
        "publics.gratuite": (True, False),
        f"programme.modules.{identifiants[0]}.heures": (250, 300),
        f"programme.modules.{identifiants[1]}.heures": (250, 300),
    }
    premier.refresh_from_db()
    assert premier.instantane["publics"]["gratuite"] is True
    assert not Echeance.objects.get(genre="candidatures.complements").est_ouverte
    assert Courriel.objects.filter(gabarit="candidature_complements_recus").count() == 1
    assert EtatSection.Avancement.A_CORRIGER not in candidature.etats_sections.values_list(
        "avancement", flat=True
    )
    with pytest.raises(TransitionRefusee):
        answer_complements(candidature=candidature, acteur=acteur, arrivee=arrivee)


def test_given_a_contributor_or_a_gap_when_handing_in_then_it_is_refused() -> None:
    candidature = fabriques.dossier_en_complement()
    contributeur = comptes.membre(candidature.structure)
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, contributeur, "publics", {"gratuite": None})
    with pytest.raises(ActeurRefuse):
        answer_complements(candidature=candidature, acteur=contributeur, arrivee=fabriques.LUNDI)
    with pytest.raises(DonneesInvalides):
        answer_complements(candidature=candidature, acteur=acteur, arrivee=fabriques.LUNDI)
    assert candidature.depots.count() == 1


@pytest.mark.parametrize(
    ("elements", "jour", "champ"),
    [
        ([], date(2021, 10, 5), "elements"),
        ([Element("publics", "inconnu", "x")], date(2021, 10, 5), "elements"),
        ([Element("inconnue", "gratuite", "x")], date(2021, 10, 5), "elements"),
        ([Element("publics", "gratuite", " ")], date(2021, 10, 5), "elements"),
        ([GRATUITE], date(2021, 9, 20), "reponse_avant"),
    ],
)
def test_given_a_wrong_request_when_asked_then_it_is_refused(
    elements: list[Element], jour: date, champ: str
) -> None:
    candidature = fabriques.dossier_depose()
    with pytest.raises(DonneesInvalides) as refus:
        request_complements(
            candidature=candidature, acteur=fabriques.instructeur(), elements=elements, reponse_avant=jour
        )
    assert list(refus.value.erreurs) == [champ]
    assert candidature.etat == cycle.DEPOSEE


def test_given_a_member_when_asking_compléments_then_only_an_instructor_may() -> None:
    candidature = fabriques.dossier_depose()
    for acteur in (fabriques.responsable_de(candidature.structure), comptes.utilisateur("direction")):
        with pytest.raises(ActeurRefuse):
            request_complements(
                candidature=candidature,
                acteur=acteur,
                elements=[GRATUITE],
                reponse_avant=date(2021, 10, 5),
            )


def test_given_no_answer_when_the_date_is_past_then_the_sweep_closes_and_what_was_deposited_counts(
    lundi: Any,
) -> None:
    candidature = fabriques.dossier_en_complement()
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    # 23:59 in Paris on the last day still counts.
    lundi.move_to(datetime(2021, 10, 5, 21, 59, tzinfo=UTC))
    assert close_expired_complements() == 0
    with pytest.raises(TransitionRefusee, match="pas écoulé"):
        close_complements(candidature=candidature, acteur=fabriques.instructeur())
    lundi.move_to(datetime(2021, 10, 5, 23, 0, tzinfo=UTC))
    assert close_expired_complements() == 1
    assert close_expired_complements() == 0
    candidature.refresh_from_db()
    assert candidature.etat == cycle.DEPOSEE
    depot = dernier_depot(candidature)
    assert depot is not None
    assert depot.numero == 1
    assert depot.instantane["publics"]["gratuite"] is True
    assert not Echeance.objects.get(genre="candidatures.complements").est_ouverte
    assert Courriel.objects.filter(gabarit="candidature_complements_clos").count() == 1


@pytest.mark.regle("R16")
def test_given_an_answer_asked_for_since_the_deposit_when_compléments_are_sent_then_they_are() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_en_complement()
        acteur = fabriques.responsable_de(candidature.structure)
        # As a dossier deposited before the question was asked of everybody.
        depot = candidature.depots.get()
        depot.instantane["structure"]["labels_anterieurs"] = ""
        depot.save()
        SectionStructure.objects.filter(pk=candidature.pk).update(labels_anterieurs="")
        (element,) = candidature.demandes_complements.get().elements.all()
        assert (element.section, element.champ) != ("structure", "labels_anterieurs")
        dossier = instantane.build(candidature)
        assert [manque.champ for manque in gaps(dossier)["structure"]] == ["labels_anterieurs"]
        assert gaps_to_answer(candidature, dossier) == {}
        assert answer_complements(candidature=candidature, acteur=acteur, arrivee=fabriques.LUNDI).numero == 2


@pytest.mark.regle("R16")
def test_given_what_is_asked_left_empty_when_compléments_are_sent_then_it_is_a_gap() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        acteur = fabriques.responsable_de(candidature.structure)
        request_complements(
            candidature=candidature,
            acteur=fabriques.instructeur(),
            elements=[Element("structure", "labels_anterieurs", "Précisez.")],
            reponse_avant=date(2021, 10, 5),
        )
        depot = candidature.depots.get()
        depot.instantane["structure"]["labels_anterieurs"] = ""
        depot.save()
        fabriques.enregistrer(candidature, acteur, "structure", {"labels_anterieurs": ""})
        with pytest.raises(DonneesInvalides):
            answer_complements(candidature=candidature, acteur=acteur, arrivee=fabriques.LUNDI)


@pytest.mark.regle("R16")
def test_given_one_of_two_linked_answers_open_when_they_disagree_then_nothing_is_held_back() -> None:
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_depose()
        acteur = fabriques.responsable_de(candidature.structure)
        request_complements(
            candidature=candidature,
            acteur=fabriques.instructeur(),
            elements=[Element("publics", "part_qpv_zrr", "Précisez.")],
            reponse_avant=date(2021, 10, 5),
        )
        fabriques.enregistrer(candidature, acteur, "publics", {"part_qpv_zrr": 100})
        dossier = instantane.build(candidature)
        assert [manque.champ for manque in gaps(dossier)["publics"]] == ["part_qpv_zrr"]
        assert gaps_to_answer(candidature, dossier) == {}, "the two others are closed"
        assert answer_complements(candidature=candidature, acteur=acteur, arrivee=fabriques.LUNDI).numero == 2


def test_given_a_request_closed_unanswered_when_another_is_answered_then_nothing_of_it_follows() -> None:
    candidature = fabriques.dossier_en_complement(
        [
            Element("programme", "justification_heures", "Justifiez les heures."),
            Element("formation", "intitule", "Précisez l’intitulé."),
            MODULES,
            FISCALE,
        ]
    )
    acteur = fabriques.responsable_de(candidature.structure)
    avant = dernier_depot(candidature).instantane
    # Typed, and never sent.
    fabriques.enregistrer(candidature, acteur, "programme", {"justification_heures": "Jamais transmis."}, [])
    fabriques.enregistrer(candidature, acteur, "formation", {"intitule": "Un autre intitulé"})
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE", retiree_le__isnull=True)
    remove_piece(piece=piece, acteur=acteur)
    with time_machine.travel(datetime(2021, 10, 7, 9, tzinfo=UTC), tick=False):
        close_expired_complements()
        candidature.refresh_from_db()
        request_complements(
            candidature=candidature,
            acteur=fabriques.instructeur(candidature),
            elements=[GRATUITE],
            reponse_avant=date(2021, 10, 20),
        )
        fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
        lu = dossier_to_answer(candidature)
        assert gaps_to_answer(candidature, lu) == {}
        depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert depot.instantane == {**avant, "publics": {**avant["publics"], "gratuite": False}} == lu
    assert set(instantane.differences(avant, depot.instantane)) == {"publics.gratuite"}


def test_given_a_table_or_a_piece_that_is_asked_then_the_answer_takes_them_as_they_are_now() -> None:
    candidature = fabriques.dossier_en_complement([MODULES, FISCALE])
    acteur = fabriques.responsable_de(candidature.structure)
    avant = dernier_depot(candidature).instantane
    fabriques.joindre(candidature, acteur, "ATTESTATION_FISCALE")
    depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    types = [piece["type"] for piece in depot.instantane["pieces"]]
    assert types.count("ATTESTATION_FISCALE") == 1 + [un["type"] for un in avant["pieces"]].count(
        "ATTESTATION_FISCALE"
    )
    assert depot.instantane["programme"] == avant["programme"]


def test_given_one_or_three_gaps_when_counted_then_it_costs_the_same_queries(
    django_assert_max_num_queries: Any,
) -> None:
    candidature = fabriques.dossier_en_complement([MODULES])
    dossier = dossier_to_answer(candidature)
    for module in dossier["programme"]["modules"]:
        module |= {"intitule": "", "heures": None, "competences": ""}
    with django_assert_max_num_queries(4):
        assert len(gaps_to_answer(candidature, dossier)["programme"]) >= 3
