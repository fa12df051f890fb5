"""The outbox (DESIGN, mechanism 4): an e-mail is a row written with the event that causes it.

After the commit a worker is woken; a sweep takes what a crash or a dead broker left. A message is
handed to the provider once at most: the row says EN_REMISE, committed, before the hand-over begins,
and a row found so after its lease becomes A_VERIFIER, unless the provider ignores repeats itself.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.db.models import F

from socle import fournisseurs, horloge, journal, logs, reveil
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.fournisseurs import Fournisseur, Message, RefusDefinitif, RefusTemporaire
from socle.models import Courriel
from socle.references import SYSTEME, Acteur, Reference, reference
from socle.rendu_courriel import Contenu, render
from socle.travaux import LOT, not_just_woken

logger = logging.getLogger(__name__)

TACHE = "socle.deliver_courriel"
#: Seconds a delivery may hold a row; longer than the provider's own time limits together.
BAIL = 120
#: First wait after a temporary refusal, doubled each time up to the maximum, in seconds.
RECUL = 30
RECUL_MAXIMUM = 3600
#: Tries before giving up: more than two days of a provider that is away.
ESSAIS = 60
#: Permission to settle what the portal can't know; a floor above says who holds it.
PERMISSION = "socle.settle_courriel"

Etat = Courriel.Etat


@dataclass(frozen=True)
class Destinataire:
    """Whom an e-mail is for: the person or thing, and the address known when it is written."""

    reference: Reference
    email: str
    nom: str = ""


# --- Writing ----------------------------------------------------------------------------------


def send(
    gabarit: str,
    *,
    cle: str,
    destinataire: Destinataire,
    contexte: dict[str, Any],
    sujet: models.Model | Reference | None = None,
    code: bool = False,
) -> Courriel:
    """Write an e-mail in the caller's transaction; it leaves after the commit.

    Effects: one row, unique on ``cle`` (the same key again returns the first one, unchanged). An
    address that is none makes a row in ECHEC that says so, and never undoes the caller's act.
    Errors: ``VariableManquante``, ``GabaritInvalide``, ``TemplateDoesNotExist``.
    """
    return write(gabarit, cle=cle, destinataire=destinataire, contexte=contexte, sujet=sujet, code=code)[0]


def write(
    gabarit: str,
    *,
    cle: str,
    destinataire: Destinataire,
    contexte: dict[str, Any],
    sujet: models.Model | Reference | None = None,
    code: bool = False,
) -> tuple[Courriel, bool]:
    """Do as :func:`send`, and say whether the row is new."""
    if existing := Courriel.objects.filter(cle=cle).first():
        return existing, False
    contenu = render(gabarit, {"nom": destinataire.nom, **contexte})
    return _insert(
        cle,
        gabarit=gabarit,
        destinataire_genre=destinataire.reference.genre,
        destinataire_id=destinataire.reference.id,
        email=destinataire.email,
        nom=destinataire.nom,
        est_code=code,
        **_subject(sujet),
        **_content(contenu, code, destinataire.email),
    )


def _insert(cle: str, **valeurs: Any) -> tuple[Courriel, bool]:
    try:
        with transaction.atomic():
            courriel, created = Courriel.objects.create(cle=cle, **valeurs), True
    except IntegrityError:
        # Somebody wrote it since it was looked for.
        courriel, created = Courriel.objects.get(cle=cle), False
    if created and courriel.etat == Etat.A_ENVOYER:
        reveil.wake_after_commit(TACHE, courriel.pk)
    return courriel, created


def _subject(sujet: models.Model | Reference | None) -> dict[str, Any]:
    if sujet is None:
        return {}
    ref = sujet if isinstance(sujet, Reference) else reference(sujet)
    return {"sujet_genre": ref.genre, "sujet_id": ref.id}


def _content(contenu: Contenu, code: bool, email: str) -> dict[str, Any]:
    valeurs: dict[str, Any] = {"objet": contenu.objet, "texte": contenu.texte, "html": contenu.html}
    try:
        validate_email(email)
    except ValidationError:
        valeurs |= {"etat": Etat.ECHEC, "reponse": "L’adresse est absente ou n’est pas valable."}
        valeurs |= _erased() if code else {}
    return valeurs


def _erased() -> dict[str, Any]:
    """A code is worth nothing once it has left, and must not be read later."""
    return {"texte": "", "html": "", "efface_le": horloge.now()}


# --- Delivering -------------------------------------------------------------------------------


def deliver(identifiant: uuid.UUID | str) -> bool:
    """Hand an e-mail to the provider if it is free; ``True`` if the provider took it.

    Effects: REMIS; or A_ENVOYER with a later try (temporary refusal); or ECHEC (permanent one, or
    too many); or A_VERIFIER when the hand-over may or may not have happened. Each step is
    committed on its own: never call it inside a transaction.
    """
    with logs.bind(f"courriel:{identifiant}"):
        return _deliver(uuid.UUID(str(identifiant)))


def _deliver(identifiant: uuid.UUID) -> bool:
    fournisseur = fournisseurs.provider()
    courriel = _claim(identifiant, fournisseur)
    if courriel is None:
        return False
    if courriel.essais > ESSAIS:
        # Workers died on it again and again before the hand-over.
        return _settle(courriel, Etat.ECHEC, courriel.reponse or "Aucun essai n’est allé à son terme.")
    message = Message(
        id=courriel.pk,
        destinataire=fournisseurs.address(courriel.email, courriel.nom),
        objet=courriel.objet,
        texte=courriel.texte,
        html=courriel.html,
    )
    try:
        with fournisseur.open(message) as hand_over:
            if not _mark_handing_over(courriel):
                return False
            reponse = hand_over()
    except RefusTemporaire as refus:
        return _put_off(courriel, str(refus))
    except RefusDefinitif as refus:
        logger.warning("e-mail %s refused: %s", courriel.pk, refus)
        return _settle(courriel, Etat.ECHEC, str(refus))
    except Exception as erreur:
        return _doubt(courriel, erreur, fournisseur)
    _settle(courriel, Etat.REMIS, reponse, remis_le=horloge.now())
    return True


def _claim(identifiant: uuid.UUID, fournisseur: Fournisseur) -> Courriel | None:
    """Take the row by compare-and-swap; a hand-over that was cut is settled instead of taken."""
    overdue = Courriel.objects.overdue().filter(pk=identifiant)
    mine = overdue if fournisseur.idempotent else overdue.filter(etat=Etat.A_ENVOYER)
    taken = mine.update(
        etat=Etat.A_ENVOYER,
        jeton=uuid.uuid4(),
        bail_jusqu_a=horloge.real_now() + timedelta(seconds=BAIL),
        essais=F("essais") + 1,
        reveille_le=None,
    )
    if taken:
        return Courriel.objects.get(pk=identifiant)
    if not fournisseur.idempotent:
        _expose_cut(overdue.filter(etat=Etat.EN_REMISE))
    return None


def _expose_cut(rows: models.QuerySet[Courriel]) -> None:
    reponse = "La remise a été interrompue\u00a0: on ne sait pas si le message est parti."
    codes = rows.filter(est_code=True).update(etat=Etat.A_VERIFIER, reponse=reponse, **_erased())
    others = rows.filter(est_code=False).update(etat=Etat.A_VERIFIER, reponse=reponse)
    if codes or others:
        logger.error("%s e-mail(s) cut in the middle of the hand-over: to be checked", codes + others)


def _mark_handing_over(courriel: Courriel) -> bool:
    """Commit EN_REMISE: from here on, a silence is a doubt."""
    with transaction.atomic(durable=True):
        return bool(
            Courriel.objects.filter(pk=courriel.pk, etat=Etat.A_ENVOYER, jeton=courriel.jeton).update(
                etat=Etat.EN_REMISE, bail_jusqu_a=horloge.real_now() + timedelta(seconds=BAIL)
            )
        )


def _put_off(courriel: Courriel, reponse: str) -> bool:
    if courriel.essais >= ESSAIS:
        logger.error("e-mail %s given up after %s tries: %s", courriel.pk, courriel.essais, reponse)
        return _settle(courriel, Etat.ECHEC, f"{reponse} (abandon après {courriel.essais} essais)")
    attente = min(RECUL * 2 ** min(courriel.essais - 1, 20), RECUL_MAXIMUM)
    logger.warning("e-mail %s put off by %s s: %s", courriel.pk, attente, reponse)
    _held(courriel, Etat.A_ENVOYER, Etat.EN_REMISE).update(
        etat=Etat.A_ENVOYER,
        jeton=None,
        bail_jusqu_a=None,
        prochaine_tentative=horloge.real_now() + timedelta(seconds=attente),
        reponse=reponse,
    )
    return False


def _doubt(courriel: Courriel, erreur: Exception, fournisseur: Fournisseur) -> bool:
    """Decide on a failure that is no refusal: before the mark it is safe to repeat, after it is not."""
    logger.exception("e-mail %s: the delivery failed", courriel.pk)
    reponse = f"{type(erreur).__name__}: {erreur}"
    handing_over = _held(courriel, Etat.EN_REMISE).exists()
    if fournisseur.idempotent or not handing_over:
        return _put_off(courriel, reponse)
    return _settle(courriel, Etat.A_VERIFIER, reponse)


def _settle(courriel: Courriel, etat: str, reponse: str, **valeurs: Any) -> bool:
    """Write the outcome. A truth learnt late settles a row that was meanwhile in doubt."""
    if courriel.est_code:
        valeurs |= _erased()
    changed = _held(courriel, Etat.A_ENVOYER, Etat.EN_REMISE, Etat.A_VERIFIER).update(
        etat=etat,
        reponse=reponse[:2000],
        bail_jusqu_a=None,
        jeton=courriel.jeton if etat == Etat.A_VERIFIER else None,
        modifie_le=horloge.now(),
        **valeurs,
    )
    if not changed:
        logger.error("e-mail %s: the outcome %s (%s) came too late", courriel.pk, etat, reponse)
    return False


def _held(courriel: Courriel, *etats: str) -> models.QuerySet[Courriel]:
    return Courriel.objects.filter(pk=courriel.pk, jeton=courriel.jeton, etat__in=etats)


def deliver_codes() -> int:
    """Deliver the one-time codes that wait: they leave before anything else a worker does."""
    waiting = Courriel.objects.overdue().filter(est_code=True, etat=Etat.A_ENVOYER)
    return sum(deliver(pk) for pk in list(waiting.order_by("cree_le").values_list("pk", flat=True)[:LOT]))


def sweep(*, sur_place: bool = False) -> int:
    """Take every overdue e-mail, codes first, and settle cut hand-overs. Return how many were taken.

    By default each is published again, at most once every few ticks; with ``sur_place`` they are
    delivered here and now.
    """
    if not fournisseurs.provider().idempotent:
        _expose_cut(Courriel.objects.overdue().filter(etat=Etat.EN_REMISE))
    rows = Courriel.objects.overdue().order_by("-est_code", "prochaine_tentative", "pk")
    if sur_place:
        return sum(deliver(pk) for pk in list(rows.values_list("pk", flat=True)[:LOT]))
    taken = 0
    for pk in list(rows.filter(not_just_woken()).values_list("pk", flat=True)[:LOT]):
        if not rows.filter(not_just_woken(), pk=pk).order_by().update(reveille_le=horloge.real_now()):
            continue
        if not reveil.wake(TACHE, pk):
            Courriel.objects.filter(pk=pk).update(reveille_le=None)
            break
        taken += 1
    return taken


# --- What people do ---------------------------------------------------------------------------


@transaction.atomic
def confirm_delivered(courriel: Courriel, acteur: Acteur) -> Courriel:
    """Note that a doubtful e-mail has arrived (the recipient or the provider said so).

    Effects: A_VERIFIER → REMIS with its dates, event ``courriel.confirme``. Errors: ``ErreurMetier``
    if it is not to be checked, ``ActeurRefuse``. R39.
    """
    row = _lock_for(courriel, acteur)
    if row.etat != Etat.A_VERIFIER:
        raise ErreurMetier("Ce courriel n’est pas à vérifier\u00a0: son état est déjà connu.")
    maintenant = horloge.now()
    row.etat, row.remis_le, row.livre_le, row.jeton, row.bail_jusqu_a = (
        Etat.REMIS,
        maintenant,
        maintenant,
        None,
        None,
    )
    row.save()
    journal.record(
        "courriel.confirme",
        sujet=row,
        acteur=acteur,
        chaine=row.chaine_journal,
        donnees={"gabarit": row.gabarit},
    )
    return row


@transaction.atomic
def confirm_lost(courriel: Courriel, acteur: Acteur) -> Courriel:
    """Note that a doubtful e-mail has not arrived, and will not be sent again (a code, say).

    Effects: A_VERIFIER → ECHEC, event ``courriel.perdu``. Errors: ``ErreurMetier`` if it is not to be
    checked, ``ActeurRefuse``. R39.
    """
    row = _lock_for(courriel, acteur)
    if row.etat != Etat.A_VERIFIER:
        raise ErreurMetier("Ce courriel n’est pas à vérifier\u00a0: son état est déjà connu.")
    row.etat, row.jeton, row.bail_jusqu_a = Etat.ECHEC, None, None
    row.save()
    journal.record(
        "courriel.perdu",
        sujet=row,
        acteur=acteur,
        chaine=row.chaine_journal,
        donnees={"gabarit": row.gabarit},
    )
    return row


@transaction.atomic
def send_again(courriel: Courriel, acteur: Acteur) -> Courriel:
    """Send once more, knowingly, an e-mail that is in doubt or failed.

    Effects: a new row (key suffixed) that replaces it, event ``courriel.renvoye``; asked twice, it
    returns the same new row. Errors: ``ErreurMetier`` if the e-mail has left or holds a one-time
    code, ``ActeurRefuse``. R39.
    """
    row = _lock_for(courriel, acteur)
    if row.est_code:
        raise ErreurMetier("Un code à usage unique ne se renvoie pas\u00a0: il faut en demander un nouveau.")
    if row.etat not in {Etat.A_VERIFIER, Etat.ECHEC}:
        raise ErreurMetier("Seul un courriel à vérifier ou en échec peut être renvoyé.")
    if existing := Courriel.objects.filter(remplace=row).first():
        return existing
    copied = ("gabarit", "destinataire_genre", "destinataire_id", "email", "nom", "objet", "texte", "html")
    subject = ("sujet_genre", "sujet_id")
    again, _ = _insert(
        f"{row.cle[:213]}#{row.pk}",
        remplace=row,
        **{champ: getattr(row, champ) for champ in (*copied, *subject)},
    )
    journal.record(
        "courriel.renvoye",
        sujet=row,
        acteur=acteur,
        chaine=row.chaine_journal,
        donnees={"gabarit": row.gabarit, "nouveau": again.pk},
    )
    return again


def _lock_for(courriel: Courriel, acteur: Acteur) -> Courriel:
    row = Courriel.objects.select_for_update().get(pk=courriel.pk)
    if acteur is not SYSTEME and not acteur.has_perm(PERMISSION, row):
        raise ActeurRefuse("Seule l’équipe de la GEN peut trancher sur un courriel à vérifier.")
    return row


def mark_read(courriel: Courriel) -> None:
    """Note the first time the recipient opened the e-mail on the portal (no tracking pixel)."""
    Courriel.objects.filter(pk=courriel.pk, lu_le__isnull=True).update(lu_le=horloge.now())


def absolute(chemin: str) -> str:
    """Return the full address of a page of the portal, for an e-mail or a PDF."""
    return f"{settings.GEN_URL}/{chemin.lstrip('/')}"
