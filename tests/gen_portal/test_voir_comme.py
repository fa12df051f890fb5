"""« Voir comme »: read-only, traced, short; and what is never shown is first proved to be there."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from candidatures.domain.affectations import declare_interest
from candidatures.domain.echanges import send_message
from candidatures.models import Candidature
from comptes import domain
from comptes.domain.voir_comme import sweep_views
from comptes.middleware import EcritureRefusee, _refuse_writes
from comptes.models import Role, Utilisateur, VoirComme
from comptes.voir_comme import is_open
from labellisation.models import Convention, Label
from socle import journal
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.models import Document, Echeance, Evenement
from suivi.models import ConsultationListe, Session
from tests.candidatures import fabriques as dossiers
from tests.comptes.fabriques import membre, structure, utilisateur
from tests.comptes.totp import enrol, sign_in_fully
from tests.labellisation import fabriques as labels
from tests.suivi import fabriques as suivi

pytestmark = pytest.mark.django_db

MOTIF = "Appel du 20 septembre : la liste de dossiers paraît vide."
QUITTER = "/comptes/voir-comme/quitter/"
TERMINEE = "/comptes/voir-comme/terminee/"
BANDEAU = "Vous voyez le portail comme"


@pytest.fixture(autouse=True)
def temps() -> Iterator[Any]:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(dossiers.LUNDI, tick=False) as coordonnees:
        yield coordonnees


def _browser(personne: Utilisateur) -> Client:
    navigateur = Client()
    navigateur.force_login(personne)
    return navigateur


def _admin(*autres: str) -> Utilisateur:
    personne = utilisateur(Role.ADMINISTRATEUR, *autres)
    personne.forget_roles()
    return personne


def _start(navigateur: Client, personne: Utilisateur, motif: str = MOTIF) -> Any:
    return navigateur.post(f"/admin/comptes/utilisateur/{personne.pk}/voir-comme/", {"motif": motif})


def _viewing(personne: Utilisateur, agent: Utilisateur | None = None) -> Client:
    """Return the browser of an administrator who sees the portal as this person does."""
    navigateur = _browser(agent or _admin())
    assert _start(navigateur, personne).url == "/"
    return navigateur


def _text(reponse: Any) -> str:
    return " ".join(reponse.content.decode().replace("&nbsp;", " ").replace("\u00a0", " ").split())


def _read_to_the_end(reponse: Any) -> None:
    """Let a file go as a browser does; closing it by hand would close the test's connection too."""
    if reponse.streaming:
        assert b"".join(reponse.streaming_content)


def _closed(navigateur: Client, adresse: str) -> None:
    """The page is refused, and says in whose eyes one looks."""
    reponse = navigateur.get(adresse)
    assert reponse.status_code == 403, adresse
    assert "Page fermée pendant" in _text(reponse)
    assert BANDEAU in _text(reponse)


# --- Who, whom, why, how long -------------------------------------------------------------------
def test_given_an_administrator_when_seeing_as_a_porteur_then_it_is_banner_trace_and_the_persons_page() -> (
    None
):
    porteuse = utilisateur(prenom="Amina", nom="Lefebvre")
    lieu = structure(porteuse)
    brouillon = dossiers.brouillon(lieu)
    agent = _admin()
    navigateur = _browser(agent)
    assert brouillon.reference not in _text(navigateur.get("/candidatures/"))
    assert _start(navigateur, porteuse).url == "/"

    page = _text(navigateur.get("/candidatures/"))
    assert f"{BANDEAU} Amina Lefebvre" in page
    assert "encore 30 minutes au plus" in page
    assert brouillon.reference in page
    assert "Se déconnecter" not in page
    vue = VoirComme.objects.get()
    assert (vue.agent, vue.personne, vue.motif) == (agent, porteuse, MOTIF)

    fin = navigateur.post(QUITTER)
    assert fin.url == f"/admin/comptes/utilisateur/{porteuse.pk}/change/"
    assert BANDEAU not in _text(navigateur.get("/"))
    vue.refresh_from_db()
    assert vue.fin == VoirComme.Fin.QUITTEE
    faits = Evenement.objects.filter(verbe__startswith="voir_comme.").order_by("numero")
    assert [fait.verbe for fait in faits] == ["voir_comme.commence", "voir_comme.termine"]
    assert {fait.acteur_id for fait in faits} == {agent.pk}
    assert {fait.donnees["personne"] for fait in faits} == {str(porteuse.pk)}
    assert MOTIF not in str([fait.donnees for fait in faits])
    assert journal.verify().ok

    compte = _text(_browser(porteuse).get("/comptes/"))
    assert f"par {agent}, jusqu’à 10 h 00. Motif : {MOTIF}" in compte
    assert agent.nom_complet not in _text(_browser(utilisateur()).get("/comptes/"))


