"""The deposit and the withdrawal (R4, R8, R11)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from candidatures.domain import completude, instantane
from candidatures.domain.appels import releve_at
from candidatures.domain.renouvellements import too_early
from candidatures.domain.silence import rejection_day
from candidatures.models import Candidature, Depot
from comptes.domain.acces import require
from socle import canonique, horloge, journal
from socle.erreurs import DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock, transition

RECU_RENVOYE = "candidature.recu_renvoye"
RESERVE_AU_RESPONSABLE = (
    "Seul un responsable de la structure peut déposer ou retirer un dossier. Demandez-le à l’un d’eux."
)


@transaction.atomic
def submit_candidature(*, candidature: Candidature, acteur: Acteur, arrivee: datetime) -> Depot:
    """Deposit the dossier, once whatever the number of clicks (R11).

    ``arrivee`` is the instant at which the request's first byte reached the portal: it alone gives
    the relevé (R4).
    Effects: the frozen snapshot and its SHA-256, the dossier's relevés, event
    ``candidature.deposee`` and what reacts to it (receipt, e-mails). A dossier already deposited
    gives back its first deposit, and nothing more happens.
    Errors: ``ActeurRefuse`` for anybody but a responsable of the structure; ``DonneesInvalides``
    with each gap, by section; ``ErreurMetier`` before the opening of the call; ``TransitionRefusee``
    for a renewal while the label runs, or of a label that is not the structure's (R13).
    """
    lock(candidature)
    require(acteur, "candidatures.submit_candidature", candidature, RESERVE_AU_RESPONSABLE)
    if not candidature.est_brouillon:
        return candidature.depots.get(numero=1)
    arrivee = min(arrivee, horloge.now())
    if arrivee < candidature.appel.ouvert_le:
        raise ErreurMetier("L’appel à labellisation n’est pas encore ouvert.")
    dossier = instantane.build(candidature)
    if phrase := too_early(candidature, dossier["formation"], horloge.paris(arrivee).date()):
        raise TransitionRefusee(phrase)
    check_complete(completude.gaps(dossier))
    depot = freeze(candidature, dossier, numero=1, arrivee=arrivee, acteur=acteur)
    releve = releve_at(candidature.appel, arrivee)
    transition(
        candidature,
        "submit_candidature",
        acteur,
        valeurs={
            "releve_arrivee": releve,
            "releve_examen": releve,
            "rejet_implicite_le": rejection_day(arrivee),
        },
        donnees={
            "depot": depot.pk,
            "empreinte": depot.empreinte,
            "releve": releve.numero if releve else None,
        },
        instant=arrivee,
    )
    depot.refresh_from_db()
    return depot


def check_complete(manques: dict[str, list[completude.Manque]]) -> None:
    """Refuse an incomplete dossier with every gap, by section."""
    if manques:
        raise DonneesInvalides({code: [manque.phrase for manque in liste] for code, liste in manques.items()})


def freeze(
    candidature: Candidature, dossier: dict[str, object], *, numero: int, arrivee: datetime, acteur: Acteur
) -> Depot:
    """Write the next deposit of a dossier: its snapshot as JSON reads it back, and its fingerprint."""
    fige = canonique.frozen(dossier)
    return Depot.objects.create(
        candidature=candidature,
        numero=numero,
        arrivee=arrivee,
        instantane=fige,
        empreinte=canonique.fingerprint(fige),
        deposant=acteur,
    )


@transaction.atomic
def resend_receipt(*, candidature: Candidature, acteur: Acteur) -> None:
    """Send the receipt again to whoever asks for it (R11).

    Effects: event ``candidature.recu_renvoye``, and the e-mail that reacts to it, to this person alone.
    Errors: ``ActeurRefuse`` for anybody but a member; ``TransitionRefusee`` for a draft, or when it has
    just been sent to them (``GEN_RENVOI_MINUTES``).
    """
    lock(candidature)
    require(acteur, "candidatures.resend_receipt", candidature)
    if not candidature.depots.exists():
        raise TransitionRefusee("Ce dossier n’est pas déposé\u00a0: il n’a pas encore d’accusé de réception.")
    depuis = horloge.now() - timedelta(minutes=settings.GEN_RENVOI_MINUTES)
    evenements = journal.timeline(candidature.chaine_journal, visibilites=[Visibilite.PORTEUR])
    renvois = evenements.filter(verbe=RECU_RENVOYE, instant__gt=depuis)
    if renvois.filter(acteur_id=acteur.pk).exists():
        raise TransitionRefusee(
            "L’accusé de réception vient de vous être renvoyé. Regardez aussi parmi les courriels "
            f"indésirables\u00a0; sinon, recommencez dans {settings.GEN_RENVOI_MINUTES}\u00a0minutes."
        )
    journal.record(RECU_RENVOYE, sujet=candidature, acteur=acteur, visibilite=Visibilite.PORTEUR)


def is_withdrawable(candidature: Candidature) -> bool:
    """Tell whether no notified decision has ended the examination; the cycle tells from which states."""
    return candidature.issue_notifiee in ("", "AJOURNEE")


@transaction.atomic
def withdraw_candidature(*, candidature: Candidature, acteur: Acteur) -> Candidature:
    """Withdraw a deposited dossier, at any time before the notification of its decision.

    Effects: state SANS_SUITE, event ``candidature.retiree`` and what reacts to it (the open request
    and the obligations are closed, a decision not yet notified lapses, e-mails). Twice is refused.
    Errors: ``ActeurRefuse`` for anybody but a responsable; ``TransitionRefusee`` after a
    notification that ends the examination.
    """
    lock(candidature)
    require(acteur, "candidatures.withdraw_candidature", candidature, RESERVE_AU_RESPONSABLE)
    if not is_withdrawable(candidature):
        raise TransitionRefusee("La décision est notifiée\u00a0: ce dossier ne peut plus être retiré.")
    instant = horloge.now()
    candidature.demandes_complements.filter(repondue_le__isnull=True, close_le__isnull=True).update(
        close_le=instant, modifie_le=instant
    )
    transition(candidature, "withdraw_candidature", acteur, instant=instant)
    return candidature
