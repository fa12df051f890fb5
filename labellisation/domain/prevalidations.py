"""The ten automatic pre-checks of admissibility: pure functions that propose, never decide (R15).

Each reads a deposited snapshot (``candidatures.domain.instantane``) and a ``Contexte`` in which every
look-up is already done, and returns a ``Resultat``: a proposition with its evidence. Nothing here
touches the database, the clock or the settings, so that the instructor, the porteur's recap and the
tests read the same thing.

How a proposition follows from its findings (``_conclude``):

- one finding that fails gives NON_CONFORME;
- else one that nobody can tell from the data gives A_VERIFIER: unknown is said as unknown;
- else CONFORME. Findings "pour information" never weigh.

A text that the cahier des charges asks for and that is blank fails; a number, a date or a yes/no
without an answer is unknown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from candidatures.domain.completude import euros, is_distance, mostly_distance
from referentiels.identifiants import valider_certification, valider_nda
from socle.delais import add_months
from socle.typographie import date_simple

Instantane = dict[str, Any]

CRITERES = range(1, 11)
#: A label lasts three years, and a session of a short formation is due in each of them (criterion 6).
MOIS_PAR_AN = 12


class Proposition(StrEnum):
    """What a pre-check proposes."""

    CONFORME = "CONFORME"
    NON_CONFORME = "NON_CONFORME"
    A_VERIFIER = "A_VERIFIER"
    SANS_OBJET = "SANS_OBJET"


class Etat(StrEnum):
    """What one finding says of the criterion."""

    TIENT = "TIENT"
    ECHOUE = "ECHOUE"
    INCONNU = "INCONNU"
    INFORMATION = "INFORMATION"


@dataclass(frozen=True)
class Constat:
    """One piece of evidence: what was looked at, what stands there, the rule, where to read it."""

    libelle: str
    valeur: str
    regle: str = ""
    section: str = ""
    etat: str = Etat.INFORMATION
    #: The answer, the table or the piece (``piece:<TYPE>``) to correct, and the row of the table.
    champ: str = ""
    ligne: int | None = None

    @property
    def phrase(self) -> str:
        """The finding in one sentence, for a person without the table before their eyes."""
        regle = f" ({self.regle})" if self.regle else ""
        return f"{self.libelle}\u00a0: {self.valeur}{regle}."


#: What serves the porteur, who corrects: a verdict keeps the evidence.
_OU_CORRIGER = ("champ", "ligne")


@dataclass(frozen=True)
class Resultat:
    """The proposition on one criterion, and its evidence."""

    critere: int
    proposition: str
    constats: list[Constat]

    def frozen_findings(self) -> list[dict[str, str]]:
        """Return the findings as a ``Verdict`` keeps them."""
        return [
            {nom: str(valeur) for nom, valeur in asdict(constat).items() if nom not in _OU_CORRIGER}
            for constat in self.constats
        ]


@dataclass(frozen=True)
class FicheCertification:
    """What the register of certifications says (criterion 2)."""

    code: str
    intitule: str
    active_au_releve: bool
    fin: date | None = None
    sirens_certificateurs: frozenset[str] = frozenset()
    fictive: bool = False


@dataclass(frozen=True)
class BilanConnu:
    """The record of one earlier label of the porteur (criterion 8)."""

    label: str
    debut: date
    fin: date
    etat: str
    obligations: int | None = None
    en_retard: int | None = None
    remplies_en_retard: int | None = None
    sanctions: int | None = None


def _choices() -> Mapping[str, Any]:
    return settings.GEN_REGLES


@dataclass(frozen=True)
class Contexte:
    """What the pre-checks need besides the dossier, already looked up (``contexte_recevabilite``)."""

    aujourd_hui: date
    #: The relevé's last day in Paris; none while the relevé is to be announced.
    jour_releve: date | None = None
    #: Window on the start of the first session (R5).
    debut_au_plus_tot: date | None = None
    debut_au_plus_tard: date | None = None
    #: Whether the families' list of the call holds the chosen one; none if no list is loaded.
    famille_au_referentiel: bool | None = None
    #: Family code of the chosen métier, if it may be chosen at the relevé; none if it is not in the list.
    famille_du_metier: str | None = None
    #: Codes of the chosen métiers, the main one and the others, that may be chosen at the relevé.
    metiers_en_liste: frozenset[str] = frozenset()
    certification: FicheCertification | None = None
    #: Presence in the public list of training bodies; none while the list is not loaded.
    nda_en_liste: bool | None = None
    nda_sous_traitant_en_liste: bool | None = None
    nda_alerte: str = ""
    #: Active labels, then other live candidatures, for the same formation (criterion 8).
    labels_actifs: tuple[str, ...] = ()
    candidatures_vivantes: tuple[str, ...] = ()
    bilans: tuple[BilanConnu, ...] = ()
    #: Every [choice] of the domain (``settings.GEN_REGLES``).
    regles: Mapping[str, Any] = field(default_factory=_choices)

    @property
    def jour(self) -> date:
        """The day at which validity is looked at: the relevé's, else today."""
        return self.jour_releve or self.aujourd_hui

    @property
    def jour_en_mots(self) -> str:
        """That day, and why that one."""
        if self.jour_releve is None:
            return f"le {date_simple(self.aujourd_hui)} (relevé à annoncer\u00a0: vérifié à ce jour)"
        return f"le {date_simple(self.jour_releve)}, date du relevé"


