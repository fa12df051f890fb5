"""Labels followed, their sessions and their learners; the tests of the upper floor use them too.

A test freezes its clock; every builder but ``label`` acts "now" unless told a day.
"""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import time_machine
from django.test import Client

from comptes.models import Structure, Utilisateur
from labellisation.models import Label
from referentiels.models import Commune
from socle import echeances as socle_echeances
from socle.models import Echeance
from suivi.domain import apprenants, attestations, habilitations, sessions
from suivi.models import Apprenant, AttestationDemarrage, Session
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.moule import moule

#: Monday 4 October 2021: the label of most tests is active from that day.
DEBUT = date(2021, 10, 4)
#: The first session of the dossier of the tests.
SESSION_1 = date(2021, 11, 15)

_rangs = itertools.count(1)


@moule
def label(
    debut: date | None = DEBUT,
    structure: Structure | None = None,
    change: Callable[[Any], None] | None = None,
    **champs: Any,
) -> Label:
    """Return an active label, decided on 20 September 2021 whatever the test's clock says.

    ``change`` alters the dossier's answers first.
    """
    with time_machine.travel(candidatures.LUNDI, tick=False):
        dossier = labellisation.dossier_note(structure=structure, change=change)
        return labellisation.label_actif(debut=debut, candidature=dossier, **champs)


def porteur(label: Label) -> Utilisateur:
    """Return the responsable of the porteur, with fresh roles."""
    return candidatures.responsable_de(label.structure)


def organisme(label: Label) -> Utilisateur:
    """Return the responsable of another structure, authorised to prepare the follow-up."""
    structure = comptes.structure(raison_sociale="Atelier du Nord formation")
    habilitations.authorize_body(label=label, structure=structure, acteur=porteur(label))
    return candidatures.responsable_de(structure)


def session(label: Label, rang: int = 0) -> Session:
    """Return a session of the label, by its place."""
    return label.sessions.select_related("label__structure", "label__convention").order_by("numero")[rang]


def demarrer(label: Label, rang: int = 0, jour: date | None = None) -> Session:
    """Start a session on its day (the clock must be there)."""
    objet = session(label, rang)
    return sessions.start_session(session=objet, jour=jour or objet.debut, acteur=porteur(label))


def valeurs(**champs: Any) -> dict[str, Any]:
    """Return what is known of a learner; a new name each time."""
    rang = next(_rangs)
    base = {
        "nom": f"Nomsecret{rang}",
        "prenoms": "Prenomsecret",
        "sexe": Apprenant.Sexe.FEMME,
        "naissance": date(1995, 5, 17),
        "rue": f"{rang} rue Cachée",
        "code_postal": "59100",
        "commune": candidatures.commune(),
        "niveau": Apprenant.Niveau.BAC,
        "situation_avant": Apprenant.SituationAvant.DEMANDEUR_PLUS_12,
        "qpv": Apprenant.Zone.OUI,
        "zrr": Apprenant.Zone.NON,
        "entree": SESSION_1,
    }
    return {**base, **champs}


def inscrire(session: Session, nombre: int = 1, acteur: Utilisateur | None = None, **champs: Any) -> None:
    """Put learners on a session's list."""
    acteur = acteur or porteur(session.label)
    for _ in range(nombre):
        donnees = valeurs(**{"entree": session.debut, **champs})
        apprenants.save_learner(session=session, acteur=acteur, valeurs=donnees)


def attester(session: Session) -> AttestationDemarrage:
    """Hand in the attestation and the list."""
    return attestations.transmit_attestation(session=session, acteur=porteur(session.label))


def echeance(genre: str, sujet: Any, cle: str = "") -> Echeance:
    """Return one obligation."""
    return socle_echeances.of_subject(sujet).get(genre=genre, cle=cle)


def connecte(personne: Any) -> Client:
    """Return a client signed in as this person."""
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def saisie(**champs: str) -> dict[str, str]:
    """Return a learner as typed in the page."""
    base = {
        "nom": "Diallo",
        "prenoms": "Aïcha",
        "sexe": "F",
        "naissance": "1995-05-17",
        "courriel": "",
        "telephone": "",
        "rue": "4 rue Cachée",
        "code_postal": "59100",
        "commune_nom": "Roubaix",
        "niveau": "",
        "situation_avant": "",
        "qpv": "",
        "aide_crous": "unknown",
        "prescripteur": "",
        "financeur": "",
        "entree": SESSION_1.isoformat(),
        "fin_prevue": "",
    }
    return {**base, **champs}


def roubaix() -> Commune:
    """Return the commune of the tests."""
    return candidatures.commune()
