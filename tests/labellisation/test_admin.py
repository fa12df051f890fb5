"""The instructors' screens inside the admin: who enters, what they save, what nobody sees."""

import re
import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.depot import withdraw_candidature
from candidatures.models import Affectation, Candidature, Depot, LienInteret
from comptes.models import Appartenance, Role, Utilisateur
from labellisation.domain.notation import save_levels, start_notation, submit_notation
from labellisation.models import Decision, NiveauAttribue, Notation, Score, Verdict
from referentiels.models import CritereRecevabilite
from tests.candidatures.fabriques import (
    brouillon,
    dossier_depose,
    dossier_en_complement,
    instructeur,
    responsable_de,
)
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques
from tests.labellisation.grille import (
    CODES,
    JUSTIFICATIONS,
    dossier_a_noter,
    harmonisation_demandee,
    notation_soumise,
    uniforme,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lundi")]


def navigateur(personne: Utilisateur) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def adresse(nom: str, *args: Any) -> str:
    return reverse(f"admin:instruction_{nom}", args=args)


def texte(reponse: Any) -> str:
    """The page without its no-break spaces."""
    return str(reponse.content.decode()).replace("&nbsp;", " ").replace("\u00a0", " ")


def juger(client: Client, candidature: Candidature, critere: int, **donnees: str) -> Any:
    return client.post(
        adresse("verdict", candidature.pk, critere), {"avis": "CONFORME", "motif": "", **donnees}
    )


def saisie(niveau: int = 3, **autres: str) -> dict[str, str]:
    """What a complete scoring form sends."""
    donnees = {f"niveau-{code}": str(niveau) for code in CODES}
    for numero, phrase in JUSTIFICATIONS.items():
        donnees |= {f"justification-{numero}": phrase, f"section-{numero}": "publics"}
    return donnees | autres


# --- Who enters ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.INSTRUCTEUR, Role.DIRECTION])
def test_given_somebody_who_instructs_when_opening_the_screens_then_they_answer(role: str) -> None:
    candidature = dossier_depose()
    client = navigateur(comptes.utilisateur(role))
    for page in (
        adresse("file"),
        reverse("admin:candidatures_candidature_changelist"),
        adresse("dossier", candidature.pk),
        adresse("affectations", candidature.pk),
        adresse("lien", candidature.pk),
        reverse("admin:index"),
    ):
        assert client.get(page).status_code == 200, page


def test_given_the_roles_that_do_not_instruct_when_opening_the_screens_then_they_are_refused() -> None:
    candidature = dossier_depose()
    administrateur = navigateur(comptes.utilisateur(Role.ADMINISTRATEUR))
    for page in (
        adresse("file"),
        reverse("admin:candidatures_candidature_changelist"),
        adresse("dossier", candidature.pk),
    ):
        assert administrateur.get(page).status_code == 403, page
    for roles in ((), (Role.COMITE,), (Role.REGION,)):
        reponse = navigateur(comptes.utilisateur(*roles)).get(adresse("dossier", candidature.pk), follow=True)
        assert reponse.status_code == 403


@pytest.mark.regle("R36")
def test_given_a_declared_link_when_opening_the_dossier_then_it_is_nowhere() -> None:
    candidature = dossier_depose()
    personne = instructeur(candidature)
    client = navigateur(personne)
    liste = reverse("admin:candidatures_candidature_changelist")
    pages = [
        adresse(nom, candidature.pk)
        for nom in (
            "dossier",
            "complements",
            "recevable",
            "irrecevable",
            "affectations",
            "notation",
            "soumettre",
            "lien",
        )
    ]
    assert candidature.reference in texte(client.get(liste))
    assert candidature.reference in texte(client.get(adresse("file")))
    assert client.get(pages[0]).status_code == 200

    reponse = client.post(
        adresse("lien", candidature.pk), {"portee": "structure", "motif": "Ancien employeur"}
    )
    assert reponse.url == adresse("file")
    assert LienInteret.objects.get().structure == candidature.structure
    assert candidature.reference not in texte(client.get(liste))
    assert candidature.reference not in texte(client.get(adresse("file")))
    for page in pages:
        assert client.get(page).status_code == 404, page
    assert juger(client, candidature, 1).status_code == 404


def test_given_a_draft_when_an_instructor_asks_for_it_then_it_does_not_exist() -> None:
    candidature = brouillon()
    client = navigateur(instructeur())
    assert client.get(adresse("dossier", candidature.pk)).status_code == 404
    assert candidature.reference not in texte(
        client.get(reverse("admin:candidatures_candidature_changelist"))
    )


def test_given_the_admin_then_dossiers_are_neither_added_nor_deleted_nor_edited_by_hand() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    ecran = admin.site._registry[Candidature]
    requete: Any = type("R", (), {"user": comptes.utilisateur(Role.DIRECTION)})()
    assert not ecran.has_add_permission(requete)
    assert not ecran.has_change_permission(requete)
    assert not ecran.has_delete_permission(requete)
    assert list(ecran.actions or ()) == ["confier"]
    fiche = reverse("admin:candidatures_candidature_change", args=[candidature.pk])
    assert client.get(fiche).url == adresse("dossier", candidature.pk)
    assert client.post(fiche, {"etat": "RECEVABLE"}).status_code == 403
    assert client.get(f"/admin/candidatures/candidature/{candidature.pk}/delete/").status_code == 404
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"


# --- List and queue ------------------------------------------------------------------------------
def test_given_filters_in_the_address_when_listing_then_they_keep_what_they_say() -> None:
    depose, recevable = dossier_depose(), fabriques.dossier_recevable()
    client = navigateur(instructeur(depose))
    liste = reverse("admin:candidatures_candidature_changelist")

    def montre(requete: str) -> tuple[bool, bool]:
        page = texte(client.get(f"{liste}?{requete}"))
        return depose.reference in page, recevable.reference in page

    assert montre("") == (True, True)
    assert montre("etat=RECEVABLE") == (False, True)
    assert montre("mes_dossiers=oui") == (True, False)
    assert montre(f"region={depose.region_id}") == (True, True)
    assert montre(f"instructeur={Affectation.objects.get().instructeur_id}") == (True, False)
    assert montre("instructeur=aucun") == (False, True)
    assert montre("delai=7") == (False, False)
    assert montre("delai=30") == (False, False)
    for faux in (
        "region=inconnue",
        "etat=X",
        "delai=demain",
        "instructeur=x",
        "verdict=11-CONFORME",
        "issue=y",
    ):
        assert montre(faux) == (True, True), faux
        assert "ce filtre est ignoré" in texte(client.get(f"{liste}?{faux}")), faux
    assert montre(f"releve={depose.releve_examen_id}") == (True, True)
    assert montre(f"famille={depose.sectionformation.famille_id}") == (True, True)
    assert montre(f"q={recevable.reference}") == (False, True)


def test_given_the_queue_then_counts_equal_lists_and_each_dossier_is_where_its_next_act_is() -> None:
    personne = instructeur()
    direction = fabriques.direction()
    mien, autre, libre = dossier_depose(), dossier_depose(), dossier_depose()
    assign(candidature=mien, instructeur=personne, tache="RECEVABILITE", acteur=direction)
    assign(candidature=autre, instructeur=instructeur(), tache="RECEVABILITE", acteur=direction)
    a_noter = dossier_a_noter(personne)
    ecart = harmonisation_demandee(personne)
    page = texte(navigateur(personne).get(adresse("file")))
    blocs = dict(
        re.findall(r'<section class="module gen-liste" id="([a-z-]+)".*?(.*?)</section>', page, re.S)
    )
    vus = {code: set(re.findall(r"GEN-[\w-]+", bloc)) for code, bloc in blocs.items()}
    assert vus["a-examiner"] == {mien.reference, libre.reference}
    assert vus["a-noter"] == {a_noter.reference}
    assert vus["a-harmoniser"] == {ecart.reference}
    for code, bloc in blocs.items():
        annonce = re.search(r"<h2[^>]*>[^<(]*\((\d+)\)</h2>", bloc)
        assert annonce is not None
        assert int(annonce[1]) == len(vus[code])
    accueil = texte(navigateur(personne).get(reverse("accueil")))
    assert "Ma file" in accueil


# --- Recevabilité --------------------------------------------------------------------------------
@pytest.mark.regle("R15")
def test_given_the_dossier_screen_then_it_shows_the_frozen_dossier_ten_criteria_and_what_is_missing() -> None:
    candidature = dossier_depose()
    page = texte(navigateur(instructeur(candidature)).get(adresse("dossier", candidature.pk)))
    for attendu in (
        'id="section-programme"',
        'id="critere-10"',
        "500 heures en 2 modules",
        "au moins 400 heures, hors immersion",
        "0 verdict sur 10.",
        '<a href="#critere-7"><span class="visually-hidden">critère </span>7</a>',
        "attestation_fiscale.pdf",
    ):
        assert attendu in page, attendu
    assert page.count("Votre verdict sur le critère") == 10
    assert "Déclarer recevable…" not in page
    assert "Déclarer irrecevable…" not in page


@pytest.mark.regle("R15")
def test_given_verdicts_saved_one_by_one_when_complete_then_the_dossier_is_declared_recevable() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    for critere in range(1, 11):
        reponse = juger(client, candidature, critere)
        ancre = f"critere-{critere + 1}" if critere < 10 else "suite"
        assert reponse.url == f"{adresse('dossier', candidature.pk)}#{ancre}"
    assert Verdict.objects.filter(candidature=candidature).count() == 10
    page = texte(client.get(adresse("dossier", candidature.pk)))
    assert "10 verdicts sur 10." in page
    assert "Déclarer recevable…" in page
    assert "Déclarer irrecevable…" not in page
    confirmation = texte(client.get(adresse("recevable", candidature.pk)))
    assert "deux instructeurs le notent" in confirmation
    candidature.refresh_from_db()
    assert candidature.etat == "DEPOSEE"
    assert client.post(adresse("recevable", candidature.pk)).status_code == 302
    candidature.refresh_from_db()
    assert candidature.etat == "RECEVABLE"
    assert "Votre verdict sur le critère" not in texte(client.get(adresse("dossier", candidature.pk)))


@pytest.mark.regle("R15", "R18")
def test_given_a_failing_criterion_when_declared_irrecevable_then_its_reason_is_proposed_as_grounds() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur())
    for critere in range(1, 11):
        juger(
            client,
            candidature,
            critere,
            **({"avis": "NON_CONFORME", "motif": "380 heures."} if critere == 3 else {}),
        )
    page = texte(client.get(adresse("irrecevable", candidature.pk)))
    assert "Critère 3 — Recevabilité 3 : 380 heures." in page
    vide = client.post(adresse("irrecevable", candidature.pk), {"motifs": ""})
    assert (vide.status_code, Decision.objects.count()) == (422, 0)
    client.post(adresse("irrecevable", candidature.pk), {"motifs": "La formation compte 380 heures."})
    decision = Decision.objects.get()
    assert (decision.nature, decision.motifs, decision.criteres) == (
        "IRRECEVABLE",
        "La formation compte 380 heures.",
        [3],
    )


