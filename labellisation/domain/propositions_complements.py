"""What a request for compléments could name: the answers that fail a pre-check or a criterion (R15, R16)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from candidatures.models import Depot
from candidatures.sections import PAR_CODE
from labellisation.domain.prevalidations import Constat, Etat, element_of_path
from labellisation.domain.prevalidations.base import Instantane
from labellisation.domain.recevabilite import Examen, LigneCritere
from labellisation.models import Verdict

Element = tuple[str, str]


@dataclass(frozen=True)
class PropositionComplement:
    """Why an element is proposed: the criterion, what was found, and the words that could be sent.

    ``precise``: the pre-check itself says that it fails or cannot tell; else a person found the criterion
    not conforme, and this is what the pre-check reads.
    """

    critere: int
    raison: str
    consigne: str
    precise: bool


def proposals(examen: Examen, depot: Depot) -> dict[Element, list[PropositionComplement]]:
    """Return, by element that a request can open, why it is proposed, in the order of the criteria.

    A criterion that somebody judged conforme or sans objet proposes nothing, whatever its pre-check says.
    """
    trouvees: dict[Element, list[PropositionComplement]] = defaultdict(list)
    for ligne in examen.lignes:
        for constat, precise in _telling(ligne):
            proposition = PropositionComplement(
                ligne.critere.numero, _reason(ligne, constat), _words(ligne), precise
            )
            for element in elements_of(constat, depot.instantane):
                trouvees[element].append(proposition)
    return dict(trouvees)


def elements_of(constat: Constat, dossier: Instantane) -> Iterable[Element]:
    """Return the elements on which a finding rests, each once, but for those that no request opens."""
    elements = dict.fromkeys(element_of_path(dossier, chemin) for chemin in constat.chemins)
    return [(code, champ) for code, champ in elements if champ in PAR_CODE[code].ouvrables]


def _telling(ligne: LigneCritere) -> list[tuple[Constat, bool]]:
    """Return the findings that speak against the criterion, and whether the pre-check says so itself."""
    verdict = ligne.verdict
    refuse = verdict is not None and verdict.avis == Verdict.Avis.NON_CONFORME
    if verdict is not None and not refuse:
        return []
    constats = ligne.resultat.constats
    faibles = [constat for constat in constats if constat.etat in (Etat.ECHOUE, Etat.INCONNU)]
    if faibles or not refuse:
        return [(constat, True) for constat in faibles]
    return [(constat, False) for constat in constats if constat.etat == Etat.TIENT]


def _reason(ligne: LigneCritere, constat: Constat) -> str:
    verdict = ligne.verdict
    if verdict is not None:
        return f"Critère {ligne.critere.numero}, non conforme selon {verdict.instructeur.nom_complet}"
    dit = "ne tient pas" if constat.etat == Etat.ECHOUE else "à vérifier"
    return f"Critère {ligne.critere.numero}, pré-contrôle {dit}\u00a0: {constat.libelle}, {constat.valeur}"


def _words(ligne: LigneCritere) -> str:
    return ligne.verdict.motif if ligne.verdict is not None else ""
