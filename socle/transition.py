"""Walk an aggregate's cycle: the one way in which a state changes (DESIGN, mechanism 1)."""

from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import connections, models, transaction
from django.db.transaction import TransactionManagementError

from socle import horloge, journal
from socle.cycles import Cycle, Fleche
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Evenement
from socle.references import Acteur, Systeme


def transition(
    objet: Any,
    verbe: str,
    acteur: Acteur,
    *,
    valeurs: dict[str, Any] | None = None,
    donnees: dict[str, Any] | None = None,
    instant: datetime | None = None,
) -> Evenement:
    """Take ``objet`` along the arrow ``verbe`` of its cycle, for ``acteur``.

    Effects, in one transaction: locks the row and refreshes ``objet`` (unsaved changes are dropped),
    writes the state, ``valeurs`` and the arrow's instant, records the event (``donnees``, with the
    states ``de`` and ``vers``), runs its reactions. If any of it fails, ``objet`` shows its old values.
    Errors: ``TransitionRefusee`` if the table has no such arrow from here, ``ActeurRefuse`` without
    the permission, ``ValueError`` for a verb that the cycle does not know.
    """
    cycle: Cycle = objet.cycle
    fleche = cycle.fleche(verbe)
    instant = instant or horloge.now()
    with transaction.atomic():
        lock(objet)
        depart: str = getattr(objet, cycle.champ)
        _check_table(cycle, fleche, depart)
        _check_actor(acteur, fleche, objet)
        changes = _changes(cycle, fleche, instant, valeurs or {})
        before = _stored_values(objet, changes)
        try:
            _write(objet, changes)
            return journal.record(
                fleche.evenement,
                sujet=objet,
                acteur=acteur,
                donnees={**(donnees or {}), "de": depart, "vers": fleche.vers},
                visibilite=fleche.visibilite,
                instant=instant,
            )
        except BaseException:
            _set(objet, before)
            raise


def lock(objet: models.Model) -> None:
    """Lock the row of ``objet`` until the end of the transaction, and refresh ``objet`` from it.

    What it links to is read again too, but for the links that its model calls ``liens_stables``: what no
    verb changes with it, as a dossier's structure.
    Errors: ``TransactionManagementError`` outside a transaction, ``TransitionRefusee`` if it is gone.
    """
    alias = objet._state.db or "default"
    if not connections[alias].in_atomic_block:
        # SQLite would let it pass: its lock is the whole IMMEDIATE transaction.
        raise TransactionManagementError("A row is locked inside a transaction only.")
    rows = type(objet)._base_manager.using(alias).select_for_update()
    lies = _stable_links(objet)
    try:
        objet.refresh_from_db(using=alias, from_queryset=rows)
    except ObjectDoesNotExist as error:
        raise TransitionRefusee("Cet élément n’existe plus.") from error
    for lien, lie in lies.items():
        if getattr(objet, lien.attname) == lie.pk:
            lien.set_cached_value(objet, lie)
    # The row is there, however ``objet`` was made.
    objet._state.adding = False


def _stable_links(objet: models.Model) -> dict[models.ForeignKey, models.Model]:
    """Return the rows that ``objet`` always links to, where they are already read."""
    noms: tuple[str, ...] = getattr(objet, "liens_stables", ())
    liens = [champ for champ in objet._meta.concrete_fields if champ.name in noms]
    lus = {
        lien: lien.get_cached_value(objet)
        for lien in liens
        if isinstance(lien, models.ForeignKey) and lien.is_cached(objet)
    }
    return {lien: lie for lien, lie in lus.items() if lie is not None}


def _check_table(cycle: Cycle, fleche: Fleche, depart: str) -> None:
    if depart in fleche.de:
        return
    # The porteur's words: GEN's could betray a decision that is not notified.
    etat = cycle.etat(depart).porteur
    actuel = f" («\u00a0{etat}\u00a0»)" if etat else ""
    raise TransitionRefusee(
        f"Cette action n’est pas possible dans l’état actuel{actuel}. "
        "Rechargez la page pour voir l’état à jour."
    )


def _check_actor(acteur: Acteur, fleche: Fleche, objet: models.Model) -> None:
    if isinstance(acteur, Systeme):
        return
    has_perm = getattr(acteur, "has_perm", None)
    if has_perm is None or not has_perm(fleche.permission, objet):
        raise ActeurRefuse("Vous n’avez pas le droit de faire cette action.")


def _changes(cycle: Cycle, fleche: Fleche, instant: datetime, valeurs: dict[str, Any]) -> dict[str, Any]:
    own = {cycle.champ: fleche.vers} | ({fleche.instant: instant} if fleche.instant else {})
    if taken := own.keys() & valeurs.keys():
        raise ValueError(f"{sorted(taken)} is written by the transition itself.")
    return {**valeurs, **own}


def _stored_values(objet: models.Model, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns' present values, relations by their keys (no query)."""
    try:
        noms = [objet._meta.get_field(champ).attname for champ in changes]  # type: ignore[union-attr]  # only columns change
    except FieldDoesNotExist as error:
        raise ValueError(f"A transition writes fields of the model: {error}") from error
    return {nom: getattr(objet, nom) for nom in noms}


def _write(objet: models.Model, changes: dict[str, Any]) -> None:
    _set(objet, changes)
    objet.save(update_fields=set(changes))


def _set(objet: models.Model, valeurs: dict[str, Any]) -> None:
    for champ, valeur in valeurs.items():
        setattr(objet, champ, valeur)