@pytest.mark.regle("R15")
def test_given_a_verdict_without_its_reason_when_saved_then_it_is_said_and_nothing_typed_is_lost() -> None:
    candidature = dossier_depose()
    client = navigateur(instructeur(candidature))
    reponse = juger(client, candidature, 4, avis="NON_CONFORME")
    page = texte(reponse)
    assert reponse.status_code == 422
    assert '<a href="#motif-4">Écrivez le motif' in page
    assert 'id="avis-4-non_conforme" value="NON_CONFORME" checked' in page
    assert juger(client, candidature, 4, avis="").status_code == 422
    assert juger(client, candidature, 4, avis="SANS_OBJET").status_code == 422
    assert not Verdict.objects.exists()


@pytest.mark.regle("R15")
def test_given_a_text_that_allows_it_then_sans_objet_is_offered_there_only() -> None:
    candidature = dossier_depose()
    CritereRecevabilite.objects.filter(numero=6).update(
        sans_objet_permis=True, sans_objet_cas="Un an ou plus."
    )
    page = texte(navigateur(instructeur(candidature)).get(adresse("dossier", candidature.pk)))
    assert 'id="avis-6-sans_objet"' in page
    assert page.count('value="SANS_OBJET"') == 1


def test_given_another_instructor_in_charge_when_judging_then_it_is_refused_and_the_page_only_reads() -> None:
    candidature = dossier_depose()
    instructeur(candidature)
    client = navigateur(instructeur())
    assert "Votre verdict sur le critère" not in texte(client.get(adresse("dossier", candidature.pk)))
    assert juger(client, candidature, 1).status_code == 403


