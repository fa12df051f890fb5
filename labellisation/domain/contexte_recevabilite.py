"""What the pre-checks need besides the dossier, read from the database in a constant number of queries."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q

from candidatures import cycle as cycle_dossier
from candidatures.domain.appels import releve_at
from candidatures.domain.avertissements import Avertissement
from candidatures.domain.queries import MINUTE
from candidatures.models import Candidature, Depot, Releve
from labellisation import cycle
from labellisation.domain.prevalidations import (
    PRECONTROLES,
    BilanConnu,
    Constat,
    Contexte,
    Etat,
    FicheCertification,
    accompaniment_warning,
    jobs_of,
    start_window,
)
from labellisation.models import BilanLabel, Label
from referentiels.domain.queries import commune_of
from referentiels.identifiants import nda_region_warning
from referentiels.models import Certification, FamilleMetier, Metier
from referentiels.texte import normalise
from socle import horloge


def build_context(candidature: Candidature, depot: Depot) -> Contexte:
    """Return the context in which a deposit is examined: its examination relevé, and today (R4, R5)."""
    return context_of(depot.instantane, candidature, candidature.releve_examen, horloge.today())


def context_of(
    dossier: dict[str, Any], candidature: Candidature, releve: Releve | None, aujourd_hui: date
) -> Contexte:
    """Return the context of any snapshot of a dossier, at a relevé and on a day."""
    jour_releve = horloge.paris(releve.borne - MINUTE).date() if releve else None
    jour = jour_releve or aujourd_hui
    labels = _labels(candidature)
    memes = [label for label in labels if _same_formation(dossier, label.intitule, label.certification_code)]
    familles = _families_of_jobs(dossier, jour)
    metier = dossier["formation"]["metier"]
    return Contexte(
        aujourd_hui=aujourd_hui,
        jour_releve=jour_releve,
        debut_au_plus_tot=releve.debut_au_plus_tot if releve else None,
        debut_au_plus_tard=releve.debut_au_plus_tard if releve else None,
        famille_au_referentiel=_family_known(dossier, candidature),
        famille_du_metier=familles.get(metier["code"]) if metier else None,
        metiers_en_liste=frozenset(familles),
        certification=_sheet(dossier, jour),
        nda_alerte=_nda_warning(dossier),
        labels_actifs=tuple(
            f"{label.code}, jusqu’au {label.fin:%d/%m/%Y}"
            for label in memes
            if label.etat != cycle.RETIRE and label.fin >= aujourd_hui
        ),
        candidatures_vivantes=tuple(_live_references(dossier, candidature)),
        bilans=tuple(_record(label, aujourd_hui) for label in labels),
    )


def _family_known(dossier: dict[str, Any], candidature: Candidature) -> bool | None:
    famille = dossier["formation"]["famille"]
    if not famille:
        return None
    codes = set(
        FamilleMetier.objects.filter(version=candidature.appel.grille.appel_code).values_list(
            "code", flat=True
        )
    )
    return famille["code"] in codes if codes else None


def _families_of_jobs(dossier: dict[str, Any], jour: date) -> dict[str, str]:
    """Return the family code of each chosen métier that may be chosen on that day."""
    codes = [metier["code"] for metier in jobs_of(dossier["formation"])]
    trouves = Metier.objects.en_vigueur(jour).filter(code__in=codes)
    return dict(trouves.values_list("code", "famille__code")) if codes else {}


def _sheet(dossier: dict[str, Any], jour: date) -> FicheCertification | None:
    fiche = Certification.objects.filter(code=dossier["formation"]["certification_code"]).first()
    if fiche is None:
        return None
    return FicheCertification(
        code=fiche.code,
        intitule=fiche.intitule,
        active_au_releve=fiche.is_active_on(jour),
        fin=fiche.date_fin_enregistrement,
        sirens_certificateurs=frozenset(
            ligne["siret"][:9] for ligne in fiche.certificateurs if ligne.get("siret")
        ),
        fictive=fiche.fictive,
    )


def _nda_warning(dossier: dict[str, Any]) -> str:
    structure = dossier["structure"]
    commune = commune_of(structure["commune"])
    if commune is None or not structure["nda"]:
        return ""
    return nda_region_warning(structure["nda"], commune.departement_id)


def _same_formation(dossier: dict[str, Any], intitule: str, certification: str) -> bool:
    """The same certification, or the same title but for accents and capitals (criterion 8)."""
    formation = dossier["formation"]
    if certification and certification == formation["certification_code"]:
        return True
    return bool(intitule) and normalise(intitule) == normalise(formation["intitule"])


def _labels(candidature: Candidature) -> list[Label]:
    """Return every label of the structure with its record, except this dossier's own."""
    labels = Label.objects.filter(structure=candidature.structure_id).exclude(candidature=candidature)
    return list(labels.select_related("bilan").order_by("debut"))