@pytest.mark.parametrize("role", ["instructeur", "comite", "direction", "region", ""])
def test_given_any_other_role_when_asking_to_see_as_somebody_then_it_is_refused(role: str) -> None:
    acteur = utilisateur(*([role] if role else []))
    cible = utilisateur()
    with pytest.raises(ActeurRefuse):
        domain.start_view(acteur=acteur, personne=cible, motif=MOTIF)
    assert _start(_browser(acteur), cible).status_code in (302, 403)
    assert not VoirComme.objects.exists()


def test_given_the_setting_when_it_adds_the_direction_then_the_direction_may(settings: Any) -> None:
    settings.GEN_VOIR_COMME_ROLES = ["administrateur", "direction"]
    assert domain.start_view(acteur=utilisateur("direction"), personne=utilisateur(), motif=MOTIF)


def test_given_the_setting_when_it_names_another_role_then_the_portal_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import importlib

    import gen_portal.settings as reglages

    monkeypatch.setenv("GEN_VOIR_COMME_ROLES", "instructeur")
    with pytest.raises(ImproperlyConfigured, match="GEN_VOIR_COMME_ROLES"):
        importlib.reload(reglages)
    monkeypatch.undo()
    importlib.reload(reglages)


def test_given_oneself_an_administrator_or_a_closed_account_when_asked_then_it_is_refused() -> None:
    agent, autre, ferme = _admin(), _admin(), utilisateur()
    Utilisateur.objects.filter(pk=ferme.pk).update(is_active=False)
    ferme.refresh_from_db()
    navigateur = _browser(agent)
    for cible, phrase in ((agent, "soi-même"), (autre, "comme un administrateur"), (ferme, "désactivé")):
        with pytest.raises(ActeurRefuse, match=phrase):
            domain.start_view(acteur=agent, personne=cible, motif=MOTIF)
        assert "/change/" in _start(navigateur, cible).url
    assert not VoirComme.objects.exists()


@pytest.mark.parametrize("motif", ["", "   ", "aide", "x" * 1001])
def test_given_no_real_reason_when_asked_then_the_screen_says_so(motif: str) -> None:
    navigateur, cible = _browser(_admin()), utilisateur()
    assert _start(navigateur, cible, motif).status_code == 422
    with pytest.raises(DonneesInvalides):
        domain.start_view(acteur=_admin(), personne=cible, motif=motif)
    assert not VoirComme.objects.exists()


def test_given_a_view_when_another_one_is_asked_inside_then_it_never_nests() -> None:
    premiere, seconde = utilisateur(Role.INSTRUCTEUR), utilisateur()
    navigateur = _viewing(premiere)
    assert _start(navigateur, seconde).status_code == 403
    assert VoirComme.objects.count() == 1
    premiere.vu_par = _admin()
    with pytest.raises(ActeurRefuse, match="Quittez d’abord"):
        domain.start_view(acteur=premiere, personne=seconde, motif=MOTIF)


def test_given_a_view_left_open_elsewhere_when_another_begins_then_the_first_one_ends() -> None:
    agent, une, deux = _admin(), utilisateur(), utilisateur()
    premier = _viewing(une, agent)
    second = _viewing(deux, agent)
    assert VoirComme.objects.get(personne=une).fin == VoirComme.Fin.REMPLACEE
    assert premier.get("/").url == TERMINEE
    assert str(deux) in _text(second.get("/"))