def test_given_an_act_that_the_state_refuses_then_the_reason_is_a_message() -> None:
    candidature = dossier_en_complement()
    client = navigateur(instructeur())
    page = texte(client.post(adresse("recevable", candidature.pk), follow=True))
    assert "Des compléments sont demandés" in page
    assert "Il manque un verdict" in texte(
        navigateur(instructeur()).get(adresse("recevable", dossier_depose().pk), follow=True)
    )


# --- Assignments ---------------------------------------------------------------------------------
@pytest.mark.regle("R36")
def test_given_the_direction_when_assigning_then_the_person_is_in_charge_unless_a_link_is_declared() -> None:
    candidature = dossier_depose()
    client = navigateur(fabriques.direction())
    libre, liee = instructeur(), instructeur()
    declare_interest(personne=liee, candidature=candidature)
    page = adresse("affectations", candidature.pk)
    assert client.post(page, {"tache": "NOTATION", "instructeur": libre.pk}).status_code == 302
    refus = client.post(page, {"tache": "NOTATION", "instructeur": liee.pk})
    assert (refus.status_code, "a déclaré un lien" in texte(refus)) == (422, True)
    hors_role = client.post(page, {"tache": "NOTATION", "instructeur": comptes.utilisateur().pk})
    assert hors_role.status_code == 422
    charge = Affectation.objects.get(candidature=candidature, retiree_le__isnull=True)
    assert charge.instructeur == libre
    client.post(adresse("desaffecter", candidature.pk, charge.pk))
    assert not Affectation.objects.filter(candidature=candidature, retiree_le__isnull=True).exists()


