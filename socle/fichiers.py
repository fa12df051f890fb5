"""Private files (R12): what is accepted, how it is kept, and who may read it.

The type is found from the content, never from the name. A file has one owner and one policy, and
nobody reads it before the antivirus has said that it is clean.
"""

import hashlib
import logging
import re
import unicodedata
import uuid
import weakref
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import puremagic
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import connection, models, transaction
from django.dispatch import receiver

from socle import antivirus, balayages, horloge, journal, lisibilite
from socle.erreurs import ActeurRefuse, ErreurMetier, FichierRefuse
from socle.models import Antivirus, Fichier, Travail
from socle.models.fichier import DOSSIER
from socle.references import SYSTEME, Acteur, reference, reference_acteur
from socle.travaux import enqueue, genre_travail
from socle.typographie import taille_lisible

logger = logging.getLogger(__name__)


# --- What is accepted ------------------------------------------------------------------------


@dataclass(frozen=True)
class TypeFichier:
    """A type the portal knows: how people call it, its endings, and whether a browser may show it."""

    mime: str
    libelle: str
    extensions: tuple[str, ...]
    affichable: bool = False


PDF = TypeFichier("application/pdf", "PDF", ("pdf",), affichable=True)
PNG = TypeFichier("image/png", "PNG", ("png",), affichable=True)
JPEG = TypeFichier("image/jpeg", "JPEG", ("jpg", "jpeg", "jpe", "jfif"), affichable=True)
_OOXML = "application/vnd.openxmlformats-officedocument"
DOCX = TypeFichier(f"{_OOXML}.wordprocessingml.document", "Word (.docx)", ("docx",))
XLSX = TypeFichier(f"{_OOXML}.spreadsheetml.sheet", "Excel (.xlsx)", ("xlsx",))
ODT = TypeFichier("application/vnd.oasis.opendocument.text", "texte OpenDocument (.odt)", ("odt",))
ODS = TypeFichier("application/vnd.oasis.opendocument.spreadsheet", "tableur OpenDocument (.ods)", ("ods",))

TYPES = {type_.mime: type_ for type_ in (PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS)}
#: Types taken as attachments, unless a verb asks for fewer.
TYPES_PIECES: tuple[str, ...] = tuple(TYPES)

_LONGUEUR_NOM = 150
_TETE = 4096
_BLOC = 64 * 1024


