"""What is computed while a section is typed, with the rule beside it. Upper apps register the rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from candidatures.domain.completude import budget_totals, euros
from candidatures.domain.instantane import Donnees, rows_of
from candidatures.models import Candidature
from candidatures.sections import PAR_CODE


@dataclass(frozen=True)
class Calcul:
    """A figure of the section, and the rule that it meets (``True``), misses, or does not decide yet."""

    libelle: str
    valeur: str
    regle: str
    tenu: bool | None = None


#: What a company can commit to that the committee weighs most (selection criterion 1).
_AUPRES_DES_ENTREPRISES = ("engage_contenu", "engage_immersion", "engage_embauches")

#: From a section that is being typed, and its dossier for what other sections say.
Fonction = Callable[[Donnees, Candidature], Iterable[Calcul]]
#: The same from a whole snapshot, which alone is read: what is deposited never changes.
FonctionFigee = Callable[[dict[str, Any]], Iterable[Calcul]]

_fonctions: dict[str, list[tuple[Fonction, FonctionFigee]]] = {}


def register(section: str, fonction: Fonction, figee: FonctionFigee) -> None:
    """Add what computes figures of a section, as it is typed and from a snapshot; twice is once."""
    if (fonction, figee) not in _fonctions.setdefault(section, []):
        _fonctions[section].append((fonction, figee))


def calculs(section: str, donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    """Return the figures of a section as it stands."""
    return [
        calcul for fonction, _ in _fonctions.get(section, ()) for calcul in fonction(donnees, candidature)
    ]


def figures(section: str, dossier: dict[str, Any]) -> list[Calcul]:
    """Return the figures of a section of a snapshot, from the snapshot alone."""
    return [calcul for _, figee in _fonctions.get(section, ()) for calcul in figee(dossier)]


def _balance(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    return _balance_of(donnees)


def _balance_of(donnees: Donnees) -> list[Calcul]:
    charges, ressources = budget_totals(donnees)
    valeur = f"{euros(charges)} de charges, {euros(ressources)} de ressources"
    tenu = charges == ressources if charges or ressources else None
    return [Calcul("Budget d’une session", valeur, "les charges et les ressources s’équilibrent", tenu)]


def _frozen_balance(dossier: dict[str, Any]) -> list[Calcul]:
    return _balance_of(dossier["budget"])


def _partnerships(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    return _partnerships_of(donnees)


def _partnerships_of(donnees: Donnees) -> list[Calcul]:
    """Count what the selection criteria 1 and 6 read of the partners; nothing for none."""
    partenaires = rows_of(PAR_CODE["partenaires"], donnees)
    if not partenaires:
        return []
    entreprises = [un for un in partenaires if un["type_partenaire"] == "ENTREPRISE"]
    engagees = [un for un in entreprises if any(un[champ] for champ in _AUPRES_DES_ENTREPRISES)]
    promises = sum(un["embauches_promises"] or 0 for un in partenaires if un["engage_embauches"])
    conclus = [un for un in partenaires if un["partenariat"] == "CONCLU"]
    return [
        Calcul(
            "Entreprises engagées",
            f"{len(engagees)} sur {len(entreprises)}",
            "sélection, critère 1\u00a0: contenu défini ensemble, immersion ou promesses d’embauche",
        ),
        Calcul("Embauches promises", str(promises), "sélection, critère 1"),
        Calcul(
            "Partenariats conclus",
            f"{len(conclus)} sur {len(partenaires)}",
            "sélection, critère 6\u00a0: leurs perspectives de renouvellement sont dites",
        ),
    ]


def _frozen_partnerships(dossier: dict[str, Any]) -> list[Calcul]:
    # A deposit that did not ask where each partnership stands has nothing to count.
    partenaires = rows_of(PAR_CODE["partenaires"], dossier["partenaires"])
    return _partnerships_of(partenaires) if any(un["partenariat"] for un in partenaires) else []


register("budget", _balance, _frozen_balance)
register("partenaires", _partnerships, _frozen_partnerships)