# --- Findings ----------------------------------------------------------------------------------
def _finding(
    tient: bool | None,
    libelle: str,
    valeur: str,
    regle: str,
    section: str,
    champ: str,
    ligne: int | None = None,
) -> Constat:
    etat = Etat.INCONNU if tient is None else Etat.TIENT if tient else Etat.ECHOUE
    return Constat(libelle, valeur, regle, section, etat, champ, ligne)


def _note(
    libelle: str, valeur: str, section: str = "", regle: str = "", champ: str = "", ligne: int | None = None
) -> Constat:
    return Constat(libelle, valeur, regle, section, champ=champ, ligne=ligne)


def _text(dossier: Instantane, section: str, champ: str, libelle: str, regle: str) -> Constat:
    """A text that must be there; what it is worth is for a person to judge."""
    present = bool((dossier[section][champ] or "").strip())
    return _finding(present, libelle, "présent" if present else "absent", regle, section, champ)


def _answer(
    dossier: Instantane,
    section: str,
    champ: str,
    attendu: bool,
    libelle: str,
    regle: str,
    mots: tuple[str, str],
) -> Constat:
    """A yes/no answer; ``mots`` are the words for yes and for no."""
    valeur = dossier[section][champ]
    if valeur is None:
        return _finding(None, libelle, "sans réponse", regle, section, champ)
    return _finding(valeur is attendu, libelle, mots[0] if valeur else mots[1], regle, section, champ)


def _piece(dossier: Instantane, type_piece: str, libelle: str, section: str) -> Constat:
    noms = [piece["nom"] for piece in dossier["pieces"] if piece["type"] == type_piece]
    return _finding(
        bool(noms),
        libelle,
        ", ".join(noms) or "pièce absente",
        "pièce demandée",
        section,
        f"piece:{type_piece}",
    )


def _day(texte: str | None) -> date | None:
    return date.fromisoformat(texte) if texte else None


def _conclude(critere: int, constats: Iterable[Constat]) -> Resultat:
    liste = list(constats)
    etats = {constat.etat for constat in liste}
    if Etat.ECHOUE in etats:
        proposition = Proposition.NON_CONFORME
    elif Etat.INCONNU in etats:
        proposition = Proposition.A_VERIFIER
    else:
        proposition = Proposition.CONFORME
    return Resultat(critere, proposition, liste)


# --- 1. A digital job --------------------------------------------------------------------------
def check_job(dossier: Instantane, contexte: Contexte) -> Resultat:
    """1. Family and main métier belong to the nine families of the call (R15).

    The other métiers that the formation prepares for are told, and never weigh.
    Whether it is a technical digital job, and not one that has merely gone digital, is asked of the
    instructor.
    """
    formation = dossier["formation"]
    question = _note(
        "À juger par vous",
        "est-ce un métier technique du numérique, et non un métier qui s’est seulement numérisé",
        "formation",
    )
    autres = [_other_job(metier, contexte) for metier in jobs_of(formation) if metier != formation["metier"]]
    return _conclude(1, [_family(formation, contexte), _job(formation, contexte), *autres, question])


def jobs_of(formation: dict[str, Any]) -> list[dict[str, str]]:
    """Return the métiers that a formation prepares for, the main one first: older deposits have it alone."""
    champs = ("metier", "autre_metier_1", "autre_metier_2", "autre_metier_3")
    return [metier for champ in champs if (metier := formation.get(champ))]


def _family(formation: dict[str, Any], contexte: Contexte) -> Constat:
    regle = "l’une des neuf familles de l’appel"
    famille = formation["famille"]
    if not famille:
        return _finding(None, "Famille de métiers", "non choisie", regle, "formation", "famille")
    if contexte.famille_au_referentiel is None:
        valeur = f"{famille['libelle']}\u00a0; la liste des familles n’est pas chargée"
        return _finding(None, "Famille de métiers", valeur, regle, "formation", "famille")
    return _finding(
        contexte.famille_au_referentiel,
        "Famille de métiers",
        famille["libelle"],
        regle,
        "formation",
        "famille",
    )


def _job(formation: dict[str, Any], contexte: Contexte) -> Constat:
    regle = "un métier de la liste de cette famille"
    metier, famille = formation["metier"], formation["famille"]
    if not metier:
        return _finding(None, "Métier", "aucun métier de la liste n’est choisi", regle, "formation", "metier")
    if contexte.famille_du_metier is None:
        valeur = f"{metier['libelle']}, hors de la liste {contexte.jour_en_mots}"
        return _finding(None, "Métier", valeur, regle, "formation", "metier")
    if famille and contexte.famille_du_metier != famille["code"]:
        return _finding(
            None, "Métier", f"{metier['libelle']}, rangé dans une autre famille", regle, "formation", "metier"
        )
    return _finding(True, "Métier", metier["libelle"], regle, "formation", "metier")


def _other_job(metier: dict[str, str], contexte: Contexte) -> Constat:
    hors = (
        "" if metier["code"] in contexte.metiers_en_liste else f", hors de la liste {contexte.jour_en_mots}"
    )
    regle = "pour information\u00a0: le critère se lit sur le métier principal"
    return _note("Autre métier", f"{metier['libelle']}{hors}", "formation", regle)


