"""The scene that is looked at: the demo's forty dossiers, a few more states, and who is signed in.

Run inside the portal's own context (``manage.py shell``). Everything is done by the verbs; what is
printed, as JSON, is the session of each person and the identifiers that the table of pages names.
"""

import json
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.test import RequestFactory

from candidatures import cycle
from candidatures.models import Affectation, Candidature
from candidatures.pdf import RECU
from comptes import domain as comptes
from comptes.domain.structures import add_member
from comptes.models import Structure, Utilisateur
from gen_portal.demo import scenario
from gen_portal.demo.comptes import COMPTES, DOMAINE, SIRET_ORGANISME, SIRET_PORTEUR, create_demo_accounts
from gen_portal.demo.contenu import PIECE_PDF
from gen_portal.demo.peuplement import ARRIVEE, team
from gen_portal.demo.views import BACKEND
from gen_portal.views import errors
from labellisation.domain.convention import signature_link
from labellisation.domain.decision import sign_and_notify, version_of
from labellisation.domain.recevabilite import declare_irrecevable, record_verdict
from labellisation.models import Convention, Label, Seance, SignatureConvention
from socle import balayages, courriels, fournisseurs, horloge
from socle.lisibilite import MOT_DE_PASSE
from socle.models import Antivirus, Courriel, Document, Echeance, Fichier, Travail
from socle.references import SYSTEME
from suivi.domain import obligations
from suivi.models import Apprenant, Session

ZRR = Path(__file__).parents[1] / "referentiels" / "donnees" / "zrr_extrait.csv"


def print_full() -> None:
    """Add to the demo the states that its story has left behind, and print the scene."""
    with horloge.frozen_offset():
        objets = _more_states()
        _send_and_render()
        objets |= _what_waits()
        call_command("import_referentiel", "zrr", str(ZRR), stdout=StringIO())
        objets |= _objects()
    _say(objets)


def print_empty() -> None:
    """Make a portal with the accounts of the demo and nothing else, and print it."""
    horloge.advance_to(ARRIVEE)
    with horloge.frozen_offset():
        create_demo_accounts()
    _say({"structure": str(Structure.objects.get(siret=SIRET_PORTEUR).pk)})


def _say(objets: dict[str, Any]) -> None:
    print(json.dumps({"sessions": _sessions(objets), "objets": objets}, default=str))  # noqa: T201


# --- People ------------------------------------------------------------------------------------
def _sessions(objets: dict[str, Any]) -> dict[str, str]:
    gens = {compte.nom_court: f"{compte.nom_court}@{DOMAINE}" for compte in COMPTES}
    autres = [nom for nom in objets if nom.startswith("courriel-porteur-")]
    gens |= {nom.removeprefix("courriel-"): objets.pop(nom) for nom in autres}
    return {role: _session_of(Utilisateur.objects.get(email=email)) for role, email in gens.items()}


def _session_of(utilisateur: Utilisateur) -> str:
    """Sign somebody in as the demo's one click does: sixteen people need not each go through a page."""
    requete = RequestFactory().get("/", headers={"host": "localhost"})
    requete.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(requete, utilisateur, backend=BACKEND)
    requete.session.save()
    return str(requete.session.session_key)


#: Porteurs of the story whose dossier is in a state that the demo's own porteur never sees.
PORTEURS = {
    "porteur-complements": cycle.EN_COMPLEMENT,
    "porteur-examen": cycle.RECEVABLE,
}