def clean_name(nom: str) -> str:
    """Return the user's name for a file, safe to show: no folder, no control or direction character."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", nom))[-1]
    lisible = "".join(c for c in base if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    lisible = re.sub(r"\s+", " ", lisible).strip(" .") or "fichier"
    tige, suffixe = PurePosixPath(lisible).stem, PurePosixPath(lisible).suffix[:20]
    return tige[: _LONGUEUR_NOM - len(suffixe)] + suffixe


def detect(flux: BinaryIO) -> TypeFichier | None:
    """Return the type that the content shows, or ``None`` if the portal does not know it."""
    flux.seek(0)
    tete = flux.read(_TETE)
    flux.seek(0)
    try:
        candidats = {resultat.mime_type for resultat in puremagic.magic_string(tete)}
    except (puremagic.PureError, ValueError):
        return None
    if "application/zip" in candidats:
        return _detect_archive(flux)
    return next((TYPES[mime] for mime in (PDF.mime, PNG.mime, JPEG.mime) if mime in candidats), None)


def _detect_archive(flux: BinaryIO) -> TypeFichier | None:
    """Tell office documents from other archives by what they say inside; macros are not taken."""
    try:
        with zipfile.ZipFile(flux) as archive:
            noms = set(archive.namelist())
            if "mimetype" in noms:
                mime = _read_member(archive, "mimetype", 200).decode("ascii", "replace").strip()
                return {ODT.mime: ODT, ODS.mime: ODS}.get(mime)
            if "[Content_Types].xml" not in noms or any(n.endswith("vbaProject.bin") for n in noms):
                return None
            contenus = _read_member(archive, "[Content_Types].xml", 1024 * 1024).decode("utf-8", "replace")
            if f"{DOCX.mime}.main+xml" in contenus and "word/document.xml" in noms:
                return DOCX
            if f"{XLSX.mime}.main+xml" in contenus and "xl/workbook.xml" in noms:
                return XLSX
            return None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as erreur:
        logger.info("Archive refused: %s", erreur)
        return None
    finally:
        flux.seek(0)


def _read_member(archive: zipfile.ZipFile, nom: str, limite: int) -> bytes:
    """Read the beginning of a member only: an archive may claim any size."""
    with archive.open(nom) as membre:
        return membre.read(limite)


def _accept(contenu: File, nom: str, types: Iterable[str]) -> TypeFichier:
    """Return the type of an acceptable content; ``FichierRefuse`` says what is wrong and what to do."""
    acceptes = [TYPES[mime] for mime in types]
    attendus = ", ".join(type_.libelle for type_ in acceptes)
    cite = f"Le fichier «\u00a0{nom}\u00a0»"
    if not contenu.size:
        raise FichierRefuse(f"{cite} est vide. Vérifiez-le sur votre ordinateur, puis déposez-le à nouveau.")
    if contenu.size > settings.GEN_FICHIER_MAX:
        raise FichierRefuse(
            f"{cite} pèse {taille_lisible(contenu.size)}, pour au plus "
            f"{taille_lisible(settings.GEN_FICHIER_MAX)}. "
            "Réduisez-le ou découpez-le, puis déposez-le à nouveau."
        )
    type_ = detect(cast(BinaryIO, contenu))  # Django's File reads like one
    if type_ is None or type_ not in acceptes:
        raise FichierRefuse(
            f"{cite} n’a pas un contenu d’un type accepté. Enregistrez-le dans l’un de ces formats, puis "
            f"déposez-le à nouveau\u00a0: {attendus}."
        )
    extension = PurePosixPath(nom).suffix.lower().lstrip(".")
    if extension and extension not in type_.extensions:
        raise FichierRefuse(
            f"{cite} se termine par «\u00a0.{extension}\u00a0», mais son contenu est du type "
            f"{type_.libelle}. Renommez-le en «\u00a0.{type_.extensions[0]}\u00a0» ou enregistrez-le dans le "
            "bon format, puis déposez-le à nouveau."
        )
    return type_


def sha256_of(flux: File) -> str:
    """Return the SHA-256 of a content, read block by block; leaves it at its beginning."""
    empreinte = hashlib.sha256()
    flux.seek(0)
    while bloc := flux.read(_BLOC):
        empreinte.update(bloc)
    flux.seek(0)
    return empreinte.hexdigest()


# --- Keeping ---------------------------------------------------------------------------------

#: How long a job may leave a file without a verdict before the sweep asks again.
_DELAI_ANALYSE = timedelta(minutes=15)
#: An interrupted deposit leaves bytes without a row; they go after this age, by the real clock.
AGE_ORPHELIN = timedelta(days=1)
#: The latest month folders hold every orphan that an earlier sweep has not taken.
_MOIS_BALAYES = 3
#: Listing a storage is slow: the tick does it once in so many seconds.
_PAUSE_ORPHELINS = 3600


def store(
    contenu: File,
    *,
    nom: str,
    proprietaire: models.Model,
    politique: str,
    acteur: Acteur,
    types: Iterable[str] = TYPES_PIECES,
) -> Fichier:
    """Keep an attachment (R12).

    Effects, in the caller's transaction: the row, and a job that asks the antivirus. The bytes are
    written at once under a key of their own and removed if the transaction is rolled back.
    Errors: ``FichierRefuse`` (empty, too big, type not taken, name and content at odds).
    """
    remove_abandoned()
    nom = clean_name(nom)
    type_ = _accept(contenu, nom, types)
    if not PurePosixPath(nom).suffix:
        nom = f"{nom[: _LONGUEUR_NOM - 5]}.{type_.extensions[0]}"
    ref, deposant = reference(proprietaire), reference_acteur(acteur)
    fichier = Fichier(
        nom=nom,
        type_mime=type_.mime,
        taille=contenu.size,
        sha256=sha256_of(contenu),
        proprietaire_genre=ref.genre,
        proprietaire_id=ref.id,
        politique=politique,
        depose_par_genre=deposant.genre,
        depose_par_id=deposant.id,
        prochaine_analyse_le=horloge.real_now() + _DELAI_ANALYSE,
    )
    with transaction.atomic():
        _write(fichier, contenu)
        enqueue("fichier.analyser", cle=f"fichier.analyser:{fichier.pk}", charge={"fichier": str(fichier.pk)})
    return fichier


def store_produced(
    contenu: bytes | File, *, nom: str, type_mime: str, proprietaire: models.Model, politique: str
) -> Fichier:
    """Keep what the portal itself wrote: clean by construction, and the row says so.

    What is large comes as an open file, and is never whole in memory.

    Effects, in the caller's transaction: the row; the bytes as :func:`store` does.
    """
    remove_abandoned()
    flux = ContentFile(contenu) if isinstance(contenu, bytes) else contenu
    ref, deposant = reference(proprietaire), reference_acteur(SYSTEME)
    fichier = Fichier(
        nom=clean_name(nom),
        type_mime=type_mime,
        taille=flux.size,
        sha256=sha256_of(flux),
        proprietaire_genre=ref.genre,
        proprietaire_id=ref.id,
        politique=politique,
        depose_par_genre=deposant.genre,
        depose_par_id=deposant.id,
        antivirus=Antivirus.SAIN,
        analyse_le=horloge.now(),
        constat="produit par le portail",
    )
    with transaction.atomic():
        _write(fichier, flux)
    return fichier


def _write(fichier: Fichier, contenu: File) -> None:
    """Write the bytes, then the row."""
    contenu.seek(0)
    fichier.contenu.save(fichier.nom, contenu, save=False)
    try:
        _abandon_on_rollback(fichier.cle)
        fichier.save(force_insert=True)
    except Exception:
        fichier.contenu.storage.delete(fichier.cle)
        raise


def delete(fichier: Fichier) -> None:
    """Remove the bytes of a file for good; its row stays, without them.

    Effects: ``supprime_le``; the bytes go after the commit. Idempotent.
    """
    with transaction.atomic():
        ligne = Fichier.objects.select_for_update().get(pk=fichier.pk)
        if ligne.supprime_le is None:
            ligne.supprime_le = horloge.now()
            ligne.prochaine_analyse_le = None
            ligne.save(update_fields=("supprime_le", "prochaine_analyse_le"))
            storage, cle = ligne.contenu.storage, ligne.cle
            transaction.on_commit(lambda: storage.delete(cle))
    fichier.refresh_from_db()


# --- Bytes that no row names -------------------------------------------------------------------

#: Keys whose transaction was rolled back in this process, to be looked at outside of it.
_abandonnes: deque[str] = deque()


class _Engagement:
    """A commit hook that is dropped, unrun, by a rollback: its end then tells that bytes are left.

    The bytes are not deleted there: a connection that dies during the commit looks like a rollback
    too, so :func:`remove_abandoned` asks the database first.
    """

    def __init__(self, cle: str) -> None:
        self._fin = weakref.finalize(self, _abandonnes.append, cle)
        self._fin.atexit = False

    def __call__(self) -> None:
        self._fin.detach()


def _abandon_on_rollback(cle: str) -> None:
    transaction.on_commit(_Engagement(cle))


def remove_abandoned() -> int:
    """Delete the bytes that a rollback of this process left behind; return how many."""
    retires = 0
    for _ in range(len(_abandonnes)):
        cle = _abandonnes.popleft()
        if not Fichier.objects.filter(contenu=cle).exists():
            default_storage.delete(cle)
            retires += 1
    return retires


@receiver(request_finished, dispatch_uid="socle.fichiers.remove_abandoned")
def _after_request(**kwargs: Any) -> None:
    if _abandonnes and not connection.in_atomic_block:
        remove_abandoned()


def sweep_orphans(age: timedelta = AGE_ORPHELIN) -> int:
    """Delete stored bytes older than ``age`` that no row names (a crash in mid-deposit); return how many."""
    limite = horloge.real_now() - age
    retires = 0
    for dossier in sorted(_month_folders())[-_MOIS_BALAYES:]:
        cles = [f"{dossier}/{nom}" for nom in default_storage.listdir(dossier)[1]]
        connues = set(
            Fichier.objects.filter(contenu__startswith=f"{dossier}/").values_list("contenu", flat=True)
        )
        for cle in cles:
            if cle not in connues and default_storage.get_modified_time(cle) < limite:
                default_storage.delete(cle)
                retires += 1
    return retires


def sweep_orphans_hourly() -> int:
    """Sweep the orphans if nobody did within the hour (the tick comes each minute)."""
    if not cache.add("socle.fichiers.orphelins", True, _PAUSE_ORPHELINS):
        return 0
    return sweep_orphans()


def _month_folders() -> Iterator[str]:
    """Return the folders ``fichiers/<year>/<month>`` of the storage.

    A folder is never asked whether it exists: on S3 it is a mere prefix, and does not.
    """
    try:
        annees = default_storage.listdir(DOSSIER)[0]
    except FileNotFoundError:
        # Nothing was ever deposited here.
        return
    for annee in annees:
        for mois in default_storage.listdir(f"{DOSSIER}/{annee}")[0]:
            yield f"{DOSSIER}/{annee}/{mois}"


# --- Antivirus ---------------------------------------------------------------------------------


@genre_travail(
    "fichier.analyser",
    bail=300,
    essais=5,
    libelle="Vérification d’un fichier\u00a0: antivirus, puis lecture",
    suite="Le fichier reste retenu\u00a0: personne ne peut l’ouvrir.",
)
def _analyse_job(travail: Travail) -> None:
    analyse(uuid.UUID(travail.charge["fichier"]))


def analyse(identifiant: uuid.UUID) -> Fichier:
    """Ask the antivirus about a file that has no verdict yet, then see whether it opens (R12).

    Effects: the state, its date and its finding; ``fichier.infecte`` or ``fichier.illisible`` in the
    owner's chain when something is found. Without a scanner the file goes to quarantine and the sweep
    asks again.
    """
    fichier = Fichier.objects.get(pk=identifiant)
    if not _awaits_verdict(fichier):
        return fichier
    try:
        with fichier.contenu.open("rb") as flux:
            etat, constat = _verdict(cast(BinaryIO, flux), fichier.type_mime)  # Django's File reads like one
    except (antivirus.AnalyseImpossible, lisibilite.LectureImpossible, FileNotFoundError) as erreur:
        logger.error("No verdict for file %s: %s", fichier.pk, erreur)
        return _quarantine(fichier.pk, str(erreur))
    return _settle(fichier.pk, etat, constat)


def _verdict(flux: BinaryIO, mime: str) -> tuple[Antivirus, str]:
    """Return the state of a content and what was found; nothing opens what is not safe."""
    verdict = antivirus.scan(flux)
    if not verdict.sain:
        return Antivirus.INFECTE, verdict.constat
    if obstacle := lisibilite.what_prevents_reading(flux, mime):
        return Antivirus.ILLISIBLE, obstacle
    return Antivirus.SAIN, verdict.constat


def _awaits_verdict(fichier: Fichier) -> bool:
    return fichier.supprime_le is None and fichier.antivirus in (Antivirus.A_ANALYSER, Antivirus.QUARANTAINE)


#: The event of each verdict that holds a file back.
_EVENEMENTS = {Antivirus.INFECTE: "fichier.infecte", Antivirus.ILLISIBLE: "fichier.illisible"}


def _settle(identifiant: uuid.UUID, etat: Antivirus, constat: str) -> Fichier:
    with transaction.atomic():
        fichier = Fichier.objects.select_for_update().get(pk=identifiant)
        if not _awaits_verdict(fichier):
            return fichier
        fichier.antivirus = etat
        fichier.constat = constat[:300]
        fichier.analyse_le = horloge.now()
        fichier.essais_analyse += 1
        fichier.prochaine_analyse_le = None
        fichier.save()
        if fichier.est_retenu:
            journal.record(
                _EVENEMENTS[etat],
                sujet=fichier,
                acteur=SYSTEME,
                donnees={"constat": fichier.constat, "sha256": fichier.sha256},
                visibilite=journal.Visibilite.PORTEUR,
            )
    return fichier


def _quarantine(identifiant: uuid.UUID, cause: str) -> Fichier:
    with transaction.atomic():
        fichier = Fichier.objects.select_for_update().get(pk=identifiant)
        if not _awaits_verdict(fichier):
            return fichier
        attente = min(timedelta(minutes=2 ** min(fichier.essais_analyse, 6)), timedelta(hours=1))
        fichier.antivirus = Antivirus.QUARANTAINE
        fichier.constat = cause[:300]
        fichier.analyse_le = horloge.now()
        fichier.essais_analyse += 1
        fichier.prochaine_analyse_le = horloge.real_now() + attente
        fichier.save()
    return fichier


def sweep_analyses(limite: int = 200) -> int:
    """Ask again for files still without a verdict whose time has come, once the scanner answers.

    Effects: one job per file and per term. Returns how many were asked.
    """
    echus = Fichier.objects.filter(prochaine_analyse_le__lte=horloge.real_now(), supprime_le__isnull=True)
    lot = list(echus.order_by("prochaine_analyse_le").only("prochaine_analyse_le")[:limite])
    if not lot or not antivirus.ping():
        return 0
    demandes = 0
    for fichier in lot:
        demandes += _ask_again(fichier)
    return demandes


def _ask_again(fichier: Fichier) -> bool:
    """Enqueue one more analysis; compare and set, so that of two sweeps at once one asks."""
    terme = fichier.prochaine_analyse_le
    with transaction.atomic():
        pris = Fichier.objects.filter(pk=fichier.pk, prochaine_analyse_le=terme).update(
            prochaine_analyse_le=horloge.real_now() + _DELAI_ANALYSE
        )
        if pris:
            cle = f"fichier.analyser:{fichier.pk}:{terme:%Y%m%d%H%M%S%f}"
            enqueue("fichier.analyser", cle=cle, charge={"fichier": str(fichier.pk)})
    return bool(pris)


#: Permission to ask for an analysis; a floor above says who holds it.
PERMISSION_ANALYSE = "socle.rescan_fichier"


@transaction.atomic
def rescan(fichier: Fichier, acteur: Acteur) -> Fichier:
    """Ask the antivirus again about a file that is held back, without waiting for the sweep (R12).

    Effects: one job, event ``fichier.analyse_demandee``. Errors: ``ErreurMetier`` if the file has its
    verdict or an analysis is already on its way, ``ActeurRefuse``.
    """
    if acteur is not SYSTEME and not acteur.has_perm(PERMISSION_ANALYSE, fichier):
        raise ActeurRefuse("Seul un administrateur peut redemander l’analyse d’un fichier.")
    journal.hold(fichier.chaine_journal)
    ligne = Fichier.objects.select_for_update().get(pk=fichier.pk)
    if not _awaits_verdict(ligne):
        raise ErreurMetier("Ce fichier a déjà son verdict\u00a0: il n’y a rien à analyser.")
    en_route = Travail.objects.filter(cle__startswith=f"fichier.analyser:{ligne.pk}")
    if en_route.filter(etat__in=(Travail.Etat.A_FAIRE, Travail.Etat.EN_COURS, Travail.Etat.ECHEC)).exists():
        raise ErreurMetier("Une analyse de ce fichier est déjà demandée\u00a0: attendez son résultat.")
    ligne.prochaine_analyse_le = horloge.real_now()
    ligne.save(update_fields=("prochaine_analyse_le",))
    _ask_again(ligne)
    journal.record(
        "fichier.analyse_demandee", sujet=ligne, acteur=acteur, chaine=ligne.chaine_journal, donnees={}
    )
    fichier.refresh_from_db()
    return fichier


balayages.register("analyses", sweep_analyses)
balayages.register("orphelins", sweep_orphans_hourly)


# --- Reading -----------------------------------------------------------------------------------

Politique = Callable[[Any, Fichier], bool]

_politiques: dict[str, Politique] = {}


def register_policy(nom: str, can_read: Politique) -> None:
    """Declare who may read the files of a policy (in ``AppConfig.ready()``)."""
    if nom in _politiques and _politiques[nom] is not can_read:
        raise ValueError(f"The file policy {nom!r} is already registered.")
    _politiques[nom] = can_read


def may_read(user: Any, fichier: Fichier) -> bool:
    """Tell whether the policy lets ``user`` read the file; an unknown policy lets nobody."""
    politique = _politiques.get(fichier.politique)
    return politique is not None and bool(politique(user, fichier))


def served_to(user: Any, fichier: Fichier) -> bool:
    """Tell whether the portal hands the bytes to ``user``: allowed by the policy, and clean."""
    return fichier.est_servi and may_read(user, fichier)


def is_depositor(user: Any, fichier: Fichier) -> bool:
    """Tell whether ``user`` handed the file in, or is its owner: they are told why it is held back."""
    if not getattr(user, "pk", None):
        return False
    return reference(user) in (fichier.depose_par, fichier.proprietaire)
