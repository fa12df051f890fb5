"""Walk one dossier from its draft as far as the portal goes, through the verbs, printing each step."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from candidatures.domain.queries import statut_porteur
from candidatures.models import Candidature, Releve
from comptes import domain as comptes
from comptes.models import Structure
from gen_portal.demo import scenario
from gen_portal.demo.comptes import SIRET_PORTEUR, create_demo_accounts
from gen_portal.demo.contenu import MODELES, Variante, siret
from gen_portal.demo.peuplement import LYON, advance, team
from labellisation.domain.convention import ready_to_sign
from labellisation.domain.label import public_status
from labellisation.models import Convention, Decision, Label, SignatureConvention
from pilotage.domain.catalogue import verify
from socle import balayages, courriels, fournisseurs, horloge, journal
from socle.models import Courriel, Document, Echeance, Rappel
from socle.references import reference
from suivi import echeances
from suivi.models import Session

#: What a signature brings to this dossier (DOMAIN §9), before any session has started.
GENRES_ATTENDUS = {
    echeances.PREMIERE_SESSION,
    echeances.SESSION_PREVUE,
    echeances.SESSION_ANNUELLE,
    echeances.ESPACE,
    echeances.RAPPORT_ANNUEL,
    echeances.CARIF_OREF,
    echeances.MON_COMPTE_FORMATION,
    echeances.QUALITE,
    echeances.ACCORD_CERTIFICATION,
    echeances.ATTESTATIONS_SOCIALES,
}
#: Kept by the command's own run, in a folder that it makes and leaves as it is.
MARQUE = "GEN_LIFECYCLE_DIR"


class Command(BaseCommand):
    help = (
        "Fait vivre une formation du brouillon au premier rappel, sur une base à part, et écrit ses fichiers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", required=True, help="Dossier où écrire les PDF et les courriels.")

    def handle(self, *args: Any, output: str, **options: Any) -> None:
        sortie = Path(output)
        sortie.mkdir(parents=True, exist_ok=True)
        if os.environ.get(MARQUE):
            Parcours(self.stdout.write, sortie).walk()
            return
        self._run_apart(sortie)

    def _run_apart(self, sortie: Path) -> None:
        """Run the walk in a process of its own, on a base of its own: nobody's data is touched."""
        with tempfile.TemporaryDirectory(prefix="gen-lifecycle-") as dossier:
            environnement = {
                **_without_settings(os.environ),
                MARQUE: dossier,
                "GEN_ENV": "local",
                "GEN_DEMO": "1",
                "GEN_VAR_DIR": dossier,
                "DATABASE_URL": f"sqlite:///{dossier}/portail.sqlite3",
                "GEN_COURRIEL_FOURNISSEUR": "demo",
                "GEN_LOG_LEVEL": "ERROR",
            }
            for commande in (
                ["migrate", "-v0"],
                ["load_referentiels"],
                ["lifecycle", "--output", str(sortie)],
            ):
                muet = subprocess.DEVNULL if commande[0] != "lifecycle" else None
                self.stdout.flush()
                resultat = subprocess.run(
                    [sys.executable, str(settings.BASE_DIR / "manage.py"), *commande],
                    env=environnement,
                    stdout=muet,
                    check=False,
                )
                if resultat.returncode:
                    raise CommandError(f"Le parcours s’est arrêté à : {commande[0]}.")


#: Services that a shell or a container names, and that the walk must not reach.
SERVICES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")


def _without_settings(env: Mapping[str, str]) -> dict[str, str]:
    """Drop every setting of the portal: the walk writes in its own folder, and nowhere else."""
    return {nom: valeur for nom, valeur in env.items() if nom not in SERVICES and not nom.startswith("GEN_")}