def test_given_the_time_limit_when_it_strikes_then_one_is_oneself_again(temps: Any) -> None:
    navigateur = _viewing(utilisateur())
    temps.shift(timedelta(minutes=29, seconds=59))
    page = _text(navigateur.get("/"))
    assert "encore 1 minute au plus" in page
    temps.shift(timedelta(seconds=1))
    reponse = navigateur.get("/candidatures/")
    assert reponse.url == TERMINEE
    fin = _text(navigateur.get(TERMINEE))
    assert "La consultation est terminée" in fin
    assert BANDEAU not in fin
    assert VoirComme.objects.get().fin == VoirComme.Fin.DELAI
    assert Evenement.objects.filter(verbe="voir_comme.termine").count() == 1


def test_given_the_time_limit_when_nobody_comes_back_then_the_sweep_ends_it(temps: Any) -> None:
    _viewing(utilisateur())
    assert sweep_views() == 0
    temps.shift(timedelta(minutes=30))
    assert sweep_views() == 1
    assert VoirComme.objects.get().fin == VoirComme.Fin.DELAI
    assert sweep_views() == 0


@pytest.mark.parametrize("cause", ["role", "personne", "promotion"])
def test_given_a_view_when_it_is_no_longer_allowed_then_the_next_request_ends_it(
    cause: str, temps: Any
) -> None:
    agent, personne, autre = _admin(), utilisateur(), _admin()
    navigateur = _viewing(personne, agent)
    temps.shift(1)
    if cause == "role":
        domain.revoke_role(acteur=autre, attribue=agent.roles_attribues.get())
    elif cause == "personne":
        domain.deactivate_account(acteur=autre, utilisateur=personne, motif=MOTIF)
    else:
        domain.grant_role(acteur=autre, utilisateur=personne, role=Role.ADMINISTRATEUR)
    # A role taken back ends the agent's sessions too: the next request is nobody's.
    reponse = navigateur.get("/")
    assert reponse.status_code == 200 if cause == "role" else reponse.url == TERMINEE
    assert VoirComme.objects.get().fin == VoirComme.Fin.INTERROMPUE


def test_given_a_view_when_the_agent_account_is_closed_then_the_session_is_nobodys() -> None:
    agent, personne, autre = _admin(), utilisateur(), _admin()
    navigateur = _viewing(personne, agent)
    domain.deactivate_account(acteur=autre, utilisateur=agent, motif=MOTIF)
    assert navigateur.get("/candidatures/").url.startswith("/compte/login/")


@pytest.mark.parametrize("role", [Role.INSTRUCTEUR, ""])
def test_given_the_second_factor_demanded_when_seeing_then_it_is_the_agents_that_counts(
    role: str, settings: Any
) -> None:
    """The person seen owes or has shown none in this session; the agent has, or sees nothing."""
    settings.GEN_SECOND_FACTEUR = True
    personne = utilisateur(*([role] if role else []))
    agent = _admin()
    navigateur = Client()
    sign_in_fully(navigateur, agent, enrol(agent))
    assert _start(navigateur, personne).url == "/"
    page = navigateur.get("/")
    assert page.status_code == 200
    assert BANDEAU in _text(page)
    _closed(navigateur, "/compte/second-facteur/")
    # The same view in a session that has not shown the factor: the guide, and nothing of the person.
    autre = _browser(agent)
    session = autre.session
    session["voir_comme"] = navigateur.session["voir_comme"]
    session.save()
    assert autre.get("/").url.startswith("/comptes/second-facteur/")