# --- Notation ------------------------------------------------------------------------------------
@pytest.mark.regle("R19", "R20")
def test_given_the_scoring_screen_when_saved_then_the_draft_comes_back_as_it_was_typed() -> None:
    premiere = instructeur()
    candidature = dossier_a_noter(premiere)
    client = navigateur(premiere)
    page = texte(client.get(adresse("notation", candidature.pk)))
    assert page.count('type="radio"') == 5 * len(CODES)
    assert not Notation.objects.exists(), "reading writes nothing"
    client.post(
        adresse("notation", candidature.pk), {"niveau-1.1": "2", "justification-1": "Un besoin chiffré."}
    )
    page = texte(client.get(adresse("notation", candidature.pk)))
    assert 'id="indicateur-1-1-2" value="2" checked' in page
    assert "Un besoin chiffré." in page
    assert NiveauAttribue.objects.count() == 1


@pytest.mark.regle("R20")
def test_given_an_incomplete_notation_when_going_to_submit_then_each_lack_is_a_link() -> None:
    premiere = instructeur()
    candidature = dossier_a_noter(premiere)
    client = navigateur(premiere)
    donnees = saisie() | {"niveau-4.2": "", "justification-6": " ", "soumettre": "1"}
    reponse = client.post(adresse("notation", candidature.pk), donnees)
    page = texte(reponse)
    assert reponse.status_code == 422
    assert '<a href="#indicateur-4-2">Choisissez un niveau pour l’indicateur 4.2.</a>' in page
    assert '<a href="#justification-6">Justifiez la note du critère 6.</a>' in page
    assert client.get(adresse("soumettre", candidature.pk)).url == adresse("notation", candidature.pk)


