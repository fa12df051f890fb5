"""4. No academic prerequisite; 5. immersion."""

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    answer_finding,
    conclude,
    finding,
    text_finding,
)


def check_access(dossier: Instantane, contexte: Contexte) -> Resultat:
    """4. No academic prerequisite; motivation selects and commits; an active pedagogy (R15)."""
    return conclude(
        4,
        [
            answer_finding(
                dossier,
                "formation",
                "prerequis_academique",
                False,
                "Prérequis scolaire",
                "aucun n’est admis",
                ("exigé", "aucun"),
            ),
            answer_finding(
                dossier,
                "formation",
                "selection_motivation",
                True,
                "Sélection par la motivation",
                "critère principal",
                ("déclarée", "non"),
            ),
            text_finding(
                dossier, "formation", "engagement_apprenant", "Engagement de l’apprenant", "texte demandé"
            ),
            text_finding(dossier, "formation", "pedagogie", "Pédagogie adaptée", "texte demandé"),
            text_finding(
                dossier, "publics", "processus_selection", "Processus de sélection", "texte demandé"
            ),
        ],
    )


IMMERSIONS = {
    "STAGE": "stage",
    "PROJET": "projet professionnalisant pour un client externe",
    "APPRENTISSAGE": "alternance, contrat d’apprentissage",
    "PROFESSIONNALISATION": "alternance, contrat de professionnalisation",
}


def check_immersion(dossier: Instantane, contexte: Contexte) -> Resultat:
    """5. At least one immersion period: stage, project for outside clients, or alternance (R15)."""
    type_immersion = answer(dossier, "immersion", "type_immersion") or ""
    return conclude(
        5,
        [
            finding(
                type_immersion in IMMERSIONS,
                "Type d’immersion",
                IMMERSIONS.get(type_immersion, "aucun"),
                "stage, projet pour un client externe ou alternance",
                "immersion",
                "type_immersion",
            ),
            _at_least_one(dossier, "periodes", "Périodes", "au moins une période"),
            _at_least_one(dossier, "heures", "Heures d’immersion", "une durée"),
        ],
    )


def _at_least_one(dossier: Instantane, champ: str, libelle: str, regle: str) -> Constat:
    valeur = answer(dossier, "immersion", champ)
    if valeur is None:
        return finding(None, libelle, "non renseigné", regle, "immersion", champ)
    return finding(valeur >= 1, libelle, str(valeur), regle, "immersion", champ)