# --- Read-only ------------------------------------------------------------------------------------
def test_given_a_view_when_any_act_is_tried_then_it_is_refused_and_nothing_changes() -> None:
    porteuse = utilisateur()
    lieu = structure(porteuse)
    brouillon = dossiers.brouillon(lieu)
    navigateur = _viewing(porteuse)
    faits = Evenement.objects.count()
    actes = (
        f"/candidatures/{brouillon.pk}/deposer/",
        f"/candidatures/{brouillon.pk}/sections/structure/",
        "/candidatures/nouvelle/",
        f"/comptes/structure/{lieu.pk}/inviter/",
        f"/comptes/structure/{lieu.pk}/quitter/",
        "/comptes/structure/agir/",
        "/compte/logout/",
        "/compte/password/change/",
        "/reclamation/",
    )
    for adresse in actes:
        reponse = navigateur.post(adresse)
        assert reponse.status_code == 403, adresse
        assert "Lecture seule" in _text(reponse)
        for methode in (navigateur.put, navigateur.patch, navigateur.delete):
            assert methode(adresse).status_code == 405, adresse
    assert Evenement.objects.count() == faits
    assert BANDEAU in _text(navigateur.get("/"))


def test_given_a_page_that_writes_while_it_is_read_then_the_database_refuses() -> None:
    personne = utilisateur()
    with connection.execute_wrapper(_refuse_writes):
        assert Utilisateur.objects.filter(pk=personne.pk).exists()
        for ecriture in (
            lambda: Utilisateur.objects.filter(pk=personne.pk).update(nom="Autre"),
            lambda: personne.save(),
            lambda: VoirComme.objects.all()._raw_delete("default"),
            lambda: Evenement.objects.create(chaine="x", numero=1, verbe="x"),
        ):
            with pytest.raises(EcritureRefusee):
                ecriture()


def test_given_a_view_then_the_session_and_the_choice_of_the_agent_are_untouched() -> None:
    agent, porteuse = _admin(), utilisateur()
    un, deux = structure(agent, raison_sociale="Atelier A"), structure(agent, raison_sociale="Bureau B")
    structure(porteuse, raison_sociale="Celle de la porteuse")
    navigateur = _browser(agent)
    navigateur.post("/comptes/structure/agir/", {"structure": deux.pk}, follow=True)
    avant = dict(navigateur.session)
    _start(navigateur, porteuse)
    page = _text(navigateur.get("/"))
    assert "Celle de la porteuse" in page
    assert "Bureau B" not in page
    assert un.raison_sociale not in page
    session = dict(navigateur.session)
    assert session.pop("voir_comme")
    assert session == avant
    navigateur.post(QUITTER)
    assert "Vous agissez pour <strong>Bureau B</strong>" in _text(navigateur.get("/"))


def test_given_a_view_then_no_page_is_kept_by_the_browser() -> None:
    reponse = _viewing(utilisateur()).get("/")
    assert "no-store" in reponse["Cache-Control"]
    assert "private" in reponse["Cache-Control"]


# --- Closed by default ------------------------------------------------------------------------------
#: Every page that opens under « voir comme »; a page that is not here is closed.
OUVERTES = {
    "accueil",
    "accessibilite",
    "mentions-legales",
    "donnees-personnelles",
    "structures",
    "structure",
    "appel",
    "liste",
    "creer",
    "dossier",
    "messages",
    "recapitulatif",
    "section",
    "conventions",
    "convention",
    "formations",
    "formation",
    "session",
    "verifier",
    "verification",
    "chiffres",
}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for motif in resolver.url_patterns:
        if isinstance(motif, URLResolver):
            yield from _patterns(motif)
        else:
            yield motif


def test_given_every_address_then_those_open_to_a_view_are_the_written_ones() -> None:
    ouvertes = {motif.name for motif in _patterns(get_resolver()) if is_open(motif.callback)}
    assert ouvertes == OUVERTES


def test_given_a_view_when_codes_security_mail_admin_and_exports_are_asked_then_they_are_closed() -> None:
    direction = labels.direction()
    convention = labels.convention_a_signer()
    signature = labels.signature_de(convention)
    jeton = _link_token(signature)
    fermees = (
        "/comptes/",
        "/compte/second-facteur/",
        "/compte/password/change/",
        "/compte/email/",
        f"/conventions/signature/{jeton}/",
        f"/conventions/signature/{jeton}/document/",
        "/admin/",
        "/comite/",
        "/pilotage/",
        "/api/v1/formations.csv",
        f"/documents/{convention.document_id}/",
    )
    direct = _browser(direction)
    for adresse in fermees:
        # They are there without « voir comme » (some send on to a step of the account pages).
        reponse = direct.get(adresse)
        assert reponse.status_code in (200, 302), adresse
        _read_to_the_end(reponse)
    navigateur = _viewing(direction)
    for adresse in fermees:
        _closed(navigateur, adresse)


