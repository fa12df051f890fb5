"""The demo's story: some forty-five fictional dossiers in every state, told through the verbs (DESIGN, demo).

The clock only moves forward: an earlier call gives the labels that run, relevé 1 of 2021 gave the
decided dossiers, relevé 2 is open. The story ends on Monday 20 September 2021, 10:00 in Paris.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from candidatures.domain import affectations, complements, depot
from candidatures.models import Affectation, Appel, Candidature, Releve
from comptes import domain as comptes
from comptes.models import Structure, Utilisateur
from gen_portal.demo import contenu, scenario
from gen_portal.demo.comptes import (
    DOMAINE,
    MOT_DE_PASSE,
    SIRET_ORGANISME,
    SIRET_PORTEUR,
    create_demo_accounts,
)
from gen_portal.demo.contenu import MODELES, Lieu, ModeleFormation, Variante, siret
from gen_portal.demo.scenario import Equipe
from labellisation.domain import delegation
from labellisation.domain import label as labels
from labellisation.domain.textes import load_text
from labellisation.models import Convention, Label
from referentiels.imports.chargement import load_demo_certifications, load_demo_organismes
from referentiels.models import Commune, FamilleMetier, Grille
from socle import horloge
from socle.delais import add_months
from socle.models import Echeance
from socle.references import SYSTEME
from suivi.domain import espace, habilitations, sessions
from suivi.domain.obligations import waive_obligation
from suivi.echeances import label_of

logger = logging.getLogger(__name__)

DEBUT = horloge.at_paris(date(2018, 1, 15), 9)
#: When the demo begins.
ARRIVEE = horloge.at_paris(date(2021, 9, 20), 10)

#: The fictional text that the labels of the earlier calls were signed under.
TEXTE_ANTERIEUR = Path(__file__).resolve().parent / "donnees" / "convention-2018.toml"

PAR_METIER = {modele.metier: modele for modele in MODELES}


@dataclass(frozen=True)
class Territoire:
    """A structure's place, its NDA prefix, and the jobs that its region needs."""

    nom: str
    forme: str
    lieu: Lieu
    nda: str
    metiers: tuple[str, ...]


#: One structure per line, spread over the regions; jobs are among the real needs of each region.
TERRITOIRES = (
    Territoire(
        "Fabrique Numérique du Morvan",
        "association",
        Lieu("21231", "21000", "4 rue des Forges", en_zrr=True),
        "27",
        ("installateur-fibre", "technicien-maintenance-informatique"),
    ),
    Territoire(
        "École Breizh Code",
        "prive",
        Lieu("35238", "35000", "18 quai de l’Ille", en_qpv=True),
        "53",
        ("developpeur-full-stack", "community-manager"),
    ),
    Territoire(
        "Loire Compétences Numériques",
        "association",
        Lieu("45234", "45000", "2 rue du Fleuve"),
        "24",
        ("gestionnaire-base-donnees", "digital-business-developer"),
    ),
    Territoire(
        "Campus Corsica Digitale",
        "prive",
        Lieu("2A004", "20000", "9 cours du Golfe"),
        "94",
        ("installateur-fibre",),
    ),
    Territoire(
        "Alsace Réseaux Formation",
        "prive",
        Lieu("67482", "67000", "31 rue des Tanneurs", en_qpv=True),
        "44",
        ("technicien-systemes-reseau", "graphiste-infographiste"),
    ),
    Territoire(
        "Le Beffroi Numérique",
        "association",
        Lieu("59350", "59000", "7 rue du Beffroi", en_qpv=True),
        "32",
        ("testeur-logiciel", "data-analyst"),
    ),
    Territoire(
        "Plaine Code",
        "association",
        Lieu("93066", "93200", "55 avenue de la Plaine", en_qpv=True),
        "11",
        ("developpeur-full-stack", "designer-ux-ui"),
    ),
    Territoire(
        "Ateliers de la Seine",
        "public",
        Lieu("76540", "76000", "14 rue du Port"),
        "28",
        ("technicien-systemes-reseau", "technicien-maintenance-informatique"),
    ),
    Territoire(
        "Garonne Tech Solidaire",
        "association",
        Lieu("33063", "33000", "22 cours de la Rivière"),
        "75",
        ("technicien-help-desk", "data-analyst"),
    ),
    Territoire(
        "Occitan’IT",
        "prive",
        Lieu("31555", "31000", "3 place du Canal", en_qpv=True),
        "76",
        ("developpeur-full-stack", "technicien-help-desk"),
    ),
    Territoire(
        "Estuaire Numérique",
        "association",
        Lieu("44109", "44000", "40 quai de la Loire"),
        "52",
        ("testeur-logiciel", "digital-business-developer"),
    ),
    Territoire(
        "Massilia Code",
        "association",
        Lieu("13055", "13003", "8 boulevard de la Belle", en_qpv=True),
        "93",
        ("technicien-systemes-reseau", "developpeur-full-stack"),
    ),
    Territoire(
        "Volcans Digital",
        "prive",
        Lieu("63113", "63000", "6 rue du Puy", en_zrr=True),
        "84",
        ("technicien-help-desk", "graphiste-infographiste"),
    ),
    Territoire(
        "Réunion Numérique Péï",
        "association",
        Lieu("97411", "97400", "11 rue du Barachois"),
        "04",
        ("community-manager",),
    ),
    Territoire(
        "Madinina Tech",
        "prive",
        Lieu("97209", "97200", "5 rue de la Baie"),
        "02",
        ("developpeur-full-stack",),
    ),
)