# --- 2. Certifying -----------------------------------------------------------------------------
def check_certification(dossier: Instantane, contexte: Contexte) -> Resultat:
    """2. RNCP or RS sheet active at the relevé; owner, else an agreement valid at that date (R14, R15)."""
    formation = dossier["formation"]
    constats = [_sheet(formation, contexte)]
    if formation["certification_proprietaire"] is None:
        constats.append(
            _finding(
                None,
                "Propriétaire de la certification",
                "sans réponse",
                "",
                "formation",
                "certification_proprietaire",
            )
        )
    elif formation["certification_proprietaire"]:
        constats.append(_owner(dossier, contexte))
    else:
        constats += _agreement(dossier, contexte)
    return _conclude(2, constats)


def _sheet(formation: dict[str, Any], contexte: Contexte) -> Constat:
    libelle, regle = "Fiche RNCP ou RS", f"active {contexte.jour_en_mots}"
    code = formation["certification_code"]
    if not code:
        return _finding(None, libelle, "code non renseigné", regle, "formation", "certification_code")
    if not _is_valid(valider_certification, code):
        return _finding(
            False,
            libelle,
            f"{code}, qui n’est pas un code de fiche",
            "RNCP ou RS et des chiffres",
            "formation",
            "certification_code",
        )
    fiche = contexte.certification
    if fiche is None:
        valeur = f"{code}, absente du répertoire du portail\u00a0: vérifiez auprès de France compétences"
        return _finding(None, libelle, valeur, regle, "formation", "certification_code")
    fin = f", enregistrée jusqu’au {date_simple(fiche.fin)}" if fiche.fin else ""
    fictive = " (fiche fictive de démonstration)" if fiche.fictive else ""
    return _finding(
        fiche.active_au_releve,
        libelle,
        f"{fiche.code} {fiche.intitule}{fin}{fictive}",
        regle,
        "formation",
        "certification_code",
    )


def _owner(dossier: Instantane, contexte: Contexte) -> Constat:
    libelle, regle = "Le porteur est certificateur", "son SIREN figure sur la fiche"
    fiche = contexte.certification
    if fiche is None or not fiche.sirens_certificateurs:
        return _finding(
            None,
            libelle,
            "déclaré, que le répertoire chargé ne permet pas de vérifier",
            regle,
            "formation",
            "certification_proprietaire",
        )
    siren = dossier["structure"]["siret"][:9]
    trouve = siren in fiche.sirens_certificateurs
    return _finding(
        trouve,
        libelle,
        f"SIREN {siren} {'trouvé' if trouve else 'absent'}",
        regle,
        "formation",
        "certification_proprietaire",
    )