@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    ("champ", "valeur"), [("niveau-1.1", "5"), ("niveau-1.1", "-1"), ("section-1", "ailleurs")]
)
def test_given_forged_input_when_saved_then_it_is_refused_whole(champ: str, valeur: str) -> None:
    premiere = instructeur()
    candidature = dossier_a_noter(premiere)
    reponse = navigateur(premiere).post(adresse("notation", candidature.pk), saisie() | {champ: valeur})
    assert reponse.status_code == 422
    assert not NiveauAttribue.objects.exists()


@pytest.mark.regle("R21")
def test_given_two_instructors_when_both_have_submitted_on_the_pages_then_the_dossier_is_scored() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    for personne in (premiere, seconde):
        client = navigateur(personne)
        reponse = client.post(adresse("notation", candidature.pk), saisie() | {"soumettre": "1"})
        assert reponse.url == adresse("soumettre", candidature.pk)
        assert "7,50" in texte(client.get(reponse.url))
        client.post(adresse("soumettre", candidature.pk))
    assert Score.objects.get().score == 750
    assert "7,50 sur 10" in texte(navigateur(premiere).get(adresse("dossier", candidature.pk)))
    assert "Elle ne change plus" in texte(navigateur(premiere).get(adresse("notation", candidature.pk)))


@pytest.mark.regle("R21")
def test_given_one_submitted_notation_then_no_screen_shows_it_to_anybody_else() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 4, phrase="Phrase de la première.")
    autres = (seconde, instructeur(), fabriques.direction())
    for personne in autres:
        client = navigateur(personne)
        for nom in ("dossier", "notation", "soumettre", "harmonisation", "affectations"):
            reponse = client.get(adresse(nom, candidature.pk), follow=True)
            page = texte(reponse)
            assert "Phrase de la première." not in page, nom
            assert "10,00" not in page, nom
            assert not re.search(r'id="indicateur-[\d-]+" value="\d" checked', page), nom
    assert "Phrase de la première." in texte(navigateur(premiere).get(adresse("notation", candidature.pk)))


@pytest.mark.regle("R21")
def test_given_a_gap_when_harmonised_on_its_page_then_both_are_shown_and_the_agreed_one_is_kept() -> None:
    premiere = instructeur()
    candidature = harmonisation_demandee(premiere)
    client = navigateur(premiere)
    page = texte(client.get(adresse("harmonisation", candidature.pk)))
    assert page.count("à harmoniser") >= 6
    assert re.search("Niveaux donnés : (4 et 1|1 et 4), <strong>différents</strong>", page)
    sans_motif = client.post(adresse("harmonisation", candidature.pk), saisie())
    assert (sans_motif.status_code, Score.objects.count()) == (422, 0)
    client.post(adresse("harmonisation", candidature.pk), saisie(motif="Accord après relecture."))
    score = Score.objects.get()
    assert (score.score, score.ecart, score.harmonise) == (750, 750, True)