class Parcours:
    """The walk; each step is checked before the next one."""

    def __init__(self, dire: Callable[[str], Any], sortie: Path) -> None:
        self.dire = dire
        self.sortie = sortie
        self.rang = 0

    def step(self, phrase: str, held: bool = True) -> None:
        """Print a step; stop the walk if it didn't hold."""
        self.rang += 1
        self.dire(f"{self.rang:2}. {horloge.paris(horloge.now()):%d/%m/%Y %H:%M}  {phrase}")
        if not held:
            raise CommandError(f"L’étape {self.rang} n’a pas tenu : {phrase}")

    def walk(self) -> None:
        """Walk from the draft to the reminder."""
        horloge.advance_to(horloge.at_paris(date(2021, 9, 20), 10))
        with horloge.frozen_offset():
            self._people()
            candidature = self._deposit()
            self._instruct(candidature)
            self._committee(candidature)
            label = self._sign(candidature)
            session = self._session(label)
            self._reminder(label, session)
            self._write_out()

    def _people(self) -> None:
        gens = create_demo_accounts()
        self.equipe = team(gens)
        self.porteur = comptes.register_user(
            email="claire.martin@porteur.example",
            mot_de_passe="une phrase de passe longue",
            prenom="Claire",
            nom="Martin",
            fonction="Directrice",
            email_verifie=True,
        )
        modele = Structure.objects.get(siret=SIRET_PORTEUR)
        self.structure = comptes.create_structure(
            acteur=self.porteur,
            donnees={
                "siret": siret(77),
                "raison_sociale": "Coopérative du Numérique",
                "forme_juridique": modele.forme_juridique,
                "nda": "84691234569",
                "adresse": "20 rue des Ateliers",
                "code_postal": "69007",
                "commune": "Lyon",
                "commune_code": "69123",
                "representant_prenom": "Claire",
                "representant_nom": "Martin",
                "representant_fonction": "Directrice",
                "representant_email": self.porteur.email,
            },
        )
        self.step(f"La porteuse crée sa structure : {self.structure.raison_sociale}.")

    def _deposit(self) -> Candidature:
        variante = Variante(modele=MODELES[0], lieu=LYON, debut=date(2021, 11, 15), avec_preuves=True)
        candidature = scenario.draft(structure=self.structure, variante=variante, acteur=self.porteur)
        statut = statut_porteur(candidature)
        self.step(
            f"Le dossier {candidature.reference} est rempli : « {statut.label} ».", candidature.est_brouillon
        )
        scenario.deposit(candidature=candidature, acteur=self.porteur)
        candidature.refresh_from_db()
        releve = Releve.objects.get(appel=candidature.appel, numero=2)
        self.step("Il est déposé avant le relevé 2.", candidature.releve_arrivee == releve)
        self._drain()
        recu = candidature.depots.get().recu
        self.step(
            "L’accusé de réception (PDF) est produit.", recu is not None and recu.fichier_id is not None
        )
        self.step("Le courriel de dépôt est remis.", self._sent(candidature))
        return candidature

    def _instruct(self, candidature: Candidature) -> None:
        advance(date(2021, 10, 4))
        scenario.assign(candidature=candidature, equipe=self.equipe)
        scenario.judge(candidature=candidature, instructeur=self.equipe.instructeurs[0])
        candidature.refresh_from_db()
        self.step("L’instructeur rend dix verdicts et le déclare recevable.", candidature.etat == "RECEVABLE")
        premier, second = self.equipe.instructeurs
        scenario.score(candidature=candidature, instructeur=premier, niveau=4)
        candidature.refresh_from_db()
        self.step("Une première notation ne donne pas de score (aveugle).", candidature.etat == "RECEVABLE")
        scenario.score(candidature=candidature, instructeur=second, niveau=4, faible=2)
        candidature.refresh_from_db()
        score = candidature.score.score
        self.step(
            f"Deux notations : score {score // 100},{score % 100:02d} sur 10.", candidature.etat == "NOTEE"
        )
        en_examen = statut_porteur(candidature).label
        self.step(f"La porteuse lit toujours : « {en_examen} ».", en_examen == "En cours d’examen")

    def _committee(self, candidature: Candidature) -> None:
        seance = scenario.convene(
            equipe=self.equipe,
            intitule="Séance du relevé 2",
            tenue_le=horloge.at_paris(date(2021, 10, 19), 14),
            dossiers=[candidature],
            releve=candidature.releve_examen,
        )
        advance(date(2021, 10, 19), 14)
        scenario.deliberate(seance=seance, equipe=self.equipe, issues={})
        seance.refresh_from_db()
        self.step(
            f"Le comité la labellise ; classement {seance.empreinte_classement[:12]}….",
            seance.etat == "CLOSE",
        )
        candidature.refresh_from_db()
        self.step("Décidée n’est pas annoncée.", statut_porteur(candidature).label == "En cours d’examen")
        advance(date(2021, 10, 25))
        scenario.notify(seance=seance, equipe=self.equipe)
        self._drain()
        candidature.refresh_from_db()
        decision = Decision.objects.select_related("lettre").get(candidature=candidature)
        self.step(
            "La direction notifie, à deux personnes.", statut_porteur(candidature).label == "Labellisée"
        )
        self.step("La lettre (PDF) est produite.", bool(decision.lettre and decision.lettre.fichier_id))

    def _sign(self, candidature: Candidature) -> Label:
        convention = Convention.objects.select_related("document").get(candidature=candidature)
        self.step(
            f"La convention {convention.numero} et ses deux annexes (PDF) sont prêtes.",
            ready_to_sign(convention),
        )
        advance(date(2021, 10, 27))
        label = scenario.sign(
            convention=convention, porteur=self.porteur, equipe=self.equipe, read_code=self._code_received
        )
        self._drain()
        convention.refresh_from_db()
        self.step("Les deux parties signent avec un code reçu par courriel.", convention.etat == "SIGNEE")
        erased = Courriel.objects.filter(est_code=True).exclude(texte="")
        self.step("Les codes envoyés sont effacés de la boîte d’envoi.", not erased.exists())
        verification = verify(label.code)
        self.step(
            f"Le label {label.code} est {verification.statut} jusqu’au {label.fin:%d/%m/%Y}.",
            public_status(label) == "valide",
        )
        lignes = Echeance.objects.filter(chaine=label.chaine_journal).values_list("genre", flat=True)
        genres = {genre for genre in lignes if genre.startswith("suivi.")}
        ecart = ", ".join(sorted(genres ^ GENRES_ATTENDUS))
        self.step(f"{len(genres)} genres d’échéances du suivi existent{ecart and f' ({ecart})'}.", not ecart)
        return label

    def _code_received(self, signature: SignatureConvention) -> str:
        """Let the e-mail leave, and read the code as its recipient does."""
        self._drain()
        recus = fournisseurs.demo_messages(nombre=1, email=signature.courriel)
        code = re.search(r"Votre code de signature est\s*: (\S+)", recus[0].texte) if recus else None
        if code is None:
            raise CommandError(f"Aucun code n’est arrivé à {signature.courriel}.")
        return code.group(1)

    def _session(self, label: Label) -> Session:
        session = label.sessions.order_by("debut").first()
        if session is None:
            raise CommandError("Le label n’a pas de session.")
        advance(session.debut, 12)
        scenario.start(session=session, jour=session.debut, acteur=self.porteur)
        scenario.enrol(session=session, nombre=12, acteur=self.porteur, commune="69123")
        scenario.attest(session=session, acteur=self.porteur)
        self._drain()
        document = Document.objects.filter(cle__startswith="suivi.attestation_demarrage:").first()
        self.step(
            "La session démarre ; attestation et liste sont transmises.",
            bool(document and document.fichier_id),
        )
        remplie = Echeance.objects.about(reference(session)).get(genre="suivi.attestation_demarrage")
        self.step("L’échéance de l’attestation est remplie.", remplie.remplie_le is not None)
        return session

    def _reminder(self, label: Label, session: Session) -> None:
        manquante = (
            Echeance.objects.open()
            .filter(chaine=label.chaine_journal, genre__startswith="suivi.")
            .order_by("due")
            .first()
        )
        if manquante is None:
            raise CommandError("Il ne reste rien à rappeler.")
        advance(manquante.due - timedelta(days=15), 9)
        avant = Rappel.objects.filter(echeance=manquante, etat="ENVOYE").count()
        self._drain()
        rappels = Rappel.objects.filter(echeance=manquante, etat="ENVOYE").select_related("courriel")
        self.step(f"L’horloge avance : rappel de « {manquante.libelle} ».", rappels.count() == avant + 1)
        objet = rappels.latest("cree_le").courriel.objet
        self.dire(f"      {objet}")
        self._drain()
        self.step("Un second balayage n’envoie rien de plus.", rappels.count() == avant + 1)
        rapport = journal.verify()
        self.step("Le journal est intact.", rapport.ok)

    def _drain(self) -> None:
        """Run the sweeps here and now, as the worker and beat would."""
        balayages.drain()

    def _sent(self, candidature: Candidature) -> bool:
        ref = reference(candidature)
        lignes = Courriel.objects.filter(sujet_genre=ref.genre, sujet_id=ref.id)
        return lignes.exists() and not lignes.exclude(etat=courriels.Etat.REMIS).exists()

    def _write_out(self) -> None:
        """Copy what the walk made to the folder asked for."""
        for rang, document in enumerate(Document.objects.select_related("fichier").order_by("demande_le"), 1):
            cible = self.sortie / f"{rang:02d}-{document.genre.replace('.', '-')}.pdf"
            with document.fichier.contenu.open("rb") as source, cible.open("wb") as flux:
                shutil.copyfileobj(source, flux)
            self.dire(f"      écrit : {cible.name}")
        for rang, courriel in enumerate(Courriel.objects.exclude(texte="").order_by("cree_le"), 1):
            cible = self.sortie / f"courriel-{rang:02d}.txt"
            cible.write_text(
                f"À : {courriel.email}\nObjet : {courriel.objet}\n\n{courriel.texte}", encoding="utf-8"
            )
        self.dire(f"      écrits : {rang} courriels")