LYON = Lieu("69123", "69007", "12 rue des Ateliers", en_qpv=True)


class Recit:
    """Tells the story; ``dire`` receives one line a chapter."""

    def __init__(self, dire: Callable[[str], None]) -> None:
        self.dire = dire
        load_demo_certifications()
        load_demo_organismes()
        load_text(TEXTE_ANTERIEUR)
        #: Of the list of the earlier, fictional call: it is no family of the call of 2021 (criterion 1).
        self.famille_anterieure = FamilleMetier.objects.create(
            version="2018",
            code="usages",
            libelle="Bureautique et usages du numérique (liste de 2018, fictive)",
            ordre=1,
        )
        self.gens = create_demo_accounts()
        self.equipe = team(self.gens)
        self.porteur = self.gens["porteur"]
        self.structure = Structure.objects.get(siret=SIRET_PORTEUR)
        self.organisme = Structure.objects.get(siret=SIRET_ORGANISME)
        self.responsables: dict[Any, Utilisateur] = {self.structure.pk: self.porteur}
        self.structures = [self._structure(rang, lieu) for rang, lieu in enumerate(TERRITOIRES)]

    # --- People and places -----------------------------------------------------------------
    def _structure(self, rang: int, territoire: Territoire) -> Structure:
        commune = Commune.objects.select_related("departement").get(pk=territoire.lieu.commune)
        prenom, nom = DIRIGEANTS[rang % len(DIRIGEANTS)]
        responsable = comptes.register_user(
            email=f"responsable{rang + 1}@{DOMAINE}",
            mot_de_passe=MOT_DE_PASSE,
            prenom=prenom,
            nom=nom,
            fonction="Directrice" if rang % 2 == 0 else "Directeur",
            email_verifie=True,
        )
        structure = comptes.create_structure(
            acteur=SYSTEME,
            responsable=responsable,
            donnees={
                "siret": siret(rang + 1),
                "raison_sociale": territoire.nom,
                "forme_juridique": territoire.forme,
                "nda": f"{territoire.nda}{commune.departement_id[:2].replace('A', '0')}{rang + 10001:05d}01"[
                    :11
                ],
                "adresse": territoire.lieu.adresse,
                "code_postal": territoire.lieu.code_postal,
                "commune": commune.nom,
                "commune_code": commune.pk,
                "representant_prenom": prenom,
                "representant_nom": nom,
                "representant_fonction": responsable.fonction,
                "representant_email": responsable.email,
            },
        )
        self.responsables[structure.pk] = responsable
        return structure

    def _variante(self, structure: Structure, metier: str, debut: date, **options: Any) -> Variante:
        lieu = LYON
        for territoire, autre in zip(TERRITOIRES, self.structures, strict=True):
            if autre == structure:
                lieu = territoire.lieu
        return Variante(modele=self._model(metier), lieu=lieu, debut=debut, **options)

    @staticmethod
    def _model(metier: str) -> ModeleFormation:
        return PAR_METIER[metier]

    def responsable(self, structure: Structure) -> Utilisateur:
        """Return who deposits and signs for a structure."""
        return self.responsables[structure.pk]

    # --- Steps -------------------------------------------------------------------------------
    def depose(self, structure: Structure, metier: str, debut: date, **options: Any) -> Candidature:
        """Draft and deposit a dossier today."""
        with transaction.atomic():
            acteur = self.responsable(structure)
            variante = self._variante(structure, metier, debut, **options)
            candidature = scenario.draft(structure=structure, variante=variante, acteur=acteur)
            scenario.deposit(candidature=candidature, acteur=acteur)
        return candidature

    def recevable(self, dossiers: list[Candidature]) -> None:
        """Assign and declare dossiers recevables."""
        for candidature in dossiers:
            scenario.assign(candidature=candidature, equipe=self.equipe)
            scenario.judge(candidature=candidature, instructeur=self.equipe.instructeurs[0])

    def note(self, dossiers: list[Candidature], niveaux: list[int]) -> None:
        """Have both instructors score dossiers, at close levels."""
        for rang, (candidature, niveau) in enumerate(zip(dossiers, niveaux, strict=True)):
            for ecart, instructeur in enumerate(self.equipe.instructeurs):
                scenario.score(
                    candidature=candidature,
                    instructeur=instructeur,
                    niveau=niveau,
                    faible=0 if ecart == 0 else 1 + rang % 6,
                )

    def siege(self, intitule: str, jour: date, dossiers: list[Candidature], **options: Any) -> Any:
        """Hold a séance on ``jour`` and notify its decisions four days later."""
        releve = options.pop("releve", None)
        seance = scenario.convene(
            equipe=self.equipe,
            intitule=intitule,
            tenue_le=horloge.at_paris(jour, 14),
            dossiers=dossiers,
            releve=releve,
        )
        advance(jour, 15)
        scenario.deliberate(seance=seance, equipe=self.equipe, issues=options.get("issues", {}))
        advance(jour + timedelta(days=4), 10)
        scenario.notify(seance=seance, equipe=self.equipe)
        return seance

    def signe(self, candidature: Candidature) -> Label:
        """Have the convention of a labelled dossier signed by both parties."""
        convention = Convention.objects.get(candidature=candidature)
        return scenario.sign(
            convention=convention, porteur=self.responsable(candidature.structure), equipe=self.equipe
        )

    # --- Chapters ----------------------------------------------------------------------------
    def tell(self) -> None:
        """Tell the whole story, chapter by chapter."""
        self._first_labels()
        self._running_labels()
        self._recent_labels()
        self._settle_the_past()
        self._releve_1()
        self._releve_2()
        advance_to_end()

    def _first_labels(self) -> None:
        """2018: an earlier, fictional call; its labels have come to their term."""
        self.dire("2018 : un appel antérieur (fictif)")
        grille = Grille.objects.order_by("en_vigueur_du").first()
        Appel.objects.create(code="2018", titre="Appel antérieur (fictif)", ouvert_le=DEBUT, grille=grille)
        advance(date(2018, 3, 5), 11)
        fibre, reseaux = self.structures[0], self.structures[4]
        dossiers = [
            self.depose(fibre, "installateur-fibre", date(2018, 9, 3)),
            self.depose(reseaux, "technicien-systemes-reseau", date(2018, 9, 10)),
        ]
        advance(date(2018, 4, 3))
        self.recevable(dossiers)
        self.note(dossiers, [3, 4])
        self.siege("Séance du 14 mai 2018", date(2018, 5, 14), dossiers)
        advance(date(2018, 6, 15))
        for candidature in dossiers:
            label = self.signe(candidature)
            self._run_session(label, label.sessions.order_by("debut")[0], ended=True)

    def _running_labels(self) -> None:
        """2019: labels that run today, one of them withdrawn since."""
        self.dire("2019 : des labels en cours, un label retiré")
        advance(date(2019, 1, 21), 16)
        choix = (
            (1, "developpeur-full-stack"),
            (5, "testeur-logiciel"),
            (8, "technicien-help-desk"),
            (11, "technicien-systemes-reseau"),
        )
        dossiers = [self.depose(self.structures[rang], metier, date(2019, 5, 13)) for rang, metier in choix]
        advance(date(2019, 2, 18))
        self.recevable(dossiers)
        self.note(dossiers, [4, 3, 3, 2])
        self.siege("Séance du 20 mars 2019", date(2019, 3, 20), dossiers)
        advance(date(2019, 4, 10))
        en_cours = [self.signe(candidature) for candidature in dossiers]
        for label in en_cours[:3]:
            self._run_session(label, label.sessions.order_by("debut")[0], ended=True)
        retire = en_cours[3]
        advance(date(2020, 6, 2))
        for label in en_cours[:3]:
            self._run_session(label, label.sessions.order_by("debut")[1], ended=True)
        advance(date(2020, 9, 14))
        labels.withdraw_label(
            label=retire,
            acteur=self.equipe.direction,
            motifs="Aucune session n’a démarré et les mises en demeure sont restées sans réponse.",
        )

    def _recent_labels(self) -> None:
        """2020: the demo porteur's own label, prepared by a subcontractor; one under condition."""
        self.dire("2020 : le label de la porteuse de la démonstration, un label sous condition")
        advance(date(2020, 9, 28), 15)
        porteur = self.depose(
            self.structure, "developpeur-full-stack", date(2021, 2, 1), sous_traitance=True, part_femmes=45
        )
        audit = self.depose(
            self.structures[12], "technicien-help-desk", date(2021, 1, 11), audit_prevu_le=date(2021, 10, 20)
        )
        autre = self.depose(self.structures[6], "developpeur-full-stack", date(2021, 1, 18))
        dossiers = [porteur, audit, autre]
        advance(date(2020, 10, 12))
        self.recevable(dossiers)
        self.note(dossiers, [4, 3, 3])
        issues = {
            audit.pk: {
                "nature": "LABELLISEE_SOUS_CONDITION",
                "condition": "Obtenir la certification Qualiopi",
                "condition_avant": date(2021, 10, 29),
            }
        }
        self.siege("Séance du 3 novembre 2020", date(2020, 11, 3), dossiers, issues=issues)
        advance(date(2020, 11, 16))
        label, _, autre_label = (self.signe(candidature) for candidature in dossiers)
        habilitations.authorize_body(label=label, structure=self.organisme, acteur=self.porteur)
        advance(date(2021, 1, 18), 12)
        self._start(autre_label, autre_label.sessions.order_by("debut")[0], attest=False)
        advance(date(2021, 2, 1), 12)
        premiere = label.sessions.order_by("debut")[0]
        self._start(label, premiere, attest=True)
        espace.confirm_space(label=label, acteur=self.porteur)
        sessions.plan_session(
            label=label,
            debut=date(2021, 9, 6),
            fin=date(2022, 5, 6),
            places=15,
            lieu="12 rue des Ateliers, Lyon",
            mode="PRESENTIEL",
            acteur=self.porteur,
        )

    def _start(self, label: Label, session: Any, *, attest: bool) -> None:
        acteur = self.responsable(label.structure)
        scenario.start(session=session, jour=horloge.today(), acteur=acteur)
        if attest:
            commune = label.candidature.depots.latest("numero").instantane["formation"]["sites"][0]["commune"]
            scenario.enrol(session=session, nombre=12, acteur=acteur, commune=commune["code"])
            scenario.attest(session=session, acteur=acteur)

    def _run_session(self, label: Label, session: Any, *, ended: bool) -> None:
        """Start a session on its day with its list, and end it."""
        if horloge.today() < session.debut:
            advance(session.debut, 12)
        self._start(label, session, attest=True)
        if ended:
            self.a_terminer.append(session)

    @property
    def a_terminer(self) -> list[Any]:
        """Return the sessions to end when their day comes."""
        return self.__dict__.setdefault("_a_terminer", [])

    def _end_sessions(self) -> None:
        """End the sessions whose day has passed, on their planned day."""
        for session in self.a_terminer:
            session.refresh_from_db()
            if session.etat == "DEMARREE" and session.fin <= horloge.today():
                acteur = self.responsable(session.label.structure)
                sessions.end_session(session=session, jour=session.fin, acteur=acteur)

    def _settle_the_past(self) -> None:
        """Waive what was handed in to GEN on paper before the portal, but for one label left late."""
        advance(date(2021, 6, 7), 11)
        self._end_sessions()
        en_retard = self.structures[8]
        for echeance in Echeance.objects.late().filter(genre__startswith="suivi."):
            if echeance.responsable_id != en_retard.pk:
                waive_obligation(
                    echeance=echeance,
                    label=label_of(echeance),
                    acteur=self.equipe.direction,
                    motif="Remis à la GEN avant le portail.",
                )

    def _releve_1(self) -> None:
        """Summer 2021: relevé 1, examined, decided and notified."""
        self.dire("2021, relevé 1 : douze dossiers décidés")
        advance(date(2021, 6, 14), 17)
        self._end_sessions()
        choix = (
            (1, "community-manager"),
            (2, "gestionnaire-base-donnees"),
            (3, "installateur-fibre"),
            (5, "data-analyst"),
            (7, "technicien-systemes-reseau"),
            (9, "developpeur-full-stack"),
            (10, "testeur-logiciel"),
            (13, "community-manager"),
        )
        debut = date(2021, 8, 30)
        dossiers = [self.depose(self.structures[rang], metier, debut) for rang, metier in choix]
        advance(date(2021, 7, 12), 9)
        courte = self.depose(
            self.structures[14], "developpeur-full-stack", debut, ecarts={"programme": {"duree_mois": 19}}
        )
        payante = self.depose(
            self.structures[8], "data-analyst", debut, ecarts={"budget": {"reste_a_charge": 45_000}}
        )
        retiree = self.depose(self.structures[0], "technicien-maintenance-informatique", debut)
        retiree_acteur = self.responsable(retiree.structure)
        advance(date(2021, 8, 4))
        self.recevable(dossiers)
        for candidature, refus in (
            (courte, {3: "La formation dure 19 mois hors immersion, pour 18 au plus."}),
            (payante, {7: "Un reste à charge de 450 euros est demandé à l’apprenant."}),
        ):
            scenario.assign(candidature=candidature, equipe=self.equipe)
            decision = scenario.judge(
                candidature=candidature, instructeur=self.equipe.instructeurs[0], refus=refus
            )
            if decision is not None:
                scenario.notify_one(decision=decision, equipe=self.equipe)
        depot.withdraw_candidature(candidature=retiree, acteur=retiree_acteur)
        advance(date(2021, 8, 26))
        self.note(dossiers, [4, 3, 3, 4, 2, 4, 1, 3])
        issues = {
            dossiers[4].pk: {
                "nature": "AJOURNEE",
                "motifs": "Préciser les embauches promises par les entreprises.",
            },
            dossiers[6].pk: {
                "nature": "REFUSEE",
                "motifs": "Les partenariats et l’accompagnement sont insuffisants.",
            },
        }
        releve = Releve.objects.get(appel__code="2021", numero=1)
        self.siege(
            "Séance du relevé 1, 7 septembre 2021", date(2021, 9, 7), dossiers, issues=issues, releve=releve
        )
        advance(date(2021, 9, 13))
        for candidature in dossiers[:2]:
            self.signe(candidature)

    def _releve_2(self) -> None:
        """September 2021: relevé 2 is open; dossiers stand at every step."""
        self.dire("2021, relevé 2 : ouvert, des dossiers à chaque étape")
        advance(date(2021, 9, 14), 9)
        debut = date(2021, 11, 15)
        self._start_second_session()
        choix = (
            (2, "digital-business-developer"),
            (4, "graphiste-infographiste"),
            (6, "designer-ux-ui"),
            (7, "technicien-maintenance-informatique"),
            (8, "data-analyst"),
            (9, "technicien-help-desk"),
            (10, "digital-business-developer"),
            (11, "developpeur-full-stack"),
            (12, "graphiste-infographiste"),
            (14, "developpeur-full-stack"),
            (0, "technicien-maintenance-informatique"),
            (13, "community-manager"),
        )
        dossiers = [
            self.depose(
                self.structures[rang], metier, add_months(debut, rang % 2), avec_preuves=ordre % 2 == 0
            )
            for ordre, (rang, metier) in enumerate(choix[:11])
        ]
        advance(date(2021, 9, 15), 9)
        inscrits, notes, recevables = dossiers[0:2], dossiers[2:4], dossiers[4:6]
        self.recevable([*inscrits, *notes, *recevables])
        self.note([*inscrits, *notes], [4, 3, 3, 2])
        scenario.score(candidature=recevables[0], instructeur=self.equipe.instructeurs[0], niveau=3)
        scenario.convene(
            equipe=self.equipe,
            intitule="Séance au fil de l’eau, 12 octobre 2021",
            tenue_le=horloge.at_paris(date(2021, 10, 12), 14),
            dossiers=inscrits,
        )
        advance(date(2021, 9, 16), 11)
        incomplet, autre = dossiers[6], dossiers[7]
        for candidature in (incomplet, autre):
            scenario.assign(candidature=candidature, equipe=self.equipe)
        self._request(
            incomplet, "accompagnement", "dispositifs", "Précisez qui assure la permanence sociale."
        )
        self._request(
            autre,
            "programme",
            "justification_heures",
            "Dites pourquoi ces heures conviennent à des débutants.",
        )
        delegation.delegate_signature(
            delegataire=self.equipe.instructeurs[0],
            qualite=self.equipe.instructeurs[0].fonction,
            acte="décision n°\u00a02021-12 du 1er septembre 2021",
            du=date(2021, 9, 1),
            au=date(2022, 12, 31),
            acteur=self.equipe.direction,
        )
        irrecevable = dossiers[8]
        scenario.assign(candidature=irrecevable, equipe=self.equipe)
        scenario.judge(
            candidature=irrecevable,
            instructeur=self.equipe.instructeurs[0],
            refus={1: "Le métier visé s’est numérisé\u00a0: ce n’est pas un métier technique du numérique."},
        )
        affectations.assign(
            candidature=dossiers[9],
            instructeur=self.equipe.instructeurs[1],
            tache=Affectation.Tache.RECEVABILITE,
            acteur=self.equipe.direction,
        )
        self._to_examine(debut)
        self._messages(incomplet, dossiers[9])
        advance(date(2021, 9, 17), 18)
        self._drafts(debut)

    def _to_examine(self, debut: date) -> None:
        """Four dossiers to examine: one holds, the others fail each of the ten criteria, two by two."""
        un, deux = self.equipe.instructeurs
        ancien = Label.objects.filter(structure=self.structures[0]).earliest("debut")
        tient = self.depose(
            self.structures[0],
            "installateur-fibre",
            debut,
            ecarts={
                "structure": {"labels_anterieurs": "Un label de 2018 à 2021, sessions toutes tenues."},
                "formation": {"renouvellement": True, "label_renouvele": ancien.code},
            },
        )
        perime = self.depose(
            self.structures[4],
            "technicien-systemes-reseau",
            debut,
            ecarts={
                "structure": {"attestation_fiscale_le": date(2021, 1, 12)},
                "formation": {**contenu.ANCIEN_TITRE, "accord_valide_jusqu_au": date(2021, 9, 25)},
                "publics": {"apprenants_gen_par_session": 8},
            },
        )
        fermee = self.depose(
            self.structures[11],
            "technicien-systemes-reseau",
            debut,
            modules=contenu.MODULES_COURTS,
            ecarts={
                "formation": {"prerequis_academique": True},
                "immersion": {"periodes": 0, "heures": 0, "semaines": 0, "calendrier": "À organiser."},
            },
        )
        labellisee = self.depose(
            self.structures[8],
            "technicien-help-desk",
            debut,
            ecarts={
                "structure": {"qualite_valide_jusqu_au": date(2021, 9, 22)},
                "formation": {"famille": self.famille_anterieure},
                "budget": {"reste_a_charge": 30_000},
            },
        )
        for candidature, instructeur in ((perime, un), (fermee, un), (labellisee, deux), (tient, deux)):
            affectations.assign(
                candidature=candidature,
                instructeur=instructeur,
                tache=Affectation.Tache.RECEVABILITE,
                acteur=self.equipe.direction,
            )
        scenario.note(candidature=perime, acteur=deux, texte=contenu.NOTES["attestation"])
        scenario.note(candidature=perime, acteur=un, texte=contenu.NOTES["accord"])

    def _messages(self, incomplet: Candidature, examine: Candidature) -> None:
        """Three threads: one that waits for the demo porteur, one for each instructor."""
        dits, un = contenu.MESSAGES, self.equipe.instructeurs[0]
        labellise = Label.objects.get(structure=self.structure, debut__year=2020).candidature
        presse = self.responsable(incomplet.structure)
        advance(date(2021, 9, 16), 15)
        question = scenario.write(
            candidature=labellise, acteur=self.gens["contributeur"], texte=dits["formateur"]
        )
        attente = scenario.write(candidature=incomplet, acteur=presse, texte=dits["permanence"])
        advance(date(2021, 9, 17), 10)
        scenario.answer(message=question, acteur=un, texte=dits["profil"], piece="profil-des-formateurs.pdf")
        suite = scenario.answer(message=attente, acteur=un, texte=dits["les deux"])
        advance(date(2021, 9, 17), 16)
        scenario.answer(message=suite, acteur=presse, texte=dits["merci"])
        scenario.write(
            candidature=examine,
            acteur=self.responsable(examine.structure),
            texte=dits["certificat"],
            piece="certificat-qualiopi.pdf",
        )

    def _request(self, candidature: Candidature, section: str, champ: str, consigne: str) -> None:
        complements.request_complements(
            candidature=candidature,
            acteur=self.equipe.instructeurs[0],
            elements=[complements.Element(section, champ, consigne)],
            reponse_avant=date(2021, 10, 1),
        )

    def _start_second_session(self) -> None:
        label = Label.objects.get(structure=self.structure, debut__year=2020)
        session = label.sessions.get(debut=date(2021, 9, 6))
        scenario.start(session=session, jour=date(2021, 9, 6), acteur=self.porteur)
        scenario.enrol(session=session, nombre=9, acteur=self.gens["organisme"], commune="69123")

    def _drafts(self, debut: date) -> None:
        """Drafts: one ready to be deposited by the demo porteur, others under way."""
        with transaction.atomic():
            scenario.draft(
                structure=self.structure,
                variante=self._variante(
                    self.structure, "technicien-help-desk", debut, part_femmes=40, avec_preuves=True
                ),
                acteur=self.gens["contributeur"],
            )
            entame = self._partial(
                self.structure, "community-manager", debut, ("structure", "formation", "programme")
            )
            scenario.attach_unreadable(entame, "ACCORD_CERTIFICATION", self.responsable(self.structure))
            self._partial(self.structures[3], "installateur-fibre", debut, ("structure",))
            self._partial(
                self.structures[13], "community-manager", debut, ("structure", "formation", "publics")
            )
            self._partial(self.structures[5], "data-analyst", debut, ())

    def _partial(
        self, structure: Structure, metier: str, debut: date, sections_remplies: tuple[str, ...]
    ) -> Candidature:
        from candidatures.domain import dossier

        acteur = self.responsable(structure)
        variante = self._variante(structure, metier, debut)
        candidature = dossier.create_candidature(
            structure=structure, acteur=acteur, intitule=variante.modele.intitule
        )
        if sections_remplies:
            scenario.fill(
                candidature=candidature, variante=variante, acteur=acteur, sections=sections_remplies
            )
        return candidature