def _link_token(signature: Any) -> str:
    from socle.models import Courriel

    courriel = Courriel.objects.filter(gabarit="labellisation_convention_a_signer").latest("cree_le")
    trouve = re.search(r"/conventions/signature/([^/\s]+)/", courriel.texte)
    assert trouve, courriel.texte
    return trouve[1]


# --- Messages -----------------------------------------------------------------------------------------
def test_given_a_message_when_seen_as_its_porteur_then_it_stays_unread_and_nothing_is_sent() -> None:
    candidature = dossiers.dossier_depose()
    porteuse = dossiers.responsable_de(candidature.structure)
    message = send_message(
        candidature=candidature,
        texte="La GEN attend votre réponse.",
        cle=uuid.uuid4(),
        acteur=dossiers.instructeur(candidature),
    )
    adresse = f"/candidatures/{candidature.pk}/messages/"
    navigateur = _viewing(porteuse)
    page = navigateur.get(adresse)
    assert "La GEN attend votre réponse." in _text(page)
    assert BANDEAU in _text(page)
    envoi = {"cle": str(uuid.uuid4()), "texte": "À sa place"}
    assert navigateur.post(adresse, envoi).status_code == 403
    message.refresh_from_db()
    assert message.lu_le is None
    assert candidature.messages.count() == 1
    assert "Nouveau" in _text(_browser(porteuse).get(adresse))
    message.refresh_from_db()
    assert message.lu_le is not None


def test_given_a_dossier_when_seen_as_its_porteur_then_nobody_hands_it_over() -> None:
    candidature = dossiers.brouillon()
    porteur, collegue = dossiers.responsable_de(candidature.structure), membre(candidature.structure)
    adresse = f"/candidatures/{candidature.pk}/"
    acte = f"{adresse}confier/"
    assert acte in _text(_browser(porteur).get(adresse))
    navigateur = _viewing(porteur)
    page = _text(navigateur.get(adresse))
    assert f"Dossier suivi par <strong>{porteur}</strong>" in page
    assert acte not in page
    assert navigateur.post(acte, {"a": collegue.pk}).status_code == 403
    candidature.refresh_from_db()
    assert candidature.suivie_par == porteur


# --- Learners -----------------------------------------------------------------------------------------
@pytest.mark.regle("R44")
def test_given_a_nominative_list_when_seen_as_its_porteur_then_no_name_and_no_reading_is_written(
    temps: Any,
) -> None:
    label = suivi.label()
    temps.move_to(suivi.SESSION_1.isoformat() + "T09:00:00+00:00")
    session = suivi.demarrer(label)
    suivi.inscrire(session, 2)
    apprenant = session.apprenants.first()
    attestation = suivi.attester(session)
    porteur = suivi.porteur(label)
    adresse = f"/suivi/sessions/{session.pk}/"
    direct = _text(_browser(porteur).get(adresse))
    assert apprenant.nom in direct
    assert apprenant.rue in direct
    lectures = ConsultationListe.objects.count()
    assert lectures
    for personne in (porteur, suivi.organisme(label), labels.direction()):
        navigateur = _viewing(personne)
        page = navigateur.get(adresse)
        assert page.status_code == 200
        for cache in (apprenant.nom, apprenant.prenoms, apprenant.rue, "Apprenants inscrits"):
            assert cache not in _text(page)
        _closed(navigateur, f"{adresse}apprenants/{apprenant.pk}/")
        _closed(navigateur, f"{adresse}apprenants/nouveau/")
        _closed(navigateur, f"/documents/{attestation.document_id}/")
        for suivie in ("/suivi/", f"/suivi/{label.pk}/"):
            assert apprenant.nom not in _text(navigateur.get(suivie))
    assert ConsultationListe.objects.count() == lectures


