"""What the pre-checks need besides the dossier, read from the database in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from candidatures import cycle as cycle_dossier
from candidatures.domain.appels import releve_at
from candidatures.domain.avertissements import Avertissement
from candidatures.domain.queries import MINUTE
from candidatures.models import Candidature, Depot, Releve
from candidatures.models.liens import declared_links
from comptes.models import Utilisateur
from labellisation import cycle
from labellisation.domain.prevalidations import (
    CRITERES,
    PRECONTROLES,
    BilanConnu,
    Constat,
    Contexte,
    Etat,
    FicheCertification,
    LigneOrganisme,
    Resultat,
    accompaniment_warning,
    jobs_of,
    place_to_correct,
    run_all,
    start_window,
)
from labellisation.domain.prevalidations.base import answer, answers
from labellisation.models import BilanLabel, Label
from referentiels.domain.editions import ORGANISMES, REGISTRES, edition_of, editions
from referentiels.domain.queries import communes_of, organismes_by_nda
from referentiels.identifiants import compact, region_warning
from referentiels.models import Certification, Commune, FamilleMetier, Metier, OrganismeFormation
from referentiels.texte import normalise
from socle import horloge

#: Dossiers whose context is read at once: what a query names, and what memory holds, stay bounded.
LOT = 250
SIRET_ENTIER = 14


@dataclass(frozen=True)
class Demande:
    """A snapshot to be examined, its dossier (with ``appel__grille``), and the relevé that it is for."""

    dossier: dict[str, Any]
    candidature: Candidature
    releve: Releve | None

    @property
    def jour_releve(self) -> date | None:
        """The relevé's last day in Paris."""
        return horloge.paris(self.releve.borne - MINUTE).date() if self.releve else None

    def answer(self, section: str, champ: str) -> Any:
        """Return one answer of the snapshot."""
        return answer(self.dossier, section, champ)

    def code(self, champ: str) -> str:
        """Return the code of what section 2 chose in a list, or nothing."""
        choix = self.answer("formation", champ)
        return choix["code"] if choix else ""

    @property
    def jobs(self) -> list[str]:
        """Return the codes of the chosen métiers, the main one first."""
        return [metier["code"] for metier in jobs_of(answers(self.dossier, "formation"))]

    def nda(self, prefixe: str = "") -> str:
        """Return a declaration number as the list writes it."""
        return compact(self.answer("structure", f"{prefixe}nda") or "")


def build_context(
    candidature: Candidature,
    depot: Depot,
    criteres: Collection[int] = CRITERES,
    lecteur: Utilisateur | None = None,
) -> Contexte:
    """Return the context in which a deposit is examined: its examination relevé, and today (R4, R5).

    Only what these criteria read is looked up. What a declared link hides from ``lecteur`` is not there:
    the other dossiers and labels of criterion 8 (R36).
    """
    demande = Demande(depot.instantane, candidature, candidature.releve_examen)
    return contexts_of([demande], horloge.today(), criteres, _hidden(lecteur))[0]


def context_of(
    dossier: dict[str, Any],
    candidature: Candidature,
    releve: Releve | None,
    aujourd_hui: date,
    lecteur: Any = None,
) -> Contexte:
    """Return the context of any snapshot of a dossier, at a relevé and on a day, for this reader (R36)."""
    return contexts_of([Demande(dossier, candidature, releve)], aujourd_hui, caches=_hidden(lecteur))[0]


def _hidden(lecteur: Any) -> Collection[UUID]:
    """Return the dossiers that a declared link hides from this reader; nobody's page hides none."""
    return declared_links(lecteur).dossiers if lecteur else frozenset()


def check_all(depots: Iterable[Depot], aujourd_hui: date) -> Iterator[tuple[Depot, list[Resultat]]]:
    """Run the ten pre-checks of many deposits (with ``candidature__appel__grille``, ``releve_examen``).

    Lists are read once for a few hundred dossiers: no query is made for each.
    """
    lot: list[Depot] = []
    for depot in depots:
        lot.append(depot)
        if len(lot) == LOT:
            yield from _check_lot(lot, aujourd_hui)
            lot = []
    if lot:
        yield from _check_lot(lot, aujourd_hui)


