"""What the ten pre-checks are made of: findings, a proposition, and what is already looked up.

How a proposition follows from its findings (``conclude``):

- one finding that fails gives NON_CONFORME;
- else one that nobody can tell from the data gives A_VERIFIER: unknown is said as unknown;
- else CONFORME. Findings "pour information" never weigh.

A text that the cahier des charges asks for and that is blank fails; a number, a date or a yes/no
without an answer is unknown. A snapshot may lack a question that its version did not ask: it is read as
one without an answer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from socle.delais import add_months
from socle.typographie import date_simple

Instantane = dict[str, Any]

CRITERES = range(1, 11)
#: Further than any delay of the call.
SIECLE = 100


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
    """One piece of evidence: what was looked at, what stands there, the rule, where to read it.

    ``chemins`` are the answers, rows or attachments that it rests on, written as revisions write them:
    ``structure.nda``, ``programme.modules.<id>.heures``, ``sessions.<id>``, ``pieces.<id>``; an attachment
    that is absent stands as its place, ``structure.piece:<TYPE>``.
    """

    libelle: str
    valeur: str
    regle: str = ""
    section: str = ""
    etat: str = Etat.INFORMATION
    chemins: tuple[str, ...] = ()

    @property
    def chemin(self) -> str:
        """The first place to read, or nothing."""
        return self.chemins[0] if self.chemins else ""

    @property
    def phrase(self) -> str:
        """The finding in one sentence, for a person without the table before their eyes."""
        regle = f" ({self.regle})" if self.regle else ""
        return f"{self.libelle}\u00a0: {self.valeur}{regle}."


@dataclass(frozen=True)
class Resultat:
    """The proposition on one criterion, and its evidence."""

    critere: int
    proposition: str
    constats: list[Constat]

    def frozen_findings(self) -> list[dict[str, Any]]:
        """Return the findings as a ``Verdict`` keeps them."""
        return [
            {**asdict(constat), "etat": str(constat.etat), "chemins": list(constat.chemins)}
            for constat in self.constats
        ]


@dataclass(frozen=True)
class FicheCertification:
    """What the register of certifications says (criterion 2)."""

    code: str
    intitule: str
    #: At the day looked at; none when the register cannot tell.
    active_au_releve: bool | None
    fin: date | None = None
    sirens_certificateurs: frozenset[str] = frozenset()
    fictive: bool = False
    #: Whether the SIREN of each certifier is known: else an absence proves nothing.
    certificateurs_complets: bool = True


@dataclass(frozen=True)
class LigneOrganisme:
    """What the public list of training bodies says of a NDA (criteria 9 and 10)."""

    nda: str
    denomination: str
    siren: str
    #: Whether the edition still holds it.
    present: bool = True
    #: Qualiopi for « actions de formation »; none when the list does not say.
    certifie: bool | None = None
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
    #: Day of the loaded registers RNCP and RS; none while they are not loaded.
    edition_repertoires: date | None = None
    #: Presence in the public list of training bodies; none while the list is not loaded.
    nda_en_liste: bool | None = None
    nda_sous_traitant_en_liste: bool | None = None
    #: The lines of the list, when it holds these numbers, and its day.
    organisme: LigneOrganisme | None = None
    organisme_sous_traitant: LigneOrganisme | None = None
    edition_organismes: date | None = None
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

    def is_recent(self, edition: date | None) -> bool:
        """Whether an official list is recent enough for an absence to mean something.

        An edition that nobody knows the day of is taken as it is.
        """
        mois = self.regles["liste_officielle_recente_mois"]
        return edition is None or edition >= add_months(self.aujourd_hui, -mois)


# --- Reading a snapshot --------------------------------------------------------------------------
def answers(dossier: Instantane, section: str) -> Mapping[str, Any]:
    """Return the answers of a section; what its version did not ask reads as not answered."""
    donnees = dossier.get(section)
    return donnees if isinstance(donnees, dict) else {}


def answer(dossier: Instantane, section: str, champ: str) -> Any:
    """Return one answer, none when there is none."""
    return answers(dossier, section).get(champ)


def rows(dossier: Instantane, section: str, tableau: str = "") -> list[dict[str, Any]]:
    """Return the rows of a section's table, or of a section that is one table."""
    donnees = dossier.get(section)
    trouvees = donnees.get(tableau) if isinstance(donnees, dict) else donnees
    return trouvees or []