# --- More states, by the verbs --------------------------------------------------------------------
def _more_states() -> dict[str, Any]:
    equipe = team(create_demo_accounts())
    un, deux = equipe.instructeurs
    recevables = list(Candidature.objects.filter(etat=cycle.RECEVABLE).order_by("deposee_le"))
    entamee = next(dossier for dossier in recevables if dossier.notations.exists())
    disputee = next(dossier for dossier in recevables if dossier != entamee)
    scenario.score(candidature=disputee, instructeur=un, niveau=4)
    scenario.score(candidature=disputee, instructeur=deux, niveau=1)

    notees = list(Candidature.objects.filter(etat=cycle.NOTEE).order_by("deposee_le"))
    demain = horloge.now() + timedelta(days=1)
    ouverte = scenario.convene(equipe=equipe, intitule="Séance ouverte", tenue_le=demain, dossiers=notees[:1])
    seances = scenario.seances
    seances.record_presence(seance=ouverte, presents=equipe.comite, acteur=equipe.direction)
    seances.open_seance(seance=ouverte, acteur=equipe.direction)
    a_notifier = scenario.convene(
        equipe=equipe, intitule="Séance à notifier", tenue_le=demain, dossiers=notees[1:2]
    )
    scenario.deliberate(seance=a_notifier, equipe=equipe, issues={})
    scenario.notification.prepare_notification(seance=a_notifier, acteur=equipe.direction)

    a_juger = Candidature.objects.filter(
        etat=cycle.DEPOSEE, affectations__instructeur=deux, affectations__retiree_le__isnull=True
    ).first()
    for numero in range(1, 11):
        record_verdict(candidature=a_juger, critere=numero, avis="CONFORME", motif="", instructeur=deux)
    prises = Affectation.objects.filter(tache=Affectation.Tache.RECEVABILITE, retiree_le__isnull=True)
    libre = (
        Candidature.objects.filter(etat=cycle.DEPOSEE).exclude(pk__in=prises.values("candidature")).first()
    )
    scenario.affectations.assign(
        candidature=libre, instructeur=un, tache=Affectation.Tache.RECEVABILITE, acteur=equipe.direction
    )
    irrecevable = Candidature.objects.get(etat=cycle.IRRECEVABLE, issue_notifiee="").pk
    double = Structure.objects.get(raison_sociale="Plaine Code")
    with transaction.atomic():
        add_member(
            structure=Structure.objects.get(siret=SIRET_ORGANISME),
            utilisateur=Utilisateur.objects.get(email=_head_of(double)),
            role="contributeur",
            acteur=SYSTEME,
        )
    _demands()
    return {
        "courriel-porteur-double": _head_of(double),
        "a-noter": entamee.pk,
        "a-harmoniser": disputee.pk,
        "seance-ouverte": ouverte.pk,
        "inscription-ouverte": ouverte.inscriptions.get().pk,
        "seance-a-notifier": a_notifier.pk,
        "a-declarer-recevable": a_juger.pk,
        "a-examiner": libre.pk,
        "irrecevable": irrecevable,
        **_refusals(un, equipe, libre),
        "piece-a-examiner": _clean_file(libre),
        **_note(un),
    } | _invitation(equipe)


def _refusals(instructeur: Utilisateur, equipe: Any, libre: Candidature) -> dict[str, Any]:
    """Return a dossier about to be refused, and one refused and told."""
    attente = Candidature.objects.filter(
        etat=cycle.DEPOSEE, affectations__instructeur=instructeur, affectations__retiree_le__isnull=True
    )
    un, deux = attente.exclude(pk=libre.pk).distinct().order_by("reference")[:2]
    for dossier in (un, deux):
        for numero in range(1, 11):
            motif = "Votre programme compte 310 heures, pour 400 demandées." if numero == 3 else ""
            avis = "NON_CONFORME" if motif else "CONFORME"
            record_verdict(
                candidature=dossier, critere=numero, avis=avis, motif=motif, instructeur=instructeur
            )
    decision = declare_irrecevable(candidature=deux, acteur=instructeur, motifs="Programme trop court.")
    sign_and_notify(
        decision=decision, acteur=equipe.direction, qualite="Directrice", lue=version_of(decision)
    )
    return {"a-refuser": un.pk, "irrecevable-notifie": deux.pk}


def _clean_file(dossier: Candidature) -> Any:
    """Return a file of the dossier, found clean."""
    fichier = dossier.pieces.order_by("type_piece").first().fichier_id
    Fichier.objects.filter(pk=fichier).update(antivirus=Antivirus.SAIN, analyse_le=horloge.now(), constat="")
    return fichier


def _note(auteur: Utilisateur) -> dict[str, Any]:
    """Add to a dossier that has notes one that its author may still correct."""
    dossier = Candidature.objects.filter(notes_instruction__isnull=False).first()
    note = scenario.note(candidature=dossier, acteur=auteur, texte="À relire ensemble demain.")
    return {"avec-notes": dossier.pk, "note": note.pk}


def _invitation(equipe: scenario.Equipe) -> dict[str, Any]:
    """Invite somebody of the list, and read the link as they do: in the e-mail."""
    structure = Structure.objects.get(siret=SIRET_PORTEUR)
    comptes.invite_member(
        structure=structure,
        email=f"region@{DOMAINE}",
        role="contributeur",
        acteur=Utilisateur.objects.get(email=f"porteur@{DOMAINE}"),
    )
    texte = Courriel.objects.filter(gabarit="compte_invitation").latest("cree_le").texte
    return {"invitation": texte.split("/comptes/invitation/")[1].split("/")[0]}


