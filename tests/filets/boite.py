"""One e-mail of every kind, written by the verbs and the pages that send it."""

import uuid
from datetime import date, timedelta
from typing import Any

import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from candidatures.domain import complements, pieces
from candidatures.domain.affectations import assign
from candidatures.domain.depot import resend_receipt, withdraw_candidature
from candidatures.domain.echanges import send_message
from candidatures.domain.suivi_porteur import transfer_candidature
from candidatures.models import Affectation
from comptes import domain
from comptes.domain.second_facteur import reset_second_factor
from labellisation.cycle import NatureDecision
from labellisation.domain import convention as conventions
from labellisation.domain.decision import sign_and_notify, version_of
from labellisation.domain.label import lift_condition, withdraw_label
from labellisation.domain.reouverture import reopen_dossier
from labellisation.models import Label
from socle import echeances, horloge
from socle.lisibilite import MOT_DE_PASSE
from socle.models import Antivirus, Courriel, Fichier
from socle.references import SYSTEME
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation

MOTIF = "Vérifié par téléphone avec la personne."


def fill() -> dict[str, Courriel]:
    """Return the first e-mail of each kind, and of the cases in which a kind says something else."""
    cache.clear()
    with time_machine.travel(candidatures.LUNDI, tick=False):
        _dossiers()
        _draft()
        _held_pieces()
        _messages()
        _handed_over()
        _labels()
        _appeal()
        _members()
        _accounts()
        _pages()
    _reminders()
    boite: dict[str, Courriel] = {}
    for courriel in Courriel.objects.order_by("cree_le", "email", "cle"):
        boite.setdefault(_case(courriel), courriel)
    return boite


def _case(courriel: Courriel) -> str:
    """Return the kind of an e-mail, and the case when it has several."""
    for gabarit, signe, cas in (
        ("labellisation_decision", "non labellisée", "refus"),
        ("compte_transmission_proposee", "reste aussi responsable", "rôle gardé"),
        ("candidature_deposee", "Voici à nouveau", "renvoi"),
        ("candidature_piece_retenue", "n’a pas pu être ouvert", "illisible"),
        ("candidature_transmise", "Brouillon — non déposé", "brouillon"),
        ("rappel", "Ce qui est en retard", "en retard"),
        ("rappel", "Brouillon — non déposé", "brouillon"),
    ):
        if courriel.gabarit == gabarit and signe in courriel.objet + courriel.texte:
            return f"{gabarit} ({cas})"
    return courriel.gabarit


def _person(nom: str, *roles: str) -> Any:
    personne = comptes.utilisateur(*roles, prenom="Camille", nom=nom, email=f"{nom.lower()}@essai.example")
    personne.forget_roles()
    return personne


def _structure(responsable: str) -> Any:
    return comptes.structure(_person(responsable))


def _dossiers() -> None:
    structure = _structure("Aubert")
    acteur = candidatures.responsable_de(structure)
    retire = candidatures.dossier_depose(structure)
    resend_receipt(candidature=retire, acteur=acteur)
    withdraw_candidature(candidature=retire, acteur=acteur)
    for reponse in (True, False):
        dossier = candidatures.dossier_depose(structure)
        complements.request_complements(
            candidature=dossier,
            acteur=candidatures.instructeur(),
            elements=[
                complements.Element("publics", "gratuite", "Confirmez la gratuité de la certification."),
                complements.Element("structure", "piece:ATTESTATION_FISCALE", "Joignez une attestation."),
            ],
            reponse_avant=date(2021, 10, 5),
        )
        if reponse:
            candidatures.enregistrer(dossier, acteur, "publics", {"gratuite": False})
            candidatures.joindre(dossier, acteur, "ATTESTATION_FISCALE")
            complements.answer_complements(candidature=dossier, acteur=acteur, arrivee=horloge.now())
    with time_machine.travel(horloge.at_paris(date(2021, 10, 6), 9, 0), tick=False):
        complements.close_expired_complements()


def _draft() -> None:
    structure = _structure("Vidal")
    candidatures.brouillon(structure)
    with time_machine.travel(horloge.at_paris(date(2021, 9, 23), 9, 0), tick=False):
        echeances.send_due()


def _held_pieces() -> None:
    structure = _structure("Perrin")
    acteur = candidatures.responsable_de(structure)
    depose = candidatures.dossier_depose(structure)
    brouillon = candidatures.brouillon(structure)
    candidatures.joindre(brouillon, acteur, "AUTRE")
    for dossier, etat, constat in (
        (depose, Antivirus.INFECTE, "Eicar-Test-Signature"),
        (brouillon, Antivirus.ILLISIBLE, MOT_DE_PASSE),
    ):
        fichier = dossier.pieces.order_by("type_piece").last().fichier
        Fichier.objects.filter(pk=fichier.pk).update(
            antivirus=etat, constat=constat, analyse_le=horloge.now()
        )
        pieces.report_held_piece(fichier=fichier.pk)


def _messages() -> None:
    dossier = candidatures.dossier_depose(_structure("Quentin"))
    instructeur = _person("Ravel", "instructeur")
    assign(candidature=dossier, instructeur=instructeur, tache=Affectation.Tache.RECEVABILITE, acteur=SYSTEME)
    for acteur in (candidatures.responsable_de(dossier.structure), instructeur):
        send_message(candidature=dossier, texte="Texte du message", cle=uuid.uuid4(), acteur=acteur)


