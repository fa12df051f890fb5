"""How many of what: structures, people of GEN, dossiers and séances, after the demo's own."""

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from candidatures.domain.dossier import ALPHABET
from candidatures.models import Candidature, Depot
from comptes.models import Appartenance, Structure, Utilisateur
from gen_portal.demo.comptes import DOMAINE, SIRET_ORGANISME, SIRET_PORTEUR
from gen_portal.demo.contenu import siret
from gen_portal.populate import graphe
from gen_portal.populate.apprenants import learners, shares
from gen_portal.populate.ecriture import Ecriture
from gen_portal.populate.gabarit import Gabarit, events_of
from labellisation.domain import label as labels
from labellisation.domain.classement import rank
from labellisation.models import Convention, Label, Seance
from labellisation.pdf import request_minutes
from socle import balayages, horloge
from socle.canonique import fingerprint, frozen
from socle.models import Courriel, Document, Evenement, Fichier
from socle.typographie import heure_secondes
from suivi.domain.attestations import list_fingerprint
from suivi.models import Apprenant, AttestationDemarrage, Session

#: The copies' people are told by this domain, the copied dossiers by their references.
DOMAINE_COPIES = "volume.gen.example"
PREFIXE = "VOL"
PAR_STRUCTURE = 5
#: Dossiers that stay with the demo's own structures: theirs are the long lists.
CHEZ_LA_DEMO = 60
PAR_SEANCE = 50
PART_EN_SEANCE = 0.6
EQUIPES = 10
#: A copy is deposited up to this long after its model, on the same day.
DECALAGE = 5 * 3600

Valeurs = dict[str, str]


class VolumeRefuse(Exception):
    """What is asked for can't be made; the message says why."""


@dataclass
class Bilan:
    """What was added."""

    candidatures: int = 0
    structures: int = 0
    seances: int = 0
    apprenants: int = 0
    lignes: int = 0


@dataclass
class _Modele:
    """A dossier of the demo, ready to be copied."""

    candidature: Candidature
    gabarit: Gabarit
    #: Each deposit with the factory of its snapshot, whose fingerprint the rest quotes.
    depots: list[tuple[Depot, Gabarit]]
    convention: Convention | None
    label: Label | None
    apprenants: dict[uuid.UUID, list[Apprenant]]
    attestations: dict[uuid.UUID, AttestationDemarrage]
    seance_id: uuid.UUID | None


@dataclass
class _Lieu:
    """A copied structure, as texts to put in place of its model's."""

    valeurs: Valeurs = field(default_factory=dict)