def _check_lot(depots: Sequence[Depot], aujourd_hui: date) -> Iterator[tuple[Depot, list[Resultat]]]:
    demandes = [
        Demande(depot.instantane, depot.candidature, depot.candidature.releve_examen) for depot in depots
    ]
    for depot, contexte in zip(depots, contexts_of(demandes, aujourd_hui), strict=True):
        yield depot, run_all(depot.instantane, contexte)


def contexts_of(
    demandes: Sequence[Demande],
    aujourd_hui: date,
    criteres: Collection[int] = CRITERES,
    caches: Collection[UUID] = (),
) -> list[Contexte]:
    """Return the contexts of several snapshots, in as many queries as for one (and one for each day).

    What no criterion of ``criteres`` reads is left out, as if it were not known; so are the other dossiers
    ``caches``, with their labels.
    """
    lues = _Lectures(demandes, aujourd_hui, set(criteres), caches)
    return [lues.context(demande) for demande in demandes]


class _Lectures:
    """What the base says of several dossiers, read once."""

    def __init__(
        self,
        demandes: Sequence[Demande],
        aujourd_hui: date,
        criteres: set[int],
        caches: Collection[UUID] = (),
    ) -> None:
        self.aujourd_hui = aujourd_hui
        self.caches = caches
        lus = {critere: demandes if critere in criteres else [] for critere in CRITERES}
        structures = {demande.candidature.structure_id for demande in lus[8]}
        self.editions = editions() if criteres & {2, 9, 10} else {}
        self.familles = _families({_version(demande) for demande in lus[1]})
        self.metiers = self._jobs(lus[1])
        self.fiches = _sheets({demande.answer("formation", "certification_code") for demande in lus[2]})
        self.organismes = self._bodies(demandes if criteres & {9, 10} else [])
        self.communes = communes_of(
            {
                demande.answer("structure", "commune") or ""
                for demande in lus[10]
                if not self._is_proven(demande)
            }
        )
        self.labels = _labels(structures)
        self.vivantes = _live_dossiers(structures)

    def _day(self, demande: Demande) -> date:
        return demande.jour_releve or self.aujourd_hui

    def _bodies(self, demandes: Sequence[Demande]) -> dict[str, OrganismeFormation]:
        """Return the lines of the public list, by number; none while no list is loaded."""
        if edition_of(ORGANISMES, self.editions) is None:
            return {}
        return organismes_by_nda(
            demande.nda(prefixe) for demande in demandes for prefixe in ("", "sous_traitant_")
        )

    def _is_proven(self, demande: Demande) -> bool:
        """Whether the list holds the porteur's number at its name: its region tells nothing more (R14)."""
        ligne, siret = self._body(demande.nda()), compact(demande.answer("structure", "siret") or "")
        return ligne is not None and ligne.present and ligne.siren == siret[:9]

    def _jobs(self, demandes: Sequence[Demande]) -> dict[tuple[date, str], str]:
        """Return the family of each métier that may be chosen, by day and code."""
        par_jour: dict[date, set[str]] = defaultdict(set)
        for demande in demandes:
            par_jour[self._day(demande)].update(demande.jobs)
        return {
            (jour, code): famille
            for jour, codes in par_jour.items()
            for code, famille in Metier.objects.en_vigueur(jour)
            .filter(code__in=codes)
            .values_list("code", "famille__code")
        }

    def context(self, demande: Demande) -> Contexte:
        """Return the context of one of the dossiers."""
        candidature, jour = demande.candidature, self._day(demande)
        ailleurs = {candidature.pk, *self.caches}
        labels = [un for un in self.labels[candidature.structure_id] if un.candidature_id not in ailleurs]
        porteur = self._body(demande.nda())
        sous_traitant = self._body(demande.nda("sous_traitant_"))
        return Contexte(
            aujourd_hui=self.aujourd_hui,
            jour_releve=demande.jour_releve,
            debut_au_plus_tot=demande.releve.debut_au_plus_tot if demande.releve else None,
            debut_au_plus_tard=demande.releve.debut_au_plus_tard if demande.releve else None,
            famille_au_referentiel=self._family_known(demande),
            famille_du_metier=self.metiers.get((jour, demande.code("metier"))),
            metiers_en_liste=frozenset(code for code in demande.jobs if (jour, code) in self.metiers),
            certification=self._sheet(demande, jour),
            edition_repertoires=self.editions.get(REGISTRES),
            nda_en_liste=self._listed(porteur),
            nda_sous_traitant_en_liste=self._listed(sous_traitant),
            organisme=_line(porteur),
            organisme_sous_traitant=_line(sous_traitant),
            edition_organismes=edition_of(ORGANISMES, self.editions),
            nda_alerte="" if self._is_proven(demande) else _nda_warning(demande, self.communes),
            labels_actifs=tuple(
                f"{label.code}, jusqu’au {label.fin:%d/%m/%Y}"
                for label in labels
                if _same_formation(demande, label.intitule, label.certification_code)
                and label.etat != cycle.RETIRE
                and label.fin >= self.aujourd_hui
            ),
            candidatures_vivantes=tuple(self._live_references(demande)),
            bilans=tuple(_record(label, self.aujourd_hui) for label in labels),
        )

    def _family_known(self, demande: Demande) -> bool | None:
        code = demande.code("famille")
        codes = self.familles[_version(demande)] if code and self.familles else set()
        return code in codes if codes else None

    def _sheet(self, demande: Demande, jour: date) -> FicheCertification | None:
        fiche = self.fiches.get(demande.answer("formation", "certification_code"))
        if fiche is None:
            return None
        sirets = [str(ligne.get("siret") or "") for ligne in fiche.certificateurs]
        entiers = [siret for siret in sirets if len(siret) == SIRET_ENTIER and siret.isdigit()]
        return FicheCertification(
            code=fiche.code,
            intitule=fiche.intitule,
            active_au_releve=self._active_on(fiche, jour),
            fin=fiche.date_fin_enregistrement,
            sirens_certificateurs=frozenset(siret[:9] for siret in entiers),
            fictive=fiche.fictive,
            certificateurs_complets=len(entiers) == len(sirets),
        )

    def _active_on(self, fiche: Certification, jour: date) -> bool | None:
        """Whether a sheet is active on a day; an edition of later tells only of its own day.

        A sheet that it says inactive, and whose registration ran on that day, may have been active.
        """
        edition, fin = self.editions.get(REGISTRES), fiche.date_fin_enregistrement
        plus_tard = edition is not None and edition > jour
        if not fiche.actif and plus_tard and fin is not None and jour <= fin:
            return None
        return fiche.is_active_on(jour)

    def _body(self, nda: str) -> OrganismeFormation | None:
        return self.organismes.get(nda)

    def _listed(self, organisme: OrganismeFormation | None) -> bool | None:
        """Whether the list holds a number; none while no list is loaded."""
        if edition_of(ORGANISMES, self.editions) is None:
            return None
        return organisme is not None and organisme.present

    def _live_references(self, demande: Demande) -> Iterator[str]:
        for autre in self.vivantes[demande.candidature.structure_id]:
            section = getattr(autre, "sectionformation", None)
            if autre.pk not in {demande.candidature.pk, *self.caches} and _same_formation(
                demande, autre.intitule, section.certification_code if section else ""
            ):
                yield autre.reference


