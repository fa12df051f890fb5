"""The ten pre-checks, each seen to hold, to fail and not to know; every bound on both sides."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labellisation.domain.prevalidations import (
    PRECONTROLES,
    BilanConnu,
    Constat,
    Etat,
    FicheCertification,
    accompaniment_warning,
    alerts,
    run_all,
    start_window,
)
from tests.labellisation.instantanes import avec_piece, contexte, instantane, module, sans_piece

OUI, NON, VOIR = "CONFORME", "NON_CONFORME", "A_VERIFIER"


def avis(critere: int, dossier: dict[str, Any], **connu: Any) -> str:
    return str(PRECONTROLES[critere](dossier, contexte(**connu)).proposition)


def constats(critere: int, dossier: dict[str, Any], **connu: Any) -> dict[str, Constat]:
    return {
        constat.libelle: constat for constat in PRECONTROLES[critere](dossier, contexte(**connu)).constats
    }


@pytest.mark.regle("R15")
def test_given_a_dossier_that_holds_all_when_all_run_then_ten_proposals_are_conforme() -> None:
    resultats = run_all(instantane(), contexte())
    assert [resultat.critere for resultat in resultats] == list(range(1, 11))
    assert {str(resultat.proposition) for resultat in resultats} == {OUI}


@pytest.mark.regle("R15")
def test_given_any_result_then_its_findings_are_plain_text_and_point_into_the_dossier() -> None:
    dossier = instantane()
    for resultat in run_all(dossier, contexte()):
        for constat in resultat.frozen_findings():
            assert set(constat) == {"libelle", "valeur", "regle", "section", "etat"}
            assert all(isinstance(valeur, str) for valeur in constat.values())
            assert constat["section"] in dossier


# --- 1 -----------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("formation", "connu", "attendu"),
    [
        ({}, {}, OUI),
        ({}, {"famille_au_referentiel": False}, NON),
        ({}, {"famille_au_referentiel": None}, VOIR),
        ({"famille": None}, {"famille_au_referentiel": None}, VOIR),
        ({"metier": None}, {"famille_du_metier": None}, VOIR),
        ({}, {"famille_du_metier": None}, VOIR),
        ({}, {"famille_du_metier": "commerce"}, VOIR),
    ],
)
def test_given_a_family_and_a_job_when_checked_then_the_lists_of_the_call_answer(
    formation: dict[str, Any], connu: dict[str, Any], attendu: str
) -> None:
    assert avis(1, instantane(formation=formation), **connu) == attendu


@pytest.mark.regle("R15")
def test_given_a_digital_job_when_checked_then_the_instructor_is_asked_if_it_is_technical() -> None:
    question = constats(1, instantane())["À juger par vous"]
    assert question.etat == Etat.INFORMATION
    assert "s’est seulement numérisé" in question.valeur


@pytest.mark.regle("R15")
def test_given_further_jobs_then_they_are_told_and_the_criterion_reads_the_main_one_alone() -> None:
    autres = {
        "autre_metier_1": {"code": "testeur", "libelle": "Testeur"},
        "autre_metier_3": {"code": "disparu", "libelle": "Métier disparu"},
    }
    connu = {"metiers_en_liste": frozenset({"testeur"})}
    resultat = PRECONTROLES[1](instantane(formation=autres), contexte(**connu))
    dits = [constat for constat in resultat.constats if constat.libelle == "Autre métier"]
    assert [constat.valeur for constat in dits] == [
        "Testeur",
        "Métier disparu, hors de la liste le 30\u00a0septembre 2021, date du relevé",
    ]
    assert {constat.etat for constat in dits} == {Etat.INFORMATION}
    assert "métier principal" in dits[0].regle
    assert resultat.proposition == OUI
    assert avis(1, instantane(formation=autres), famille_du_metier=None, **connu) == VOIR


# --- 2 -----------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("formation", "fiche", "attendu"),
    [
        ({}, {}, OUI),
        ({}, {"active_au_releve": False}, NON),
        ({}, None, VOIR),
        ({"certification_code": ""}, None, VOIR),
        ({"certification_code": "TITRE12"}, None, NON),
        ({"accord_valide_jusqu_au": "2021-09-30"}, {}, OUI),
        ({"accord_valide_jusqu_au": "2021-09-29"}, {}, NON),
        ({"accord_valide_jusqu_au": None}, {}, VOIR),
        ({"certification_proprietaire": None}, {}, VOIR),
        ({"certification_proprietaire": True}, {"sirens_certificateurs": frozenset({"000000018"})}, OUI),
        ({"certification_proprietaire": True}, {"sirens_certificateurs": frozenset({"000000026"})}, NON),
        ({"certification_proprietaire": True}, {}, VOIR),
        ({"certification_proprietaire": True}, None, VOIR),
    ],
)
def test_given_a_certification_when_checked_then_sheet_owner_and_agreement_count_at_the_releve(
    formation: dict[str, Any], fiche: dict[str, Any] | None, attendu: str
) -> None:
    connue = (
        None
        if fiche is None
        else FicheCertification(
            **{"code": "RNCP31114", "intitule": "Développeur web", "active_au_releve": True, **fiche}
        )
    )
    assert avis(2, instantane(formation=formation), certification=connue) == attendu


@pytest.mark.regle("R15")
def test_given_no_agreement_attached_when_checked_then_criterion_2_fails() -> None:
    assert avis(2, instantane(pieces=sans_piece("ACCORD_CERTIFICATION"))) == NON


@pytest.mark.regle("R4")
def test_given_a_releve_to_be_announced_when_checked_then_today_is_the_day_and_it_says_so() -> None:
    dossier = instantane(formation={"accord_valide_jusqu_au": "2021-10-06"})
    accord = constats(2, dossier, jour_releve=None)["Accord de partenariat"]
    assert accord.etat == Etat.ECHOUE
    assert "relevé à annoncer" in accord.regle
    assert constats(2, dossier)["Accord de partenariat"].etat == Etat.TIENT


# --- 3 -----------------------------------------------------------------------------------------
def programme(*modules: dict[str, Any], **valeurs: Any) -> dict[str, Any]:
    return instantane(programme={"modules": list(modules), **valeurs})


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("heures", "attendu"), [(399, NON), (400, OUI), (401, OUI)])
def test_given_the_hours_of_the_modules_when_checked_then_400_is_enough(heures: int, attendu: str) -> None:
    assert avis(3, programme(module(heures=300), module(heures=heures - 300))) == attendu


@pytest.mark.regle("R15")
def test_given_hours_only_reached_with_the_immersion_when_checked_then_criterion_3_fails() -> None:
    dossier = programme(module(heures=399))
    dossier["immersion"]["heures"] = 500
    assert avis(3, dossier) == NON
    assert constats(3, dossier)["Immersion, non comptée"].valeur == "500\u00a0heures"


@pytest.mark.regle("R15")
def test_given_a_module_without_hours_when_checked_then_it_is_unknown_unless_the_others_suffice() -> None:
    assert avis(3, programme(module(heures=200), module(heures=None))) == VOIR
    assert avis(3, programme(module(heures=400), module(heures=None))) == OUI
    assert avis(3, programme()) == VOIR


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("mois", "attendu"), [(18, OUI), (19, NON), (None, VOIR)])
def test_given_the_months_on_site_when_checked_then_18_is_the_most(mois: int | None, attendu: str) -> None:
    assert avis(3, instantane(programme={"duree_mois": mois})) == attendu


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("mois", "attendu"), [(6, OUI), (7, NON)])
@pytest.mark.parametrize("mode", ["DISTANCIEL", "TELEPRESENTIEL"])
def test_given_most_modules_at_a_distance_when_checked_then_6_months_is_the_most(
    mode: str, mois: int, attendu: str
) -> None:
    modules = [module(mode=mode), module(mode=mode), module()]
    assert avis(3, programme(*modules, duree_mois=mois, lieux_collectifs=True)) == attendu


@pytest.mark.regle("R15")
def test_given_exactly_half_of_the_modules_at_a_distance_then_it_is_not_a_distance_formation() -> None:
    moitie = programme(module(mode="DISTANCIEL"), module(), duree_mois=7)
    assert avis(3, moitie) == OUI
    # Modules are counted, not hours.
    lourd = programme(module(mode="DISTANCIEL", heures=900), module(heures=10), duree_mois=7)
    assert avis(3, lourd) == OUI
    plus = programme(module(mode="DISTANCIEL"), module(mode="DISTANCIEL"), module(), duree_mois=7)
    assert constats(3, plus)["Durée"].etat == Etat.ECHOUE


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("part", "attendu"), [(50, Etat.TIENT), (51, Etat.ECHOUE)])
def test_given_mixed_modules_when_checked_then_above_50_percent_they_count_as_distance(
    part: int, attendu: str
) -> None:
    mixtes = programme(module(mode="MIXTE", part_distance=part), duree_mois=7, lieux_collectifs=True)
    mixtes["programme"]["modules"][0]["heures"] = 450
    assert constats(3, mixtes)["Durée"].etat == attendu


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("lieux", "attendu"), [(True, OUI), (False, NON), (None, VOIR)])
def test_given_distance_or_telepresence_when_checked_then_collective_places_are_asked(
    lieux: bool | None, attendu: str
) -> None:
    distance = programme(module(mode="DISTANCIEL", heures=450), lieux_collectifs=lieux)
    telepresence = programme(
        module(), module(), module(mode="TELEPRESENTIEL"), duree_mois=18, lieux_collectifs=lieux
    )
    assert avis(3, distance) == attendu
    assert avis(3, telepresence) == attendu
    assert "Lieux d’accueil collectifs" not in constats(
        3, programme(module(), module(), lieux_collectifs=lieux)
    )


@pytest.mark.regle("R15")
def test_given_a_module_without_detail_or_no_justification_when_checked_then_criterion_3_fails() -> None:
    mince = programme(module(titre="Maths", evaluation=" "), module())
    assert avis(3, mince) == NON
    assert constats(3, mince)["Modules détaillés"].valeur == "incomplets\u00a0: Maths"
    assert avis(3, instantane(programme={"justification_heures": ""})) == NON


# --- 4, 5 --------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("section", "valeurs", "attendu"),
    [
        ("formation", {"prerequis_academique": True}, NON),
        ("formation", {"prerequis_academique": None}, VOIR),
        ("formation", {"selection_motivation": False}, NON),
        ("formation", {"selection_motivation": None}, VOIR),
        ("formation", {"engagement_apprenant": ""}, NON),
        ("formation", {"pedagogie": "  "}, NON),
        ("publics", {"processus_selection": ""}, NON),
        ("publics", {}, OUI),
    ],
)
def test_given_the_access_when_checked_then_no_prerequisite_and_motivation_are_needed(
    section: str, valeurs: dict[str, Any], attendu: str
) -> None:
    assert avis(4, instantane(**{section: valeurs})) == attendu


@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("immersion", "attendu"),
    [
        *(
            ({"type_immersion": nom}, OUI)
            for nom in ("STAGE", "PROJET", "APPRENTISSAGE", "PROFESSIONNALISATION")
        ),
        ({"type_immersion": ""}, NON),
        ({"periodes": 0}, NON),
        ({"periodes": None}, VOIR),
        ({"heures": 0}, NON),
        ({"heures": None}, VOIR),
    ],
)
def test_given_the_immersion_when_checked_then_one_period_is_needed(
    immersion: dict[str, Any], attendu: str
) -> None:
    assert avis(5, instantane(immersion=immersion)) == attendu


# --- 6 -----------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(("nombre", "attendu"), [(9, NON), (10, OUI), (None, VOIR)])
def test_given_a_short_formation_when_checked_then_ten_gen_people_per_session_are_needed(
    nombre: int | None, attendu: str
) -> None:
    assert avis(6, instantane(publics={"apprenants_gen_par_session": nombre})) == attendu


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("places", "attendu"), [(9, NON), (10, OUI)])
def test_given_a_session_too_small_for_ten_when_checked_then_criterion_6_fails(
    places: int, attendu: str
) -> None:
    dossier = instantane()
    dossier["sessions"][1]["places"] = places
    assert avis(6, dossier) == attendu


def sessions(*debuts: str | None) -> list[dict[str, Any]]:
    return [{"id": debut, "debut": debut, "fin": None, "places": 12} for debut in debuts]


@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("debuts", "attendu"),
    [
        (("2021-11-15", "2022-11-14", "2023-11-13"), OUI),
        (("2021-11-15", "2022-11-14"), NON),
        (("2021-11-15", "2022-02-01", "2022-05-01"), NON),
        # Signed on the very day of the first session, the third year ends just before 15/11/2024.
        (("2021-11-15", "2022-11-15", "2024-11-14"), OUI),
        (("2021-11-15", "2022-11-15", "2024-11-15"), NON),
        ((None,), VOIR),
        ((), VOIR),
    ],
)
def test_given_the_planned_sessions_when_checked_then_each_label_year_has_one(
    debuts: tuple[str | None, ...], attendu: str
) -> None:
    assert avis(6, instantane(sessions=sessions(*debuts))) == attendu


@pytest.mark.regle("R15")
def test_given_eleven_or_twelve_months_when_checked_then_only_eleven_is_less_than_a_year() -> None:
    une_session = sessions("2021-11-15")
    assert avis(6, instantane(programme={"duree_mois": 11}, sessions=une_session)) == NON
    un_an = instantane(programme={"duree_mois": 12}, sessions=une_session)
    assert avis(6, un_an) == OUI
    nombre = constats(6, un_an)["Nombre à inscrire dans la convention"]
    assert nombre.valeur == "90 apprenants en 3 ans (30 par an)"


@pytest.mark.regle("R15")
@pytest.mark.parametrize(("par_session", "attendu"), [(49, NON), (50, OUI)])
def test_given_very_large_sessions_when_checked_then_the_number_is_for_the_convention(
    par_session: int, attendu: str
) -> None:
    dossier = instantane(publics={"apprenants_par_session": par_session}, sessions=sessions("2021-11-15"))
    assert avis(6, dossier) == attendu


@pytest.mark.regle("R15")
def test_given_an_all_distance_formation_when_checked_then_the_number_is_for_the_convention() -> None:
    distant = module(mode="DISTANCIEL")
    tout = instantane(programme={"modules": [distant, distant]}, sessions=sessions("2021-11-15"))
    assert avis(6, tout) == OUI
    presque = instantane(programme={"modules": [distant, module()]}, sessions=sessions("2021-11-15"))
    assert avis(6, presque) == NON


@pytest.mark.regle("R15")
def test_given_no_yearly_estimate_when_the_convention_must_fix_the_number_then_it_is_unknown() -> None:
    dossier = instantane(programme={"duree_mois": 14}, publics={"apprenants_par_an": None})
    assert avis(6, dossier) == VOIR
    assert avis(6, instantane(programme={"duree_mois": None})) == VOIR


@pytest.mark.regle("R15")
def test_given_a_first_session_when_checked_then_the_days_to_sign_the_convention_are_shown() -> None:
    assert "entre le 15\u00a0août 2021 et cette date" in constats(6, instantane())["Première session"].valeur
    passee = instantane(sessions=sessions("2021-10-06", "2022-10-06", "2023-10-06"))
    assert "à redater" in constats(6, passee)["Première session"].valeur


# --- 7, 8 --------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("gratuite", "reste", "attendu"),
    [(True, 0, OUI), (True, 1, NON), (False, 0, NON), (None, 0, VOIR), (True, None, VOIR)],
)
def test_given_the_costs_when_checked_then_nothing_is_left_to_the_learner(
    gratuite: bool | None, reste: int | None, attendu: str
) -> None:
    assert avis(7, instantane(publics={"gratuite": gratuite}, budget={"reste_a_charge": reste})) == attendu


@pytest.mark.regle("R15")
def test_given_an_active_label_or_a_live_candidature_when_checked_then_criterion_8_fails() -> None:
    assert avis(8, instantane()) == OUI
    assert avis(8, instantane(), labels_actifs=("GEN-AB12",)) == NON
    assert avis(8, instantane(), candidatures_vivantes=("GEN-2021-0007",)) == NON


@pytest.mark.regle("R15")
def test_given_a_poor_record_when_checked_then_it_is_shown_and_never_refuses() -> None:
    bilan = BilanConnu("GEN-AB12", date(2018, 1, 1), date(2020, 12, 31), "expiré", 12, 5, 3, 1)
    resultat = PRECONTROLES[8](instantane(formation={"renouvellement": True}), contexte(bilans=(bilan,)))
    assert str(resultat.proposition) == OUI
    montre = next(constat for constat in resultat.constats if "GEN-AB12" in constat.libelle)
    assert "12\u00a0obligations, 5 en retard, 3 remplies en retard, 1\u00a0sanction" in montre.valeur


# --- 9 -----------------------------------------------------------------------------------------
@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("fin", "releve", "ce_jour"),
    [
        ("2021-09-29", Etat.ECHOUE, Etat.ECHOUE),
        ("2021-09-30", Etat.TIENT, Etat.ECHOUE),
        ("2021-10-06", Etat.TIENT, Etat.ECHOUE),
        ("2021-10-07", Etat.TIENT, Etat.TIENT),
    ],
)
@pytest.mark.parametrize("qualite", ["QUALIOPI", "LABEL"])
def test_given_the_end_of_a_certificate_when_checked_then_it_counts_at_the_releve_and_today(
    qualite: str, fin: str, releve: str, ce_jour: str
) -> None:
    trouves = constats(9, instantane(structure={"qualite": qualite, "qualite_valide_jusqu_au": fin}))
    assert trouves["Validité au relevé"].etat == releve
    assert trouves["Validité ce jour"].etat == ce_jour


@pytest.mark.regle("R15")
def test_given_a_quality_label_then_it_is_named_with_who_gave_it_and_a_certificate_is_not() -> None:
    nom = {"qualite": "LABEL", "qualite_label": "Label Fictif", "qualite_numero": ""}
    assert "Label Fictif" in str(constats(9, instantane(structure=nom)).values())
    assert "Label Fictif" not in str(
        constats(9, instantane(structure={**nom, "qualite": "QUALIOPI"})).values()
    )


@pytest.mark.regle("R15")
def test_given_a_certificate_when_a_piece_or_a_date_lacks_then_criterion_9_does_not_hold() -> None:
    assert avis(9, instantane(pieces=sans_piece("ATTESTATION_QUALITE"))) == NON
    assert avis(9, instantane(structure={"qualite_valide_jusqu_au": None})) == VOIR
    assert avis(9, instantane(structure={"qualite": ""})) == VOIR


@pytest.mark.regle("R15")
@pytest.mark.parametrize(
    ("immersion", "categorie", "attendu"),
    [
        ("STAGE", "ACTIONS_FORMATION", OUI),
        ("STAGE", "APPRENTISSAGE", VOIR),
        ("APPRENTISSAGE", "APPRENTISSAGE", OUI),
        ("APPRENTISSAGE", "ACTIONS_FORMATION", VOIR),
        ("PROFESSIONNALISATION", "ACTIONS_FORMATION", OUI),
        ("STAGE", "", VOIR),
    ],
)
def test_given_a_category_of_certificate_when_checked_then_it_must_match_the_action(
    immersion: str, categorie: str, attendu: str
) -> None:
    dossier = instantane(structure={"qualite_categorie": categorie}, immersion={"type_immersion": immersion})
    assert avis(9, dossier) == attendu


@pytest.mark.regle("R24")
@pytest.mark.parametrize(
    ("audit", "attendu"), [("2021-10-07", OUI), ("2021-10-06", VOIR), ("2022-01-10", OUI), (None, VOIR)]
)
def test_given_an_audit_to_come_when_checked_then_the_label_is_possible_under_condition(
    audit: str | None, attendu: str
) -> None:
    dossier = instantane(
        structure={"qualite": "CONTRAT", "audit_prevu_le": audit}, pieces=avec_piece("CONTRAT_QUALITE")
    )
    assert avis(9, dossier) == attendu
    assert ("Conséquence" in constats(9, dossier)) is (attendu == OUI)


@pytest.mark.regle("R15")
def test_given_an_audit_without_its_contract_when_checked_then_criterion_9_fails() -> None:
    assert avis(9, instantane(structure={"qualite": "CONTRAT", "audit_prevu_le": "2022-01-10"})) == NON


# --- 10 ----------------------------------------------------------------------------------------
@pytest.mark.regle("R14")
@pytest.mark.parametrize(
    ("nda", "en_liste", "attendu"),
    [
        ("84691234567", True, OUI),
        ("84691234567", False, NON),
        ("84691234567", None, VOIR),
        ("8469123456", None, NON),
        ("", None, NON),
    ],
)
def test_given_an_nda_when_checked_then_format_and_public_list_answer(
    nda: str, en_liste: bool | None, attendu: str
) -> None:
    assert avis(10, instantane(structure={"nda": nda}), nda_en_liste=en_liste) == attendu


SOUS_TRAITANCE = {
    "sous_traitance": True,
    "sous_traitant_raison_sociale": "Atelier du Code",
    "sous_traitant_nda": "84691234568",
    "controle_contenus": True,
    "controle_ressources": True,
    "controle_recrutement": True,
    "controle_locaux": True,
    "controle_materiels": True,
    "controle_modalites": "Une visite par trimestre.",
}


@pytest.mark.regle("R15")
def test_given_a_subcontractor_when_checked_then_either_nda_is_enough() -> None:
    sous_traite = instantane(structure=SOUS_TRAITANCE)
    assert avis(10, sous_traite, nda_en_liste=False, nda_sous_traitant_en_liste=True) == OUI
    assert avis(10, sous_traite, nda_en_liste=True, nda_sous_traitant_en_liste=False) == OUI
    assert avis(10, sous_traite, nda_en_liste=False, nda_sous_traitant_en_liste=False) == NON
    assert avis(10, sous_traite, nda_en_liste=False, nda_sous_traitant_en_liste=None) == VOIR


@pytest.mark.regle("R15")
@pytest.mark.parametrize("champ", [nom for nom in SOUS_TRAITANCE if nom.startswith("controle_")])
def test_given_a_subcontractor_when_one_commitment_lacks_then_criterion_10_fails(champ: str) -> None:
    valeurs = {**SOUS_TRAITANCE, champ: "" if champ == "controle_modalites" else False}
    assert avis(10, instantane(structure=SOUS_TRAITANCE)) == OUI
    assert avis(10, instantane(structure=valeurs)) == NON


@pytest.mark.regle("R15")
@pytest.mark.parametrize("nom", ["fiscale", "sociale"])
@pytest.mark.parametrize(
    ("datee", "attendu"),
    [("2021-03-30", OUI), ("2021-03-29", NON), ("2021-10-07", OUI), ("2021-10-08", VOIR), (None, VOIR)],
)
def test_given_an_attestation_when_checked_then_it_is_less_than_six_months_old_at_the_releve(
    nom: str, datee: str | None, attendu: str
) -> None:
    assert avis(10, instantane(structure={f"attestation_{nom}_le": datee})) == attendu


@pytest.mark.regle("R15")
def test_given_duties_when_not_met_or_not_proven_then_criterion_10_does_not_hold() -> None:
    assert avis(10, instantane(structure={"obligations_reglementaires": False})) == NON
    assert avis(10, instantane(structure={"obligations_reglementaires": None})) == VOIR
    assert avis(10, instantane(structure={"sous_traitance": None})) == VOIR
    assert avis(10, instantane(pieces=sans_piece("ATTESTATION_FISCALE"))) == NON
    assert avis(10, instantane(pieces=sans_piece("ATTESTATION_SOCIALE"))) == NON


@pytest.mark.regle("R14")
def test_given_an_nda_of_another_region_when_checked_then_it_is_a_warning_only() -> None:
    assert avis(10, instantane(), nda_alerte="NDA d’une autre région.") == OUI


# --- Choices are settings ----------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_other_choices_in_the_settings_when_checked_then_they_count_and_are_shown(
    settings: Any,
) -> None:
    settings.GEN_REGLES = {
        **settings.GEN_REGLES,
        "heures_minimum": 600,
        "apprenants_minimum_par_session": 13,
        "attestation_recente_mois": 1,
    }
    assert avis(3, instantane()) == NON
    assert constats(3, instantane())["Heures"].regle == "au moins 600 heures, hors immersion"
    assert avis(6, instantane()) == NON
    assert avis(10, instantane()) == NON


# --- R5, R17 -----------------------------------------------------------------------------------
@pytest.mark.regle("R5")
@pytest.mark.parametrize(
    ("debut", "fenetre", "averti"),
    [
        ("2021-08-31", {"debut_au_plus_tot": date(2021, 9, 1)}, True),
        ("2021-09-01", {"debut_au_plus_tot": date(2021, 9, 1)}, False),
        ("2021-09-01", {"debut_au_plus_tard": date(2021, 9, 1)}, False),
        ("2021-09-02", {"debut_au_plus_tard": date(2021, 9, 1)}, True),
        ("2021-09-02", {}, False),
    ],
)
def test_given_a_window_on_start_dates_when_outside_then_it_warns_and_refuses_nothing(
    debut: str, fenetre: dict[str, date], averti: bool
) -> None:
    dossier = instantane(sessions=sessions(debut, "2022-09-01", "2023-09-01"))
    assert (start_window(dossier, contexte(**fenetre)) is not None) is averti
    assert avis(6, dossier, **fenetre) == OUI


@pytest.mark.regle("R17")
@pytest.mark.parametrize(("social", "averti"), [(19, True), (20, False)])
def test_given_the_share_of_support_when_under_ten_percent_then_it_warns(social: int, averti: bool) -> None:
    dossier = instantane(
        accompagnement={"heures_social": social, "heures_professionnel": 20, "heures_pedagogique": 10}
    )
    assert (accompaniment_warning(dossier, contexte()) is not None) is averti
    assert {str(resultat.proposition) for resultat in run_all(dossier, contexte())} == {OUI}
    assert len(alerts(dossier, contexte())) == int(averti)


@pytest.mark.regle("R17")
def test_given_unknown_hours_of_support_then_no_warning_is_made_up() -> None:
    assert accompaniment_warning(instantane(accompagnement={"heures_social": None}), contexte()) is None


# --- Whatever is missing -----------------------------------------------------------------------
@pytest.mark.regle("R15")
@given(data=st.data())
def test_given_answers_taken_away_at_random_when_run_then_nothing_breaks_and_unknown_is_never_conforme(
    data: st.DataObject,
) -> None:
    dossier = instantane()
    chemins = [
        (section, champ)
        for section, valeurs in dossier.items()
        if isinstance(valeurs, dict)
        for champ, valeur in valeurs.items()
        if not isinstance(valeur, list | str)
    ]
    for section, champ in data.draw(st.lists(st.sampled_from(chemins), unique=True)):
        dossier[section][champ] = None
    for resultat in run_all(dossier, contexte()):
        etats = {constat.etat for constat in resultat.constats}
        assert (str(resultat.proposition) == OUI) is (not etats & {Etat.INCONNU, Etat.ECHOUE})
