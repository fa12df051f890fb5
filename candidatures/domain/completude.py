"""What a dossier still lacks for its deposit (R8): computed from the data, shown with links.

Everything here reads one section of the snapshot, so that the task list, the recap and the verb
that deposits can't disagree.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from candidatures.domain import instantane
from candidatures.domain.instantane import Donnees, fields_of, rows_of
from candidatures.models import Candidature, Piece
from candidatures.sections import LIBELLES, PAR_CODE, SECTIONS, Exigence, Section, Si, Tableau

#: Modes that count as distance (R15, criterion 3); a mixte module may (``is_distance``).
A_DISTANCE = frozenset({"DISTANCIEL", "TELEPRESENTIEL"})


@dataclass(frozen=True)
class Manque:
    """One gap: where it is, and the sentence that says what to do."""

    section: str
    champ: str
    phrase: str
    ligne: int | None = None
    #: The other answers with which this one has to agree.
    avec: tuple[str, ...] = ()


def completude(candidature: Candidature) -> dict[str, list[Manque]]:
    """Return the gaps of the dossier as it stands, by section; nothing for a complete section."""
    return gaps(instantane.build(candidature))


def gaps(dossier: dict[str, Any]) -> dict[str, list[Manque]]:
    """Return the gaps of a snapshot, by section, as they are counted today whatever its version."""
    dossier = instantane.current(dossier)
    pieces = dossier["pieces"]
    par_section = {
        section.code: section_gaps(section.code, dossier[section.code], pieces) for section in SECTIONS
    }
    return {code: manques for code, manques in par_section.items() if manques}


def section_gaps(code: str, donnees: Donnees, pieces: Iterable[dict[str, str]]) -> list[Manque]:
    """Return the gaps of one section: what is missing, and each attachment that can't be read (R12)."""
    section = PAR_CODE[code]
    jointes = [piece for piece in pieces if piece["type"] in section.toutes_pieces]
    lignes = rows_of(section, donnees)
    manques = list(_field_gaps(section, donnees, {piece["type"] for piece in jointes}))
    manques += _held_pieces(section, jointes, [ligne["id"] for ligne in lignes])
    if section.tableau:
        manques += _table_gaps(section, section.tableau, lignes, jointes)
    if code in _CONTROLES:
        manques += _CONTROLES[code](donnees)
    return manques


def is_distance(module: dict[str, Any]) -> bool:
    """Whether a module counts as distance: its mode, or for a mixte one more than a share of distance."""
    if module["mode"] == "MIXTE":
        return (module["part_distance"] or 0) > settings.GEN_REGLES["module_mixte_part_distance"]
    return module["mode"] in A_DISTANCE


def mostly_distance(modules: list[dict[str, Any]]) -> bool:
    """Whether more than half of the *modules* (not of the hours) are at a distance."""
    return 2 * sum(map(is_distance, modules)) > len(modules)


def label(modele: str, champ: str) -> str:
    """Return the words by which a column is known on screen."""
    colonne: Any = instantane.model_of(modele)._meta.get_field(champ)
    texte = LIBELLES.get(champ) or str(colonne.verbose_name)
    return texte.removesuffix(" (centimes)")


def _field_gaps(section: Section, donnees: Donnees, types: set[str]) -> Iterator[Manque]:
    valeurs = fields_of(donnees)
    vus: set[str] = set()
    for exigence in section.exigences:
        if not _applies(exigence, valeurs, donnees):
            continue
        for champ in exigence.champs:
            if champ not in vus and is_empty(valeurs[champ]):
                vus.add(champ)
                yield Manque(section.code, champ, f"Renseignez «\u00a0{label(section.modele, champ)}\u00a0».")
        for champ in exigence.engagements:
            if not valeurs[champ]:
                phrase = f"Cochez l’engagement «\u00a0{label(section.modele, champ)}\u00a0»."
                yield Manque(section.code, champ, phrase)
        for piece in exigence.pieces:
            if piece not in types:
                phrase = f"Joignez la pièce «\u00a0{Piece.Type(piece).label}\u00a0»."
                yield Manque(section.code, f"piece:{piece}", phrase)


