"""Share dossiers among instructors: a proposal that is shown, then one act that saves it all or nothing.

What somebody can't take is said without why (R36): nobody reads here the link that another declared. The
dossiers that are hidden from whoever shares are neither listed nor counted, in the loads either.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from candidatures import cycle
from candidatures.domain.equilibre import balance
from candidatures.models import Affectation, Candidature, LienInteret, Releve
from candidatures.rules import PLACES
from comptes.domain.acces import require
from comptes.models import Appartenance, Role, RoleAttribue, Utilisateur
from comptes.models.periode import q_en_cours
from socle import horloge, journal
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.references import Acteur, Systeme
from socle.typographie import pluriel_fr

Tache = Affectation.Tache
#: The states in which a task is being done: those dossiers are shared, and make the load of people.
EN_COURS = {
    Tache.RECEVABILITE: (cycle.DEPOSEE, cycle.EN_COMPLEMENT),
    Tache.NOTATION: (cycle.RECEVABLE,),
}
#: The states in which it can be given: scoring is also given in advance.
POSSIBLE = {
    Tache.RECEVABILITE: EN_COURS[Tache.RECEVABILITE],
    Tache.NOTATION: (cycle.DEPOSEE, cycle.EN_COMPLEMENT, cycle.RECEVABLE),
}
#: A page of more lines would be of no use; the next ones come once these are saved.
LIGNES = 1000

Place = tuple[uuid.UUID, int]


class RepartitionRefusee(ErreurMetier):
    """Something has changed since the page was shown; ``refus`` says what, dossier by dossier."""

    def __init__(self, refus: Mapping[uuid.UUID, str]) -> None:
        nombre = len(refus)
        super().__init__(
            f"Rien n’est enregistré\u00a0: {nombre}\u00a0dossier{pluriel_fr(nombre)} ne "
            f"{'peut' if nombre == 1 else 'peuvent'} plus être confié{pluriel_fr(nombre)} ainsi."
        )
        self.refus = dict(refus)


# --- Who may do what -----------------------------------------------------------------------------
def active_instructors() -> QuerySet[Utilisateur]:
    """Return those who can be put in charge now: the role runs, the account is open."""
    roles = RoleAttribue.objects.filter(q_en_cours(), role=Role.INSTRUCTEUR)
    return Utilisateur.objects.filter(is_active=True, pk__in=roles.values("utilisateur"))


def told_apart(personnes: Iterable[Utilisateur]) -> dict[uuid.UUID, str]:
    """Return the name of each, with the address of those who share theirs."""
    liste = list(personnes)
    nombres = Counter(personne.nom_complet for personne in liste)
    return {
        personne.pk: f"{personne.nom_complet} ({personne.email})"
        if nombres[personne.nom_complet] > 1
        else personne.nom_complet
        for personne in liste
    }


def assignable_by(acteur: Acteur) -> QuerySet[Candidature]:
    """Return the dossiers for which ``acteur`` holds ``candidatures.assign_candidature``, in one query."""
    deposes = Candidature.objects.exclude(etat=cycle.BROUILLON)
    if isinstance(acteur, Systeme):
        return deposes
    personne: Any = acteur
    if not personne.has_perm("candidatures.distribute_candidatures"):
        return deposes.none()
    visibles = Candidature.objects.visible_to(personne).exclude(etat=cycle.BROUILLON)
    return visibles.exclude(structure__in=personne.pks_structures)


def barred(
    personnes: Collection[uuid.UUID], dossiers: Mapping[uuid.UUID, uuid.UUID]
) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return, for each dossier (given with its structure), who can't take it: a link, or a member (R36)."""
    liens = LienInteret.objects.filter(personne__in=personnes, leve_le__isnull=True)
    membres = Appartenance.objects.en_cours().filter(utilisateur__in=personnes)
    par_structure: dict[Any, set[uuid.UUID]] = defaultdict(set)
    ecartes: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for personne, structure, candidature in liens.values_list("personne", "structure", "candidature"):
        cible = par_structure[structure] if structure else ecartes[candidature]
        cible.add(personne)
    for personne, structure in membres.values_list("utilisateur", "structure"):
        par_structure[structure].add(personne)
    return {pk: ecartes[pk] | par_structure[structure] for pk, structure in dossiers.items()}