# --- Decisions not announced -----------------------------------------------------------------------------
@pytest.mark.regle("R39")
def test_given_a_decision_taken_when_seen_as_direction_committee_or_instructor_then_nothing_tells_it() -> (
    None
):
    decision = labels.decision_prise("REFUSEE", motifs="Motif du refus jamais dit avant la lettre.")
    seance = decision.inscription.seance
    candidature = decision.candidature
    membre_seance = labels.membres_de(seance)[0]
    direction = labels.direction()
    comite = f"/comite/{seance.pk}/"
    dossier_comite = f"{comite}dossiers/{decision.inscription_id}/"
    direct = _browser(direction)
    assert "Motif du refus" in _text(direct.get(dossier_comite))
    assert seance.intitule in _text(_browser(membre_seance).get("/"))
    assert candidature.reference in _text(_browser(membre_seance).get(comite))
    etat = candidature.get_etat_display()
    assert etat in _text(direct.get("/candidatures/"))
    notations = f"/admin/candidatures/candidature/{candidature.pk}/dossier/"
    assert direct.get(notations).status_code == 200
    for personne in (direction, membre_seance, utilisateur(Role.INSTRUCTEUR)):
        navigateur = _viewing(personne)
        for adresse in (
            "/comite/",
            comite,
            dossier_comite,
            f"{comite}notification/",
            notations,
            "/pilotage/",
        ):
            _closed(navigateur, adresse)
        for adresse in ("/", "/candidatures/", "/conventions/", "/suivi/"):
            page = _text(navigateur.get(adresse))
            assert "Motif du refus" not in page
            assert seance.intitule not in page
            assert "Refus" not in page
            assert f">{etat}<" not in page
    # The committee sees the dossiers of its agenda: the list of dossiers would tell the agenda.
    assert candidature.reference in _text(_browser(membre_seance).get("/candidatures/"))
    assert candidature.reference not in _text(_viewing(membre_seance).get("/candidatures/"))
    # The porteur's own page is what it always is.
    porteuse = dossiers.responsable_de(candidature.structure)
    fiche = f"/candidatures/{candidature.pk}/"
    assert "Refus" not in _text(_viewing(porteuse).get(fiche))


def test_given_a_notified_letter_when_seen_as_its_porteur_then_the_file_stays_closed() -> None:
    convention = labels.convention_a_signer()
    lettre = Document.objects.filter(genre="labellisation.lettre").get()
    porteuse = dossiers.responsable_de(convention.structure)
    reponse = _browser(porteuse).get(f"/documents/{lettre.pk}/")
    assert reponse.status_code == 200
    _read_to_the_end(reponse)
    navigateur = _viewing(porteuse)
    _closed(navigateur, f"/documents/{lettre.pk}/")
    page = navigateur.get(f"/conventions/{convention.pk}/")
    assert page.status_code == 200
    assert convention.numero in _text(page)


def test_given_a_piece_of_a_dossier_when_seen_as_its_porteur_then_the_file_stays_closed() -> None:
    porteuse = utilisateur()
    brouillon = dossiers.dossier_complet(structure(porteuse))
    piece = brouillon.pieces.select_related("fichier").first()
    assert piece is not None
    _closed(_viewing(porteuse), f"/fichiers/{piece.fichier_id}/")


