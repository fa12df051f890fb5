"""Learners of a session (R15a, R29, R44)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from referentiels.texte import normalise
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.transition import lock
from suivi import cycle
from suivi.domain.nir import SANS_NIR, contains_nir
from suivi.models import Apprenant, ConsultationListe, Session

AGE_MINIMUM = 16
CODE_POSTAL = re.compile(r"[0-9]{5}")


class ListeFermee(ErreurMetier):
    """The list can't change in this state of the session."""


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
    valeurs = {
        champ: valeur.strip() if isinstance(valeur, str) else valeur for champ, valeur in valeurs.items()
    }
    erreurs = _errors(session, valeurs, apprenant) or _errors_of_double(session, valeurs, apprenant)
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


def read_learner(*, session: Session, apprenant: Apprenant, acteur: Any) -> Apprenant:
    """Open one line of the list, and log who read it (R44). Errors: ``ActeurRefuse``."""
    _demand(acteur, session)
    ConsultationListe.objects.create(
        session=session, personne=acteur, acte=ConsultationListe.Acte.LECTURE, lignes=1
    )
    return apprenant


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


def _errors(session: Session, valeurs: dict[str, Any], apprenant: Apprenant | None) -> dict[str, list[str]]:
    """Say what is wrong, field by field; what an edit does not touch is read from the row."""

    def lit(champ: str) -> Any:
        return valeurs.get(champ, getattr(apprenant, champ, None))

    erreurs = {
        champ: [SANS_NIR]
        for champ, valeur in valeurs.items()
        if isinstance(valeur, str) and contains_nir(valeur)
    }
    if "code_postal" not in erreurs and not CODE_POSTAL.fullmatch(lit("code_postal") or ""):
        erreurs["code_postal"] = ["Le code postal a cinq chiffres."]
    return {**erreurs, **_errors_of_dates(session, lit)}


def _errors_of_dates(session: Session, lit: Callable[[str], Any]) -> dict[str, list[str]]:
    erreurs: dict[str, list[str]] = {}
    naissance, entree = lit("naissance"), lit("entree")
    if naissance and naissance > horloge.today():
        erreurs["naissance"] = ["Cette date de naissance est dans le futur."]
    elif naissance and entree and age_at(naissance, entree) < AGE_MINIMUM:
        erreurs["naissance"] = [
            f"Cette personne aurait moins de {AGE_MINIMUM} ans à l’entrée\u00a0: vérifiez la date."
        ]
    if entree and not session.debut <= entree <= session.fin:
        erreurs["entree"] = [
            f"L’entrée se fait pendant la session, du {session.debut:%d/%m/%Y} au {session.fin:%d/%m/%Y}."
        ]
    for champ, libelle in (("fin_prevue", "La fin prévue"), ("sortie", "La sortie")):
        fin = lit(champ)
        if entree and fin and fin < entree:
            erreurs[champ] = [f"{libelle} vient après l’entrée."]
    return erreurs


def _errors_of_double(
    session: Session, valeurs: dict[str, Any], apprenant: Apprenant | None
) -> dict[str, list[str]]:
    """Refuse a person already on the list, whatever the case and the accents.

    Two people of the same name are told apart by their birth dates: both must be known.
    """
    if not {"nom", "prenoms"} <= valeurs.keys():
        return {}
    voulu = _name(valeurs["nom"], valeurs["prenoms"])
    naissance = valeurs.get("naissance", getattr(apprenant, "naissance", None))
    autres = session.apprenants.all() if apprenant is None else session.apprenants.exclude(pk=apprenant.pk)
    for nom, prenoms, autre in autres.values_list("nom", "prenoms", "naissance"):
        if _name(nom, prenoms) != voulu:
            continue
        if autre == naissance:
            return {"nom": ["Cette personne est déjà sur la liste de la session."]}
        if autre is None or naissance is None:
            return {
                "naissance": [
                    "Une personne du même nom est déjà sur la liste. Si ce n’est pas la même, "
                    "indiquez la date de naissance de chacune."
                ]
            }
    return {}


def _name(nom: str, prenoms: str) -> str:
    return f"{normalise(nom)}|{normalise(prenoms)}"
