"""A portal that grows by one item of every list at a time, for the counts of queries (``listes.py``).

What step ``n`` adds says ``essai-n``, so that a page can be asked how many items it shows. Each item hangs
on things of its own (another structure, another author) where it may: a query by item can't hide.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile

from candidatures.domain.affectations import assign
from candidatures.domain.echanges import send_message
from candidatures.models import Affectation, Appel, Candidature, Releve
from comptes import domain as comptes_domain
from comptes.domain import connexions
from comptes.models import Connexion, Invitation, RoleMembre, Structure, Utilisateur
from comptes.models.invitation import fingerprint
from labellisation.cycle import NatureDecision
from labellisation.domain import seance as seances
from labellisation.domain.decision import take_decision
from labellisation.domain.textes import load_text
from labellisation.models import Label
from referentiels import models as referentiels
from socle import horloge
from socle.references import SYSTEME
from socle.transition import transition
from suivi.models import ConsultationListe, Reclamation
from tests.access.scene import passkey
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.labellisation.grille import grille_complete, notation_soumise
from tests.socle.test_exploitation import douteux, mort, retenu
from tests.suivi import fabriques as suivi

#: The first sessions have begun, and what they wait for is late.
INSTANT = horloge.at_paris(date(2021, 11, 22), 10, 0)


@dataclass
class Monde:
    """People who read the lists, and the arguments of the addresses that are about one object."""

    personnes: dict[str, Utilisateur | None] = field(default_factory=dict)
    objets: dict[str, dict[str, Any]] = field(default_factory=dict)
    rang: int = 0

    @property
    def ici(self) -> Structure:
        """Return the structure whose lists the porteur reads."""
        return Structure.objects.get(pk=self.objets["structure"]["pk"])

    def personne(self, nom: str) -> Any:
        """Return somebody who has an account."""
        return self.personnes[nom]


def create() -> Monde:
    """Return the portal before its first item."""
    monde = Monde()
    with time_machine.travel(candidatures.LUNDI, tick=False):
        ici = comptes.structure(raison_sociale="Fabrique")
        monde.objets["structure"] = {"pk": ici.pk}
        monde.personnes = {
            "anonyme": None,
            "porteur": candidatures.responsable_de(ici),
            "multiple": candidatures.responsable_de(comptes.structure(raison_sociale="Première")),
            "instructeur": comptes.utilisateur("instructeur"),
            "membre": labellisation.membre_comite(),
            "direction": labellisation.direction(),
            "région": comptes.utilisateur(),
            "administrateur": comptes.utilisateur("administrateur"),
        }
        grille_complete(candidatures.referentiel().grille)
        load_text()
        comptes_domain.grant_role(
            acteur=SYSTEME, utilisateur=monde.personne("région"), role="region", region_code="32"
        )
        monde.objets["brouillon"] = {"pk": candidatures.dossier_complet(ici).pk}
        monde.objets["partenaires"] = {**monde.objets["brouillon"], "code": "partenaires"}
        depose = candidatures.dossier_depose(ici)
        monde.objets["dossier déposé"] = {"pk": depose.pk}
        _section(monde, 0)
        monde.objets["label"] = {"pk": suivi.label(structure=ici).pk}
        for personne in monde.personnes.values():
            if personne is not None:
                personne.forget_roles()
    return monde


def grow(monde: Monde) -> None:
    """Add one item to every list."""
    monde.rang += 1
    nom = f"essai-{monde.rang}"
    with time_machine.travel(candidatures.LUNDI, tick=False):
        ailleurs = comptes.structure(comptes.utilisateur(nom=f"Responsable {nom}"), raison_sociale=nom)
        _releve(monde.rang)
        _reference_data(nom, monde.rang)
        _dossiers(monde, nom, ailleurs)
        _committee(monde, nom)
        _labels(monde, nom, ailleurs)
        _section(monde, monde.rang)
    with time_machine.travel(INSTANT, tick=False):
        _follow_up(monde, nom, ailleurs)
        _people(monde, nom, ailleurs)
        _technical(monde, nom)


def _titled(titre: str) -> Any:
    def change(reponses: candidatures.Reponses) -> None:
        reponses["formation"][0]["intitule"] = titre

    return change


def _releve(rang: int) -> None:
    Releve.objects.create(
        appel=Appel.objects.get(code="2021"),
        numero=10 + rang,
        borne=horloge.at_paris(date(2021, 10, 31) + timedelta(days=rang), 0, 0),
        resultats_avant=date(2021, 12, 15),
        publie_le=candidatures.JUIN,
    )


def _reference_data(nom: str, rang: int) -> None:
    """One row of each table, in a region of its own."""
    depuis, libre = {"valide_du": date(2021, 1, 1)}, {"annee": 2021, "ordre": 10 + rang}
    commune = candidatures.commune(f"9{rang}001", nom, region=f"9{rang}")
    region = commune.departement.region
    famille = referentiels.FamilleMetier.objects.create(
        version="2021", code=nom, libelle=nom, ordre=10 + rang
    )
    referentiels.Metier.objects.create(
        code=nom, libelle=nom, libelle_recherche=nom, famille=famille, rome="M1805", **depuis
    )
    referentiels.MetierEmergent.objects.create(libelle=nom, famille=famille, source=nom, **depuis)
    referentiels.BesoinRegional.objects.create(region=region, famille=famille, libelle=nom, **libre)
    referentiels.MembreGIP.objects.create(nom=nom, **libre)
    referentiels.Crous.objects.create(nom=nom, region=region).departements.add(commune.departement)
    referentiels.CarifOref.objects.create(nom=nom, region=region)
    referentiels.Certification.objects.create(code=f"RNCP9{rang}", intitule=nom)
    referentiels.CodeRome.objects.create(code=f"M99{rang:02d}", libelle=nom, libelle_recherche=nom)
    referentiels.EditionReferentiel.objects.create(genre=nom, date=date(2021, 9, 1))
    referentiels.OrganismeFormation.objects.create(nda=f"{rang:011d}", siren="999000011", denomination=nom)
    referentiels.ZonageCommune.objects.create(
        zonage="ZRR",
        version="2021",
        code_commune=commune.code,
        nom_commune=nom,
        classement="CLASSEE",
        **depuis,
    )
    grille = referentiels.Grille.objects.create(
        version=nom, libelle=nom, appel_code=nom, en_vigueur_du=date(2021, 5, 20), source=nom
    )
    critere = referentiels.CritereSelection.objects.create(grille=grille, numero=1, titre=nom, intitule=nom)
    referentiels.Indicateur.objects.create(critere=critere, code="1.1", ordre=1, intitule=nom, poids=1)


def _assign(monde: Monde, candidature: Candidature, *taches: str) -> None:
    for tache in taches:
        assign(
            candidature=candidature,
            instructeur=monde.personne("instructeur"),
            tache=tache,
            acteur=monde.personne("direction"),
        )


def _dossiers(monde: Monde, nom: str, ailleurs: Structure) -> None:
    tache, ici = Affectation.Tache, monde.ici
    candidatures.dossier_complet(ici, _titled(nom))
    candidatures.dossier_depose(ici, change=_titled(nom))
    _assign(monde, candidatures.dossier_depose(ailleurs, change=_titled(nom)), tache.RECEVABILITE)
    _assign(monde, labellisation.dossier_recevable(structure=ailleurs, change=_titled(nom)), tache.NOTATION)
    ecart = labellisation.dossier_recevable(structure=ailleurs, change=_titled(nom))
    _assign(monde, ecart, tache.NOTATION)
    second = comptes.utilisateur("instructeur", nom=f"Second {nom}")
    second.forget_roles()
    assign(candidature=ecart, instructeur=second, tache=tache.NOTATION, acteur=monde.personne("direction"))
    notation_soumise(ecart, monde.personne("instructeur"), 4)
    notation_soumise(ecart, second, 1)
    suivi_par = comptes.utilisateur("instructeur", nom=f"Chargé {nom}")
    suivi_par.forget_roles()
    depose = Candidature.objects.get(pk=monde.objets["dossier déposé"]["pk"])
    assign(
        candidature=depose, instructeur=suivi_par, tache=tache.NOTATION, acteur=monde.personne("direction")
    )
    _messages(depose, nom)
    irrecevable = candidatures.dossier_depose(ailleurs, change=_titled(nom))
    transition(irrecevable, "declare_irrecevable", SYSTEME)
    take_decision(
        candidature=irrecevable,
        nature=NatureDecision.IRRECEVABLE,
        motifs=nom,
        criteres=[3],
        acteur=monde.personne("instructeur"),
    )


def _messages(candidature: Candidature, nom: str) -> None:
    """A message more on the dossier, of an author of its own, with a file of its own."""
    send_message(
        candidature=candidature,
        texte=f"Question {nom}",
        cle=uuid.uuid4(),
        acteur=comptes.membre(candidature.structure),
        pieces=[ContentFile(candidatures.pdf(nom), name=f"{nom}.pdf")],
    )


def _section(monde: Monde, rang: int) -> None:
    """Give the draft as many partners as there are steps."""
    brouillon = Candidature.objects.get(pk=monde.objets["brouillon"]["pk"])
    modele = candidatures.reponses()["partenaires"][1][0]
    lignes = [{**modele, "nom": f"essai-{numero}"} for numero in range(1, rang + 1)]
    candidatures.enregistrer(brouillon, monde.personne("porteur"), "partenaires", {}, lignes)


def _committee(monde: Monde, nom: str) -> None:
    """A séance more on the list, and one of each state with as many dossiers as there are steps."""
    direction = monde.personne("direction")
    membres = [monde.personne("membre"), labellisation.membre_comite(nom=f"Membre {nom}")]
    labellisation.dossier_note(change=_titled(nom))
    labellisation.seance_convoquee(membres=membres, acteur=direction, intitule=f"Séance {nom}")
    if monde.rang == 2:
        return
    for etat in ("convoquée", "ouverte", "close", "notifiée"):
        seance = labellisation.seance_convoquee(
            [
                labellisation.dossier_note(
                    structure=comptes.structure(raison_sociale=f"essai-{rang}"),
                    change=_titled(f"essai-{rang}"),
                )
                for rang in range(1, monde.rang + 1)
            ],
            membres=[*membres, *(labellisation.membre_comite() for _ in range(monde.rang))],
            acteur=direction,
            intitule=f"Séance {etat}",
        )
        ligne = seance.inscriptions.order_by("cree_le", "pk").first()
        monde.objets[f"séance {etat}"] = {"pk": seance.pk, "inscription": ligne.pk}
        if etat != "convoquée":
            _hold(seance, ligne, etat, direction)


def _hold(seance: Any, premiere: Any, etat: str, direction: Utilisateur) -> None:
    seances.open_seance(seance=seance, acteur=direction)
    lignes = seance.inscriptions.select_related("seance", "candidature")
    if etat == "ouverte":
        labellisation.voter(lignes.get(pk=premiere.pk))
        return
    for ligne in lignes:
        labellisation.decider(ligne, NatureDecision.REFUSEE, acteur=direction)
    seances.close_seance(seance=seance, acteur=direction)
    if etat == "notifiée":
        labellisation.notifier(seance)


def _labels(monde: Monde, nom: str, ailleurs: Structure) -> None:
    a_signer = labellisation.dossier_note(structure=monde.ici, change=_titled(nom))
    labellisation.convention_a_signer(candidature=a_signer)
    for structure in (monde.ici, ailleurs):
        suivi.label(structure=structure, change=_titled(nom))


def _follow_up(monde: Monde, nom: str, ailleurs: Structure) -> None:
    label = Label.objects.get(pk=monde.objets["label"]["pk"])
    porteur = monde.personne("porteur")
    suivi.sessions.plan_session(
        label=label,
        debut=date(2022, 3, monde.rang),
        fin=date(2022, 12, 1),
        places=12,
        acteur=porteur,
    )
    suivi.habilitations.authorize_body(label=label, structure=ailleurs, acteur=porteur)
    if monde.rang == 1:
        monde.objets["session"] = {"pk": suivi.demarrer(label).pk}
    session = label.sessions.select_related("label__structure", "label__convention").get(
        pk=monde.objets["session"]["pk"]
    )
    suivi.inscrire(session, nom=nom)
    ConsultationListe.objects.create(
        session=session, personne=comptes.utilisateur(nom=f"Lecteur {nom}"), acte="LECTURE", lignes=1
    )
    autre = Label.objects.filter(structure=ailleurs).get()
    suivi.attester(_with_learner(suivi.demarrer(autre)))
    Reclamation.objects.create(
        label=autre,
        qualite="APPRENANT",
        nom=nom,
        courriel="a@essai.example",
        formation_citee=nom,
        texte="Texte",
    )


def _with_learner(session: Any) -> Any:
    suivi.inscrire(session)
    return session


def _people(monde: Monde, nom: str, ailleurs: Structure) -> None:
    porteur, ici = monde.personne("porteur"), monde.ici
    membre = comptes.utilisateur(nom=f"Membre {nom}")
    ici.appartenances.create(utilisateur=membre, role=RoleMembre.CONTRIBUTEUR)
    ailleurs.appartenances.create(utilisateur=monde.personne("multiple"), role=RoleMembre.RESPONSABLE)
    Invitation.objects.create(
        structure=ici,
        email=f"{nom}@invite.example",
        role=RoleMembre.CONTRIBUTEUR,
        jeton_empreinte=fingerprint(nom),
        expire_le=horloge.now() + timedelta(days=7),
        invite_par=membre,
    )
    administrateur = comptes.utilisateur("administrateur", nom=f"Agent {nom}")
    administrateur.forget_roles()
    vue = comptes_domain.start_view(acteur=administrateur, personne=porteur, motif=f"Aide pour {nom}")
    comptes_domain.end_view(vue=vue, acteur=SYSTEME, fin=vue.Fin.QUITTEE)
    connexions.open_session(
        utilisateur=porteur,
        session_cle=nom,
        moyen=Connexion.Moyen.MOT_DE_PASSE,
        second_facteur=False,
        adresse="",
        appareil=nom,
    )
    for personne in (porteur, membre):
        Authenticator.objects.create(user=personne, type="webauthn", data={**passkey(), "name": nom})


def _technical(monde: Monde, nom: str) -> None:
    mort()
    douteux(nom=nom)
    retenu()
    crous = referentiels.Crous.objects.get(nom="essai-1")
    monde.objets["crous"] = {"object_id": crous.pk}
    LogEntry.objects.create(
        user=comptes.utilisateur("administrateur", nom=f"Auteur {nom}"),
        content_type=ContentType.objects.get_for_model(crous),
        object_id=str(crous.pk),
        object_repr=nom,
        action_flag=CHANGE,
        change_message=nom,
    )