def _agreement(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    fin = _day(dossier["formation"]["accord_valide_jusqu_au"])
    certificateur = dossier["formation"]["certificateur_nom"] or "certificateur non nommé"
    libelle, regle = "Accord de partenariat", f"en cours de validité {contexte.jour_en_mots}"
    if fin is None:
        validite = _finding(
            None,
            libelle,
            f"{certificateur}, date de fin non renseignée",
            regle,
            "formation",
            "accord_valide_jusqu_au",
        )
    else:
        validite = _finding(
            fin >= contexte.jour,
            libelle,
            f"{certificateur}, valide jusqu’au {date_simple(fin)}",
            regle,
            "formation",
            "accord_valide_jusqu_au",
        )
    return [validite, _piece(dossier, "ACCORD_CERTIFICATION", "Accord joint", "formation")]


# --- 3. Duration -------------------------------------------------------------------------------
def check_duration(dossier: Instantane, contexte: Contexte) -> Resultat:
    """3. At least 400 h and at most 18 months, 6 at a distance, immersion left out of both (R15).

    Distance is counted in *modules*: more than half of them; a mixte one above 50 % of distance and
    téléprésentiel count as distance.
    """
    programme = dossier["programme"]
    modules = programme["modules"]
    constats = duration_findings(programme, contexte)
    if _is_distant(modules) or any(module["mode"] == "TELEPRESENTIEL" for module in modules):
        constats.append(
            _answer(
                dossier,
                "programme",
                "lieux_collectifs",
                True,
                "Lieux d’accueil collectifs",
                "demandés à distance ou en téléprésentiel",
                ("proposés", "non proposés"),
            )
        )
    constats += [
        _module_details(modules),
        _text(dossier, "programme", "justification_heures", "Justification des heures", "texte demandé"),
        _text(dossier, "programme", "processus_conception", "Processus de conception", "texte demandé"),
        _note(
            "Immersion, non comptée",
            _number(dossier["immersion"]["heures"], "heure"),
            "immersion",
            "hors des 400 heures et des mois",
        ),
    ]
    return _conclude(3, constats)


def duration_findings(programme: dict[str, Any], contexte: Contexte) -> list[Constat]:
    """Return what is computed for criterion 3: hours, modules at a distance, months."""
    modules = programme["modules"]
    return [
        _hours(modules, contexte),
        _distance_share(modules),
        _months(programme["duree_mois"], _is_distant(modules), contexte),
    ]


def _is_distant(modules: list[dict[str, Any]]) -> bool:
    return bool(modules) and mostly_distance(modules)


def total_hours(dossier: Instantane) -> int:
    """Return the hours of the modules that have some, immersion left out."""
    return sum(module["heures"] or 0 for module in dossier["programme"]["modules"])


def _hours(modules: list[dict[str, Any]], contexte: Contexte) -> Constat:
    minimum = contexte.regles["heures_minimum"]
    total = sum(module["heures"] or 0 for module in modules)
    regle = f"au moins {minimum} heures, hors immersion"
    inconnues = sum(module["heures"] is None for module in modules)
    valeur = f"{_number(total, 'heure')} en {_number(len(modules), 'module')}"
    if total < minimum and (inconnues or not modules):
        manque = f"{_number(inconnues, 'module')} sans durée" if modules else "aucun module décrit"
        return _finding(None, "Heures", f"{valeur}, {manque}", regle, "programme", "modules")
    return _finding(total >= minimum, "Heures", valeur, regle, "programme", "modules")


def _distance_share(modules: list[dict[str, Any]]) -> Constat:
    distants = sum(map(is_distance, modules))
    valeur = f"{distants} sur {len(modules)}"
    valeur += ", formation à distance" if modules and mostly_distance(modules) else ""
    return _note(
        "Modules à distance",
        valeur,
        "programme",
        "à distance au-delà de la moitié des modules\u00a0; un module mixte compte au-delà de 50\u00a0%, "
        "le téléprésentiel compte",
    )


def _months(mois: int | None, distance: bool, contexte: Contexte) -> Constat:
    maximum = contexte.regles["mois_maximum_distance" if distance else "mois_maximum"]
    regle = f"au plus {maximum} mois {'à distance, ' if distance else ''}hors immersion"
    if mois is None:
        return _finding(None, "Durée", "non renseignée", regle, "programme", "duree_mois")
    return _finding(mois <= maximum, "Durée", f"{mois} mois", regle, "programme", "duree_mois")


def _module_details(modules: list[dict[str, Any]]) -> Constat:
    regle = "compétences, enseignements et évaluation de chaque module"
    if not modules:
        return _finding(None, "Modules détaillés", "aucun module décrit", regle, "programme", "modules")
    vides = [
        (rang, champ)
        for rang, module in enumerate(modules)
        for champ in ("competences", "enseignements", "evaluation")
        if not (module[champ] or "").strip()
    ]
    if not vides:
        valeur = f"{len(modules)} sur {len(modules)}"
        return _finding(True, "Modules détaillés", valeur, regle, "programme", "modules")
    noms = [modules[rang]["titre"] or f"module {rang + 1}" for rang in dict(vides)]
    ligne, champ = vides[0]
    valeur = f"incomplets\u00a0: {', '.join(noms)}"
    return _finding(False, "Modules détaillés", valeur, regle, "programme", champ, ligne)


# --- 4. No academic prerequisite -----------------------------------------------------------------
def check_access(dossier: Instantane, contexte: Contexte) -> Resultat:
    """4. No academic prerequisite; motivation selects and commits; an active pedagogy (R15)."""
    return _conclude(
        4,
        [
            _answer(
                dossier,
                "formation",
                "prerequis_academique",
                False,
                "Prérequis scolaire",
                "aucun n’est admis",
                ("exigé", "aucun"),
            ),
            _answer(
                dossier,
                "formation",
                "selection_motivation",
                True,
                "Sélection par la motivation",
                "critère principal",
                ("déclarée", "non"),
            ),
            _text(dossier, "formation", "engagement_apprenant", "Engagement de l’apprenant", "texte demandé"),
            _text(dossier, "formation", "pedagogie", "Pédagogie adaptée", "texte demandé"),
            _text(dossier, "publics", "processus_selection", "Processus de sélection", "texte demandé"),
        ],
    )


# --- 5. Immersion --------------------------------------------------------------------------------
IMMERSIONS = {
    "STAGE": "stage",
    "PROJET": "projet professionnalisant pour un client externe",
    "APPRENTISSAGE": "alternance, contrat d’apprentissage",
    "PROFESSIONNALISATION": "alternance, contrat de professionnalisation",
}


def check_immersion(dossier: Instantane, contexte: Contexte) -> Resultat:
    """5. At least one immersion period: stage, project for outside clients, or alternance (R15)."""
    immersion = dossier["immersion"]
    type_immersion = immersion["type_immersion"]
    constats = [
        _finding(
            type_immersion in IMMERSIONS,
            "Type d’immersion",
            IMMERSIONS.get(type_immersion, "aucun"),
            "stage, projet pour un client externe ou alternance",
            "immersion",
            "type_immersion",
        ),
        _at_least_one(immersion, "periodes", "Périodes", "au moins une période"),
        _at_least_one(immersion, "heures", "Heures d’immersion", "une durée"),
    ]
    return _conclude(5, constats)


def _at_least_one(immersion: dict[str, Any], champ: str, libelle: str, regle: str) -> Constat:
    valeur = immersion[champ]
    if valeur is None:
        return _finding(None, libelle, "non renseigné", regle, "immersion", champ)
    return _finding(valeur >= 1, libelle, str(valeur), regle, "immersion", champ)


# --- 6. Sessions and learners --------------------------------------------------------------------
def check_sessions(dossier: Instantane, contexte: Contexte) -> Resultat:
    """6. Under a year: a session each label year and ten people of the GEN public in each (R15, R15a).

    A year or more, very large, or all at a distance: the number of learners is written in the
    convention, on the porteur's yearly estimate. Exactly twelve months count as a year.
    """
    mois = dossier["programme"]["duree_mois"]
    raison = _in_convention(dossier, contexte)
    if raison:
        constats = [_note("Cas de la formation", raison, "programme"), _estimate(dossier, contexte)]
    elif mois is None:
        regle = f"moins ou plus de {MOIS_PAR_AN} mois"
        constats = [_finding(None, "Durée", "non renseignée", regle, "programme", "duree_mois")]
    else:
        constats = [
            _note("Cas de la formation", f"{mois} mois, moins d’un an", "programme", "durée hors immersion"),
            _yearly_sessions(dossier["sessions"], contexte),
            _gen_people(dossier, contexte),
            *_session_places(dossier["sessions"], contexte),
        ]
    return _conclude(6, [*constats, _first_session(dossier["sessions"], contexte)])


def _in_convention(dossier: Instantane, contexte: Contexte) -> str:
    """Say why the number of learners is for the convention to fix; empty for a short formation."""
    mois = dossier["programme"]["duree_mois"]
    modules = dossier["programme"]["modules"]
    grand = contexte.regles["apprenants_session_tres_grande"]
    par_session = dossier["publics"]["apprenants_par_session"] or 0
    if mois is not None and mois >= MOIS_PAR_AN:
        return f"{mois} mois\u00a0: un an ou plus (douze mois comptent pour un an)"
    if par_session >= grand:
        return f"{par_session} apprenants par session\u00a0: très grands effectifs à partir de {grand}"
    if modules and all(map(is_distance, modules)):
        return "entièrement à distance"
    return ""


def _estimate(dossier: Instantane, contexte: Contexte) -> Constat:
    annees = contexte.regles["label_annees"]
    par_an = dossier["publics"]["apprenants_par_an"]
    libelle, regle = "Nombre à inscrire dans la convention", "fondé sur l’estimation annuelle du porteur"
    if not par_an:
        return _finding(
            None, libelle, "estimation annuelle non renseignée", regle, "publics", "apprenants_par_an"
        )
    valeur = f"{par_an * annees} apprenants en {annees} ans ({par_an} par an)"
    return _finding(True, libelle, valeur, regle, "publics", "apprenants_par_an")


def _yearly_sessions(sessions: list[dict[str, Any]], contexte: Contexte) -> Constat:
    annees = contexte.regles["label_annees"]
    regle = f"au moins une par année de label pendant {annees} ans"
    debuts = sorted(debut for session in sessions if (debut := _day(session["debut"])))
    valeur = ", ".join(map(date_simple, debuts)) or "aucune date"
    if not debuts:
        return _finding(None, "Débuts des sessions prévues", valeur, regle, "sessions", "sessions")
    return _finding(
        _covers_label_years(debuts, annees, contexte.regles["premiere_session_mois"]),
        "Débuts des sessions prévues",
        valeur,
        regle,
        "sessions",
        "sessions",
    )


def _covers_label_years(debuts: list[date], annees: int, delai: int) -> bool:
    """Whether a date of signature exists for which each label year has its session.

    The signature is not known yet: it may be any day up to ``delai`` months before the first session
    (criterion 6), and label years count from it.
    """
    signature = add_months(debuts[0], -delai)
    while signature <= debuts[0]:
        bornes = [add_months(signature, MOIS_PAR_AN * rang) for rang in range(annees + 1)]
        if all(any(debut <= jour < fin for jour in debuts) for debut, fin in pairwise(bornes)):
            return True
        signature += timedelta(days=1)
    return False


def _gen_people(dossier: Instantane, contexte: Contexte) -> Constat:
    minimum = contexte.regles["apprenants_minimum_par_session"]
    nombre = dossier["publics"]["apprenants_gen_par_session"]
    libelle = "Personnes des publics de la GEN par session"
    regle = f"au moins {minimum} personnes différentes"
    if nombre is None:
        return _finding(None, libelle, "non renseigné", regle, "publics", "apprenants_gen_par_session")
    return _finding(nombre >= minimum, libelle, str(nombre), regle, "publics", "apprenants_gen_par_session")


def _session_places(sessions: list[dict[str, Any]], contexte: Contexte) -> list[Constat]:
    """A session with fewer places than the minimum can't train it."""
    minimum = contexte.regles["apprenants_minimum_par_session"]
    places = [
        (session["places"], ligne) for ligne, session in enumerate(sessions) if session["places"] is not None
    ]
    if not places:
        return []
    moins, ligne = min(places)
    regle = f"au moins {minimum} places dans chaque session"
    valeur = f"{moins} places"
    return [_finding(moins >= minimum, "Plus petite session", valeur, regle, "sessions", "places", ligne)]


def _first_session(sessions: list[dict[str, Any]], contexte: Contexte) -> Constat:
    delai = contexte.regles["premiere_session_mois"]
    libelle = "Première session"
    regle = f"dans les {delai} mois qui suivent la signature de la convention"
    premiere = first_start(sessions)
    if premiere is None:
        return _finding(None, libelle, "aucune date", regle, "sessions", "sessions")
    if premiere < contexte.aujourd_hui:
        return _note(
            libelle,
            f"{date_simple(premiere)}, déjà passée\u00a0: à redater dans la convention",
            "sessions",
            regle,
        )
    au_plus_tot = date_simple(add_months(premiere, -delai))
    valeur = f"{date_simple(premiere)}\u00a0: la convention est à signer entre le {au_plus_tot} et cette date"
    return _note(libelle, valeur, "sessions", regle)


def first_start(sessions: list[dict[str, Any]]) -> date | None:
    """Return the day on which the first planned session starts."""
    ligne = first_row(sessions)
    return None if ligne is None else _day(sessions[ligne]["debut"])


def first_row(sessions: list[dict[str, Any]]) -> int | None:
    """Return the row of the first planned session to start, in the order of the table."""
    dates = [(debut, ligne) for ligne, session in enumerate(sessions) if (debut := _day(session["debut"]))]
    return min(dates)[1] if dates else None


# --- 7. Free of charge ---------------------------------------------------------------------------
def check_free(dossier: Instantane, contexte: Contexte) -> Resultat:
    """7. Free for the target publics, certification included: nothing left to the learner (R15, R15a)."""
    reste = dossier["budget"]["reste_a_charge"]
    cout = dossier["budget"]["cout_par_apprenant"]
    return _conclude(
        7,
        [
            _answer(
                dossier,
                "publics",
                "gratuite",
                True,
                "Gratuité déclarée",
                "certification comprise",
                ("oui", "non"),
            ),
            cost_finding(reste),
            _note("Coût par apprenant", "non renseigné" if cout is None else euros(cout), "budget"),
        ],
    )


def cost_finding(reste: int | None) -> Constat:
    """Return what is left to the learner, in cents: nothing may be (criterion 7)."""
    return _finding(
        None if reste is None else reste == 0,
        "Reste à charge",
        "non renseigné" if reste is None else euros(reste),
        "rien ne reste à la charge de l’apprenant",
        "budget",
        "reste_a_charge",
    )


# --- 8. Not labelled at present ------------------------------------------------------------------
def check_not_labelled(dossier: Instantane, contexte: Contexte) -> Resultat:
    """8. No active label nor other live candidature for the same formation; the record is shown (R15).

    The same formation: same structure, and same certification or same title. A poor record never
    weighs here: refusing for it is the person's choice.
    """
    structure = dossier["structure"]
    constats = [
        _finding(
            not contexte.labels_actifs,
            "Label en cours pour la même formation",
            ", ".join(contexte.labels_actifs) or "aucun",
            "même structure, et même certification ou même intitulé",
            "formation",
            "intitule",
        ),
        _finding(
            not contexte.candidatures_vivantes,
            "Autre candidature en cours pour la même formation",
            ", ".join(contexte.candidatures_vivantes) or "aucune",
            "même structure, et même certification ou même intitulé",
            "formation",
            "intitule",
        ),
        _note(
            "Labels antérieurs, selon le porteur",
            structure["labels_anterieurs"] or "non renseigné",
            "structure",
        ),
        *map(_record, contexte.bilans),
    ]
    if dossier["formation"]["renouvellement"]:
        renouvele = dossier["formation"]["label_renouvele"] or "non précisé"
        constats.append(_note("Renouvellement demandé du label", renouvele, "formation"))
    return _conclude(8, constats)


def _record(bilan: BilanConnu) -> Constat:
    periode = f"{date_simple(bilan.debut)} au {date_simple(bilan.fin)}, {bilan.etat}"
    if bilan.obligations is None:
        return _note(f"Bilan du label {bilan.label}", f"{periode}\u00a0; bilan non établi", "structure")
    valeur = (
        f"{periode}\u00a0; {_number(bilan.obligations, 'obligation')}, "
        f"{bilan.en_retard or 0} en retard, {bilan.remplies_en_retard or 0} remplies en retard, "
        f"{_number(bilan.sanctions or 0, 'sanction')}"
    )
    regle = "à vous d’en juger\u00a0: un bilan ne refuse jamais de lui-même"
    return _note(f"Bilan du label {bilan.label}", valeur, "structure", regle)


# --- 9. Qualiopi ---------------------------------------------------------------------------------
def check_quality(dossier: Instantane, contexte: Contexte) -> Resultat:
    """9. Qualiopi or a recognised label, valid at the relevé and today; or a contract and its audit date.

    With an audit to come, the label is possible under a dated condition (R15, R24).
    """
    qualite = dossier["structure"]["qualite"]
    if qualite in ("QUALIOPI", "LABEL"):
        return _conclude(9, _certificate(dossier, contexte))
    if qualite == "CONTRAT":
        return _conclude(9, _audit(dossier, contexte))
    regle = "Qualiopi, label reconnu, ou contrat avec une date d’audit"
    return _conclude(9, [_finding(None, "Situation", "non renseignée", regle, "structure", "qualite")])


def _certificate(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    structure = dossier["structure"]
    nom = "Certificat Qualiopi" if structure["qualite"] == "QUALIOPI" else "Label qualité reconnu"
    # Deposits of before do not name the label.
    label = structure.get("qualite_label", "") if structure["qualite"] == "LABEL" else ""
    numero = " ".join(filter(None, (label, structure["qualite_certificateur"], structure["qualite_numero"])))
    fin = _day(structure["qualite_valide_jusqu_au"])
    constats = [_note(nom, numero or "non renseigné", "structure")]
    if fin is None:
        constats.append(
            _finding(
                None, "Validité", "date de fin non renseignée", "", "structure", "qualite_valide_jusqu_au"
            )
        )
    else:
        valeur = f"jusqu’au {date_simple(fin)}"
        aujourd_hui = f"valide aujourd’hui, le {date_simple(contexte.aujourd_hui)}"
        constats += [
            _finding(
                fin >= contexte.jour,
                "Validité au relevé",
                valeur,
                f"valide {contexte.jour_en_mots}",
                "structure",
                "qualite_valide_jusqu_au",
            ),
            _finding(
                fin >= contexte.aujourd_hui,
                "Validité ce jour",
                valeur,
                aujourd_hui,
                "structure",
                "qualite_valide_jusqu_au",
            ),
        ]
    constats.append(_piece(dossier, "ATTESTATION_QUALITE", "Attestation du certificateur", "structure"))
    if structure["qualite"] == "QUALIOPI":
        constats.append(_category(dossier))
    return constats


def _category(dossier: Instantane) -> Constat:
    apprentissage = dossier["immersion"]["type_immersion"] == "APPRENTISSAGE"
    attendue = "APPRENTISSAGE" if apprentissage else "ACTIONS_FORMATION"
    noms = {"APPRENTISSAGE": "formation par apprentissage", "ACTIONS_FORMATION": "actions de formation"}
    declaree = dossier["structure"]["qualite_categorie"]
    valeur = noms.get(declaree, "non renseignée")
    if declaree != attendue:
        valeur += "\u00a0: vérifiez que le certificat couvre aussi cette action"
    return _finding(
        True if declaree == attendue else None,
        "Catégorie du certificat",
        valeur,
        f"attendue\u00a0: {noms[attendue]}",
        "structure",
        "qualite_categorie",
    )


def _audit(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    structure = dossier["structure"]
    audit = _day(structure["audit_prevu_le"])
    libelle, regle = "Audit prévu", "une date d’audit inscrite au contrat"
    constats = [
        _note("Contrat de certification", structure["qualite_certificateur"] or "non renseigné", "structure"),
        _piece(dossier, "CONTRAT_QUALITE", "Contrat joint", "structure"),
    ]
    if audit is None:
        constats.append(_finding(None, libelle, "date non renseignée", regle, "structure", "audit_prevu_le"))
    elif audit < contexte.aujourd_hui:
        valeur = f"{date_simple(audit)}, date passée\u00a0: demandez-en le résultat"
        constats.append(_finding(None, libelle, valeur, regle, "structure", "audit_prevu_le"))
    else:
        constats.append(_finding(True, libelle, date_simple(audit), regle, "structure", "audit_prevu_le"))
        condition = f"label possible sous condition de l’audit du {date_simple(audit)}"
        constats.append(
            _note("Conséquence", condition, "structure", "le label peut attendre l’audit initial")
        )
    return constats


# --- 10. Declaration of activity and duties -------------------------------------------------------
def check_duties(dossier: Instantane, contexte: Contexte) -> Resultat:
    """10. A valid NDA (porteur or subcontractor), duties met, and the controls of a subcontractor.

    Rules R14 (identifiers), R15.
    """
    structure = dossier["structure"]
    constats = _nda(structure, contexte)
    if contexte.nda_alerte:
        constats.append(_note("Région du NDA", contexte.nda_alerte, "structure"))
    constats += [
        _answer(
            dossier,
            "structure",
            "obligations_reglementaires",
            True,
            "Obligations réglementaires",
            "à jour",
            ("déclarées à jour", "non à jour"),
        ),
        *_attestation(dossier, contexte, "fiscale", "ATTESTATION_FISCALE"),
        *_attestation(dossier, contexte, "sociale", "ATTESTATION_SOCIALE"),
        *_subcontracting(dossier),
    ]
    return _conclude(10, constats)


def _nda(structure: dict[str, Any], contexte: Contexte) -> list[Constat]:
    """One valid number is enough, the porteur's or its subcontractor's."""
    constats = [_one_nda(structure, "nda", "du porteur", contexte.nda_en_liste)]
    if structure["sous_traitance"]:
        constats.append(
            _one_nda(structure, "sous_traitant_nda", "du sous-traitant", contexte.nda_sous_traitant_en_liste)
        )
    valables = [constat for constat in constats if constat.etat == Etat.TIENT]
    if not valables:
        valables = [constat for constat in constats if constat.etat == Etat.INCONNU]
    if not valables:
        return constats
    # The other number is shown, and does not weigh.
    return [
        constat if constat in valables else _note(constat.libelle, constat.valeur, "structure", constat.regle)
        for constat in constats
    ]


def _one_nda(structure: dict[str, Any], champ: str, de_qui: str, en_liste: bool | None) -> Constat:
    nda = structure[champ]
    libelle, regle = f"NDA {de_qui}", "11 chiffres, dans la liste publique des organismes de formation"
    if not nda:
        return _finding(False, libelle, "non renseigné", regle, "structure", champ)
    if not _is_valid(valider_nda, nda):
        return _finding(False, libelle, f"{nda}, dont le format est faux", regle, "structure", champ)
    if en_liste is None:
        valeur = f"{nda}, format juste\u00a0; la liste publique n’est pas chargée, vérifiez-le"
        return _finding(None, libelle, valeur, regle, "structure", champ)
    return _finding(
        en_liste,
        libelle,
        f"{nda}, {'présent dans' if en_liste else 'absent de'} la liste",
        regle,
        "structure",
        champ,
    )


def _attestation(dossier: Instantane, contexte: Contexte, nom: str, type_piece: str) -> list[Constat]:
    mois = contexte.regles["attestation_recente_mois"]
    libelle = f"Attestation {nom}"
    regle = f"de moins de {mois} mois {contexte.jour_en_mots}"
    champ = f"attestation_{nom}_le"
    datee = _day(dossier["structure"][champ])
    piece = _piece(dossier, type_piece, f"{libelle} jointe", "structure")
    if datee is None:
        return [piece, _finding(None, libelle, "date non renseignée", regle, "structure", champ)]
    if datee > contexte.aujourd_hui:
        return [
            piece,
            _finding(None, libelle, f"datée du {date_simple(datee)}, à venir", regle, "structure", champ),
        ]
    recente = datee >= add_months(contexte.jour, -mois)
    return [piece, _finding(recente, libelle, f"datée du {date_simple(datee)}", regle, "structure", champ)]


_CONTROLES = {
    "controle_contenus": "contenus",
    "controle_ressources": "ressources pédagogiques",
    "controle_recrutement": "recrutement des formateurs",
    "controle_locaux": "locaux",
    "controle_materiels": "matériels",
}


def _subcontracting(dossier: Instantane) -> list[Constat]:
    structure = dossier["structure"]
    if structure["sous_traitance"] is None:
        return [_finding(None, "Sous-traitance", "sans réponse", "", "structure", "sous_traitance")]
    if not structure["sous_traitance"]:
        return [_note("Sous-traitance", "non", "structure")]
    manquants = {champ: nom for champ, nom in _CONTROLES.items() if not structure[champ]}
    return [
        _note("Sous-traitance", structure["sous_traitant_raison_sociale"] or "non nommé", "structure"),
        _finding(
            not manquants,
            "Engagements de contrôle",
            f"manquent\u00a0: {', '.join(manquants.values())}" if manquants else "cinq sur cinq",
            "contenus, ressources, recrutement, locaux, matériels",
            "structure",
            next(iter(manquants), "controle_contenus"),
        ),
        _text(dossier, "structure", "controle_modalites", "Modalités des contrôles", "à intervalle régulier"),
    ]


# --- All of them ---------------------------------------------------------------------------------
Precontrole = Callable[[Instantane, Contexte], Resultat]

PRECONTROLES: dict[int, Precontrole] = {
    1: check_job,
    2: check_certification,
    3: check_duration,
    4: check_access,
    5: check_immersion,
    6: check_sessions,
    7: check_free,
    8: check_not_labelled,
    9: check_quality,
    10: check_duties,
}


def run_all(dossier: Instantane, contexte: Contexte) -> list[Resultat]:
    """Return the ten pre-checks, in the order of the criteria."""
    return [controle(dossier, contexte) for controle in PRECONTROLES.values()]


def start_window(dossier: Instantane, contexte: Contexte) -> Constat | None:
    """Warn if the first session starts outside the relevé's window (R5): never a refusal."""
    debut, ligne = first_start(dossier["sessions"]), first_row(dossier["sessions"])
    if debut is None:
        return None
    tot, tard = contexte.debut_au_plus_tot, contexte.debut_au_plus_tard
    if tot is not None and debut < tot:
        return _note(
            "Première session",
            date_simple(debut),
            "sessions",
            f"ce relevé attend un début à partir du {date_simple(tot)}",
            "debut",
            ligne,
        )
    if tard is not None and debut > tard:
        return _note(
            "Première session",
            date_simple(debut),
            "sessions",
            f"ce relevé attend un début au plus tard le {date_simple(tard)}",
            "debut",
            ligne,
        )
    return None


def accompaniment_share(dossier: Instantane) -> tuple[int, int] | None:
    """Return (hours of support, hours of training); none while one of them is not known (R17)."""
    soutien, total = support_hours(dossier["accompagnement"]), total_hours(dossier)
    return (soutien, total) if soutien is not None and total else None


def support_hours(accompagnement: dict[str, Any]) -> int | None:
    """Return the hours of support for one learner; none while one of the three is not known."""
    heures = [accompagnement[f"heures_{nom}"] for nom in ("social", "professionnel", "pedagogique")]
    return None if any(heure is None for heure in heures) else sum(heures)


def accompaniment_warning(dossier: Instantane, contexte: Contexte) -> Constat | None:
    """Warn if support takes less than its share of the hours (R17): never a rejection."""
    constat = accompaniment_finding(accompaniment_share(dossier), contexte)
    if constat.etat != Etat.ECHOUE:
        return None
    return replace(constat, etat=Etat.INFORMATION)


def accompaniment_finding(part: tuple[int, int] | None, contexte: Contexte) -> Constat:
    """Return what the hours of support are worth beside those of the training (R17)."""
    minimum = contexte.regles["accompagnement_part_minimum"]
    regle, champ = f"au moins {minimum}\u00a0% des heures, pour le critère de sélection 5", "heures_social"
    if part is None:
        return _finding(None, "Accompagnement", "heures à renseigner", regle, "accompagnement", champ)
    valeur = f"{_number(part[0], 'heure')} pour {_number(part[1], 'heure')} de formation"
    tenu = 100 * part[0] >= minimum * part[1]
    return _finding(tenu, "Accompagnement", valeur, regle, "accompagnement", champ)


def alerts(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    """Return the warnings that belong to no criterion of admissibility (R5, R17)."""
    return [
        alerte
        for alerte in (start_window(dossier, contexte), accompaniment_warning(dossier, contexte))
        if alerte is not None
    ]


def _is_valid(validateur: Callable[[str], str], texte: str) -> bool:
    try:
        validateur(texte)
    except ValidationError:
        return False
    return True


def _number(nombre: int | None, nom: str) -> str:
    if nombre is None:
        return "non renseigné"
    return f"{nombre}\u00a0{nom}{'s' if nombre > 1 else ''}"