def is_blank(texte: Any) -> bool:
    """Whether a text says nothing."""
    return not str(texte or "").strip()


def day(texte: str | None) -> date | None:
    """Read a day of the snapshot; one on which no delay can be counted is not known."""
    lu = date.fromisoformat(texte) if texte else None
    return lu if lu and MINYEAR + SIECLE < lu.year < MAXYEAR - SIECLE else None


def row_path(section: str, tableau: str, ligne: Mapping[str, Any], champ: str = "") -> str:
    """Return the path of a row, or of one of its answers."""
    morceaux = (section, tableau, str(ligne.get("id", "")), champ)
    return ".".join(morceau for morceau in morceaux if morceau)


# --- Findings ----------------------------------------------------------------------------------
def finding(
    tient: bool | None,
    libelle: str,
    valeur: str,
    regle: str = "",
    section: str = "",
    *champs: str,
    chemins: Iterable[str] = (),
) -> Constat:
    """Return a finding that weighs; ``champs`` are the questions of the section that it read."""
    etat = Etat.INCONNU if tient is None else Etat.TIENT if tient else Etat.ECHOUE
    lus = (*(f"{section}.{champ}" for champ in champs), *chemins)
    return Constat(libelle, valeur, regle, section, etat, lus)


def note(
    libelle: str,
    valeur: str,
    section: str = "",
    regle: str = "",
    *champs: str,
    chemins: Iterable[str] = (),
) -> Constat:
    """Return a finding for information."""
    lus = (*(f"{section}.{champ}" for champ in champs), *chemins)
    return Constat(libelle, valeur, regle, section, Etat.INFORMATION, lus)


def text_finding(dossier: Instantane, section: str, champ: str, libelle: str, regle: str) -> Constat:
    """A text that must be there; what it is worth is for a person to judge."""
    present = not is_blank(answer(dossier, section, champ))
    return finding(present, libelle, "présent" if present else "absent", regle, section, champ)


def answer_finding(
    dossier: Instantane,
    section: str,
    champ: str,
    attendu: bool,
    libelle: str,
    regle: str,
    mots: tuple[str, str],
) -> Constat:
    """A yes/no answer; ``mots`` are the words for yes and for no."""
    valeur = answer(dossier, section, champ)
    if valeur is None:
        return finding(None, libelle, "sans réponse", regle, section, champ)
    return finding(valeur is attendu, libelle, mots[0] if valeur else mots[1], regle, section, champ)


def piece_finding(dossier: Instantane, type_piece: str, libelle: str, section: str) -> Constat:
    """An attachment that must be there."""
    jointes = [piece for piece in dossier.get("pieces") or [] if piece["type"] == type_piece]
    noms = ", ".join(piece["nom"] for piece in jointes)
    chemins = [f"pieces.{piece['id']}" for piece in jointes] or [f"{section}.piece:{type_piece}"]
    return finding(
        bool(jointes), libelle, noms or "pièce absente", "pièce demandée", section, chemins=chemins
    )


def conclude(critere: int, constats: Iterable[Constat]) -> Resultat:
    """Return what follows from the findings (see the module)."""
    liste = list(constats)
    etats = {constat.etat for constat in liste}
    if Etat.ECHOUE in etats:
        proposition = Proposition.NON_CONFORME
    elif Etat.INCONNU in etats:
        proposition = Proposition.A_VERIFIER
    else:
        proposition = Proposition.CONFORME
    return Resultat(critere, proposition, liste)


def is_valid(validateur: Callable[[str], str], texte: str) -> bool:
    """Whether a validator of identifiers takes a text."""
    try:
        validateur(texte)
    except ValidationError:
        return False
    return True


def number(nombre: int | None, nom: str) -> str:
    """Return « 12 heures », or say that there is no number."""
    if nombre is None:
        return "non renseigné"
    return f"{nombre}\u00a0{nom}{'s' if nombre > 1 else ''}"


def list_age(edition: date | None, contexte: Contexte, *, fictive: bool = False) -> str:
    """Return the day of a list in words, with a warning when it is too old for an absence to count."""
    quoi = "fictive, " if fictive else ""
    if edition is None:
        return f"{quoi}édition non datée"
    if contexte.is_recent(edition):
        return f"{quoi}édition du {date_simple(edition)}"
    mois = contexte.regles["liste_officielle_recente_mois"]
    return f"{quoi}édition du {date_simple(edition)}, qui a plus de {mois} mois"
