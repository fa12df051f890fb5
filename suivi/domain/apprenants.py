"""Learners of a session (R15a, R29, R44)."""

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.transition import lock
from suivi import cycle
from suivi.models import Apprenant, ConsultationListe, Session

#: A social security number, with or without its key, spaces or dots. It is never stored (R29).
NIR = re.compile(
    r"(?<!\d)[1-478](?:[\s.-]?\d{2})(?:[\s.-]?\d{2})(?:[\s.-]?(?:\d{2}|2[AB]))(?:[\s.-]?\d{3}){2}(?:[\s.-]?\d{2})?(?!\d)",
    re.IGNORECASE,
)
#: French numbers such as 06 12 34 56 78 have ten digits and a SIRET fourteen: a NIR has thirteen or fifteen.
LONGUEURS_NIR = (13, 15)


class ListeFermee(ErreurMetier):
    """The list can't change in this state of the session."""


def contains_nir(texte: str) -> bool:
    """Return whether a text holds something shaped like a social security number."""
    for trouve in NIR.finditer(texte):
        signes = re.sub(r"[\s.-]", "", trouve.group())
        if len(signes) in LONGUEURS_NIR:
            return True
    return False


def is_gen_public(apprenant: Apprenant) -> bool | None:
    """Return whether a learner belongs to the GEN public, ``None`` when nothing known says so.

    One of: far from employment or training, level at most bac, under 26 at the entry, woman,
    resident of a QPV or a ZRR (R15a). Unknown is not yes, and not no.
    """
    reponses = (
        _far_from_employment(apprenant),
        None if apprenant.niveau is None else apprenant.niveau <= Apprenant.Niveau.BAC,
        _under_age(apprenant),
        None if not apprenant.sexe else apprenant.sexe == Apprenant.Sexe.FEMME,
        _resides(apprenant.qpv),
        _resides(apprenant.zrr),
    )
    if any(reponses):
        return True
    return None if None in reponses else False


def _far_from_employment(apprenant: Apprenant) -> bool | None:
    if not apprenant.situation_avant:
        return None
    loin = Apprenant.SituationAvant
    return apprenant.situation_avant in {
        loin.DEMANDEUR_MOINS_12,
        loin.DEMANDEUR_PLUS_12,
        loin.NEET,
        loin.INACTIF,
    }


def _under_age(apprenant: Apprenant) -> bool | None:
    if apprenant.naissance is None:
        return None
    return age_at(apprenant.naissance, apprenant.entree) < settings.GEN_REGLES["age_public_gen"]


def _resides(zone: str) -> bool | None:
    return {"OUI": True, "NON": False}.get(zone)


def age_at(naissance: date, jour: date) -> int:
    """Return the age in whole years on a day."""
    return jour.year - naissance.year - ((jour.month, jour.day) < (naissance.month, naissance.day))


@transaction.atomic
def save_learner(
    *, session: Session, acteur: Any, valeurs: dict[str, Any], apprenant: Apprenant | None = None
) -> Apprenant:
    """Add a learner to a session's list, or change one.

    Errors: ``ActeurRefuse``; ``ListeFermee`` before the start or once the list was handed in;
    ``DonneesInvalides`` by field, with a NIR refused wherever it stands and nothing of it kept.
    """
    _demand(acteur, session)
    _lock_list(session)
    erreurs = _errors(session, valeurs)
    if not erreurs and _is_double(session, valeurs, apprenant):
        erreurs["nom"] = ["Cette personne est déjà sur la liste de la session."]
    if erreurs:
        raise DonneesInvalides(erreurs)
    ligne = apprenant or Apprenant(session=session)
    for champ, valeur in valeurs.items():
        setattr(ligne, champ, valeur)
    try:
        ligne.full_clean(validate_unique=False, validate_constraints=True)
    except ValidationError as erreur:
        raise DonneesInvalides(dict(erreur.message_dict)) from erreur
    ligne.save()
    return ligne


@transaction.atomic
def remove_learner(*, apprenant: Apprenant, acteur: Any) -> None:
    """Take a learner typed by mistake off a list not handed in yet."""
    _demand(acteur, apprenant.session)
    _lock_list(apprenant.session)
    apprenant.delete()


def read_list(
    *, session: Session, acteur: Any, acte: str = ConsultationListe.Acte.LECTURE
) -> list[Apprenant]:
    """Return the nominative list of a session, and log who read it (R44).

    Errors: ``ActeurRefuse`` for anybody but the body's own members and authorised agents.
    """
    if not acteur.has_perm("suivi.read_learners", session):
        raise ActeurRefuse("Cette liste nominative ne vous est pas ouverte.")
    apprenants = list(session.apprenants.select_related("commune"))
    ConsultationListe.objects.create(session=session, personne=acteur, acte=acte, lignes=len(apprenants))
    return apprenants


def _demand(acteur: Any, session: Session) -> None:
    if not acteur.has_perm("suivi.prepare_session", session):
        raise ActeurRefuse("Cette liste nominative ne vous est pas ouverte.")


def _lock_list(session: Session) -> None:
    label = session.label
    lock(session)
    session.label = label
    if session.etat not in (cycle.DEMARREE, cycle.TERMINEE):
        raise ListeFermee("Déclarez d’abord le démarrage de la session.")
    if hasattr(session, "attestation"):
        raise ListeFermee("La liste est déjà transmise avec l’attestation de démarrage.")


def _errors(session: Session, valeurs: dict[str, Any]) -> dict[str, list[str]]:
    erreurs: dict[str, list[str]] = {}
    for champ, valeur in valeurs.items():
        if isinstance(valeur, str) and contains_nir(valeur):
            erreurs[champ] = [
                "Ce texte contient un numéro de sécurité sociale\u00a0: retirez-le, "
                "le portail ne le garde jamais."
            ]
    naissance, entree, sortie = (valeurs.get(champ) for champ in ("naissance", "entree", "sortie"))
    if naissance and naissance > horloge.today():
        erreurs["naissance"] = ["Cette date de naissance est dans le futur."]
    elif naissance and entree and age_at(naissance, entree) < 16:
        erreurs["naissance"] = ["Cette personne aurait moins de 16 ans à l’entrée\u00a0: vérifiez la date."]
    if entree and not session.debut <= entree <= session.fin:
        erreurs["entree"] = ["L’entrée se fait entre le début et la fin de la session."]
    if entree and sortie and sortie < entree:
        erreurs["sortie"] = ["La sortie vient après l’entrée."]
    return erreurs


def _is_double(session: Session, valeurs: dict[str, Any], apprenant: Apprenant | None) -> bool:
    if not {"nom", "prenoms"} <= valeurs.keys():
        return False
    autres = session.apprenants.filter(
        nom__iexact=valeurs["nom"], prenoms__iexact=valeurs["prenoms"], naissance=valeurs.get("naissance")
    )
    return autres.exclude(pk=apprenant.pk if apprenant else None).exists()
