"""7. Free of charge."""

from typing import Any

from candidatures.domain.completude import euros
from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    answer_finding,
    conclude,
    finding,
    note,
    row_path,
    rows,
)
from referentiels.texte import normalise


def check_free(dossier: Instantane, contexte: Contexte) -> Resultat:
    """7. Free for the target publics, certification included: nothing left to the learner (R15, R15a).

    The table of costs is read too: a resource that learners seem to bring is for a person to verify.
    """
    cout = answer(dossier, "budget", "cout_par_apprenant")
    return conclude(
        7,
        [
            answer_finding(
                dossier,
                "publics",
                "gratuite",
                True,
                "Gratuité déclarée",
                "certification comprise",
                ("oui", "non"),
            ),
            cost_finding(answer(dossier, "budget", "reste_a_charge")),
            _resources(rows(dossier, "budget", "lignes"), contexte),
            note(
                "Coût par apprenant",
                "non renseigné" if cout is None else euros(cout),
                "budget",
                "",
                "cout_par_apprenant",
            ),
        ],
    )


def cost_finding(reste: int | None) -> Constat:
    """Return what is left to the learner, in cents: nothing may be (criterion 7)."""
    return finding(
        None if reste is None else reste == 0,
        "Reste à charge",
        "non renseigné" if reste is None else euros(reste),
        "rien ne reste à la charge de l’apprenant",
        "budget",
        "reste_a_charge",
    )


def _resources(lignes: list[dict[str, Any]], contexte: Contexte) -> Constat:
    libelle, regle = "Ressources du budget", "aucune ne vient des apprenants"
    ressources = [ligne for ligne in lignes if ligne.get("sens") == "RESSOURCE"]
    mots = contexte.regles["ressources_des_apprenants"]
    suspectes = [ligne for ligne in ressources if _comes_from_learners(ligne, mots)]
    montrees = suspectes or ressources
    valeur = ", ".join(
        f"{ligne.get('libelle') or 'sans nom'} ({_amount(ligne.get('montant'))})" for ligne in montrees
    )
    chemins = [row_path("budget", "lignes", ligne) for ligne in montrees]
    if suspectes:
        return finding(None, libelle, f"{valeur}\u00a0: à vérifier", regle, "budget", chemins=chemins)
    return note(libelle, valeur or "aucune ligne", "budget", regle, chemins=chemins)


def _amount(montant: int | None) -> str:
    return "montant non renseigné" if montant is None else euros(montant)


def _comes_from_learners(ligne: dict[str, Any], mots: tuple[str, ...]) -> bool:
    libelle = normalise(ligne.get("libelle") or "")
    return any(mot in libelle for mot in mots)