DIRIGEANTS = (
    ("Sylvie", "Marchal"),
    ("Yann", "Kervella"),
    ("Odile", "Vasseur"),
    ("Pierre-Ange", "Mattei"),
    ("Béatrice", "Schmitt"),
    ("Laurent", "Delattre"),
    ("Aïcha", "Sissoko"),
    ("Denis", "Hautot"),
    ("Élodie", "Lafitte"),
    ("Jordi", "Puig"),
    ("Gwenaëlle", "Rabin"),
    ("Farid", "Amrani"),
    ("Solange", "Bonnet"),
    ("Mickaël", "Hoarau"),
    ("Ghislaine", "Lagier"),
)


def team(gens: dict[str, Utilisateur]) -> Equipe:
    """Return GEN's people and the committee among the demo's accounts."""
    return Equipe(
        instructeurs=(gens["instructeur1"], gens["instructeur2"]),
        comite=(gens["comite1"], gens["comite2"]),
        direction=gens["direction"],
        direction2=gens["direction2"],
    )


def advance(jour: date, heure: int = 10) -> None:
    """Move the demo's clock forward to an hour of a day, if it isn't past it already."""
    instant = horloge.at_paris(jour, heure)
    if horloge.now() < instant:
        horloge.advance_to(instant)


def advance_to_end() -> None:
    """Bring the clock to the first instant of the demo."""
    horloge.advance_to(ARRIVEE)
