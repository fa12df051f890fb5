"""What the other apps ask of the reference data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Prefetch, Q, QuerySet, Value, When

from referentiels.models import (
    BesoinRegional,
    CarifOref,
    Certification,
    Commune,
    CritereRecevabilite,
    CritereSelection,
    Crous,
    FamilleMetier,
    Grille,
    Indicateur,
    Metier,
    MetierEmergent,
    NiveauIndicateur,
    Region,
    Zonage,
    ZonageCommune,
)
from referentiels.texte import normalise

_ABREGES = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_CODE = re.compile(r"\d+|2[ab]\d*")


# --- Territories ---------------------------------------------------------------------------
def find_communes(texte: str, *, limite: int = 10) -> list[Commune]:
    """Return the communes that a typed text may mean, the likeliest first.

    The text is a name or its beginning (accents, capitals, hyphens and "St" don't matter), a postcode
    or its beginning, an INSEE code, or a name with a postcode or department ("rennes 35"). An exact
    name comes first, then names that begin so, then names with a word that begins so; the most
    populated first among equals.
    """
    mots = [_ABREGES.get(mot, mot) for mot in normalise(texte).split()]
    codes = [mot for mot in mots if _CODE.fullmatch(mot)]
    nom = " ".join(mot for mot in mots if mot not in codes)
    if not mots or (nom and len(nom) < 2) or (not nom and len(codes[0]) < 2):
        return []
    communes = Commune.objects.filter(actuelle=True).select_related("departement__region")
    for code in codes:
        communes = communes.filter(_has_code(code.upper()))
    if nom:
        communes = communes.filter(Q(nom_recherche__startswith=nom) | Q(nom_recherche__contains=f" {nom}"))
    rang = Case(
        When(nom_recherche=nom, then=Value(0)),
        When(nom_recherche__startswith=nom, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return list(
        communes.annotate(rang=rang).order_by(
            "rang", F("population").desc(nulls_last=True), "nom_recherche", "code"
        )[:limite]
    )


def _has_code(code: str) -> Q:
    """Match the beginning of a postcode or of an INSEE code (which begins with the department's)."""
    return (
        Q(codes_postaux__startswith=code) | Q(codes_postaux__contains=f" {code}") | Q(code__startswith=code)
    )


def commune_of(code: str) -> Commune | None:
    """Return the commune of an INSEE code, or the one that an old code has merged into."""
    communes = Commune.objects.select_related("departement__region")
    commune = communes.filter(pk=code).first()
    if commune is not None or not code:
        return commune
    return communes.filter(actuelle=True, anciens_codes__contains=code).first()


def town(code: str) -> str:
    """Return the name to write in an address, of an INSEE code; nothing for an unknown one."""
    commune = commune_of(code)
    return commune.nom if commune else ""


def region_of_commune(code: str) -> Region | None:
    """Return the region of an INSEE code, of today or merged since; none when it is unknown."""
    commune = commune_of(code)
    return commune.departement.region if commune else None


def zoning_of(code_commune: str, *, zonage: Zonage, jour: date) -> ZonageCommune | None:
    """Return what the edition in force on ``jour`` says of a commune code; none is "unknown", not "no"."""
    return (
        ZonageCommune.objects.filter(
            Q(valide_au__isnull=True) | Q(valide_au__gte=jour),
            code_commune=code_commune,
            zonage=zonage,
            valide_du__lte=jour,
        )
        .order_by("-valide_du", "-version")
        .first()
    )


def crous_of(code_departement: str) -> Crous | None:
    """Return the CROUS that serves a department (assiduity breaches, CdC 3a)."""
    return Crous.objects.filter(departements=code_departement).first()


def carif_oref_of(region: Region) -> CarifOref | None:
    """Return the CARIF-OREF of a region (referencing of sessions, CdC 3b)."""
    return CarifOref.objects.filter(region=region).order_by("nom").first()


# --- Métiers and needs ---------------------------------------------------------------------
def families(version: str) -> QuerySet[FamilleMetier]:
    """Return the nine families of a version, in the order of the text."""
    return FamilleMetier.objects.filter(version=version).order_by("ordre")


def jobs_on(jour: date, *, famille: FamilleMetier | None = None) -> QuerySet[Metier]:
    """Return the métiers that may be chosen on ``jour``, of one family if it is given."""
    metiers = Metier.objects.en_vigueur(jour).select_related("famille")
    return metiers.filter(famille=famille) if famille else metiers


def emerging_jobs(jour: date) -> QuerySet[MetierEmergent]:
    """Return the métiers published as emerging that hold on ``jour``."""
    return MetierEmergent.objects.en_vigueur(jour).select_related("famille", "metier")


def needs_of(region: Region, *, annee: int | None = None) -> list[BesoinRegional]:
    """Return the needs of a region in the order of the text: of one year, else of the latest.

    An empty list of an unobserved region (``besoins_observes`` false) means "not observed", never
    "no need".
    """
    besoins = region.besoins.select_related("famille").prefetch_related("metiers").order_by("-annee", "ordre")
    tous = list(besoins.filter(annee=annee) if annee else besoins)
    return [besoin for besoin in tous if besoin.annee == tous[0].annee]


@dataclass(frozen=True)
class Adequation:
    """What the observatoire says of a métier in a region (R45), for people to judge."""

    region: Region
    #: False: the region is not observed, and nothing follows from the empty lists.
    observee: bool
    #: The needs that name this métier.
    du_metier: Sequence[BesoinRegional]
    #: The other needs of the same family.
    de_la_famille: Sequence[BesoinRegional]
    #: Publications of the métier as emerging, in force on the day.
    emergents: Sequence[MetierEmergent]


def adequation(region: Region, metier: Metier, *, jour: date) -> Adequation:
    """Return the needs of ``region`` that bear on ``metier`` (R45)."""
    besoins = needs_of(region) if region.besoins_observes else []
    du_metier = [besoin for besoin in besoins if metier in besoin.metiers.all()]
    return Adequation(
        region=region,
        observee=region.besoins_observes,
        du_metier=du_metier,
        de_la_famille=[
            besoin for besoin in besoins if besoin.famille_id == metier.famille_id and besoin not in du_metier
        ],
        emergents=list(emerging_jobs(jour).filter(metier=metier)),
    )


# --- Criteria ------------------------------------------------------------------------------
def grid_in_force(appel_code: str, jour: date) -> Grille | None:
    """Return the version of a call's criteria in force on ``jour``, the newest if several are."""
    grilles = _with_criteria(Grille.objects.filter(appel_code=appel_code).en_vigueur(jour))
    return grilles.order_by("-en_vigueur_du", "-version").first()


def grid(version: str) -> Grille:
    """Return one version with its criteria, indicators and levels. Errors: ``Grille.DoesNotExist``."""
    return _with_criteria(Grille.objects.all()).get(version=version)


def _with_criteria(grilles: QuerySet[Grille]) -> QuerySet[Grille]:
    """Fetch the whole grid in a constant number of queries, each list in its order."""
    niveaux = Prefetch("niveaux", NiveauIndicateur.objects.order_by("niveau"))
    indicateurs = Prefetch("indicateurs", Indicateur.objects.order_by("ordre").prefetch_related(niveaux))
    return grilles.prefetch_related(
        Prefetch("criteres_recevabilite", CritereRecevabilite.objects.order_by("numero")),
        Prefetch(
            "criteres_selection", CritereSelection.objects.order_by("numero").prefetch_related(indicateurs)
        ),
    )


# --- Certifications -------------------------------------------------------------------------
def end_of_registration(code: str) -> date | None:
    """Return the last day of a certification's registration at the RNCP or RS, if it is known."""
    return Certification.objects.filter(code=code).values_list("date_fin_enregistrement", flat=True).first()