class Volume:
    """Brings the base to a number of dossiers and learners; reproducible by its seed."""

    def __init__(self, *, graine: int, dire: Callable[[str], None]) -> None:
        # A base that grows must not draw again what it holds.
        self.hasard = random.Random(f"{graine} {Candidature.objects.count()}")
        self.dire = dire
        self.ecriture = Ecriture()
        self.bilan = Bilan()
        self.rang = itertools.count(Candidature.objects.count())

    def reach(self, *, candidatures: int, apprenants: int) -> Bilan:
        """Add what is missing to hold that many dossiers and learners.

        Effects: structures, accounts, dossiers, séances, learners, their events and files. Errors:
        ``VolumeRefuse`` when the base holds more learners than asked for, or when no list of a
        session is there to receive those that are missing.
        """
        manquent = candidatures - Candidature.objects.count()
        listes = apprenants - Apprenant.objects.count()
        if manquent <= 0 and listes > 0:
            raise VolumeRefuse(
                f"Les {candidatures} dossiers sont déjà là : les {listes} apprenants qui manquent "
                "iraient dans les sessions de nouveaux dossiers. Demandez plus de dossiers."
            )
        if manquent <= 0:
            return self.bilan
        if listes < 0:
            raise VolumeRefuse(f"La base compte déjà {apprenants - listes} apprenants, plus que demandé.")
        self.dire("Fin de ce que les dossiers modèles attendaient (documents, analyses, courriels)")
        balayages.drain()
        self._read_models()
        plan = self._plan(manquent)
        self._share_learners(plan, listes)
        try:
            self._teams()
            self._structures(plan)
            self._dossiers(plan)
        finally:
            self.ecriture.close()
        self.bilan.lignes = self.ecriture.ecrites
        return self.bilan

    # --- The models --------------------------------------------------------------------------
    def _read_models(self) -> None:
        self.dire("Lecture des dossiers modèles")
        travaux = graphe.Travaux()
        originaux = Candidature.objects.exclude(reference__startswith=PREFIXE)
        self.modeles = [
            self._model(candidature, travaux)
            for candidature in originaux.select_related("structure", "appel").order_by("cree_le", "reference")
        ]
        if not self.modeles:
            raise VolumeRefuse("Aucun dossier de la démonstration à copier : lancez d’abord demo_data.")
        self.seances = {
            seance.pk: (
                seance,
                Gabarit(graphe.of_seance(seance, travaux), autres=[*self._people(), seance.intitule]),
            )
            for seance in Seance.objects.filter(
                pk__in={modele.seance_id for modele in self.modeles if modele.seance_id}
            ).order_by("tenue_le", "pk")
        }

    def _model(self, candidature: Candidature, travaux: graphe.Travaux) -> _Modele:
        lignes = graphe.of_dossier(candidature, travaux)
        depots = [ligne for ligne in lignes if isinstance(ligne, Depot)]
        sessions = [ligne for ligne in lignes if isinstance(ligne, Session)]
        attestations = {
            ligne.session_id: ligne for ligne in lignes if isinstance(ligne, AttestationDemarrage)
        }
        convention = next((ligne for ligne in lignes if isinstance(ligne, Convention)), None)
        label = next((ligne for ligne in lignes if isinstance(ligne, Label)), None)
        inscription = (
            candidature.inscriptions.filter(retiree_le__isnull=True).select_related("seance").first()
        )
        autres = [
            candidature.reference,
            *self._people(),
            *_identity(candidature.structure),
            *_identity(Structure.objects.get(siret=SIRET_ORGANISME)),
            *(depot.empreinte for depot in depots),
            *(heure_secondes(depot.arrivee) for depot in depots),
            *(attestation.empreinte_liste for attestation in attestations.values()),
            convention.numero if convention else "",
            label.code if label else "",
            *((str(inscription.seance_id), inscription.seance.intitule) if inscription else ()),
        ]
        debut = depots[0].arrivee if depots else candidature.cree_le
        propres = {ligne.pk for ligne in lignes}
        groupes = [
            ligne.pk for ligne in lignes if isinstance(ligne, Courriel) and ligne.sujet_id not in propres
        ]
        identifiants = [str(cle) for cle in propres if isinstance(cle, uuid.UUID)]
        return _Modele(
            candidature=candidature,
            gabarit=Gabarit(lignes, autres=autres, jour=horloge.paris(debut).date(), a_part=groupes),
            depots=[(depot, Gabarit([depot], autres=[*autres, *identifiants])) for depot in depots],
            convention=convention,
            label=label,
            apprenants={
                session.pk: apprenants
                for session in sessions
                if (apprenants := list(session.apprenants.order_by("cree_le", "pk")))
            },
            attestations=attestations,
            seance_id=inscription.seance_id if inscription else None,
        )

    def _people(self) -> list[str]:
        """Return the texts by which the instructors and the members of the committee are named."""
        return [texte for personne in self._agents() for texte in (str(personne.pk), personne.email)]

    @staticmethod
    def _agents() -> list[Utilisateur]:
        courts = ("instructeur1", "instructeur2", "comite1", "comite2")
        adresses = [f"{court}@{DOMAINE}" for court in courts]
        return list(Utilisateur.objects.filter(email__in=adresses).order_by("email"))

    # --- The plan ----------------------------------------------------------------------------
    def _plan(self, nombre: int) -> list[tuple[uuid.UUID | None, list[_Modele]]]:
        """Return the copies to make, those of one séance together, in the end exactly ``nombre``."""
        seuls = [modele for modele in self.modeles if modele.seance_id is None]
        lots: list[tuple[uuid.UUID | None, list[_Modele]]] = []
        reste = int(nombre * PART_EN_SEANCE) if seuls else nombre
        # A small base too has something of every séance.
        par_seance = min(PAR_SEANCE, reste // max(len(self.seances), 1))
        for seance_id in itertools.cycle(self.seances) if self.seances else ():
            membres = [modele for modele in self.modeles if modele.seance_id == seance_id]
            taille = min(max(len(membres), par_seance), reste)
            lot = list(itertools.islice(itertools.cycle(membres), taille))
            if not lot:
                break
            lots.append((seance_id, lot))
            reste -= len(lot)
        faits = sum(len(lot) for _, lot in lots)
        lots += [(None, [modele]) for modele in itertools.islice(itertools.cycle(seuls), nombre - faits)]
        return lots

    def _share_learners(self, plan: list[tuple[uuid.UUID | None, list[_Modele]]], total: int) -> None:
        listes = sum(len(modele.apprenants) for _, lot in plan for modele in lot)
        if total and not listes:
            raise VolumeRefuse("Aucune des sessions à copier n’a de liste : demandez plus de dossiers.")
        if total < listes:
            raise VolumeRefuse(
                f"{listes} sessions démarrées ont chacune une liste : demandez au moins "
                f"{listes + Apprenant.objects.count()} apprenants."
            )
        self._listes: Iterator[int] = iter(shares(total, listes) if listes else [])

    # --- People and structures -----------------------------------------------------------------
    def _teams(self) -> None:
        """Make the other teams of GEN, once: each copy has one of them."""
        agents = self._agents()
        self.equipes: list[Valeurs] = [{}]
        for numero in range(2, EQUIPES + 1):
            equipe: Valeurs = {}
            for agent in agents:
                adresse = f"{agent.email.partition('@')[0]}-{numero}@{DOMAINE_COPIES}"
                deja = Utilisateur.objects.filter(email=adresse).first()
                if deja:
                    equipe |= {str(agent.pk): str(deja.pk), agent.email: adresse}
                    continue
                gabarit = Gabarit(graphe.of_person(agent), autres=[agent.email])
                valeurs = self._fresh(gabarit) | {agent.email: adresse}
                self._keep(gabarit, valeurs)
                equipe |= {cle: valeurs[cle] for cle in (str(agent.pk), agent.email)}
            self.equipes.append(equipe)
        self.ecriture.flush()

    def _structures(self, plan: list[tuple[uuid.UUID | None, list[_Modele]]]) -> None:
        """Copy each structure often enough for its dossiers."""
        besoins = Counter(modele.candidature.structure_id for _, lot in plan for modele in lot)
        organisme = Structure.objects.get(siret=SIRET_ORGANISME)
        besoins.setdefault(organisme.pk, besoins.total() // 100)
        self.lieux: dict[uuid.UUID, list[_Lieu]] = {}
        rang = Structure.objects.count()
        for structure in Structure.objects.filter(pk__in=besoins).order_by("siret"):
            responsables = Appartenance.objects.en_cours().filter(structure=structure)
            personnes = [ligne.utilisateur for ligne in responsables.select_related("utilisateur")]
            gabarit = Gabarit(graphe.of_structure(structure), autres=_identity(structure))
            self.lieux[structure.pk] = []
            for _ in range(max(1, besoins[structure.pk] // PAR_STRUCTURE)):
                rang += 1
                valeurs = self._fresh(gabarit) | _other_identity(structure, personnes, rang)
                self._keep(gabarit, valeurs)
                self.lieux[structure.pk].append(_Lieu(valeurs))
                self.bilan.structures += 1
                if self.ecriture.full:
                    self.ecriture.flush()
        self.ecriture.flush()
        self.dire(f"{self.bilan.structures} structures")

    # --- Dossiers --------------------------------------------------------------------------------
    def _dossiers(self, plan: list[tuple[uuid.UUID | None, list[_Modele]]]) -> None:
        total = sum(len(lot) for _, lot in plan)
        self._numeros = _ConventionNumbers()
        self._chez_la_demo: Counter[uuid.UUID] = Counter()
        organisme = Structure.objects.get(siret=SIRET_ORGANISME)
        annonce = 0
        proces_verbaux: list[uuid.UUID] = []
        for seance_id, lot in plan:
            equipe = self.hasard.choice(self.equipes)
            commun = {**equipe, **self.hasard.choice(self.lieux[organisme.pk]).valeurs}
            if seance_id is not None:
                intitule = self.seances[seance_id][0].intitule
                commun[str(seance_id)] = self._uuid()
                commun[intitule] = f"{intitule} ({self.bilan.seances + 1})"
            copies = [self._dossier(modele, commun) for modele in lot]
            if seance_id is not None:
                proces_verbaux += self._seance(seance_id, commun, copies)
            self.bilan.candidatures += len(lot)
            if self.ecriture.full:
                self.ecriture.flush()
            if self.bilan.candidatures - annonce >= max(500, total // 20):
                annonce = self.bilan.candidatures
                self.dire(f"{annonce} dossiers sur {total}, {self.bilan.apprenants} apprenants")
        self.ecriture.flush()
        for identifiant in proces_verbaux:
            with transaction.atomic():
                request_minutes(Seance.objects.get(pk=identifiant))

    def _dossier(self, modele: _Modele, commun: Valeurs) -> tuple[_Modele, Valeurs]:
        """Copy one dossier; return the texts that it has in place of its model's."""
        valeurs = self._fresh(modele.gabarit)
        valeurs |= {**commun, **self._place(modele.candidature.structure)}
        avance = timedelta(seconds=self.hasard.randrange(DECALAGE))
        valeurs[modele.candidature.reference] = self._reference(modele.candidature)
        if modele.depots:
            arrivee = modele.depots[0][0].arrivee
            valeurs[heure_secondes(arrivee)] = heure_secondes(arrivee + avance)
            valeurs["deposee_le"] = (arrivee + avance).isoformat()
        if modele.convention:
            valeurs[modele.convention.numero] = self._numeros.next(modele.convention.numero)
        if modele.label:
            valeurs[modele.label.code] = self._code()
        gens = self._learners(modele, valeurs)
        self._freeze_deposits(modele, valeurs)
        copies = modele.gabarit.copy(valeurs, rang=next(self.rang), avance=avance)
        for modele_ligne, lignes in gens.items():
            copies.setdefault(modele_ligne, []).extend(lignes)
        self._count_lists(modele, valeurs, copies)
        self._write(modele.gabarit, copies, valeurs)
        return modele, valeurs

    def _freeze_deposits(self, modele: _Modele, valeurs: Valeurs) -> None:
        """Compute the fingerprint of each snapshot, which receipts, events and e-mails quote."""
        for depot, gabarit in modele.depots:
            copie: Any = gabarit.copy(valeurs, rang=0)[Depot][0]
            valeurs[depot.empreinte] = fingerprint(copie.instantane)

    def _learners(self, modele: _Modele, valeurs: Valeurs) -> dict[type, list[Any]]:
        gens: list[Apprenant] = []
        self._inscrits: dict[str, int] = {}
        for session_id, modeles in modele.apprenants.items():
            nombre = next(self._listes)
            session = Session(pk=uuid.UUID(valeurs[str(session_id)]))
            liste = list(learners(session, modeles, nombre, self.hasard))
            gens += liste
            if attestation := modele.attestations.get(session_id):
                valeurs[attestation.empreinte_liste] = list_fingerprint(liste)
                self._inscrits[valeurs[str(attestation.pk)]] = nombre
                self._inscrits[valeurs[str(session_id)]] = nombre
        self.bilan.apprenants += len(gens)
        return {Apprenant: gens} if gens else {}

    def _count_lists(self, modele: _Modele, valeurs: Valeurs, copies: dict[type, list[Any]]) -> None:
        """Put the number of the enrolled where the attestation, its event and its document say it."""
        for ligne in copies.get(AttestationDemarrage, []):
            ligne.inscrits = self._inscrits[str(ligne.pk)]
        for ligne in (*copies.get(Evenement, []), *copies.get(Document, [])):
            nombre = self._inscrits.get(str(ligne.sujet_id))
            if nombre is not None and "inscrits" in ligne.donnees:
                ligne.donnees["inscrits"] = nombre

    def _seance(
        self, seance_id: uuid.UUID, commun: Valeurs, dossiers: list[tuple[_Modele, Valeurs]]
    ) -> list[uuid.UUID]:
        """Copy a séance around its dossiers; return its id if its minutes are due."""
        seance, gabarit = self.seances[seance_id]
        valeurs = {**self._fresh(gabarit), **commun}
        copies = gabarit.copy(valeurs, rang=next(self.rang))
        copie: Any = copies[Seance][0]
        copie.proces_verbal_id = None
        if seance.classement is not None:
            copie.classement = frozen(rank(self._ranking(seance, dossiers)))
            copie.empreinte_classement = fingerprint(copie.classement)
            for evenement in copies.get(Evenement, []):
                if evenement.donnees.get("empreinte") == seance.empreinte_classement:
                    evenement.donnees["empreinte"] = copie.empreinte_classement
                    evenement.donnees["dossiers"] = len(copie.classement)
        self._write(gabarit, copies, valeurs)
        self.bilan.seances += 1
        return [copie.pk] if seance.proces_verbal_id else []

    @staticmethod
    def _ranking(seance: Seance, dossiers: list[tuple[_Modele, Valeurs]]) -> Iterator[dict[str, Any]]:
        lignes = {ligne["candidature"]: ligne for ligne in seance.classement or []}
        for modele, valeurs in dossiers:
            ligne = lignes[str(modele.candidature.pk)]
            yield {
                cle: valeurs.get(valeur, valeur) if isinstance(valeur, str) else valeur
                for cle, valeur in ligne.items()
            } | {"deposee_le": valeurs["deposee_le"]}

    # --- Small things ------------------------------------------------------------------------
    def _place(self, structure: Structure) -> Valeurs:
        """Return a structure of the copies; the demo's porteur keeps enough for long lists."""
        if structure.siret == SIRET_PORTEUR and self._chez_la_demo[structure.pk] < CHEZ_LA_DEMO:
            self._chez_la_demo[structure.pk] += 1
            return {}
        return self.hasard.choice(self.lieux[structure.pk]).valeurs

    def _keep(self, gabarit: Gabarit, valeurs: Valeurs) -> None:
        self._write(gabarit, gabarit.copy(valeurs, rang=next(self.rang)), valeurs)

    def _write(self, gabarit: Gabarit, copies: dict[type, list[Any]], valeurs: Valeurs) -> None:
        modeles = {valeurs[str(cle)]: str(cle) for cle in gabarit.propres}
        for fichier in copies.get(Fichier, []):
            nom = fichier.contenu.name
            self.ecriture.duplicate(nom.replace(str(fichier.pk), modeles[str(fichier.pk)]), nom)
        evenements = events_of(copies)
        self.ecriture.add(copies, evenements)

    def _fresh(self, gabarit: Gabarit) -> Valeurs:
        return {str(cle): self._uuid() for cle in gabarit.propres}

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.hasard.getrandbits(128), version=4))

    def _code(self) -> str:
        signes = "".join(self.hasard.choice(labels.ALPHABET) for _ in range(12))
        return "-".join(signes[debut : debut + 4] for debut in range(0, 12, 4))

    def _reference(self, candidature: Candidature) -> str:
        signes = "".join(self.hasard.choice(ALPHABET) for _ in range(7))
        return f"{PREFIXE}-{candidature.appel.code}-{signes}"


class _ConventionNumbers:
    """The next free number of each year."""

    def __init__(self) -> None:
        self._derniers: dict[str, int] = {}

    def next(self, modele: str) -> str:
        """Return a number of the same year as the model's."""
        prefixe = modele[: modele.rindex("-") + 1]
        if prefixe not in self._derniers:
            numeros = Convention.objects.filter(numero__startswith=prefixe).values_list("numero", flat=True)
            self._derniers[prefixe] = max(int(numero.removeprefix(prefixe)) for numero in numeros)
        self._derniers[prefixe] += 1
        return f"{prefixe}{self._derniers[prefixe]:04d}"


def _identity(structure: Structure) -> list[str]:
    """Return the texts by which a structure and its members are named."""
    membres = Appartenance.objects.en_cours().filter(structure=structure).select_related("utilisateur")
    textes = [str(structure.pk), structure.siret, structure.raison_sociale, structure.email]
    for ligne in membres:
        textes += [str(ligne.utilisateur_id), ligne.utilisateur.email]
    return [texte for texte in textes if texte]


def _other_identity(structure: Structure, personnes: list[Utilisateur], rang: int) -> Valeurs:
    valeurs = {
        structure.siret: siret(rang + 1_000),
        structure.raison_sociale: f"{structure.raison_sociale} {rang}",
    }
    if structure.email:
        valeurs[structure.email] = f"contact{rang}@{DOMAINE_COPIES}"
    for personne in personnes:
        court = personne.email.partition("@")[0]
        valeurs[personne.email] = f"{court}-{rang}@{DOMAINE_COPIES}"
    return valeurs