# --- What is shown before anything is saved ------------------------------------------------------
@dataclass(frozen=True)
class Ligne:
    """One place to fill: a dossier, who is proposed or chosen, and who can't take it."""

    candidature: Candidature
    place: int
    personne: uuid.UUID | None
    exclus: frozenset[uuid.UUID]
    #: Who held it, whose account or role has ended.
    ancien: str = ""
    #: What was chosen by hand is no longer possible: another is proposed.
    corrigee: bool = False
    #: Somebody chose this, or chose nobody: it stays when the rest is shared again.
    a_la_main: bool = False

    @property
    def cle(self) -> str:
        """The name of its control in the form."""
        return f"{self.candidature.pk}_{self.place}"


@dataclass(frozen=True)
class Part:
    """What somebody holds already, and what comes on top."""

    personne: Utilisateur
    nom: str
    charge: int
    dossiers: tuple[str, ...]

    @property
    def nombre(self) -> int:
        """How many are added."""
        return len(self.dossiers)

    @property
    def total(self) -> int:
        """What it makes."""
        return self.charge + self.nombre


@dataclass(frozen=True)
class Repartition:
    """The whole proposal."""

    tache: str
    lignes: list[Ligne]
    parts: list[Part]
    #: How many places are left for a next time (``LIGNES``).
    suivantes: int
    #: How many choices made by hand were on places that are no longer to fill.
    perdus: int = 0

    @property
    def vacantes(self) -> int:
        """How many places stay without anybody."""
        return sum(ligne.personne is None for ligne in self.lignes)

    @property
    def corrigees(self) -> list[Ligne]:
        """The places whose choice, made by hand, is no longer possible."""
        return [ligne for ligne in self.lignes if ligne.corrigee]


def to_share(*, acteur: Acteur, releve: Releve | None, tache: str) -> QuerySet[Candidature]:
    """Return the dossiers of a relevé (or "à annoncer") on which a place of this task is free."""
    libres = _with_a_free_place(acteur, tache)
    return libres.filter(releve_examen=releve).order_by("deposee_le", "reference")


def _with_a_free_place(acteur: Acteur, tache: str) -> QuerySet[Candidature]:
    tenues = _held(tache).order_by().values("candidature").annotate(nombre=Count("pk"))
    completes = tenues.filter(nombre__gte=PLACES[Tache(tache)])
    en_cours = assignable_by(acteur).filter(etat__in=EN_COURS[Tache(tache)])
    return en_cours.exclude(pk__in=completes.values("candidature"))


def shares_by_releve(acteur: Acteur, tache: str) -> list[tuple[Releve | None, int]]:
    """Return each relevé with dossiers to share and how many, the nearest first, « à annoncer » last."""
    nombres = dict(
        _with_a_free_place(acteur, tache).order_by().values_list("releve_examen").annotate(nombre=Count("pk"))
    )
    releves: list[Releve | None] = [
        *Releve.objects.filter(pk__in=[pk for pk in nombres if pk]).select_related("appel").order_by("borne")
    ]
    sans = [None] if None in nombres else []
    return [(releve, nombres[releve.pk if releve else None]) for releve in [*releves, *sans]]


