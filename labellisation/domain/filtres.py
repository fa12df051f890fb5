"""The filters of the lists of dossiers, as they stand in an address: one meaning wherever they are read.

A wrong value keeps everything and is told; it is never an error: addresses are sent, kept and mistyped.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from candidatures import cycle
from candidatures.domain.repartition import active_instructors, told_apart, without_instructor
from candidatures.models import Affectation, Candidature, Releve
from labellisation.domain.delais import CHOIX_DELAI, within
from labellisation.domain.verdicts_rendus import keep_verdict, read_verdict
from referentiels.models import FamilleMetier, Region
from socle.references import read_key

#: Said instead of an identifier: no relevé yet, nobody in charge.
AUCUN = "aucun"
Choix = list[tuple[str, str]]


@dataclass(frozen=True)
class Filtre:
    """One filter: its name in the address, its label, and the word of « everything »."""

    nom: str
    libelle: str
    tous: str


FILTRES = (
    Filtre("releve", "Relevé", "Tous les relevés"),
    Filtre("region", "Région", "Toutes les régions"),
    Filtre("famille", "Famille de métiers", "Toutes les familles"),
    Filtre("etat", "État", "Tous les états"),
    Filtre("instructeur", "Instructeur ou instructrice", "Tout le monde"),
    Filtre("delai", "Délai", "Tous les délais"),
    # Read, and offered by no form: the statistics lead here.
    Filtre("verdict", "Verdict", ""),
    Filtre("examen", "Chargé de la recevabilité", ""),
    Filtre("issue", "Recevabilité", ""),
)
#: What a declaration of recevabilité leaves a dossier in (R15): to declare, or one of both.
ISSUES = {
    "a-declarer": (cycle.DEPOSEE, cycle.EN_COMPLEMENT),
    "recevable": (cycle.RECEVABLE, cycle.NOTEE, cycle.INSCRITE, cycle.AJOURNEE),
    "irrecevable": (cycle.IRRECEVABLE,),
}
MOTS_ISSUES = {"a-declarer": "à déclarer", "recevable": "recevable", "irrecevable": "irrecevable"}
PAR_NOM = {filtre.nom: filtre for filtre in FILTRES}
ETATS_DEPOSES = tuple(code for code, _ in cycle.CYCLE.choices if code != cycle.BROUILLON)


@dataclass(frozen=True)
class Filtres:
    """What an address asks for, once read."""

    valeurs: Mapping[str, str] = field(default_factory=dict)
    #: Labels of the filters whose value means nothing.
    ignores: tuple[str, ...] = ()

    def keep(self, candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
        """Keep the dossiers that the filters say; they come from ``with_deadline``."""
        for nom, valeur in self.valeurs.items():
            candidatures = candidatures.filter(condition(nom, valeur))
        return candidatures

    @property
    def adresse(self) -> str:
        """The filters as an address writes them, in one order."""
        return urlencode(self.valeurs)

    @property
    def avertissement(self) -> str:
        """Say which filters are left out; nothing when all are understood."""
        return ignored(self.ignores)

    def among(self, choix: Mapping[str, Choix]) -> "Filtres":
        """Leave out the values that the page does not offer."""
        inconnus = [
            nom for nom, valeur in self.valeurs.items() if nom in choix and valeur not in dict(choix[nom])
        ]
        gardes = {nom: valeur for nom, valeur in self.valeurs.items() if nom not in inconnus}
        libelles = (PAR_NOM[nom].libelle.lower() for nom in inconnus)
        return Filtres(gardes, (*self.ignores, *libelles))


def ignored(libelles: Iterable[str]) -> str:
    """Say which filters of an address are left out, and that the rest is shown."""
    noms = ", ".join(libelles)
    return f"Valeur inconnue dans l’adresse, ce filtre est ignoré\u00a0: {noms}." if noms else ""


def read(params: Mapping[str, Any]) -> Filtres:
    """Read the filters of an address; a value that can't be one is left out, and told."""
    valeurs: dict[str, str] = {}
    ignores: list[str] = []
    for filtre in FILTRES:
        valeur = str(params.get(filtre.nom, "")).strip()
        if not valeur:
            continue
        if _LISIBLE[filtre.nom](valeur):
            valeurs[filtre.nom] = valeur
        else:
            ignores.append(filtre.libelle.lower())
    return Filtres(valeurs, tuple(ignores))