def _handed_over() -> None:
    structure = _structure("Salmon")
    acteur, suivante = candidatures.responsable_de(structure), _person("Tessier")
    structure.appartenances.create(utilisateur=suivante, role="contributeur")
    for dossier in (candidatures.brouillon(structure), candidatures.dossier_depose(structure)):
        transfer_candidature(candidature=dossier, a=suivante, acteur=acteur)


def _labels() -> None:
    convention = labellisation.convention_a_signer(structure=_structure("Lambert"))
    conventions.request_code(
        signature=labellisation.signature_de(convention),
        acteur=candidatures.responsable_de(convention.structure),
    )
    labellisation.convention_signee(convention)
    refuse = labellisation.dossier_note(structure=_structure("Martin"))
    labellisation.notifier(labellisation.seance_close([NatureDecision.REFUSEE], [refuse]))
    label = labellisation.label_sous_condition(structure=_structure("Naudin"))
    lift_condition(
        label=label,
        acteur=labellisation.direction(),
        motifs="Certificat reçu.",
        obtenue_le=horloge.today(),
    )
    withdraw_label(
        label=Label.objects.get(convention=convention),
        acteur=labellisation.direction(),
        motifs="Mises en demeure restées sans réponse.",
    )


def _appeal() -> None:
    decision = labellisation.irrecevabilite(_structure("Sorel"))
    directrice = labellisation.direction()
    sign_and_notify(decision=decision, acteur=directrice, qualite="Directrice", lue=version_of(decision))
    reopen_dossier(
        candidature=decision.candidature,
        motifs="Le justificatif des heures était joint.",
        acteur=directrice,
        etat_lu="NOTIFIEE",
        recours_recu_le=horloge.today(),
    )


def _members() -> None:
    structure = _structure("Bernard")
    responsable = candidatures.responsable_de(structure)
    admin = _person("Caron", "administrateur")
    domain.invite_member(
        acteur=responsable, structure=structure, email="invitee@essai.example", role="contributeur"
    )
    for nom in ("Denis", "Evrard"):
        personne = _person(nom)
        structure.appartenances.create(utilisateur=personne, role="contributeur")
    denis, evrard = structure.appartenances.filter(role="contributeur").order_by("utilisateur__nom")
    proposee = domain.propose_transfer(acteur=responsable, structure=structure, vers=denis.utilisateur)
    domain.decline_transfer(acteur=denis.utilisateur, transmission=proposee)
    gardee = domain.propose_transfer(
        acteur=responsable, structure=structure, vers=evrard.utilisateur, conserve=True
    )
    domain.accept_transfer(acteur=evrard.utilisateur, transmission=gardee)
    demande = domain.request_responsable(acteur=denis.utilisateur, structure=structure, motif=MOTIF)
    domain.reject_request(
        acteur=admin, demande=demande, motif="La structure a déjà une personne responsable."
    )
    domain.leave_structure(acteur=evrard.utilisateur, structure=structure)
    domain.remove_member(acteur=responsable, appartenance=denis)


def _accounts() -> None:
    admin = _person("Fabre", "administrateur")
    _person("Girard", "direction")
    instructeur = _person("Henry", "instructeur")
    dossier = candidatures.dossier_depose(_structure("Olivier"))
    assign(candidature=dossier, instructeur=instructeur, tache=Affectation.Tache.RECEVABILITE, acteur=SYSTEME)
    structure = _structure("Imbert")
    structure.appartenances.create(utilisateur=_person("Joly"), role="contributeur")
    for personne in (instructeur, candidatures.responsable_de(structure)):
        domain.deactivate_account(acteur=admin, utilisateur=personne, motif=MOTIF)
    domain.reactivate_account(acteur=admin, utilisateur=instructeur, motif=MOTIF)
    Authenticator.objects.create(user=instructeur, type="totp", data={"secret": "essai"})
    reset_second_factor(acteur=admin, utilisateur=instructeur, motif=MOTIF)


def _pages() -> None:
    """What allauth's pages send."""
    _person("Klein")
    mot_de_passe = "un-mot-de-passe-solide"
    inscription = {
        "prenom": "Inès",
        "nom": "Petit",
        "email": "ines.petit@essai.example",
        "password1": mot_de_passe,
        "password2": mot_de_passe,
    }
    Client().post("/compte/signup/", inscription)
    Client().post("/compte/signup/", {**inscription, "email": "klein@essai.example"})
    Client().post("/compte/login/code/", {"email": "klein@essai.example"})
    Client().post("/compte/password/reset/", {"email": "klein@essai.example"})
    Client().post("/compte/password/reset/", {"email": "inconnue@essai.example"})
    connectee = Client()
    connectee.post("/compte/login/", {"login": "klein@essai.example", "password": mot_de_passe})
    nouveau = f"{mot_de_passe}-2"
    connectee.post(
        "/compte/password/change/",
        {"oldpassword": mot_de_passe, "password1": nouveau, "password2": nouveau},
    )


def _reminders() -> None:
    """Before the date, then after it."""
    for jour in (date(2021, 10, 31), date(2021, 11, 22)):
        with time_machine.travel(horloge.at_paris(jour, 9, 0) + timedelta(minutes=1), tick=False):
            echeances.send_due()