def propose(
    *,
    acteur: Acteur,
    releve: Releve | None,
    tache: str,
    participants: Collection[uuid.UUID] | None = None,
    choix: Mapping[Place, uuid.UUID | None] | None = None,
    a_la_main: Collection[Place] | None = None,
    partis: Collection[uuid.UUID] = (),
) -> Repartition:
    """Return a balanced sharing of a relevé's dossiers, the same each time; nothing is saved.

    ``participants``: who takes part (everybody by default). ``choix``: what was chosen, kept where it is
    still possible; the rest is balanced around it. ``a_la_main``: those of the choices that a person made
    (all by default). ``partis``: who no longer takes part: what was given to them is given again.
    Source: R36 for those who can't take a dossier.
    """
    personnes = list(active_instructors().order_by("nom", "prenom", "pk"))
    presents = [p.pk for p in personnes if participants is None or p.pk in participants]
    a_partager = to_share(acteur=acteur, releve=releve, tache=tache)
    dossiers = list(a_partager.select_related("structure", "region", "releve_examen")[: LIGNES + 1])
    suivantes = a_partager.count() - LIGNES if len(dossiers) > LIGNES else 0
    dossiers = dossiers[:LIGNES]
    places, tenus, anciens = _places(dossiers, tache)
    exclus = barred([p.pk for p in personnes], {d.pk: d.structure_id for d in dossiers})
    for pk, gens in tenus.items():
        exclus[pk] |= gens
    charges = _loads(acteur, tache, personnes)
    fixes, corrigees = _kept(places, choix or {}, exclus, set(charges) - set(partis))
    possibles = {place: [pk for pk in presents if pk not in exclus[place[0]]] for place in places}
    vides = {place for place in places if choix is not None and choix.get(place, place) is None}
    partage = balance([place for place in places if place not in vides], possibles, charges, fixes)
    par_pk = {dossier.pk: dossier for dossier in dossiers}
    mains = set(choix or ()) if a_la_main is None else set(a_la_main)
    lignes = [
        Ligne(
            par_pk[place[0]],
            place[1],
            partage.get(place),
            frozenset(exclus[place[0]]),
            anciens.get(place[0], ""),
            place in corrigees and place in mains,
            place in mains and place not in corrigees,
        )
        for place in places
    ]
    parts = _parts(personnes, charges, lignes, set(presents))
    return Repartition(tache, lignes, parts, suivantes, len(mains.difference(places)))


def _held(tache: str) -> QuerySet[Affectation]:
    """Return the places that are taken.

    A recevabilité held by somebody who can no longer act is vacant; a notation stays: it may be submitted.
    """
    tenues = Affectation.objects.filter(tache=tache, retiree_le__isnull=True)
    if tache == Tache.RECEVABILITE:
        tenues = tenues.filter(instructeur__in=active_instructors().values("pk"))
    return tenues


def _places(
    dossiers: Sequence[Candidature], tache: str
) -> tuple[list[Place], dict[uuid.UUID, set[uuid.UUID]], dict[uuid.UUID, str]]:
    """Return the free places, who holds the others, and who held those that are vacant."""
    actifs = set(active_instructors().values_list("pk", flat=True))
    charges = Affectation.objects.filter(
        candidature__in=[d.pk for d in dossiers], tache=tache, retiree_le__isnull=True
    ).select_related("instructeur")
    tenus: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    anciens: dict[uuid.UUID, str] = {}
    for charge in charges:
        if tache == Tache.RECEVABILITE and charge.instructeur_id not in actifs:
            anciens[charge.candidature_id] = charge.instructeur.nom_complet
        else:
            tenus[charge.candidature_id].add(charge.instructeur_id)
    places = [
        (dossier.pk, rang)
        for dossier in dossiers
        for rang in range(1, PLACES[Tache(tache)] - len(tenus[dossier.pk]) + 1)
    ]
    return places, tenus, anciens


def _loads(acteur: Acteur, tache: str, personnes: Iterable[Utilisateur]) -> dict[uuid.UUID, int]:
    """Return what each holds of this task now, among what ``acteur`` may see (R36)."""
    en_cours = assignable_by(acteur).filter(etat__in=EN_COURS[Tache(tache)])
    lignes = Affectation.objects.filter(tache=tache, retiree_le__isnull=True, candidature__in=en_cours)
    nombres = lignes.order_by().values_list("instructeur").annotate(nombre=Count("pk"))
    connus: dict[uuid.UUID, int] = dict(nombres)
    return {personne.pk: connus.get(personne.pk, 0) for personne in personnes}