# --- What a conflict hides from the agent (R36) ------------------------------------------------------------
@pytest.mark.regle("R36")
@pytest.mark.parametrize("portee", ["structure", "candidature"])
def test_given_a_link_of_the_agent_when_seeing_as_the_porteur_then_what_it_hides_is_hidden(
    portee: str,
) -> None:
    label = suivi.label()
    autre = suivi.label()
    porteur = suivi.porteur(label)
    session = label.sessions.first()
    assert session is not None
    # The agent holds both roles: only such a one can declare a link.
    agent = _admin(Role.DIRECTION)
    adresses = (
        f"/candidatures/{label.candidature_id}/",
        f"/conventions/{label.convention_id}/",
        f"/suivi/{label.pk}/",
        f"/suivi/sessions/{session.pk}/",
    )
    navigateur = _viewing(porteur, agent)
    for adresse in adresses:
        assert navigateur.get(adresse).status_code == 200
    assert label.convention.numero in _text(navigateur.get("/conventions/"))
    navigateur.post(QUITTER)

    valeur = label.structure if portee == "structure" else label.candidature
    declare_interest(personne=agent, **{portee: valeur})
    navigateur = _viewing(porteur, agent)
    for adresse in adresses:
        assert navigateur.get(adresse).status_code == 404, adresse
    for liste in ("/", "/candidatures/", "/conventions/", "/suivi/"):
        page = _text(navigateur.get(liste))
        assert label.candidature.reference not in page
        assert label.convention.numero not in page
        assert "Formations suivies" not in page
    # The person sees it all the while, and the agent sees as another what no link hides.
    assert _browser(porteur).get(adresses[0]).status_code == 200
    navigateur = _viewing(suivi.porteur(autre), agent)
    assert navigateur.get(f"/candidatures/{autre.candidature_id}/").status_code == 200


@pytest.mark.regle("R36")
def test_given_each_kind_of_row_when_the_agent_has_a_link_then_visible_to_composes_both() -> None:
    label = suivi.label()
    porteur, agent = suivi.porteur(label), _admin(Role.DIRECTION)
    modeles = {
        Candidature: label.candidature_id,
        Convention: label.convention_id,
        Label: label.pk,
        Session: label.sessions.first().pk,
        Echeance: Echeance.objects.filter(chaine=label.chaine_journal).first().pk,
    }

    def seen() -> set[str]:
        return {
            modele.__name__
            for modele, cle in modeles.items()
            if modele.objects.visible_to(porteur).filter(pk=cle).exists()
        }

    tous = {modele.__name__ for modele in modeles}
    assert seen() == tous
    declare_interest(personne=agent, structure=label.structure)
    assert seen() == tous
    porteur.vu_par = agent
    assert seen() == set()
    porteur.vu_par = _admin()
    assert seen() == tous


def test_given_a_contributeur_when_seen_then_the_page_is_theirs_and_not_the_responsables() -> None:
    lieu = structure()
    contributeur = membre(lieu)
    page = _text(_viewing(contributeur).get(f"/comptes/structure/{lieu.pk}/"))
    assert "Inviter une personne" not in page
    assert lieu.raison_sociale in page


def test_given_every_open_page_of_a_porteur_when_seen_then_none_writes(temps: Any) -> None:
    label = suivi.label()
    temps.move_to(date(2021, 11, 15).isoformat() + "T09:00:00+00:00")
    session = suivi.demarrer(label)
    porteur = suivi.porteur(label)
    brouillon = dossiers.brouillon(label.structure)
    navigateur = _viewing(porteur)
    faits = Evenement.objects.count()
    for adresse in (
        "/",
        "/appel/",
        "/candidatures/",
        "/candidatures/nouvelle/",
        f"/candidatures/{brouillon.pk}/",
        f"/candidatures/{brouillon.pk}/recapitulatif/",
        *(f"/candidatures/{brouillon.pk}/sections/{code}/" for code in ("structure", "programme", "budget")),
        f"/candidatures/{label.candidature_id}/",
        "/conventions/",
        f"/conventions/{label.convention_id}/",
        "/suivi/",
        f"/suivi/{label.pk}/",
        f"/suivi/sessions/{session.pk}/",
        "/comptes/structure/",
        f"/comptes/structure/{label.structure_id}/",
        "/formations/",
        f"/verification/{label.code}/",
        "/chiffres-cles/",
    ):
        reponse = navigateur.get(adresse)
        assert reponse.status_code == 200, adresse
        assert BANDEAU in _text(reponse)
    assert Evenement.objects.count() == faits
    assert "introuvable" in _text(navigateur.get("/nulle-part/"))
    assert BANDEAU in _text(navigateur.get("/nulle-part/"))