def _send_and_render() -> None:
    """Deliver what waits, and make the conventions that are to be signed; the rest stays in preparation."""
    courriels.sweep(sur_place=True)
    for convention in Convention.objects.filter(etat="A_SIGNER"):
        scenario.make_documents(convention)
    balayages.run_all(sur_place=False)


def _what_waits() -> dict[str, Any]:
    """Leave to the administrator what a worker, a mail provider and an antivirus may leave."""
    maintenant = horloge.now()
    mort = Travail.objects.order_by("cree_le").first()
    Travail.objects.filter(pk=mort.pk).update(
        etat=Travail.Etat.MORT, essais=5, termine_le=maintenant, erreur="OSError: [Errno 28] disque plein"
    )
    douteux = Courriel.objects.order_by("cree_le").first()
    Courriel.objects.filter(pk=douteux.pk).update(
        etat=Courriel.Etat.A_VERIFIER, remis_le=None, reponse="SMTPServerDisconnected: délai dépassé"
    )
    retenu = Fichier.objects.filter(antivirus=Antivirus.A_ANALYSER).order_by("depose_le").first()
    Fichier.objects.filter(pk=retenu.pk).update(
        antivirus=Antivirus.QUARANTAINE, analyse_le=maintenant, constat="clamd ne répond pas"
    )
    return {"travail-mort": mort.pk, "courriel-douteux": douteux.pk, "fichier-retenu": retenu.pk}


def _demands() -> None:
    """Let a member ask for a responsable, and another have been refused one."""
    personne = {nom: Utilisateur.objects.get(email=f"{nom}@{DOMAINE}") for nom in ("admin", "contributeur")}
    comptes.request_responsable(
        acteur=personne["contributeur"],
        structure=Structure.objects.get(siret=SIRET_PORTEUR),
        motif="Notre directrice est partie et ne répond plus à nos courriels.",
    )
    autre = Structure.objects.get(siret=SIRET_ORGANISME)
    membre = autre.appartenances.en_cours().exclude(role="responsable").get().utilisateur
    comptes.reject_request(
        acteur=personne["admin"],
        demande=comptes.request_responsable(
            acteur=membre, structure=autre, motif="Notre responsable ne répond plus depuis trois semaines."
        ),
        motif="Votre responsable, jointe au téléphone, revient de congé lundi et garde ce rôle.",
    )


def _settle(label: Label) -> dict[str, Any]:
    """Meet an obligation by a document, and waive another."""
    direction = Utilisateur.objects.get(email=f"direction@{DOMAINE}")
    remplie, levee = Echeance.objects.open().filter(chaine=label.chaine_journal).order_by("-due")[:2]
    obligations.record_met(
        echeance=remplie,
        label=label,
        acteur=direction,
        jour=horloge.today(),
        preuve=ContentFile(PIECE_PDF),
        nom="rapport-du-contrôle.pdf",
    )
    obligations.waive_obligation(
        echeance=levee, label=label, acteur=direction, motif="Le document a été reçu par courrier."
    )
    return {"echeance-remplie": remplie.pk, "echeance-levee": levee.pk}