def _kept(
    places: Iterable[Place],
    choix: Mapping[Place, uuid.UUID | None],
    exclus: Mapping[uuid.UUID, Collection[uuid.UUID]],
    connus: Collection[uuid.UUID],
) -> tuple[dict[Place, uuid.UUID], set[Place]]:
    """Return the choices made by hand that still stand, and the places of those that don't."""
    fixes: dict[Place, uuid.UUID] = {}
    pris: set[tuple[uuid.UUID, uuid.UUID]] = set()
    corrigees: set[Place] = set()
    for place in places:
        personne = choix.get(place)
        if personne is None:
            continue
        if personne in connus and personne not in exclus[place[0]] and (place[0], personne) not in pris:
            fixes[place] = personne
            pris.add((place[0], personne))
        else:
            corrigees.add(place)
    return fixes, corrigees


def _parts(
    personnes: Collection[Utilisateur],
    charges: Mapping[uuid.UUID, int],
    lignes: Iterable[Ligne],
    presents: Collection[uuid.UUID],
) -> list[Part]:
    recus: dict[uuid.UUID, list[str]] = defaultdict(list)
    for ligne in lignes:
        if ligne.personne is not None:
            recus[ligne.personne].append(ligne.candidature.reference)
    noms = told_apart(personnes)
    return [
        Part(personne, noms[personne.pk], charges[personne.pk], tuple(recus[personne.pk]))
        for personne in personnes
        if personne.pk in presents or recus[personne.pk]
    ]


# --- The act -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Choix:
    """A dossier given to somebody."""

    candidature: uuid.UUID
    instructeur: uuid.UUID


@transaction.atomic
def assign_many(*, choix: Iterable[Choix], tache: str, acteur: Acteur) -> list[Affectation]:
    """Put instructors in charge of a task on many dossiers: all of them, or none.

    Effects: the assignments, event ``candidature.affectee`` in the chain of each dossier; a recevabilité
    held by somebody whose account or role has ended is taken from them (``candidature.desaffectee``).
    Errors: ``ActeurRefuse`` for somebody who does not instruct nor direct; ``DonneesInvalides`` without any
    choice, or for an unknown task; ``RepartitionRefusee`` with the sentence of each dossier that is no
    longer to be given so: withdrawn, decided, given meanwhile, hidden from ``acteur``, or the person can't
    take it. Source: R15, R21, R36.
    """
    require(acteur, "candidatures.distribute_candidatures")
    demandes = sorted(set(choix), key=lambda demande: (demande.candidature, demande.instructeur))
    if tache not in Tache.values:
        raise DonneesInvalides({"tache": ["Cette tâche n’existe pas."]})
    if not demandes:
        raise DonneesInvalides({"__all__": ["Choisissez au moins un dossier, et à qui le confier."]})
    # Whoever declares a link, or whose account is closed, waits for this act, or it waits for them; people
    # come before dossiers, since what follows from a declared link locks them in this order.
    personnes = lock_people({demande.instructeur for demande in demandes})
    dossiers = _lock_dossiers(demandes)
    etat = _Etat(acteur, tache, dossiers, personnes)
    refus = {
        demande.candidature: phrase for demande in demandes if (phrase := etat.refusal(demande)) is not None
    }
    if refus:
        raise RepartitionRefusee(refus)
    retirees = etat.withdraw_ended()
    affectations = [
        Affectation(candidature=dossiers[d.candidature], instructeur=personnes[d.instructeur], tache=tache)
        for d in demandes
    ]
    Affectation.objects.bulk_create(affectations)
    journal.record_many(
        [
            *(_event("candidature.desaffectee", ligne, acteur) for ligne in retirees),
            *(_event("candidature.affectee", ligne, acteur) for ligne in affectations),
        ]
    )
    return affectations