# --- Refused without a script: what was typed comes back ----------------------------------------------
@pytest.mark.regle("R15")
def test_given_a_state_that_refuses_a_verdict_then_the_page_comes_back_with_what_was_typed() -> None:
    personne, candidature = instructeur_et_dossier()
    client = navigateur(personne)
    depot = Depot.objects.get(candidature=candidature)
    Depot.objects.filter(pk=depot.pk).update(numero=2)
    depot.pk, depot.numero = uuid.uuid4(), 1
    depot.save(force_insert=True)
    page = client.post(
        adresse("verdict", candidature.pk, 3),
        {"avis": "NON_CONFORME", "motif": "380 heures, relues.", "version": "1", "vue": "0"},
    )
    lue = texte(page)
    assert page.status_code == 422
    assert '<a href="#critere-3">Ce dossier a une nouvelle version' in lue
    assert "380 heures, relues.</textarea>" in lue
    assert 'id="avis-3-non_conforme" value="NON_CONFORME" checked' in lue
    assert 'name="version" value="2"' in lue
    withdraw_candidature(candidature=candidature, acteur=responsable_de(candidature.structure))
    retire = client.post(
        adresse("verdict", candidature.pk, 3), {"avis": "NON_CONFORME", "motif": "Relues <encore>."}
    )
    assert retire.status_code == 422
    assert "Le porteur a retiré ce dossier." in texte(retire)
    assert "Relues &lt;encore&gt;." in texte(retire)


@pytest.mark.regle("R36")
def test_given_a_link_that_can_t_be_declared_then_its_form_comes_back_with_what_was_typed() -> None:
    personne, candidature = instructeur_et_dossier()
    page = navigateur(personne).post(adresse("lien", candidature.pk), {"motif": "Ancien employeur."})
    assert page.status_code == 422
    assert '<a href="#portee">Choisissez ce que votre lien concerne.</a>' in texte(page)
    assert 'value="Ancien employeur."' in texte(page)


@pytest.mark.regle("R21")
def test_given_a_notation_that_can_t_be_saved_then_it_comes_back_with_what_was_typed() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 4)
    tapee = saisie(**{"justification-1": "Écrit dans l’autre fenêtre."})
    page = navigateur(premiere).post(adresse("notation", candidature.pk), tapee)
    assert page.status_code == 422
    assert "Écrit dans l’autre fenêtre.</textarea>" in texte(page)
    assert "elle ne change plus" in texte(page)
    client = navigateur(seconde)
    client.get(adresse("notation", candidature.pk))
    withdraw_candidature(candidature=candidature, acteur=responsable_de(candidature.structure))
    retire = client.post(adresse("notation", candidature.pk), tapee)
    assert retire.status_code == 422
    assert '<a href="#titre-criteres">Le porteur a retiré ce dossier.</a>' in texte(retire)
    assert "Écrit dans l’autre fenêtre.</textarea>" in texte(retire)


@pytest.mark.regle("R21")
def test_given_a_harmonisation_that_is_not_asked_for_then_what_was_typed_comes_back_and_nobody_is_read() -> (
    None
):
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    notation_soumise(candidature, premiere, 4, phrase="Phrase de la première.")
    page = navigateur(seconde).post(adresse("harmonisation", candidature.pk), saisie(motif="Accord."))
    assert page.status_code == 422
    assert "Aucun écart entre deux notations" in texte(page)
    assert "Accord.</textarea>" in texte(page)
    assert "Phrase de la première." not in texte(page)
    assert premiere.nom_complet not in texte(page)


@pytest.mark.regle("R21", "R36")
def test_given_the_direction_when_setting_a_notation_aside_then_the_dossier_goes_back_to_scoring() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    premier = notation_soumise(candidature, premiere, 3)
    notation_soumise(candidature, seconde, 3)
    client = navigateur(fabriques.direction())
    assert "Notations soumises" in texte(client.get(adresse("affectations", candidature.pk)))
    trop = "x" * 501
    for motif, phrase in (("", "Écrivez pourquoi cette notation est écartée."), (trop, "au plus 500")):
        refus = client.post(adresse("ecarter", candidature.pk, premier.pk), {"motif": motif})
        assert refus.status_code == 422
        assert f'<a href="#ecarter-{premier.pk}">' in texte(refus)
        assert phrase in texte(refus)
        assert f'value="{motif}" aria-invalid="true"' in texte(refus)
    assert Score.objects.exists()
    client.post(adresse("ecarter", candidature.pk, premier.pk), {"motif": "Lien découvert."})
    candidature.refresh_from_db()
    assert (candidature.etat, Score.objects.exists()) == ("RECEVABLE", False)
    assert navigateur(premiere).get(adresse("affectations", candidature.pk)).status_code == 200