# --- Queries -------------------------------------------------------------------------------------
def _version(demande: Demande) -> str:
    return demande.candidature.appel.grille.appel_code


def _families(versions: set[str]) -> dict[str, set[str]]:
    """Return the families' codes of each version of the list."""
    codes: dict[str, set[str]] = defaultdict(set)
    lignes = FamilleMetier.objects.filter(version__in=versions)
    for version, code in lignes.values_list("version", "code"):
        codes[version].add(code)
    return codes


def _sheets(codes: set[str | None]) -> dict[str | None, Certification]:
    return {fiche.code: fiche for fiche in Certification.objects.filter(code__in=[c for c in codes if c])}


def _labels(structures: set[UUID]) -> dict[UUID, list[Label]]:
    """Return every label of the structures with its record, the oldest first."""
    par_structure: dict[UUID, list[Label]] = defaultdict(list)
    labels = Label.objects.filter(structure__in=structures).select_related("bilan")
    for label in labels.order_by("debut", "code"):
        par_structure[label.structure_id].append(label)
    return par_structure


def _live_dossiers(structures: set[UUID]) -> dict[UUID, list[Candidature]]:
    """Return the dossiers of the structures that may still become a label.

    A dossier counts until its outcome is *notified*: an inadmissibility already decided but not
    announced must not show by its absence (R39).
    """
    en_attente = Q(issue_notifiee__in=("", cycle.NatureDecision.AJOURNEE))
    a_signer = Q(issue_notifiee__in=cycle.FAVORABLES, label__isnull=True)
    vivantes = (
        Candidature.objects.filter(en_attente | a_signer, structure__in=structures)
        .exclude(etat__in=(cycle_dossier.BROUILLON, cycle_dossier.SANS_SUITE))
        .select_related("sectionformation")
        .order_by("reference")
    )
    par_structure: dict[UUID, list[Candidature]] = defaultdict(list)
    for candidature in vivantes:
        par_structure[candidature.structure_id].append(candidature)
    return par_structure


