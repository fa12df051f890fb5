"""Bring a table to what its data file says, in bulk, touching only what differs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from referentiels.models.base import FicheCorrigeable
from socle import horloge
from socle.erreurs import ErreurMetier
from socle.models.base import Agregat

Ligne = Mapping[str, Any]
LOT = 2000


class CleEnDouble(ErreurMetier):
    """Two lines of one file have the same key."""


@dataclass
class Bilan:
    """What one table became."""

    nom: str
    ajoutees: int = 0
    modifiees: int = 0
    inchangees: int = 0
    #: In the database but no longer in the file; what became of them is in ``sort_absentes``.
    absentes: int = 0
    sort_absentes: str = "conservées"
    #: Corrected on the portal by an administrator: left as they are.
    gardees: int = 0
    #: Lines of the file that were left out, each with its number and the reason.
    refusees: list[str] = field(default_factory=list)

    @property
    def change(self) -> bool:
        """Whether anything was written."""
        return bool(self.ajoutees or self.modifiees or (self.absentes and self.sort_absentes != "conservées"))

    def __str__(self) -> str:
        parts = [
            f"ajouts {self.ajoutees}",
            f"modifications {self.modifiees}",
            f"sans changement {self.inchangees}",
        ]
        if self.absentes:
            parts.append(f"absentes du fichier {self.absentes} ({self.sort_absentes})")
        if self.gardees:
            parts.append(f"corrigées sur le portail {self.gardees} (gardées)")
        if self.refusees:
            parts.append(f"lignes refusées {len(self.refusees)}")
        return f"{self.nom}\u00a0: {', '.join(parts)}"


@transaction.atomic
def synchronise(
    modele: type[models.Model],
    *,
    lignes: Iterable[Ligne],
    cle: Sequence[str],
    perimetre: models.Q | None = None,
    absentes: str = "conserver",
    champ_absence: str = "",
    illisibles: Collection[tuple[Any, ...]] = (),
) -> Bilan:
    """Insert the new rows and update the changed ones, found by ``cle``.

    ``lignes`` map attribute names (``region_id``) to values, all with the same names. Rows of
    ``perimetre`` that the file no longer holds are kept, marked (``absentes="marquer"``: their
    boolean ``champ_absence`` becomes false) or deleted (``"supprimer"``, for rows that nothing refers
    to; a changed one is then replaced). Those whose key is in ``illisibles``, filled as ``lignes`` are
    read, stay as they are: the file holds them, in a line that could not be read.

    Effects: the rows. Errors: ``CleEnDouble``.
    """
    bilan = Bilan(str(modele._meta.verbose_name_plural))
    voulues = _by_key(modele, lignes, cle)
    champs = list(next(iter(voulues.values()), {}))
    presentes = _existing(modele, champs, cle, perimetre)
    corrigees = _corrected(modele, cle)
    nouvelles: list[models.Model] = []
    changees: list[models.Model] = []
    remplacees: list[Any] = []
    for clef, ligne in voulues.items():
        pk, valeurs = presentes.pop(clef, (None, None))
        if valeurs is None:
            nouvelles.append(modele(**ligne))
        elif valeurs == tuple(ligne[champ] for champ in champs):
            bilan.inchangees += 1
        elif clef in corrigees:
            bilan.gardees += 1
        else:
            changees.append(modele(**ligne))
            remplacees.append(pk)
    bilan.ajoutees, bilan.modifiees = len(nouvelles), len(changees)
    retirees = [pk for clef, (pk, _) in presentes.items() if clef not in illisibles]
    _settle_absent(modele, retirees, absentes, champ_absence, bilan)
    if absentes == "supprimer":
        # Nothing refers to these rows: replacing them lets two lines swap a unique value.
        _delete(modele, remplacees)
        nouvelles += changees
    else:
        _update(modele, changees, cle, champs)
    modele._default_manager.bulk_create(nouvelles, batch_size=LOT)
    return bilan


@transaction.atomic
def synchronise_links(modele: type[models.Model], champ: str, *, liens: Mapping[Any, Iterable[Any]]) -> Bilan:
    """Bring a many-to-many field to ``{owner's key: target keys}`` for the owners named.

    Effects: rows of the link table.
    """
    relation = modele._meta.get_field(champ)
    assert isinstance(relation, models.ManyToManyField)
    table = relation.remote_field.through
    assert table is not None
    source, cible = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
    lignes = table._default_manager.filter(**{f"{source}__in": list(liens)})
    presents = {(clef, valeur): pk for pk, clef, valeur in lignes.values_list("pk", source, cible)}
    voulus = {(clef, valeur): None for clef, valeurs in liens.items() for valeur in valeurs}
    retires = [pk for lien, pk in presents.items() if lien not in voulus]
    nouveaux = [
        table(**{source: clef, cible: valeur}) for clef, valeur in voulus if (clef, valeur) not in presents
    ]
    table._default_manager.filter(pk__in=retires).delete()
    table._default_manager.bulk_create(nouveaux, batch_size=LOT)
    return Bilan(
        f"{modele._meta.verbose_name_plural}, {relation.verbose_name} liés",
        ajoutees=len(nouveaux),
        inchangees=len(presents) - len(retires),
        absentes=len(retires),
        sort_absentes="retirées",
    )


def _by_key(
    modele: type[models.Model], lignes: Iterable[Ligne], cle: Sequence[str]
) -> dict[tuple[Any, ...], Ligne]:
    voulues: dict[tuple[Any, ...], Ligne] = {}
    for ligne in lignes:
        clef = tuple(ligne[champ] for champ in cle)
        if clef in voulues:
            raise CleEnDouble(
                f"{modele._meta.verbose_name_plural}\u00a0: deux lignes portent la même clé "
                f"({', '.join(map(str, clef))}). Gardez-en une seule."
            )
        voulues[clef] = ligne
    return voulues


def _existing(
    modele: type[models.Model], champs: Sequence[str], cle: Sequence[str], perimetre: models.Q | None
) -> dict[tuple[Any, ...], tuple[Any, tuple[Any, ...]]]:
    """Return the primary key and the values of the present rows, by key."""
    colonnes = champs or list(cle)
    rangs = [colonnes.index(champ) for champ in cle]
    lignes = modele._default_manager.filter(perimetre or models.Q()).order_by().values_list("pk", *colonnes)
    return {
        tuple(valeurs[rang] for rang in rangs): (pk, tuple(valeurs))
        for pk, *valeurs in lignes.iterator(chunk_size=LOT)
    }


def _corrected(modele: type[models.Model], cle: Sequence[str]) -> set[tuple[Any, ...]]:
    if not issubclass(modele, FicheCorrigeable):
        return set()
    return set(modele._default_manager.filter(corrigee_sur_le_portail=True).values_list(*cle))


def _update(
    modele: type[models.Model], objets: list[models.Model], cle: Sequence[str], champs: Sequence[str]
) -> None:
    """Write the changed rows in one upsert per batch; their keys and identities stay."""
    champs_ecrits = [champ for champ in champs if champ not in cle]
    if issubclass(modele, Agregat):
        champs_ecrits.append("modifie_le")
        maintenant = horloge.now()
        for objet in objets:
            objet.modifie_le = maintenant  # type: ignore[attr-defined]  # rows of ``modele``
    modele._default_manager.bulk_create(
        objets, batch_size=LOT, update_conflicts=True, unique_fields=cle, update_fields=champs_ecrits
    )


def _settle_absent(
    modele: type[models.Model], absentes: list[Any], sort: str, champ_absence: str, bilan: Bilan
) -> None:
    bilan.absentes = len(absentes)
    if not absentes or sort == "conserver":
        return
    if sort == "supprimer":
        _delete(modele, absentes)
        bilan.sort_absentes = "supprimées"
        return
    bilan.sort_absentes = "marquées"
    bilan.absentes = sum(
        modele._default_manager.filter(pk__in=lot, **{champ_absence: True}).update(**{champ_absence: False})
        for lot in _batches(absentes)
    )


def _delete(modele: type[models.Model], cles: list[Any]) -> None:
    for lot in _batches(cles):
        modele._default_manager.filter(pk__in=lot).delete()


def _batches(cles: list[Any]) -> Iterator[list[Any]]:
    """Cut into lists that every database takes in one query."""
    for debut in range(0, len(cles), 500):
        yield cles[debut : debut + 500]