def lock_people(pks: Collection[uuid.UUID]) -> dict[uuid.UUID, Utilisateur]:
    """Lock accounts until the end of the transaction, without stopping what only refers to them."""
    lignes = Utilisateur.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    return {personne.pk: personne for personne in lignes}


def _lock_dossiers(demandes: Iterable[Choix]) -> dict[uuid.UUID, Candidature]:
    pks = {demande.candidature for demande in demandes}
    return {
        dossier.pk: dossier
        for dossier in Candidature.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    }


class _Etat:
    """What stands now, read once the dossiers and the people are locked."""

    def __init__(
        self,
        acteur: Acteur,
        tache: str,
        dossiers: Mapping[uuid.UUID, Candidature],
        personnes: Mapping[uuid.UUID, Utilisateur],
    ) -> None:
        self.tache = tache
        self.dossiers = dossiers
        self.personnes = personnes
        self.ouverts = set(assignable_by(acteur).filter(pk__in=dossiers).values_list("pk", flat=True))
        self.aptes = set(active_instructors().filter(pk__in=personnes).values_list("pk", flat=True))
        self.exclus = barred(list(personnes), {pk: d.structure_id for pk, d in dossiers.items()})
        self.tenus: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for candidature, personne in (
            _held(tache).filter(candidature__in=dossiers).values_list("candidature", "instructeur")
        ):
            self.tenus[candidature].add(personne)
        self.poses: dict[uuid.UUID, int] = defaultdict(int)

    def refusal(self, demande: Choix) -> str | None:
        """Say why a dossier can't be given so, or nothing when it can."""
        if demande.candidature not in self.ouverts:
            return "Ce dossier n’existe pas, ou vous est fermé."
        dossier, reference = self.dossiers[demande.candidature], self.dossiers[demande.candidature].reference
        if dossier.etat not in POSSIBLE[Tache(self.tache)]:
            etat = cycle.CYCLE.etat(dossier.etat).gen.lower()
            return f"{reference}\u00a0: cette tâche n’est plus à confier (dossier\u00a0: {etat})."
        tenus = self.tenus[demande.candidature]
        if demande.instructeur in tenus:
            return f"{reference}\u00a0: cette personne en est déjà chargée."
        self.poses[demande.candidature] += 1
        if len(tenus) + self.poses[demande.candidature] > PLACES[Tache(self.tache)]:
            return f"{reference}\u00a0: quelqu’un en est déjà chargé."
        if demande.instructeur not in self.aptes:
            return f"{reference}\u00a0: la personne choisie n’est plus instructrice, ou son compte est fermé."
        if demande.instructeur in self.exclus[demande.candidature]:
            nom = self.personnes[demande.instructeur].nom_complet
            return f"{reference}\u00a0: {nom} ne peut pas s’en charger."
        return None

    def withdraw_ended(self) -> list[Affectation]:
        """Take the places that people whose account or role has ended still hold."""
        actives = Affectation.objects.filter(
            candidature__in=self.dossiers, tache=self.tache, retiree_le__isnull=True
        )
        finies = list(
            actives.exclude(pk__in=_held(self.tache).filter(candidature__in=self.dossiers).values("pk"))
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        instant = horloge.now()
        Affectation.objects.filter(pk__in=[ligne.pk for ligne in finies]).update(
            retiree_le=instant, modifie_le=instant
        )
        for ligne in finies:
            ligne.candidature = self.dossiers[ligne.candidature_id]
        return finies


def _event(verbe: str, affectation: Affectation, acteur: Acteur) -> journal.Entree:
    return journal.Entree(
        verbe,
        affectation.candidature,
        acteur,
        {"instructeur": affectation.instructeur_id, "tache": affectation.tache},
    )


def without_instructor() -> Q:
    """Return the condition of a dossier whose recevabilité nobody holds who can act."""
    return ~Q(pk__in=_held(Tache.RECEVABILITE).values("candidature"))
