"""The ranking of a séance: a reproducible snapshot with explicit tie-breaks (R37)."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import JSONField, OuterRef, Subquery

from candidatures import cycle as cycle_dossier
from candidatures.models import Candidature, Depot
from labellisation.models import Score, Seance

#: Ties are broken by criterion 1, then 4, then 3, then the deposit's instant [choice] (R37).
DEPARTAGE = ("note_1", "note_4", "note_3")


def compute_ranking(seance: Seance) -> list[dict[str, Any]]:
    """Return the rows of the agenda, best first.

    Each row: ``rang``, ``candidature`` (id), ``reference``, ``intitule``, ``structure``, ``region``,
    ``score``, ``ecart``, ``note_1`` … ``note_6``, ``partenariats`` (hundredths of a point),
    ``deposee_le``, ``ex_aequo`` (same score and same tie-break notes as a neighbour) and
    ``priorites`` (those of the call that the dossier meets). A dossier that its porteur withdrew
    since is left out.
    """
    scores = (
        Score.objects.filter(
            candidature__inscriptions__seance=seance,
            candidature__inscriptions__retiree_le__isnull=True,
            candidature__etat=cycle_dossier.INSCRITE,
        )
        .select_related("candidature__structure", "candidature__region")
        .annotate(
            # Of the last snapshot, no more than what the priorities read: it is a large document.
            sites=_of_last_deposit("instantane__formation__sites"),
            publics=_of_last_deposit("instantane__publics"),
        )
    )
    return rank(_row(score) for score in scores)


def _of_last_deposit(chemin: str) -> Subquery:
    depots = Depot.objects.filter(candidature=OuterRef("candidature")).order_by("-numero")
    return Subquery(depots.values(chemin)[:1], output_field=JSONField())


def rank(lignes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort rows and give them their ranks; rows left out leave no hole (R36)."""
    triees = sorted(lignes, key=_sort_key)
    cles = [_tie_key(ligne) for ligne in triees]
    return [
        {**ligne, "rang": indice + 1, "ex_aequo": cles.count(cles[indice]) > 1}
        for indice, ligne in enumerate(triees)
    ]


def ranking_for(seance: Seance, user: Any) -> list[dict[str, Any]]:
    """Return the ranking that ``user`` may read: frozen if the séance opened, conflicts taken out.

    Ranks are recomputed without the hidden rows, so that a gap tells nothing (R36).
    """
    lignes = compute_ranking(seance) if seance.classement is None else seance.classement
    identifiants = [ligne["candidature"] for ligne in lignes]
    ouvertes = Candidature.objects.visible_to(user).filter(pk__in=identifiants)
    visibles = {str(pk) for pk in ouvertes.values_list("pk", flat=True)}
    return rank(ligne for ligne in lignes if ligne["candidature"] in visibles)


def _tie_key(ligne: dict[str, Any]) -> tuple[int, ...]:
    return (ligne["score"], *(ligne[note] for note in DEPARTAGE))


def _sort_key(ligne: dict[str, Any]) -> tuple[Any, ...]:
    return (*(-note for note in _tie_key(ligne)), ligne["deposee_le"], ligne["reference"])


def _row(score: Any) -> dict[str, Any]:
    """Return the row of a score that ``compute_ranking`` annotated."""
    candidature = score.candidature
    return {
        "candidature": str(candidature.pk),
        "reference": candidature.reference,
        "intitule": candidature.intitule,
        "structure": candidature.structure.raison_sociale,
        "region": candidature.region.nom if candidature.region else "",
        "score": score.score,
        "ecart": score.ecart,
        **{f"note_{numero}": getattr(score, f"note_{numero}") for numero in range(1, 7)},
        "partenariats": score.partenariats_entreprises,
        "deposee_le": candidature.deposee_le.isoformat() if candidature.deposee_le else "",
        "priorites": call_priorities({"formation": {"sites": score.sites}, "publics": score.publics}),
    }


def call_priorities(instantane: dict[str, Any]) -> list[str]:
    """Return the call's priorities that a dossier meets, in words (CdC 1c, R37)."""
    sites = instantane["formation"]["sites"]
    publics = instantane["publics"]
    seuil = settings.GEN_REGLES["priorite_part_minimum"]
    priorites = {
        "Site en QPV": any(site.get("en_qpv") for site in sites),
        "Site en ZRR": any(site.get("en_zrr") for site in sites),
        f"Femmes ≥ {seuil}\u00a0%": (publics.get("part_femmes") or 0) >= seuil,
        f"QPV ou ZRR ≥ {seuil}\u00a0%": (publics.get("part_qpv_zrr") or 0) >= seuil,
    }
    return [libelle for libelle, remplie in priorites.items() if remplie]