def condition(nom: str, valeur: str) -> Q:
    """Return what one filter keeps, for a value that ``read`` has let through."""
    return _CONDITIONS[nom](valeur)


def _releve(valeur: str) -> Q:
    return Q(releve_examen__isnull=True) if valeur == AUCUN else Q(releve_examen=valeur)


def in_charge(valeur: str) -> Q:
    """Return the dossiers of which somebody has a task, whichever; « aucun »: recevabilité held by nobody."""
    if valeur == AUCUN:
        return without_instructor()
    miennes = Affectation.objects.filter(retiree_le__isnull=True, instructeur=uuid.UUID(valeur))
    return Q(pk__in=miennes.values("candidature"))


def _examen(valeur: str) -> Q:
    """Keep the dossiers of which somebody is put in charge of the recevabilité; « aucun »: nobody is."""
    charges = Affectation.objects.filter(tache=Affectation.Tache.RECEVABILITE, retiree_le__isnull=True)
    if valeur == AUCUN:
        return ~Q(pk__in=charges.values("candidature"))
    return Q(pk__in=charges.filter(instructeur=uuid.UUID(valeur)).values("candidature"))


_CONDITIONS = {
    "releve": _releve,
    "region": lambda valeur: Q(region=valeur),
    "famille": lambda valeur: Q(sectionformation__famille=valeur),
    "etat": lambda valeur: Q(etat=valeur),
    "instructeur": in_charge,
    "delai": within,
    "verdict": keep_verdict,
    "examen": _examen,
    "issue": lambda valeur: Q(etat__in=ISSUES[valeur]),
}


def _uuid(valeur: str) -> bool:
    return read_key(valeur) is not None


def _uuid_or_none(valeur: str) -> bool:
    return valeur == AUCUN or _uuid(valeur)


_LISIBLE = {
    "releve": _uuid_or_none,
    "region": lambda valeur: valeur.isalnum() and len(valeur) <= 2,
    "famille": _uuid,
    "etat": lambda valeur: valeur in ETATS_DEPOSES,
    "instructeur": _uuid_or_none,
    "delai": lambda valeur: valeur in dict(CHOIX_DELAI),
    "verdict": lambda valeur: read_verdict(valeur) is not None,
    "examen": _uuid_or_none,
    "issue": lambda valeur: valeur in ISSUES,
}


def readable(nom: str, valeur: str) -> bool:
    """Tell whether a value can be one of this filter."""
    return bool(_LISIBLE[nom](valeur))


# --- What a form offers --------------------------------------------------------------------------
def choices(etats: Iterable[str] = ETATS_DEPOSES) -> dict[str, Choix]:
    """Return the values that each filter offers, in four queries."""
    return {
        "releve": releves(),
        "region": [(str(pk), nom) for pk, nom in Region.objects.order_by("nom").values_list("pk", "nom")],
        "famille": familles(),
        "etat": [(code, cycle.CYCLE.etat(code).gen) for code in etats],
        "instructeur": instructeurs(),
        "delai": list(CHOIX_DELAI),
    }


def releves() -> Choix:
    """Return the relevés of every call, the last first, then « à annoncer »."""
    lignes = Releve.objects.select_related("appel").order_by("-borne")
    return [
        *((str(releve.pk), f"{releve} — {releve.appel.code}") for releve in lignes),
        (AUCUN, "À annoncer"),
    ]


def familles() -> Choix:
    """Return the families of métiers."""
    lignes = FamilleMetier.objects.order_by("version", "ordre").values_list("pk", "libelle")
    return [(str(pk), libelle) for pk, libelle in lignes]


def instructeurs() -> Choix:
    """Return nobody, then those who instruct now."""
    lignes = active_instructors().order_by("nom", "prenom", "pk").only("prenom", "nom", "email")
    return [(AUCUN, "Personne"), *((str(pk), nom) for pk, nom in told_apart(lignes).items())]