@pytest.mark.regle("R21")
def test_given_an_unknown_or_hidden_notation_when_setting_it_aside_then_it_is_not_found() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    cachee = notation_soumise(candidature, premiere, 3)
    client = navigateur(fabriques.direction())
    assert client.post(adresse("ecarter", candidature.pk, cachee.pk), {"motif": "M."}).status_code == 404


# --- Labels of what one reads and clicks -----------------------------------------------------------
def test_given_the_screens_then_every_input_has_a_label_and_nothing_breaks_the_policy() -> None:
    premiere, seconde = instructeur(), instructeur()
    depose = instructeur_et_dossier()
    a_noter = dossier_a_noter(premiere, seconde)
    ecart = harmonisation_demandee(premiere)
    direction = fabriques.direction()
    pages = [
        (depose[0], adresse("dossier", depose[1].pk)),
        (depose[0], adresse("lien", depose[1].pk)),
        (premiere, adresse("notation", a_noter.pk)),
        (premiere, adresse("harmonisation", ecart.pk)),
        (direction, adresse("affectations", ecart.pk)),
    ]
    for personne, page in pages:
        reponse = navigateur(personne).get(page)
        html = reponse.content.decode()
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), page
        champs = re.findall(r"<(?:input|select|textarea)[^>]*>", html)
        visibles = [champ for champ in champs if 'type="hidden"' not in champ]
        assert visibles, page
        for champ in visibles:
            trouve = re.search(r'\bid="([^"]+)"', champ)
            assert trouve is not None, champ
            assert f'for="{trouve[1]}"' in html, champ
        assert " style=" not in html
        assert not re.search(r"\son\w+=", html)
        assert "unsafe" not in reponse.headers["Content-Security-Policy"]


def instructeur_et_dossier() -> tuple[Utilisateur, Candidature]:
    candidature = dossier_depose()
    return instructeur(candidature), candidature


def test_given_a_withdrawn_scorer_when_another_takes_the_seat_then_they_score_it() -> None:
    premiere, seconde = instructeur(), instructeur()
    candidature = dossier_a_noter(premiere, seconde)
    tierce = instructeur()
    assert navigateur(tierce).get(adresse("notation", candidature.pk)).status_code == 403
    notation = start_notation(candidature=candidature, acteur=premiere)
    save_levels(notation=notation, niveaux=uniforme(3), justifications=JUSTIFICATIONS, acteur=premiere)
    submit_notation(notation=notation, acteur=premiere)
    declare_interest(personne=premiere, candidature=candidature)
    assert navigateur(tierce).get(adresse("notation", candidature.pk)).status_code == 200


@pytest.mark.regle("R36")
def test_given_an_agent_of_the_porteur_s_structure_then_its_dossiers_are_no_work_of_theirs() -> None:
    candidature = dossier_depose()
    agent, collegue = instructeur(), instructeur()
    Appartenance.objects.create(structure=candidature.structure, utilisateur=agent)
    liste = reverse("admin:candidatures_candidature_changelist")
    lui, elle = navigateur(agent), navigateur(collegue)
    for chemin in (adresse("dossier", candidature.pk), adresse("avancement", candidature.pk)):
        assert elle.get(chemin).status_code == 200
        assert lui.get(chemin).status_code == 404
    assert candidature.reference in texte(elle.get(liste))
    assert candidature.reference not in texte(lui.get(liste))
    # They read it as the porteur does.
    assert lui.get(reverse("candidatures:dossier", args=[candidature.pk])).status_code == 200