def _live_references(dossier: dict[str, Any], candidature: Candidature) -> Iterator[str]:
    """Yield the other dossiers that may still become a label.

    A dossier counts until its outcome is *notified*: an inadmissibility already decided but not
    announced must not show by its absence (R39).
    """
    en_attente = Q(issue_notifiee__in=("", cycle.NatureDecision.AJOURNEE))
    a_signer = Q(issue_notifiee__in=cycle.FAVORABLES, label__isnull=True)
    autres = (
        Candidature.objects.filter(en_attente | a_signer, structure=candidature.structure_id)
        .exclude(pk=candidature.pk)
        .exclude(etat__in=(cycle_dossier.BROUILLON, cycle_dossier.SANS_SUITE))
        .select_related("sectionformation")
        .order_by("reference")
    )
    for autre in autres:
        section = getattr(autre, "sectionformation", None)
        if _same_formation(dossier, autre.intitule, section.certification_code if section else ""):
            yield autre.reference


def _record(label: Label, aujourd_hui: date) -> BilanConnu:
    bilan: BilanLabel | None = getattr(label, "bilan", None)
    expire = label.etat != cycle.RETIRE and label.fin < aujourd_hui
    return BilanConnu(
        label=label.code,
        debut=label.debut,
        fin=label.fin,
        etat="expiré" if expire else cycle.LABEL.etat(label.etat).gen.lower(),
        obligations=bilan.obligations if bilan else None,
        en_retard=bilan.en_retard if bilan else None,
        remplies_en_retard=bilan.remplies_en_retard if bilan else None,
        sanctions=bilan.sanctions if bilan else None,
    )


# --- The porteur's recap -------------------------------------------------------------------------
def warnings_of_dossier(dossier: dict[str, Any], jour: date) -> Iterator[Avertissement]:
    """Warn the porteur before the deposit by the same functions that help the instructor (R5, R15, R17).

    Only what fails: what nobody can tell from the data is the instructor's work. For a draft the
    relevé is the one a deposit would get now.
    """
    candidature = (
        Candidature.objects.select_related("appel__grille", "releve_examen")
        .filter(reference=dossier["reference"])
        .first()
    )
    if candidature is None:
        return
    releve = (
        releve_at(candidature.appel, horloge.now())
        if candidature.est_brouillon
        else candidature.releve_examen
    )
    contexte = context_of(dossier, candidature, releve, jour)
    for critere, controle in PRECONTROLES.items():
        for constat in controle(dossier, contexte).constats:
            if constat.etat == Etat.ECHOUE:
                yield _warning(critere, constat, constat.phrase)
    if fenetre := start_window(dossier, contexte):
        yield _warning(6, fenetre, fenetre.phrase)
    if accompagnement := accompaniment_warning(dossier, contexte):
        yield _warning(5, accompagnement, f"Sélection\u00a0: {accompagnement.phrase}")


def _warning(critere: int, constat: Constat, phrase: str) -> Avertissement:
    return Avertissement(critere, phrase, constat.section, constat.champ, constat.ligne)