def _held_pieces(section: Section, pieces: Iterable[dict[str, str]], rangs: list[str]) -> Iterator[Manque]:
    for piece in pieces:
        if "retenu" in piece:
            phrase = f"Remplacez ou retirez la pièce «\u00a0{piece['nom']}\u00a0». {piece['retenu']}"
            rang = rangs.index(piece["ligne"]) if piece.get("ligne") in rangs else None
            yield Manque(section.code, f"piece:{piece['type']}", phrase, rang)


def _table_gaps(
    section: Section, tableau: Tableau, lignes: list[dict[str, Any]], pieces: list[dict[str, str]]
) -> Iterator[Manque]:
    if len(lignes) < tableau.minimum:
        nombre = "au moins une ligne" if tableau.minimum == 1 else f"au moins {tableau.minimum} lignes"
        yield Manque(
            section.code, tableau.nom, f"Remplissez {nombre} du tableau «\u00a0{tableau.titre}\u00a0»."
        )
    for rang, ligne in enumerate(lignes):
        titre = f"{tableau.singulier.capitalize()} {rang + 1}\u00a0: "
        for champ in _missing_in_row(tableau, ligne):
            phrase = f"{titre}renseignez «\u00a0{label(tableau.modele, champ)}\u00a0»."
            yield Manque(section.code, champ, phrase, rang)
        jointes = {f"piece:{piece['type']}" for piece in pieces if piece.get("ligne") == ligne["id"]}
        for champ, demande in _choices_to_make(tableau, ligne, jointes):
            yield Manque(section.code, champ, f"{titre}{demande}.", rang)


def _missing_in_row(tableau: Tableau, ligne: dict[str, Any]) -> Iterator[str]:
    for exigence in tableau.exigences:
        if _applies(exigence, ligne, ligne):
            yield from (champ for champ in exigence.champs if is_empty(ligne[champ]))