# --- What the rows say ---------------------------------------------------------------------------
def _nda_warning(demande: Demande, communes: dict[str, Commune]) -> str:
    commune, nda = communes.get(demande.answer("structure", "commune") or ""), demande.nda()
    return region_warning(nda, commune.departement.region) if commune and nda else ""


def _line(organisme: OrganismeFormation | None) -> LigneOrganisme | None:
    if organisme is None:
        return None
    return LigneOrganisme(
        nda=organisme.nda,
        denomination=organisme.denomination,
        siren=organisme.siren,
        present=organisme.present,
        certifie=organisme.certifie_actions_formation,
        fictive=organisme.fictif,
    )


def _same_formation(demande: Demande, intitule: str, certification: str) -> bool:
    """The same certification, or the same title but for accents and capitals (criterion 8)."""
    if certification and certification == demande.answer("formation", "certification_code"):
        return True
    return bool(intitule) and normalise(intitule) == normalise(demande.answer("formation", "intitule") or "")


def _record(label: Label, aujourd_hui: date) -> BilanConnu:
    bilan: BilanLabel | None = getattr(label, "bilan", None)
    expire = label.etat != cycle.RETIRE and label.fin < aujourd_hui
    return BilanConnu(
        label=label.code,
        debut=label.debut,
        fin=label.fin,
        etat="expiré" if expire else cycle.LABEL.etat(label.etat).gen.lower(),
        obligations=bilan.obligations if bilan else None,
        en_retard=bilan.en_retard if bilan else None,
        remplies_en_retard=bilan.remplies_en_retard if bilan else None,
        sanctions=bilan.sanctions if bilan else None,
    )


# --- The porteur's recap -------------------------------------------------------------------------
def warnings_of_dossier(dossier: dict[str, Any], jour: date, lecteur: Any = None) -> Iterator[Avertissement]:
    """Warn the porteur before the deposit by the same functions that help the instructor (R5, R15, R17).

    Only what fails: what nobody can tell from the data is the instructor's work. For a draft the
    relevé is the one a deposit would get now.
    """
    candidature = (
        Candidature.objects.select_related("appel__grille", "releve_examen")
        .filter(reference=dossier["reference"])
        .first()
    )
    if candidature is None:
        return
    releve = (
        releve_at(candidature.appel, horloge.now())
        if candidature.est_brouillon
        else candidature.releve_examen
    )
    contexte = context_of(dossier, candidature, releve, jour, lecteur)
    for critere, controle in PRECONTROLES.items():
        for constat in controle(dossier, contexte).constats:
            if constat.etat == Etat.ECHOUE:
                yield _warning(dossier, critere, constat, constat.phrase)
    if fenetre := start_window(dossier, contexte):
        yield _warning(dossier, 6, fenetre, fenetre.phrase)
    if accompagnement := accompaniment_warning(dossier, contexte):
        yield _warning(dossier, 5, accompagnement, f"Sélection\u00a0: {accompagnement.phrase}")


def _warning(dossier: dict[str, Any], critere: int, constat: Constat, phrase: str) -> Avertissement:
    return Avertissement(critere, phrase, *place_to_correct(dossier, constat))
