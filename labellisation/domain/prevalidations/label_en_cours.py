"""8. Not labelled at present."""

from collections.abc import Iterator

from labellisation.domain.prevalidations.base import (
    BilanConnu,
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    conclude,
    finding,
    note,
    number,
)
from socle.typographie import date_simple

MEME_FORMATION = "même structure, et même certification ou même intitulé"


def check_not_labelled(dossier: Instantane, contexte: Contexte) -> Resultat:
    """8. No active label nor other live candidature for the same formation; the record is shown (R15).

    The same formation: same structure, and same certification or same title. A poor record never
    weighs here: refusing for it is the person's choice.
    """
    return conclude(8, _findings(dossier, contexte))


def _findings(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    yield finding(
        not contexte.labels_actifs,
        "Label en cours pour la même formation",
        ", ".join(contexte.labels_actifs) or "aucun",
        MEME_FORMATION,
        "formation",
        "intitule",
        "certification_code",
    )
    yield finding(
        not contexte.candidatures_vivantes,
        "Autre candidature en cours pour la même formation",
        ", ".join(contexte.candidatures_vivantes) or "aucune",
        MEME_FORMATION,
        "formation",
        "intitule",
        "certification_code",
    )
    yield note(
        "Labels antérieurs, selon le porteur",
        answer(dossier, "structure", "labels_anterieurs") or "non renseigné",
        "structure",
        "",
        "labels_anterieurs",
    )
    if not contexte.bilans:
        yield note("Labels antérieurs, selon le portail", "aucun", "structure", "même structure")
    yield from map(_record, contexte.bilans)
    if answer(dossier, "formation", "renouvellement"):
        renouvele = answer(dossier, "formation", "label_renouvele") or "non précisé"
        yield note("Renouvellement demandé du label", renouvele, "formation", "", "label_renouvele")


def _record(bilan: BilanConnu) -> Constat:
    periode = f"{date_simple(bilan.debut)} au {date_simple(bilan.fin)}, {bilan.etat}"
    if bilan.obligations is None:
        return note(f"Bilan du label {bilan.label}", f"{periode}\u00a0; bilan non établi", "structure")
    valeur = (
        f"{periode}\u00a0; {number(bilan.obligations, 'obligation')}, "
        f"{bilan.en_retard or 0} en retard, {bilan.remplies_en_retard or 0} remplies en retard, "
        f"{number(bilan.sanctions or 0, 'sanction')}"
    )
    regle = "à vous d’en juger\u00a0: un bilan ne refuse jamais de lui-même"
    return note(f"Bilan du label {bilan.label}", valeur, "structure", regle)