def _choices_to_make(tableau: Tableau, ligne: dict[str, Any], jointes: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what a row leaves without any answer where one is enough: where it is, and what to do."""
    for groupe in tableau.un_de:
        demande = groupe.si is None or ligne[groupe.si.champ] in groupe.si.valeurs
        if demande and all(is_empty(ligne.get(champ)) and champ not in jointes for champ in groupe.champs):
            yield groupe.champs[0], _one_of(tableau, groupe.champs)
    for ensemble in tableau.ensembles:
        if ensemble.a_cocher and not any(ligne[champ] for champ in ensemble.champs):
            yield ensemble.champs[0], f"cochez au moins une réponse de «\u00a0{ensemble.titre}\u00a0»"


def _one_of(tableau: Tableau, champs: Iterable[str]) -> str:
    """Return what to do, in words: « renseignez « A » ou « B » », « renseignez « A » ou joignez « C » »."""
    questions = [label(tableau.modele, champ) for champ in champs if ":" not in champ]
    pieces = [Piece.Type(champ.partition(":")[2]).label for champ in champs if ":" in champ]
    gestes = (("renseignez", questions), ("joignez", pieces))
    return " ou ".join(
        f"{geste} " + " ou ".join(f"«\u00a0{nom}\u00a0»" for nom in noms) for geste, noms in gestes if noms
    )


def _applies(exigence: Exigence, valeurs: dict[str, Any], donnees: Donnees) -> bool:
    if exigence.si and valeurs[exigence.si.champ] not in exigence.si.valeurs:
        return False
    return CAS[exigence.cas](fields_of(donnees)) if exigence.cas else True


def conditions(exigences: Iterable[Exigence]) -> dict[str, list[Si]]:
    """Return what is asked under conditions only, each of which is enough: fields, and ``piece:<TYPE>``.

    What depends on a computed case (``CAS``) is always asked.
    """
    trouvees: dict[str, list[Si | None]] = {}
    for exigence in exigences:
        pieces = (f"piece:{piece}" for piece in exigence.pieces)
        for nom in (*exigence.champs, *exigence.engagements, *exigence.optionnels, *pieces):
            trouvees.setdefault(nom, []).append(exigence.si)
    return {nom: [si for si in liste if si] for nom, liste in trouvees.items() if None not in liste}


def not_asked(
    exigences: Iterable[Exigence], valeurs: dict[str, Any], donnees: Donnees | None = None
) -> set[str]:
    """Return what these answers make pointless.

    With the whole section, also what no computed case asks (``CAS``) and nobody answered.
    """
    sans_objet = {
        nom
        for nom, liste in conditions(exigences).items()
        if not any(valeurs[si.champ] in si.valeurs for si in liste)
    }
    if donnees is None:
        return sans_objet
    cas = {champ for e in exigences if e.cas and not _applies(e, valeurs, donnees) for champ in e.champs}
    return sans_objet | {champ for champ in cas if is_empty(valeurs[champ])}


def is_empty(valeur: Any) -> bool:
    """Whether an answer is missing; « non » and zero are answers."""
    return valeur is None or (isinstance(valeur, str) and not valeur.strip())


def _distance_or_telepresence(donnees: dict[str, Any]) -> bool:
    modules = donnees["modules"]
    return mostly_distance(modules) or any(module["mode"] == "TELEPRESENTIEL" for module in modules)


def _subcontracted_trainer(donnees: dict[str, Any]) -> bool:
    return any(formateur["statut"] == "SOUS_TRAITANT" for formateur in donnees["formateurs"])


#: Computed conditions that ``sections.py`` names.
CAS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "a_distance": _distance_or_telepresence,
    "formateur_sous_traitant": _subcontracted_trainer,
}


def budget_totals(donnees: Donnees) -> tuple[int, int]:
    """Return the charges and the resources of a session's budget, in cents."""
    totaux = {"CHARGE": 0, "RESSOURCE": 0}
    for ligne in fields_of(donnees)["lignes"]:
        if ligne["sens"] in totaux:
            totaux[ligne["sens"]] += ligne["montant"] or 0
    return totaux["CHARGE"], totaux["RESSOURCE"]


def _balanced(donnees: Donnees) -> list[Manque]:
    """The provisional budget of a session is balanced (DOMAIN §4, section 9)."""
    charges, ressources = budget_totals(donnees)
    if charges == ressources:
        return []
    phrase = (
        f"Équilibrez le budget de la session\u00a0: {euros(charges)} de charges pour "
        f"{euros(ressources)} de ressources."
    )
    return [Manque("budget", "lignes", phrase)]


def _shares_agree(donnees: Donnees) -> list[Manque]:
    """Residents of QPV and of ZRR make the share of both: whoever lives in both counts once."""
    valeurs = fields_of(donnees)
    ensemble, qpv, zrr = (valeurs[champ] for champ in ("part_qpv_zrr", "part_qpv", "part_zrr"))
    if None in (ensemble, qpv, zrr) or max(qpv, zrr) <= ensemble <= qpv + zrr:
        return []
    phrase = (
        f"Accordez les parts de résidents\u00a0: {qpv}\u00a0% de QPV et {zrr}\u00a0% de ZRR ne font pas "
        f"{ensemble}\u00a0% de QPV ou ZRR."
    )
    return [Manque("publics", "part_qpv_zrr", phrase, avec=("part_qpv", "part_zrr"))]


def _jobs_differ(donnees: Donnees) -> list[Manque]:
    """Each métier is chosen once."""
    valeurs = fields_of(donnees)
    vus: set[str] = set()
    manques = []
    champs = ("metier", "autre_metier_1", "autre_metier_2", "autre_metier_3")
    for champ in champs:
        metier = valeurs[champ]
        if metier and metier["code"] in vus:
            phrase = (
                f"Le métier «\u00a0{metier['libelle']}\u00a0» est choisi deux fois\u00a0: changez-le ou "
                "retirez-le."
            )
            manques.append(Manque("formation", champ, phrase, avec=champs))
        elif metier:
            vus.add(metier["code"])
    return manques


_CONTROLES: dict[str, Callable[[Donnees], list[Manque]]] = {
    "budget": _balanced,
    "formation": _jobs_differ,
    "publics": _shares_agree,
}


def euros(centimes: int) -> str:
    """Return an amount as French text: ``1 234,50 €``."""
    entier, reste = divmod(abs(centimes), 100)
    signe = "-" if centimes < 0 else ""
    return f"{signe}{entier:,}".replace(",", "\u202f") + f",{reste:02d}\u00a0€"