# --- What the table names --------------------------------------------------------------------------
def _objects() -> dict[str, Any]:
    structure = Structure.objects.get(siret=SIRET_PORTEUR)
    brouillons = {
        dossier.pk: dossier.etats_sections.filter(avancement="TERMINEE").count()
        for dossier in Candidature.objects.filter(structure=structure, etat=cycle.BROUILLON)
    }
    label = Label.objects.get(structure=structure)
    reglees = _settle(label)
    sessions = list(Session.objects.filter(label=label).order_by("debut"))
    demarree = Session.objects.get(label=label, debut__year=2021, debut__month=9)
    inscrite = Candidature.objects.filter(etat=cycle.INSCRITE, inscriptions__seance__etat="CONVOQUEE").first()
    convoquee = Seance.objects.get(etat="CONVOQUEE")
    a_signer = Convention.objects.filter(etat="A_SIGNER").order_by("numero").first()
    signature = SignatureConvention.objects.get(convention=a_signer, partie="PORTEUR")
    decidee = Candidature.objects.filter(decisions__etat="NOTIFIEE", etat=cycle.IRRECEVABLE).first()
    messages = fournisseurs.demo_messages(nombre=1)
    return (
        {
            "structure": structure.pk,
            "autre-structure": Structure.objects.get(siret=SIRET_ORGANISME).pk,
            "brouillon-pret": max(brouillons, key=brouillons.__getitem__),
            "brouillon-entame": min(brouillons, key=brouillons.__getitem__),
            "piece-saine": _piece(max(brouillons, key=brouillons.__getitem__), Antivirus.SAIN),
            "piece-illisible": _piece(min(brouillons, key=brouillons.__getitem__), Antivirus.ILLISIBLE),
            "dossier-labellise": label.candidature_id,
            "en-complement": _of("porteur-complements").pk,
            "section-a-corriger": _of("porteur-complements")
            .demandes_complements.get()
            .elements.first()
            .section,
            "en-examen": _of("porteur-examen").pk,
            "decide": decidee.pk,
            "inscrit": inscrite.pk,
            "seance-convoquee": convoquee.pk,
            "inscription-convoquee": convoquee.inscriptions.get(candidature=inscrite).pk,
            "seance-close": Seance.objects.filter(etat="CLOSE").order_by("tenue_le").first().pk,
            "convention-signee": label.convention_id,
            "convention-a-signer": a_signer.pk,
            "lien-signature": signature_link(signature),
            "label": label.pk,
            "echeance": Echeance.objects.open().filter(chaine=label.chaine_journal).first().pk,
            "personne": Utilisateur.objects.get(email=f"contributeur@{DOMAINE}").pk,
            "convention-conditionnelle": Label.objects.get(etat="CONDITIONNEL").convention_id,
            "session-demarree": demarree.pk,
            "session-attestee": next(
                une.pk for une in sessions if une.etat == "DEMARREE" and une != demarree
            ),
            "session-planifiee": next(une.pk for une in sessions if une.etat == "PLANIFIEE"),
            "apprenant": Apprenant.objects.filter(session=demarree).first().pk,
            "code-valide": label.code,
            "code-expire": Label.objects.filter(fin__lt=horloge.today()).first().code,
            "code-retire": Label.objects.filter(retire_le__isnull=False).first().code,
            "code-conditionnel": Label.objects.filter(etat="CONDITIONNEL").first().code,
            "courriel-demo": messages[0].nom,
            "document-en-preparation": Document.objects.get(
                fichier=None, genre=RECU, sujet_id=_of("porteur-examen").pk
            ).pk,
            "courriel-porteur-complements": _head_of(_of("porteur-complements").structure),
            "courriel-porteur-examen": _head_of(_of("porteur-examen").structure),
            "courriel-porteur-signataire": _head_of(a_signer.structure),
        }
        | reglees
        | _broken_pages()
        | _rows_of_the_admin()
        # The first row may be one that a link of interest hides from who looks.
        | {"suivi.session": demarree.pk}
    )


def _piece(dossier: Any, etat: str) -> Any:
    """Return a piece of the dossier, once its file is in this state."""
    piece = Candidature.objects.get(pk=dossier).pieces.order_by("type_piece").first()
    Fichier.objects.filter(pk=piece.fichier_id).update(
        antivirus=etat, analyse_le=horloge.now(), constat=MOT_DE_PASSE if etat == Antivirus.ILLISIBLE else ""
    )
    return piece.pk


def _of(role: str) -> Candidature:
    return Candidature.objects.filter(etat=PORTEURS[role]).order_by("deposee_le").first()


def _head_of(structure: Structure) -> str:
    return str(structure.appartenances.en_cours().filter(role="responsable").first().utilisateur.email)


def _broken_pages() -> dict[str, str]:
    """Return the pages that the portal shows when something breaks: no address leads to them."""
    requete = RequestFactory().get("/", headers={"host": "localhost"})
    requete.user = AnonymousUser()
    requete.identifiant = "0f1e2d3c4b5a"
    reponses = {
        "html-400": errors.bad_request(requete, None),
        "html-403-csrf": errors.csrf_failure(requete),
        "html-429": errors.too_many_requests(requete),
        "html-500": errors.server_error(requete),
    }
    return {nom: reponse.content.decode() for nom, reponse in reponses.items()}


def _rows_of_the_admin() -> dict[str, Any]:
    """Return one row of each model of the admin, under the model's name."""
    lignes = {modele._meta.label_lower: modele._default_manager.first() for modele in admin.site._registry}
    return {nom: ligne.pk for nom, ligne in lignes.items() if ligne is not None}
