"""Compléments: ask, answer, close (R16)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from candidatures import cycle
from candidatures.domain import instantane
from candidatures.domain.completude import Manque, gaps
from candidatures.domain.depot import RESERVE_AU_RESPONSABLE, check_complete, freeze
from candidatures.domain.queries import demande_ouverte, dernier_depot
from candidatures.domain.renouvellements import CHAMPS, too_early
from candidatures.domain.saisie import open_answers, refresh_gaps
from candidatures.models import Candidature, DemandeComplements, Depot, ElementComplement, EtatSection
from candidatures.sections import PAR_CODE
from comptes.domain.acces import require
from socle import horloge, revisions
from socle.erreurs import DonneesInvalides, TransitionRefusee
from socle.references import SYSTEME, Acteur
from socle.transition import lock, transition
from socle.typographie import date_longue, date_simple, heure, heure_secondes

RESERVE_A_L_INSTRUCTION = (
    "Vous ne pouvez pas demander de compléments sur ce dossier\u00a0: il est confié à une autre personne, ou "
    "vous avez déclaré un lien avec lui."
)

#: What becomes of an answer that comes too late, and what its porteur can do.
LA_SUITE = (
    "Le dossier sera examiné tel qu’il a été déposé. Ce que vous avez saisi n’est pas effacé. Si ces "
    "réponses comptent, écrivez à la GEN par les messages du dossier\u00a0: elle peut vous faire une "
    "nouvelle demande."
)


class DemandePerimee(TransitionRefusee):
    """The dossier is no longer what the request was prepared on: asked, answered, decided or withdrawn."""


class ReponseTardive(TransitionRefusee):
    """An answer that arrived after the date of its request."""


@dataclass(frozen=True)
class Element:
    """What is asked: a field or a table of a section, or ``piece:<TYPE>``."""

    section: str
    champ: str
    consigne: str


@transaction.atomic
def request_complements(
    *,
    candidature: Candidature,
    acteur: Acteur,
    elements: Iterable[Element],
    reponse_avant: date,
    message: str = "",
    version: int | None = None,
) -> DemandeComplements:
    """Ask the porteur for what is missing; only what is listed opens for edit.

    ``version`` is the number of the deposit that was read, when a person prepared the request on a page. The
    same request sent twice by the same person, by a second press, gives back the one that waits.

    Effects: the request and its elements, the sections named become "à corriger", state
    EN_COMPLEMENT, event ``candidature.complements_demandes`` and what reacts to it (obligation with
    its reminders, e-mails).
    Errors: ``DonneesInvalides`` (nothing asked, unknown field, date not in the future); ``ActeurRefuse``;
    ``DemandePerimee`` when the dossier is not waiting to be examined, or has another deposit than
    ``version``: nothing is written.
    """
    demandes = list(elements)
    check_request(demandes, reponse_avant)
    lock(candidature)
    require(acteur, "candidatures.instruct_candidature", candidature, RESERVE_A_L_INSTRUCTION)
    if (deja := _asked_so(candidature, acteur, demandes, reponse_avant, message)) is not None:
        return deja
    check_requestable(candidature, version)
    demande = DemandeComplements.objects.create(
        candidature=candidature, demandeur=acteur, message=message.strip(), reponse_avant=reponse_avant
    )
    ElementComplement.objects.bulk_create(
        ElementComplement(
            demande=demande, section=element.section, champ=element.champ, consigne=element.consigne.strip()
        )
        for element in demandes
    )
    EtatSection.objects.filter(
        candidature=candidature, section__in={element.section for element in demandes}
    ).update(avancement=EtatSection.Avancement.A_CORRIGER)
    transition(candidature, "request_complements", acteur, donnees={"demande": demande.pk})
    return demande


def _asked_so(
    candidature: Candidature, acteur: Any, elements: list[Element], reponse_avant: date, message: str
) -> DemandeComplements | None:
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    if demande is None or demande.demandeur_id != getattr(acteur, "pk", None):
        return None
    attend = list(demande.elements.order_by("id").values_list("section", "champ", "consigne"))
    envoi = [(un.section, un.champ, un.consigne.strip()) for un in elements]
    meme = (attend, demande.reponse_avant, demande.message) == (envoi, reponse_avant, message.strip())
    return demande if meme else None


def check_requestable(candidature: Candidature, version: int | None = None) -> None:
    """Refuse, with a sentence that says why, a dossier on which nothing can be asked now.

    Errors: ``DemandePerimee``. ``version`` as for :func:`request_complements`.
    """
    if candidature.etat == cycle.EN_COMPLEMENT:
        demande = _open_request(candidature)
        raise DemandePerimee(
            f"{demande.demandeur.nom_complet} a envoyé une demande de compléments le "
            f"{date_simple(demande.cree_le)} à {heure(demande.cree_le)}\u00a0: une seule à la fois attend "
            "une réponse. La vôtre n’est pas envoyée."
        )
    if candidature.etat == cycle.SANS_SUITE:
        raise DemandePerimee("Le porteur a retiré ce dossier\u00a0: rien ne peut plus lui être demandé.")
    if candidature.etat != cycle.DEPOSEE:
        raise DemandePerimee("Des compléments se demandent sur un dossier déposé, avant la recevabilité.")
    depot = dernier_depot(candidature) if version is not None else None
    if depot is not None and version != depot.numero:
        raise DemandePerimee(
            f"Ce dossier a une nouvelle version, la {depot.numero}, depuis que vous avez préparé votre "
            "demande. Elle n’est pas envoyée\u00a0: relisez les réponses, puis vérifiez-la de nouveau."
        )


def default_day() -> date:
    """Return the day by which an answer is asked for, unless the instructor says otherwise [choice]."""
    return horloge.today() + timedelta(days=settings.GEN_REGLES["complements_reponse_jours"])


def answer_bound(demande: DemandeComplements) -> datetime:
    """Return the instant from which an answer is late: the end of its last day in Paris (R16, as R3)."""
    return horloge.end_of_minute(demande.reponse_avant, 23, 59)


def closable_from(demande: DemandeComplements) -> datetime:
    """Return when a request without an answer is closed: an answer that arrived in time may be on its way.

    The portal takes an arrival that its proxy noted up to an hour before; the wait is a setting.
    """
    return answer_bound(demande) + timedelta(minutes=settings.GEN_REGLES["complements_battement_minutes"])


def check_request(elements: list[Element], reponse_avant: date) -> None:
    """Refuse what no request can ask, by field (``DonneesInvalides``)."""
    erreurs: dict[str, list[str]] = {}
    if not elements:
        erreurs["elements"] = ["Indiquez au moins une réponse ou une pièce à compléter."]
    for element in elements:
        if element.section not in PAR_CODE or element.champ not in PAR_CODE[element.section].ouvrables:
            erreurs.setdefault("elements", []).append(f"«\u00a0{element.champ}\u00a0» n’existe pas.")
        elif not element.consigne.strip():
            erreurs.setdefault("elements", []).append("Dites ce qui est attendu pour chaque élément.")
    if reponse_avant <= horloge.today():
        erreurs["reponse_avant"] = ["La date de réponse doit être à venir\u00a0: demain au plus tôt."]
    elif (reponse_avant - horloge.today()).days > settings.GEN_REGLES["complements_reponse_jours_maximum"]:
        jours = settings.GEN_REGLES["complements_reponse_jours_maximum"]
        erreurs["reponse_avant"] = [f"La date de réponse est dans {jours}\u00a0jours au plus."]
    if erreurs:
        raise DonneesInvalides(erreurs)


@transaction.atomic
def answer_complements(*, candidature: Candidature, acteur: Acteur, arrivee: datetime) -> Depot:
    """Hand in the compléments: a new deposit, with old and new values (R16).

    ``arrivee`` is the instant at which the request's first byte reached the portal: it alone says whether
    the answer is in time, up to the last instant of the day that was given, in Paris.

    Effects: the deposit n + 1, one revision per changed value, the request answered, state DEPOSEE,
    event ``candidature.complements_recus`` and what reacts to it (obligation fulfilled, e-mails).
    The relevé does not move (R4).
    Errors: ``ActeurRefuse`` for anybody but a responsable; ``TransitionRefusee`` without an open
    request, or when the answer asks to renew a label that can't be renewed yet (R13); ``ReponseTardive``
    after its date; ``DonneesInvalides`` with each gap. What is refused leaves what was typed as it is.
    """
    lock(candidature)
    require(acteur, "candidatures.submit_candidature", candidature, RESERVE_AU_RESPONSABLE)
    demande = _open_request(candidature)
    arrivee = min(arrivee, horloge.now())
    _check_in_time(demande, arrivee)
    dossier, precedent = dossier_to_answer(candidature), dernier_depot(candidature)
    assert precedent is not None, "a deposited dossier has a deposit"
    _check_renewal(candidature, dossier, precedent, arrivee)
    check_complete(gaps_to_answer(candidature, dossier))
    depot = freeze(
        candidature,
        dossier,
        numero=precedent.numero + 1,
        arrivee=arrivee,
        acteur=acteur,
    )
    revisions.record_changes(
        candidature,
        acteur=acteur,
        contexte=f"complements:{demande.pk}",
        changements=instantane.differences(precedent.instantane, depot.instantane),
    )
    demande.repondue_le = horloge.now()
    demande.save(update_fields=["repondue_le"])
    _settle_sections(candidature, demande)
    transition(
        candidature,
        "answer_complements",
        acteur,
        donnees={"demande": demande.pk, "depot": depot.pk, "empreinte": depot.empreinte},
    )
    return depot


def dossier_to_answer(candidature: Candidature) -> dict[str, Any]:
    """Return the dossier as an answer given now would freeze it: the former one, with what is asked (R16)."""
    dossier, precedent = instantane.build(candidature), dernier_depot(candidature)
    assert precedent is not None, "a deposited dossier has a deposit"
    return instantane.as_asked(dossier, precedent.instantane, open_answers(candidature))


def refused_renewal(candidature: Candidature, dossier: dict[str, Any], precedent: Depot, jour: date) -> str:
    """Return why a renewal that the answer asks for is refused, as a deposit would be, else nothing (R13).

    A renewal that was deposited so is no answer of today: nothing of it holds the compléments back.
    """
    avant = {champ: precedent.instantane["formation"].get(champ) for champ in CHAMPS}
    if avant == {champ: dossier["formation"][champ] for champ in CHAMPS}:
        return ""
    return too_early(candidature, dossier["formation"], jour)


def _check_renewal(
    candidature: Candidature, dossier: dict[str, Any], precedent: Depot, arrivee: datetime
) -> None:
    jour = horloge.paris(min(arrivee, horloge.now())).date()
    if phrase := refused_renewal(candidature, dossier, precedent, jour):
        raise TransitionRefusee(phrase)


def too_late(candidature: Candidature) -> str:
    """Return why an answer that would be sent now is refused, or nothing."""
    demande = demande_ouverte(candidature)
    if demande is None or horloge.now() < answer_bound(demande):
        return ""
    return (
        f"La date limite, le {date_longue(demande.reponse_avant)} inclus, est passée\u00a0: rien ne peut "
        f"plus être transmis. {LA_SUITE}"
    )


def _check_in_time(demande: DemandeComplements, arrivee: datetime) -> None:
    if arrivee < answer_bound(demande):
        return
    jour, recue = date_longue(demande.reponse_avant), horloge.paris(arrivee).date()
    raise ReponseTardive(
        f"La date limite, le {jour} inclus, est passée\u00a0: votre envoi est arrivé le {date_longue(recue)} "
        f"à {heure_secondes(arrivee)}, heure de Paris. {LA_SUITE}"
    )


def gaps_to_answer(candidature: Candidature, dossier: dict[str, Any]) -> dict[str, list[Manque]]:
    """Return what prevents an answer to compléments, by section: what the request opens, and what is new.

    What the deposit already lacked and nobody asks for holds nothing back: an answer that the dossier
    asks for since then is in a section that is closed (R16). Nor does a disagreement between two answers of
    which one alone is open: who corrects that one could not correct the other.
    """
    precedent = dernier_depot(candidature)
    deja = gaps(precedent.instantane) if precedent is not None else {}
    ouverts = open_answers(candidature)
    retenus = {
        code: [
            manque
            for manque in liste
            if (manque not in deja.get(code, []) or _is_open(manque, ouverts.get(code, frozenset())))
            and _can_agree(manque, ouverts.get(code, frozenset()))
        ]
        for code, liste in gaps(dossier).items()
    }
    return {code: liste for code, liste in retenus.items() if liste}


def _can_agree(manque: Manque, ouverts: frozenset[str]) -> bool:
    return not manque.avec or {manque.champ, *manque.avec} <= ouverts


def _is_open(manque: Manque, ouverts: frozenset[str]) -> bool:
    section = PAR_CODE[manque.section]
    nature, _, piece = manque.champ.partition(":")
    if piece:
        return section.opens_piece(ouverts, piece)
    nom = section.tableau.nom if manque.ligne is not None and section.tableau else nature
    return nom in ouverts


@transaction.atomic
def close_complements(*, candidature: Candidature, acteur: Acteur) -> DemandeComplements:
    """Close a request without an answer: the dossier is examined as it was deposited [choice].

    Effects: the request closed, state DEPOSEE, event ``candidature.complements_clos``.
    Errors: ``TransitionRefusee`` without an open request, while its date is not past, or in the minutes
    after it during which an answer that arrived in time may still be on its way (``closable_from``).
    """
    lock(candidature)
    demande = _open_request(candidature)
    if horloge.now() < closable_from(demande):
        raise TransitionRefusee("Le délai de réponse n’est pas écoulé.")
    demande.close_le = horloge.now()
    demande.save(update_fields=["close_le"])
    _settle_sections(candidature, demande)
    transition(candidature, "close_complements", acteur, donnees={"demande": demande.pk})
    return demande


def close_expired_complements() -> int:
    """Close every request whose date is past, as the portal (R16); return how many.

    One that ended a moment ago waits for the next sweeps (``closable_from``).
    """
    echues = DemandeComplements.objects.filter(
        repondue_le__isnull=True, close_le__isnull=True, reponse_avant__lt=horloge.today()
    )
    closables = [demande.pk for demande in echues if closable_from(demande) <= horloge.now()]
    closes = 0
    for candidature in Candidature.objects.filter(
        etat=cycle.EN_COMPLEMENT, demandes_complements__in=closables
    ).distinct():
        try:
            close_complements(candidature=candidature, acteur=SYSTEME)
        except TransitionRefusee:
            # Answered or withdrawn since the list was read: there is nothing left to close.
            continue
        closes += 1
    return closes


def _open_request(candidature: Candidature) -> DemandeComplements:
    demande = demande_ouverte(candidature)
    if demande is None:
        raise TransitionRefusee("Aucune demande de compléments n’attend de réponse pour ce dossier.")
    return demande


def _settle_sections(candidature: Candidature, demande: DemandeComplements) -> None:
    for code in set(demande.elements.values_list("section", flat=True)):
        refresh_gaps(candidature, PAR_CODE[code])
