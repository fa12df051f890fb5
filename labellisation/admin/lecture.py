"""The frozen dossier on the left of the instruction's screens: anchors, search, files in place."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from candidatures.domain.changements import Changement, Nature, changes
from candidatures.domain.lecture import PieceLisible, SectionLisible, sections_lisibles
from candidatures.models import Candidature, Depot
from candidatures.sections import PAR_CODE
from labellisation.domain.prevalidations import Constat
from socle.fichiers import PDF
from socle.surlignage import LETTRES_MIN, Surligneur

#: A table of more columns is read row by row.
COLONNES_MAX = 5
#: Links of one finding: beyond, the first ones are enough to find the others.
RENVOIS_MAX = 6


def anchor(chemin: str) -> str:
    """Return the anchor of a path of the dossier on the page."""
    return f"lu-{chemin.replace('.', '-')}"


@dataclass(frozen=True)
class Valeur:
    """An answer, or a cell: where it stands, and its words as HTML, marked by the search."""

    ancre: str
    label: SafeString
    html: SafeString
    vide: bool = False
    #: What stood there in the former deposit, when it is asked for and differs.
    changement: Changement | None = None


@dataclass(frozen=True)
class Ligne:
    """A row of a table."""

    ancre: str
    cellules: list[Valeur]
    changement: Changement | None = None


@dataclass(frozen=True)
class Table:
    """A table, as such or row by row."""

    ancre: str
    titre: SafeString
    colonnes: list[SafeString]
    lignes: list[Ligne]

    @property
    def etroite(self) -> bool:
        """Whether it fits as a table."""
        return len(self.colonnes) <= COLONNES_MAX


@dataclass(frozen=True)
class Piece:
    """An attachment: ``apercu`` is the address of its pages, when they can be shown."""

    ancre: str
    nom: SafeString
    piece: PieceLisible
    apercu: str = ""
    image: str = ""
    changement: Changement | None = None


@dataclass(frozen=True)
class SectionLue:
    """A section as an instructor reads it."""

    code: str
    numero: int
    titre: SafeString
    reponses: list[Valeur]
    tables: list[Table]
    calculs: list[Any]
    pieces: list[Piece]
    #: What the former deposit had there and this one has no more.
    retires: list[Changement] = field(default_factory=list)


@dataclass
class Lecture:
    """The whole dossier, what is looked for in it, and the anchors that stand on the page."""

    depot: Depot
    recherche: Surligneur
    sections: list[SectionLue]
    ancres: set[str] = field(default_factory=set)
    #: Whether the page offers the search: elsewhere a form would lose what is typed beside it.
    cherchable: bool = False
    #: What differs from the former deposit, when it is asked for.
    changements: list[Changement] = field(default_factory=list)

    @property
    def changed(self) -> list[tuple[Changement, str]]:
        """What differs from the former deposit, each with the anchor where it is read."""
        return [(changement, self.nearest(changement.chemin)) for changement in self.changements]

    @property
    def trop_court(self) -> bool:
        """Whether something is looked for that has too few letters."""
        return bool(self.recherche.texte) and not self.recherche.actif

    @property
    def lettres_min(self) -> int:
        """How many letters a search needs."""
        return LETTRES_MIN

    def links(self, constat: Constat) -> list[str]:
        """Return the anchors to which a finding leads: those of its paths, else its section's."""
        trouvees = list(dict.fromkeys(self.nearest(chemin) for chemin in constat.chemins))
        connues = [ancre for ancre in trouvees if ancre]
        if connues:
            return connues[:RENVOIS_MAX]
        return [f"section-{constat.section}"] if constat.section else []

    def nearest(self, chemin: str) -> str:
        """Return the anchor of a path, of its row or of its table: a question not asked is not shown."""
        while "." in chemin:
            if (ancre := anchor(chemin)) in self.ancres:
                return ancre
            chemin = chemin.rpartition(".")[0]
        return f"section-{chemin}" if chemin in PAR_CODE else ""


