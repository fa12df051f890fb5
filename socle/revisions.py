"""Old and new values that a person must be able to see (DESIGN, mechanism 3).

Unlike the journal they are erasable. Autosaves write none.
"""

from typing import Any

from django.db import models
from django.db.models import QuerySet

from socle import horloge
from socle.models import Revision
from socle.references import Acteur, reference, reference_acteur
from socle.valeurs import plain


def record_changes(
    objet: models.Model, *, acteur: Acteur, contexte: str, changements: dict[str, tuple[Any, Any]]
) -> list[Revision]:
    """Keep the old and new value of each field that really changed: ``{field: (old, new)}``.

    Effects: one row per changed field. Errors: ``TypeError`` for a value that JSON does not keep.
    """
    ref, auteur, instant = reference(objet), reference_acteur(acteur), horloge.now()
    rows = [
        Revision(
            objet_genre=ref.genre,
            objet_id=ref.id,
            contexte=contexte,
            champ=champ,
            avant=old,
            apres=new,
            acteur_genre=auteur.genre,
            acteur_id=auteur.id,
            instant=instant,
        )
        for champ, (old, new) in ((champ, (plain(a), plain(b))) for champ, (a, b) in changements.items())
        if old != new
    ]
    return Revision.objects.bulk_create(rows)


def of(objet: models.Model, contexte: str | None = None) -> QuerySet[Revision]:
    """Return the revisions of an object, oldest first, of one context if it is given."""
    ref = reference(objet)
    rows = Revision.objects.filter(objet_genre=ref.genre, objet_id=ref.id)
    return rows if contexte is None else rows.filter(contexte=contexte)


def erase(objet: models.Model) -> int:
    """Erase the revisions of an object and return how many there were."""
    erased, _ = of(objet).delete()
    return erased
