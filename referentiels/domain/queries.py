"""What the other apps ask of the reference data."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Case, F, IntegerField, Model, Prefetch, Q, QuerySet, Value, When

from referentiels.identifiants import compact
from referentiels.models import (
    BesoinRegional,
    CarifOref,
    Certification,
    CodeRome,
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
    OrganismeFormation,
    Region,
    Zonage,
    ZonageCommune,
)
from referentiels.texte import normalise

_ABREGES = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_CODE = re.compile(r"\d+|2[ab]\d*")
_ROME = re.compile(r"[A-N][0-9]{1,4}")
_FICHE = re.compile(r"(RNCP|RS)?([0-9]{1,10})|RNCP|RS")
_NUMERO = re.compile(r"[0-9]{3,14}")
#: Letters that a search needs: fewer would find anything.
LETTRES_MIN = 2

_Modele = TypeVar("_Modele", bound=Model)


# --- Search by typing ------------------------------------------------------------------------
def _has_words(colonne: str, mots: Sequence[str]) -> Q:
    """Match a normalised column in which each of the words begins a word."""
    trouve = Q()
    for mot in mots:
        trouve &= Q(**{f"{colonne}__startswith": mot}) | Q(**{f"{colonne}__contains": f" {mot}"})
    return trouve


def _by_words(
    lignes: QuerySet[_Modele], colonne: str, texte: str, *ordre: str, limite: int, grande: bool = False
) -> list[_Modele]:
    """Return the rows that the words of a text may mean: that very text, what begins so, what holds it.

    In a large table the rows that begin so are asked first: an index finds them, and when there are
    enough of them they are the answer.
    """
    mots = normalise(texte).split()
    phrase = " ".join(mots)
    if len(phrase) < LETTRES_MIN:
        return []
    rang = Case(
        When(**{colonne: phrase}, then=Value(0)),
        When(**{f"{colonne}__startswith": phrase}, then=Value(1)),
        When(**{f"{colonne}__contains": f" {phrase}"}, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    classees = lignes.annotate(rang=rang).order_by("rang", *ordre)
    if grande:
        premieres = list(classees.filter(**{f"{colonne}__startswith": phrase})[:limite])
        if len(premieres) == limite:
            return premieres
    return list(classees.filter(_has_words(colonne, mots))[:limite])


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


def commune_named(nom: str, code_postal: str) -> Commune | None:
    """Return the commune of a name and a postcode, as an address writes them; none unless it is sure."""
    return communes_named([(nom, code_postal)]).get((nom, code_postal))


def communes_named(lieux: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Commune]:
    """Return the commune of each (name, postcode) that leaves no doubt (one query)."""
    cherches = {
        (nom, code): " ".join(_ABREGES.get(mot, mot) for mot in normalise(nom).split())
        for nom, code in lieux
        if nom and code
    }
    if not cherches:
        return {}
    par_nom: dict[str, list[Commune]] = {}
    for commune in Commune.objects.filter(nom_recherche__in=set(cherches.values()), actuelle=True):
        par_nom.setdefault(commune.nom_recherche, []).append(commune)
    trouvees = {
        lieu: [une for une in par_nom.get(cherche, ()) if lieu[1] in une.liste_codes_postaux]
        for lieu, cherche in cherches.items()
    }
    return {lieu: communes[0] for lieu, communes in trouvees.items() if len(communes) == 1}


def commune_of(code: str) -> Commune | None:
    """Return the commune of an INSEE code, or the one that an old code has merged into."""
    communes = Commune.objects.select_related("departement__region")
    commune = communes.filter(pk=code).first()
    if commune is not None or not code:
        return commune
    return communes.filter(actuelle=True, anciens_codes__contains=code).first()


def communes_of(codes: Iterable[str]) -> dict[str, Commune]:
    """Return, by INSEE code, the communes of :func:`commune_of`: one query, and one for each merged code."""
    demandes = {code for code in codes if code}
    if not demandes:
        return {}
    trouvees = {
        commune.pk: commune
        for commune in Commune.objects.select_related("departement__region").filter(pk__in=demandes)
    }
    for code in demandes - trouvees.keys():
        if commune := commune_of(code):
            trouvees[code] = commune
    return trouvees


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


def find_metiers(texte: str, *, jour: date, limite: int = 10) -> list[Metier]:
    """Return the métiers of the list that a typed text may mean, the likeliest first."""
    return _by_words(jobs_on(jour), "libelle_recherche", texte, "libelle_recherche", limite=limite)


@dataclass(frozen=True)
class RomeTrouve:
    """A ROME code, its label if the directory is loaded, and the métiers of the list that bear it."""

    code: str
    libelle: str
    metiers: tuple[str, ...] = ()


def find_rome(texte: str, *, jour: date, limite: int = 10) -> list[RomeTrouve]:
    """Return the ROME codes that a typed text may mean: a code or its beginning, or words.

    Words are those of a métier of the list, whose codes come first, or those of the ROME's own label.
    """
    mots, code = normalise(texte).split(), compact(texte)
    par_code: dict[str, list[str]] = {}
    # Those that the words mean come first, in the list of what a code covers too.
    metiers = sorted(jobs_on(jour), key=lambda un: _rank(un.libelle_recherche, mots))
    for metier in metiers:
        for porte in metier.codes_rome:
            par_code.setdefault(porte, []).append(metier.libelle)
    if _ROME.fullmatch(code):
        portes = sorted(porte for porte in par_code if porte.startswith(code))
        libelles = dict(
            CodeRome.objects.filter(code__startswith=code).values_list("code", "libelle")[: limite + 1]
        )
        ordre = sorted({*portes, *libelles}, key=lambda un: (un not in par_code, un))
    elif len("".join(mots)) >= LETTRES_MIN:
        portes = [
            porte
            for metier in metiers
            if _rank(metier.libelle_recherche, mots) < _ABSENT
            for porte in metier.codes_rome
        ]
        trouves = _by_words(CodeRome.objects.all(), "libelle_recherche", texte, "code", limite=limite)
        libelles = {un.code: un.libelle for un in trouves}
        ordre = list(dict.fromkeys([*portes, *libelles]))
    else:
        return []
    ordre = ordre[:limite]
    if manquants := [un for un in ordre if un not in libelles]:
        libelles |= dict(CodeRome.objects.filter(code__in=manquants).values_list("code", "libelle"))
    return [RomeTrouve(un, libelles.get(un, ""), tuple(par_code.get(un, ()))) for un in ordre]


_ABSENT = 3


def _rank(libelle: str, mots: Sequence[str]) -> int:
    """Return how well a normalised label answers the words: begins so, holds them, or not at all."""
    if libelle.startswith(" ".join(mots)):
        return 0
    if f" {' '.join(mots)}" in libelle:
        return 1
    return 2 if all(f" {mot}" in f" {libelle}" for mot in mots) else _ABSENT


def rome_known(code: str) -> bool | None:
    """Return whether the directory holds a ROME code; nothing when no directory is loaded."""
    if CodeRome.objects.filter(pk=code).exists():
        return True
    return False if CodeRome.objects.exists() else None


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


def find_certifications(texte: str, *, limite: int = 10) -> list[Certification]:
    """Return the sheets that a typed text may mean: a code, its digits alone, or words of the title.

    Active sheets come first among equals.
    """
    code = _FICHE.fullmatch(compact(texte))
    if code is None or not (code[1] or code[2]):
        return _by_words(
            Certification.objects.all(),
            "intitule_recherche",
            texte,
            "-actif",
            "intitule_recherche",
            "code",
            limite=limite,
            grande=True,
        )
    if len(code[2]) < LETTRES_MIN:
        return []
    repertoires = [code[1]] if code[1] else ["RNCP", "RS"]
    debut = Q()
    for repertoire in repertoires:
        debut |= Q(code__startswith=repertoire + code[2])
    rang = Case(
        When(code__in=[repertoire + code[2] for repertoire in repertoires], then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    fiches = Certification.objects.filter(debut).annotate(rang=rang)
    return list(fiches.order_by("rang", "-actif", "code")[:limite])


def certification_of(code: str) -> Certification | None:
    """Return the sheet of a code, if a register that holds it is loaded."""
    return Certification.objects.filter(code=code).first()


# --- The public list of training bodies --------------------------------------------------------
def find_organismes(texte: str, *, limite: int = 10) -> list[OrganismeFormation]:
    """Return the bodies that a typed text may mean: a SIREN, a SIRET, an NDA, or words of the name.

    Only those whose establishment is known: what one looks for is a SIRET. Those that the last edition
    still holds come first among equals.
    """
    organismes = OrganismeFormation.objects.exclude(siret="")
    numero = compact(texte)
    if _NUMERO.fullmatch(numero):
        debut = Q(siret__startswith=numero)
        if len(numero) <= 11:
            debut |= Q(nda__startswith=numero)
        return list(organismes.filter(debut).order_by("-present", "siret", "fictif")[:limite])
    return _by_words(
        organismes,
        "denomination_recherche",
        texte,
        "-present",
        "denomination_recherche",
        "siret",
        limite=limite,
        grande=True,
    )


def organismes_by_nda(ndas: Iterable[str]) -> dict[str, OrganismeFormation]:
    """Return the line of each declaration number that the list holds or has held (one query).

    A present line over a former one, then a real one over a fictive one.
    """
    lignes = OrganismeFormation.objects.filter(nda__in={nda for nda in ndas if nda})
    return {ligne.nda: ligne for ligne in sorted(lignes, key=lambda un: (un.present, not un.fictif))}


def organismes_of(sirets: Iterable[str]) -> dict[str, OrganismeFormation]:
    """Return the body of each SIRET that the list knows (one query).

    Another establishment of the same SIREN is the same body: the declaration is the body's.
    """
    sirets = [siret for siret in sirets if siret]
    if not sirets:
        return {}
    lignes = OrganismeFormation.objects.filter(siren__in={siret[:9] for siret in sirets})
    # The last one written wins: a real line over a fictive one, a present one over a former one.
    par_siren = list(lignes.order_by("-fictif", "present", "nda"))
    trouves: dict[str, OrganismeFormation] = {}
    for siret in sirets:
        meme_siren = [ligne for ligne in par_siren if ligne.siren == siret[:9]]
        exactes = [ligne for ligne in meme_siren if ligne.siret == siret]
        if meme_siren:
            trouves[siret] = (exactes or meme_siren)[-1]
    return trouves