def read_dossier(
    candidature: Candidature, depot: Depot, cherche: str | None = None, precedent: Depot | None = None
) -> Lecture:
    """Return a deposit to read, in one query; with ``cherche``, even empty, it can be searched.

    With ``precedent``, what differs from that deposit is marked (one more query).
    """
    lisibles = sections_lisibles(depot.instantane)
    modifs = changes(precedent.instantane, depot.instantane, lisibles) if precedent else []
    lecteur = _Lecteur(candidature, Surligneur(cherche or ""), modifs)
    sections = [lecteur.section(section) for section in lisibles]
    return Lecture(depot, lecteur.recherche, sections, lecteur.ancres, cherche is not None, modifs)


class _Lecteur:
    """Puts a dossier into words in its reading order: marks are numbered as they are met."""

    def __init__(
        self, candidature: Candidature, recherche: Surligneur, changements: Iterable[Changement] = ()
    ) -> None:
        self.candidature, self.recherche = candidature, recherche
        self.retires: dict[str, list[Changement]] = defaultdict(list)
        self.modifs: dict[str, Changement] = {}
        for changement in changements:
            if changement.nature == Nature.RETIRE:
                self.retires[changement.section].append(changement)
            else:
                self.modifs[changement.chemin] = changement
        self.ancres: set[str] = set()

    def section(self, section: SectionLisible) -> SectionLue:
        titre = self.recherche.mark(section.titre)
        return SectionLue(
            code=section.code,
            numero=section.numero,
            titre=titre,
            reponses=[
                self._value(f"{section.code}.{un.champ}", un.label, un.valeur, un.vide)
                for un in section.reponses
            ],
            tables=list(self._tables(section)),
            calculs=section.calculs,
            pieces=[self._piece(piece) for piece in section.pieces],
            retires=self.retires[section.code],
        )

    def _anchor(self, chemin: str) -> str:
        ancre = anchor(chemin)
        self.ancres.add(ancre)
        return ancre

    def _value(self, chemin: str, label: str, valeur: str, vide: bool = False) -> Valeur:
        return Valeur(
            self._anchor(chemin),
            self.recherche.mark(label),
            self.recherche.mark(valeur),
            vide,
            self.modifs.get(chemin),
        )

    def _tables(self, section: SectionLisible) -> Iterable[Table]:
        tableau = section.tableau
        if tableau is None:
            return
        description = PAR_CODE[section.code]
        nom = description.tableau.nom if description.tableau and description.modele else ""
        chemin = f"{section.code}.{nom}" if nom else section.code
        titre = self.recherche.mark(tableau.titre)
        narrow = len(tableau.colonnes) <= COLONNES_MAX
        colonnes = [
            self.recherche.mark(colonne) if narrow and tableau.lignes else Surligneur().mark(colonne)
            for colonne in tableau.colonnes
        ]
        yield Table(
            self._anchor(chemin) if nom else "",
            titre,
            colonnes,
            [
                Ligne(
                    self._anchor(f"{chemin}.{cle}"),
                    [
                        self._cell(f"{chemin}.{cle}.{champ}", label, valeur, narrow)
                        for champ, (label, valeur) in zip(tableau.champs, ligne, strict=True)
                    ],
                    self.modifs.get(f"{chemin}.{cle}"),
                )
                for cle, ligne in zip(tableau.cles, tableau.lignes, strict=True)
            ],
        )

    def _cell(self, chemin: str, label: str, valeur: str, narrow: bool) -> Valeur:
        """A cell of a narrow table does not show its label: nothing is found in what is not shown."""
        montre = Surligneur().mark(label) if narrow else self.recherche.mark(label)
        return Valeur(
            self._anchor(chemin), montre, self.recherche.mark(valeur), changement=self.modifs.get(chemin)
        )

    def _piece(self, piece: PieceLisible) -> Piece:
        chemin = f"pieces.{piece.cle}"
        ancre, nom = self._anchor(chemin), self.recherche.mark(piece.nom)
        changement = self.modifs.get(chemin)
        if not piece.url:
            return Piece(ancre, nom, piece, changement=changement)
        if piece.mime == PDF.mime:
            adresse = reverse("admin:instruction_piece", args=[self.candidature.pk, piece.fichier])
            return Piece(ancre, nom, piece, apercu=adresse, changement=changement)
        image = piece.url if piece.mime.startswith("image/") else ""
        return Piece(ancre, nom, piece, image=image, changement=changement)
