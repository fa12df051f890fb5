"""The scene of the access walk: two structures, every persona, an object of each kind in each state.

All the objects that the table names belong to "this structure", but those of the neighbour. Each dossier
has a title of its own, so that a page can be searched for it.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from dsfr.models import DsfrConfig
from fido2.cose import ES256
from fido2.utils import sha256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from candidatures.domain.affectations import assign, declare_interest
from candidatures.domain.archive import request_dossier_archive, request_working_archive
from candidatures.domain.complements import Element, request_complements
from candidatures.domain.echanges import send_message
from candidatures.models import Affectation, Candidature, EtatSection, SectionFormation
from comptes import domain as comptes_domain
from comptes.domain import connexions
from comptes.models import Connexion, Invitation, RoleAttribue, RoleMembre, Structure, Utilisateur
from comptes.models.invitation import fingerprint
from labellisation.cycle import NatureDecision
from labellisation.domain import seance as seances
from labellisation.domain.convention import signature_link
from labellisation.domain.decision import take_decision, version_of
from labellisation.domain.delegation import delegate_signature
from labellisation.domain.label import PREUVE
from labellisation.domain.notes import write_note
from labellisation.domain.recevabilite import record_verdict
from labellisation.models import Convention, Decision, Label
from referentiels import models as referentiels
from socle import fichiers, horloge
from socle.models import Antivirus, Document, Echeance, Fichier, Travail
from socle.references import SYSTEME
from socle.transition import transition
from suivi.domain.obligations import POLITIQUE_PREUVE, record_met
from suivi.models import Reclamation
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.labellisation.grille import (
    CODES,
    JUSTIFICATIONS,
    grille_complete,
    notation_en_cours,
    notation_soumise,
)
from tests.socle.papier import page_pdf
from tests.suivi import fabriques as suivi

#: The walk takes place while the first session of the label is running.
INSTANT = horloge.at_paris(date(2021, 11, 22), 10, 0)

MOTIF = "Motif resté secret jusqu’à la notification"
RAISON = "Motif d’essai de la scène"
APPRENANT = "Nomapprenant"
SECRET_APPRENANT = "rue Cachée"
PLAIGNANT = "Nomplaignant"
SECRET_MESSAGE = "Message entre le porteur et la GEN seuls"
SECRET_NOTE = "Note entre instructeurs seuls"


@dataclass
class Objet:
    """What an address needs to reach an object, and the words by which a page betrays it."""

    arguments: dict[str, Any]
    marques: tuple[str, ...] = ()


@dataclass
class Scene:
    """What the walk goes through."""

    personnes: dict[str, Utilisateur | None] = field(default_factory=dict)
    objets: dict[str, Objet] = field(default_factory=dict)
    #: What a form sends, by address (``address object`` first).
    envois: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, nom: str, *marques: str, **arguments: Any) -> Objet:
        """Name an object."""
        assert nom not in self.objets, nom
        self.objets[nom] = Objet(arguments, marques)
        return self.objets[nom]

    def stones(self) -> dict[str, tuple[str, str]]:
        """Return, by the stone that ``lists.txt`` uses, the reference and title of each dossier."""
        marques = [objet.marques for objet in self.objets.values() if len(objet.marques) == 3]
        return {titre.split()[-1]: (reference, titre) for reference, titre, _ in marques}

    def pk(self, nom: str) -> Any:
        """Return the key of an object."""
        return self.objets[nom].arguments["pk"]


def build() -> Scene:
    """Build the whole scene, and leave the clock to whoever called."""
    scene = Scene()
    with time_machine.travel(candidatures.LUNDI, tick=False):
        _referentiels()
        ici = comptes.structure(raison_sociale="Fabrique des Deux Rives")
        ailleurs = comptes.structure(raison_sociale="Atelier voisin")
        _people(scene, ici, ailleurs)
        _structures(scene, ici, ailleurs)
        _dossiers(scene, ici, ailleurs)
        _committee(scene)
        _labels(scene, ici, ailleurs)
    with time_machine.travel(INSTANT, tick=False):
        _follow_up(scene)
        _links(scene, ici)
        _files(scene)
        _admin(scene)
        _conflicts(scene, ici)
        _forms(scene)
    for personne in scene.personnes.values():
        if personne is not None:
            personne.forget_roles()
    return scene


# --- People and structures ---------------------------------------------------------------------
def _people(scene: Scene, ici: Structure, ailleurs: Structure) -> None:
    organisme = comptes.structure(raison_sociale="Organisme sous-traitant")
    scene.personnes = {
        "anonyme": None,
        "inscrit": comptes.utilisateur(),
        "porteur": candidatures.responsable_de(ici),
        "contributeur": comptes.membre(ici),
        "organisme": candidatures.responsable_de(organisme),
        "voisin": candidatures.responsable_de(ailleurs),
        "instructeur": comptes.utilisateur("instructeur"),
        "instructeur-autre": comptes.utilisateur("instructeur"),
        "instructeur-lié": comptes.utilisateur("instructeur"),
        "membre": comptes.utilisateur("comite"),
        "membre-ailleurs": comptes.utilisateur("comite"),
        "membre-déporté": comptes.utilisateur("comite"),
        "région": _referent("32"),
        "région-ailleurs": _referent("84"),
        "direction": labellisation.direction(),
        "direction-liée": labellisation.direction(nom="Dupré", prenom="Marc"),
        "administrateur": comptes.utilisateur("administrateur"),
    }
    for personne in scene.personnes.values():
        if personne is not None:
            personne.forget_roles()
    scene.add("l’organisme", pk=organisme.pk)


def _referent(region: str) -> Utilisateur:
    personne = comptes.utilisateur()
    comptes_domain.grant_role(acteur=SYSTEME, utilisateur=personne, role="region", region_code=region)
    return personne


def _structures(scene: Scene, ici: Structure, ailleurs: Structure) -> None:
    contributeur = _person(scene, "contributeur")
    membre = ici.appartenances.get(utilisateur=contributeur)
    scene.add("cette structure", ici.raison_sociale, pk=ici.pk, membre=membre.pk, object_id=ici.pk)
    scene.add("l’autre structure", ailleurs.raison_sociale, pk=ailleurs.pk)
    comptes_domain.request_responsable(acteur=contributeur, structure=ici, motif=RAISON)


# --- Dossiers ------------------------------------------------------------------------------------
def _titled(titre: str) -> Any:
    def change(reponses: candidatures.Reponses) -> None:
        reponses["formation"][0]["intitule"] = titre

    return change


def _dossier(scene: Scene, nom: str, candidature: Candidature, **arguments: Any) -> Candidature:
    candidature.refresh_from_db()
    marques = (candidature.reference, candidature.intitule, str(candidature.pk))
    assert all(marques), nom
    piece = candidature.pieces.filter(retiree_le__isnull=True).first()
    scene.add(
        nom,
        *marques,
        pk=candidature.pk,
        object_id=candidature.pk,
        code="formation",
        critere=1,
        piece=piece.pk if piece else None,
        type_piece="ATTESTATION_FISCALE",
        **arguments,
    )
    return candidature


def _assign(scene: Scene, candidature: Candidature, *notateurs: Utilisateur) -> Affectation:
    direction, instructeur = scene.personnes["direction"], scene.personnes["instructeur"]
    assert direction is not None
    assert instructeur is not None
    tache = Affectation.Tache
    for personne in (instructeur, *notateurs):
        assign(candidature=candidature, instructeur=personne, tache=tache.NOTATION, acteur=direction)
    return assign(
        candidature=candidature, instructeur=instructeur, tache=tache.RECEVABILITE, acteur=direction
    )


def _dossiers(scene: Scene, ici: Structure, ailleurs: Structure) -> None:
    instructeur, second = scene.personnes["instructeur"], comptes.utilisateur("instructeur")
    direction = scene.personnes["direction"]
    assert instructeur is not None
    second.forget_roles()

    brouillon = candidatures.dossier_complet(ici, _titled("Brouillon Zircon"))
    _dossier(scene, "brouillon", brouillon)

    depose = candidatures.dossier_depose(ici, change=_titled("Dépôt Améthyste"))
    affectation = _assign(scene, depose, second)
    _dossier(scene, "dossier déposé", depose, affectation=affectation.pk)

    for numero in range(1, 11):
        record_verdict(candidature=depose, critere=numero, avis="CONFORME", instructeur=instructeur)
    refusable = candidatures.dossier_depose(ici, change=_titled("Non conforme Opale"))
    _assign(scene, refusable, second)
    for numero in range(1, 11):
        record_verdict(
            candidature=refusable,
            critere=numero,
            avis="NON_CONFORME" if numero == 3 else "CONFORME",
            motif="Trop court" if numero == 3 else "",
            instructeur=instructeur,
        )
    _dossier(scene, "dossier non conforme", refusable)

    complement = candidatures.dossier_depose(ici, change=_titled("Compléments Béryl"))
    _assign(scene, complement, second)
    request_complements(
        candidature=complement,
        acteur=instructeur,
        elements=[Element("formation", "pedagogie", "Précisez.")],
        reponse_avant=date(2021, 12, 20),
    )
    _dossier(scene, "dossier en complément", complement)

    recevable = labellisation.dossier_recevable(ici, change=_titled("Recevable Citrine"))
    grille_complete(recevable.appel.grille)
    affectation = _assign(scene, recevable, second)
    notation_en_cours(recevable, instructeur)
    autre = notation_soumise(recevable, second)
    _dossier(scene, "dossier à noter", recevable, affectation=affectation.pk, notation=autre.pk)

    ecart = labellisation.dossier_recevable(ici, change=_titled("Écart Diamant"))
    _assign(scene, ecart, second)
    mienne = notation_soumise(ecart, instructeur, 4)
    notation_soumise(ecart, second, 1)
    _dossier(scene, "dossier à harmoniser", ecart, notation=mienne.pk)

    irrecevable = candidatures.dossier_depose(ici, change=_titled("Irrecevable Grenat"))
    _assign(scene, irrecevable, second)
    transition(irrecevable, "declare_irrecevable", SYSTEME)
    take_decision(
        candidature=irrecevable,
        nature=NatureDecision.IRRECEVABLE,
        motifs=MOTIF,
        criteres=[3],
        acteur=instructeur,
    )
    _dossier(scene, "dossier irrecevable, décision prise", irrecevable)
    delegation = delegate_signature(
        delegataire=_person(scene, "instructeur-autre"),
        qualite="Chargée d’instruction",
        acte="décision 2021-12",
        du=date(2021, 9, 1),
        au=date(2022, 12, 31),
        acteur=direction,
    )
    scene.add("délégation de signature", delegation=delegation.pk)

    voisin = candidatures.dossier_depose(ailleurs, change=_titled("Voisin Jaspe"))
    assign(
        candidature=voisin,
        instructeur=instructeur,
        tache=Affectation.Tache.RECEVABILITE,
        acteur=direction,
    )
    _dossier(scene, "dossier de l’autre structure", voisin)

    note = labellisation.dossier_note(structure=ici, change=_titled("Noté Hématite"))
    _assign(scene, note, second)
    _dossier(scene, "dossier noté", note)


# --- Committee -----------------------------------------------------------------------------------
def _committee(scene: Scene) -> None:
    ici = Structure.objects.get(pk=scene.pk("cette structure"))
    ailleurs = Structure.objects.get(pk=scene.pk("l’autre structure"))
    direction, membre = scene.personnes["direction"], scene.personnes["membre"]
    deporte, hors = scene.personnes["membre-déporté"], scene.personnes["membre-ailleurs"]
    convoques = [membre, deporte]

    a_l_ordre = labellisation.dossier_note(structure=ici, change=_titled("Convoqué Iolite"))
    prochaine = labellisation.seance_convoquee(
        [a_l_ordre], membres=convoques, acteur=direction, intitule="S1"
    )
    _dossier(scene, "dossier à l’ordre du jour", a_l_ordre)
    _agenda(scene, "dossier d’une séance convoquée", prochaine, a_l_ordre)

    inscrit = labellisation.dossier_note(structure=ici, change=_titled("Inscrit Lapis"))
    decide = labellisation.dossier_note(structure=ici, change=_titled("Décidé Malachite"))
    ouverte = labellisation.seance_ouverte(
        [inscrit, decide], membres=convoques, acteur=direction, intitule="S2"
    )
    ligne = labellisation.inscription_de(ouverte, decide)
    labellisation.decider(ligne, NatureDecision.REFUSEE, MOTIF, acteur=direction)
    seances.cast_vote(inscription=labellisation.inscription_de(ouverte, inscrit), membre=membre, sens="POUR")
    _dossier(scene, "dossier inscrit", inscrit)
    _dossier(scene, "dossier décidé, non notifié", decide)
    _agenda(scene, "dossier d’une séance ouverte", ouverte, inscrit)
    _agenda(scene, "dossier décidé d’une séance ouverte", ouverte, decide)

    clos = labellisation.dossier_note(structure=ici, change=_titled("Clos Nacre"))
    close = labellisation.seance_ouverte([clos], membres=convoques, acteur=direction, intitule="S3")
    labellisation.decider(labellisation.inscription_de(close), motifs=MOTIF, acteur=direction)
    seances.close_seance(seance=close, acteur=direction)
    _dossier(scene, "dossier labellisé, non notifié", clos)
    _agenda(scene, "dossier d’une séance close", close, clos)

    voisin = labellisation.dossier_note(structure=ailleurs, change=_titled("Voisin Kunzite"))
    autre = labellisation.seance_convoquee(
        [voisin], membres=[hors, labellisation.membre_comite()], acteur=direction, intitule="S4"
    )
    _dossier(scene, "dossier à l’ordre du jour d’une autre séance", voisin)
    _agenda(scene, "dossier de l’autre séance", autre, voisin)

    refuse = labellisation.dossier_note(structure=ici, change=_titled("Refusé Onyx"))
    labellisation.notifier(labellisation.seance_close([NatureDecision.REFUSEE], [refuse]))
    _dossier(scene, "dossier refusé, notifié", refuse)


def _agenda(scene: Scene, nom: str, seance: Any, candidature: Candidature) -> None:
    ligne = labellisation.inscription_de(seance, candidature)
    scene.add(nom, pk=seance.pk, inscription=ligne.pk)


# --- Labels and their follow-up --------------------------------------------------------------------
def _labels(scene: Scene, ici: Structure, ailleurs: Structure) -> None:
    a_signer = labellisation.dossier_note(structure=ici, change=_titled("Signature Péridot"))
    _dossier(scene, "dossier à conventionner", a_signer)
    convention = labellisation.convention_a_signer(candidature=a_signer)
    _convention(scene, "convention à signer", convention)

    dossier = labellisation.dossier_note(structure=ici, change=_titled("Label Quartz"))
    label = labellisation.label_actif(debut=suivi.DEBUT, candidature=dossier)
    _dossier(scene, "dossier labellisé", dossier)
    _convention(scene, "convention signée", label.convention)
    _label(scene, "label", label)

    dossier = labellisation.dossier_note(structure=ailleurs, change=_titled("Voisin Rubis"))
    label = labellisation.label_sous_condition(debut=suivi.DEBUT, candidature=dossier)
    _dossier(scene, "dossier labellisé de l’autre structure", dossier)
    _convention(scene, "convention de l’autre structure", label.convention)
    _label(scene, "label de l’autre structure", label)


def _convention(scene: Scene, nom: str, convention: Convention) -> None:
    scene.add(nom, convention.numero, str(convention.pk), pk=convention.pk)


def _label(scene: Scene, nom: str, label: Label) -> None:
    scene.add(nom, label.intitule, str(label.pk), pk=label.pk, code=label.code)


def _follow_up(scene: Scene) -> None:
    label = Label.objects.select_related("structure").get(pk=scene.pk("label"))
    corps = Structure.objects.get(pk=scene.pk("l’organisme"))
    porteur = suivi.porteur(label)
    suivi.habilitations.authorize_body(label=label, structure=corps, acteur=porteur)
    habilitation = label.habilitations.get()
    scene.objets["label"].arguments["habilitation"] = habilitation.pk

    direction = scene.personnes["direction"]
    due, autre = Echeance.objects.filter(chaine=label.chaine_journal).open().order_by("due", "pk")[:2]
    scene.add("échéance ouverte", pk=label.pk, echeance=autre.pk)
    preuve = ContentFile(candidatures.pdf("preuve"), name="preuve.pdf")
    record_met(
        echeance=due, label=label, acteur=direction, jour=horloge.today(), preuve=preuve, nom="preuve.pdf"
    )
    scene.add("preuve d’une échéance", identifiant=Fichier.objects.get(politique=POLITIQUE_PREUVE).pk)

    courante, prevue = suivi.demarrer(label), suivi.session(label, 1)
    suivi.inscrire(courante, 1, nom=APPRENANT)
    apprenant = courante.apprenants.first()
    assert apprenant is not None
    scene.add(
        "session démarrée",
        str(courante.pk),
        pk=courante.pk,
        object_id=courante.pk,
        apprenant=apprenant.pk,
    )
    scene.add("session prévue", str(prevue.pk), pk=prevue.pk, object_id=prevue.pk)

    troisieme = suivi.sessions.plan_session(
        label=label,
        debut=date(2021, 11, 18),
        fin=date(2022, 6, 30),
        places=10,
        acteur=porteur,
        mode="PRESENTIEL",
    )
    quatrieme = suivi.sessions.plan_session(
        label=label,
        debut=date(2022, 1, 10),
        fin=date(2022, 7, 1),
        places=10,
        acteur=porteur,
        mode="PRESENTIEL",
    )
    quatrieme.a_redater = True
    quatrieme.save(update_fields=["a_redater"])
    scene.add("session à redater", str(quatrieme.pk), pk=quatrieme.pk)
    attestee = suivi.sessions.start_session(session=troisieme, jour=date(2021, 11, 18), acteur=porteur)
    suivi.inscrire(attestee, 1, nom=APPRENANT)
    attestation = suivi.attester(attestee)
    ligne = attestee.apprenants.get()
    scene.add("session attestée", str(attestee.pk), pk=attestee.pk, object_id=attestee.pk, apprenant=ligne.pk)
    scene.add("attestation de démarrage", str(attestation.pk), object_id=attestation.pk)

    commun = {"qualite": "APPRENANT", "nom": PLAIGNANT, "courriel": "plainte@essai.example"}
    plainte = Reclamation.objects.create(
        label=label, formation_citee=label.intitule, texte="Plainte", **commun
    )
    scene.add("réclamation sur ce label", str(plainte.pk), object_id=plainte.pk)
    sans = Reclamation.objects.create(formation_citee="Une autre", texte="Plainte", **commun)
    scene.add("réclamation sans label", str(sans.pk), object_id=sans.pk)


def _links(scene: Scene, ici: Structure) -> None:
    porteur, inscrit = scene.personnes["porteur"], scene.personnes["inscrit"]
    assert porteur is not None
    assert inscrit is not None
    transmission = comptes_domain.propose_transfer(
        acteur=porteur, structure=ici, vers=_person(scene, "contributeur")
    )
    scene.add("transmission proposée", pk=ici.pk, transmission=transmission.pk)
    for nom, jours in (("invitation", 7), ("invitation expirée", -1)):
        jeton = f"jeton-{nom.replace(' ', '-').replace('é', 'e')}"
        envoyee = Invitation.objects.create(
            structure=ici,
            email=inscrit.email if jours > 0 else "autre@essai.example",
            role=RoleMembre.CONTRIBUTEUR,
            jeton_empreinte=fingerprint(jeton),
            expire_le=horloge.now() + timedelta(days=jours),
            invite_par=porteur,
        )
        scene.add(nom, jeton=jeton, pk=ici.pk, invitation=envoyee.pk)
    for nom in ("convention à signer", "convention signée"):
        convention = Convention.objects.get(pk=scene.pk(nom))
        jeton = signature_link(labellisation.signature_de(convention))
        scene.objets[nom].arguments |= {"jeton": jeton, "nature": "dossier"}


# --- Files and documents -------------------------------------------------------------------------
#: Kind of document -> its name in the table and the object that it must belong to.
DOCUMENTS = {
    "candidatures.recu": ("accusé de réception", "dossier déposé"),
    "candidatures.dossier": ("PDF du dossier", "dossier déposé"),
    # Of a dossier that GEN sees: its compléments are not handed in.
    "candidatures.copie_travail": ("copie de travail", "dossier en complément"),
    "labellisation.lettre": ("lettre notifiée", "dossier refusé, notifié"),
    "labellisation.annexe_dossier": ("annexe du dossier", "convention à signer"),
    "labellisation.annexe_cahier": ("annexe du cahier des charges", "convention à signer"),
    "labellisation.convention": ("convention à signer, document", "convention à signer"),
    "labellisation.convention_signee": ("convention signée, document", "convention signée"),
    "labellisation.attestation": ("attestation de label", "label"),
    "labellisation.proces_verbal": ("procès-verbal", "dossier d’une séance close"),
    "suivi.attestation_demarrage": ("attestation de démarrage, document", "session attestée"),
}

ARCHIVES = {
    "candidatures.archive_dossier": ("archive du dossier", "dossier déposé"),
    "candidatures.archive_copie": ("archive de travail", "dossier en complément"),
}


def _editions(scene: Scene) -> None:
    """The whole dossier with its attachments, deposited or not."""
    porteur = _person(scene, "porteur")
    for demander, nom in (
        (request_dossier_archive, "dossier déposé"),
        (request_working_archive, "dossier en complément"),
    ):
        demander(candidature=Candidature.objects.get(pk=scene.pk(nom)), acteur=porteur)


def _files(scene: Scene) -> None:
    _editions(scene)
    for document in Document.objects.filter(fichier__isnull=True):
        labellisation.produire(document)
    acte = fichiers.store(
        ContentFile(candidatures.pdf("acte"), name="acte.pdf"),
        nom="acte.pdf",
        proprietaire=Label.objects.get(pk=scene.pk("label")),
        politique=PREUVE,
        acteur=_person(scene, "direction"),
    )
    scene.add("preuve d’un acte sur le label", identifiant=acte.pk)
    Fichier.objects.update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    depose = Candidature.objects.get(pk=scene.pk("dossier déposé"))
    # The first is the one that the dossier's own lines name: it stays clean, whatever the keys drawn.
    pieces = list(depose.pieces.select_related("fichier").order_by("type_piece", "cree_le", "id"))
    scene.add("pièce saine", identifiant=pieces[0].fichier_id)
    for piece, etat, nom in (
        (pieces[1], Antivirus.INFECTE, "pièce infectée"),
        (pieces[2], Antivirus.QUARANTAINE, "pièce en quarantaine"),
        (pieces[3], Antivirus.A_ANALYSER, "pièce à analyser"),
    ):
        analyse_le = None if etat == Antivirus.A_ANALYSER else horloge.now()
        Fichier.objects.filter(pk=piece.fichier_id).update(antivirus=etat, analyse_le=analyse_le)
        scene.add(nom, identifiant=piece.fichier_id)
    scene.add("pièce infectée d’un dossier déposé", pk=depose.pk, piece=pieces[1].pk)
    retenu = pieces[2].fichier_id
    Fichier.objects.filter(pk=retenu).update(prochaine_analyse_le=horloge.now() + timedelta(hours=1))
    Travail.objects.filter(cle__startswith=f"fichier.analyser:{retenu}").delete()
    scene.add("fichier à analyser", acte="analyser", pk=retenu)
    brouillon = Candidature.objects.get(pk=scene.pk("brouillon"))
    scene.add("pièce d’un brouillon", identifiant=brouillon.pieces.first().fichier_id)
    _messages(scene, depose)
    _notes(scene, depose)
    for nom in ("pièce saine", "pièce à analyser"):
        fichier = scene.objets[nom].arguments["identifiant"]
        scene.add(f"{nom}, en images", pk=depose.pk, fichier=fichier, numero=1)
    supprimee = brouillon.pieces.last()
    Fichier.objects.filter(pk=supprimee.fichier_id).update(supprime_le=horloge.now())
    scene.add("pièce supprimée", identifiant=supprimee.fichier_id)
    for genre, (nom, objet) in (DOCUMENTS | ARCHIVES).items():
        document = _document_of(genre, scene.pk(objet))
        scene.add(nom, identifiant=document.pk)
        scene.add(f"{nom}, fichier", identifiant=document.fichier_id)
    attente = Document.objects.get(pk=_document_of("candidatures.recu", scene.pk("dossier en complément")).pk)
    Document.objects.filter(pk=attente.pk).update(fichier=None, sha256="", produit_le=None)
    scene.add("accusé de réception en préparation", identifiant=attente.pk)


def _messages(scene: Scene, depose: Candidature) -> None:
    """A thread with a file of each side, and files that are held back."""
    sain, infecte, attente = Antivirus.SAIN, Antivirus.INFECTE, Antivirus.A_ANALYSER
    for qui, etat, nom in (
        ("porteur", sain, "fichier d’un message du porteur"),
        ("instructeur", sain, "fichier d’un message de la GEN"),
        ("porteur", infecte, "fichier infecté d’un message"),
        ("instructeur", attente, "fichier d’un message, à analyser"),
    ):
        message = send_message(
            candidature=depose,
            texte=SECRET_MESSAGE,
            cle=uuid.uuid4(),
            acteur=_person(scene, qui),
            pieces=[ContentFile(candidatures.pdf(nom), name="message.pdf")],
        )
        analyse_le = None if etat == attente else horloge.now()
        joint = Fichier.objects.filter(proprietaire_id=message.pk)
        joint.update(antivirus=etat, analyse_le=analyse_le)
        scene.add(nom, identifiant=joint.get().pk)


def _notes(scene: Scene, depose: Candidature) -> None:
    """Notes of an instructor: some to correct and delete, and one too old for that."""
    auteur = _person(scene, "instructeur")
    notes = [
        write_note(candidature=depose, texte=SECRET_NOTE, cle=uuid.uuid4(), acteur=auteur) for _ in range(2)
    ]
    scene.add("note d’instruction", pk=depose.pk, note=notes[0].pk)
    notes[1].cree_le = horloge.now() - timedelta(days=2)
    notes[1].save(update_fields=["cree_le"])
    scene.add("note d’instruction ancienne", pk=depose.pk, note=notes[1].pk)


def _document_of(genre: str, sujet: Any) -> Document:
    """Return the document of this kind about an object, or about what hangs on it."""
    cles = [sujet, *Decision.objects.filter(candidature=sujet).values_list("pk", flat=True)]
    from suivi.models import AttestationDemarrage

    cles += AttestationDemarrage.objects.filter(session=sujet).values_list("pk", flat=True)
    return Document.objects.select_related("fichier").get(genre=genre, sujet_id__in=cles)


# --- What the admin alone shows --------------------------------------------------------------------
def _referentiels() -> None:
    """One row of each table of reference data."""
    grille_complete(candidatures.referentiel().grille)
    famille, depuis = candidatures.famille(), {"valide_du": date(2021, 1, 1)}
    departement = candidatures.commune().departement
    candidatures.commune("69387", "Lyon 7e", region="84")
    candidatures.metier()
    region = departement.region
    referentiels.ZonageCommune.objects.create(
        zonage="ZRR",
        version="2021",
        code_commune="59512",
        nom_commune="Roubaix",
        classement="CLASSEE",
        **depuis,
    )
    referentiels.MetierEmergent.objects.create(libelle="Essai", famille=famille, source="Essai", **depuis)
    referentiels.BesoinRegional.objects.create(
        region=region, famille=famille, libelle="Essai", ordre=1, annee=2021
    )
    referentiels.MembreGIP.objects.create(nom="Essai", annee=2021, ordre=1)
    referentiels.Crous.objects.create(nom="Crous d’essai", region=region).departements.add(departement)
    referentiels.CarifOref.objects.create(nom="Carif-Oref d’essai", region=region)
    referentiels.Certification.objects.create(code="RNCP31114", intitule="Essai")
    referentiels.CodeRome.objects.create(code="M1805", libelle="Essai", libelle_recherche="essai")
    referentiels.EditionReferentiel.objects.create(genre="essai", date=date(2021, 9, 1))
    referentiels.OrganismeFormation.objects.create(
        nda="11930000001", siren="999000011", siret="99900001100018", denomination="Essai"
    )


def _admin(scene: Scene) -> None:
    scene.add("rubrique de l’admin", app_label="comptes")
    scene.add("adresse inconnue", url="n-existe-pas/")
    genre = ContentType.objects.get_for_model(Structure)
    scene.add("voir sur le site", content_type_id=genre.pk, object_id=scene.pk("cette structure"))
    DsfrConfig.objects.get_or_create(language="fr")
    Group.objects.create(name="Essai")
    inscrit = _person(scene, "inscrit")
    Authenticator.objects.create(user=inscrit, type="totp", data={"secret": "essai"})
    scene.add("compte", object_id=inscrit.pk, pk=inscrit.pk)
    _doors(scene, inscrit)
    vue = comptes_domain.start_view(acteur=_person(scene, "administrateur"), personne=inscrit, motif=RAISON)
    comptes_domain.end_view(vue=vue, acteur=SYSTEME, fin=vue.Fin.QUITTEE)
    lui = scene.personnes["membre-ailleurs"]
    scene.add("rôle donné", object_id=RoleAttribue.objects.get(utilisateur=lui).pk)


def _doors(scene: Scene, inscrit: Utilisateur) -> None:
    """What hangs on an account: its passkey, another session of its own, an identity provider."""
    cle = Authenticator.objects.create(user=inscrit, type="webauthn", data=passkey())
    scene.add("clé d’accès", pk=cle.pk)
    ouverte = connexions.open_session(
        utilisateur=inscrit,
        session_cle="autre-session",
        moyen=Connexion.Moyen.MOT_DE_PASSE,
        second_facteur=False,
        adresse="",
        appareil="",
    )
    scene.add("session de connexion", pk=ouverte.pk)
    scene.add("fournisseur", provider_id="proconnect")
    scene.add("liste cherchée", quoi="communes")
    application = SocialApp.objects.create(provider="essai", name="Essai", client_id="essai")
    identite = SocialAccount.objects.create(user=inscrit, provider="essai", uid="essai")
    SocialToken.objects.create(app=application, account=identite, token="essai")


def passkey() -> dict[str, Any]:
    """Return a credential as allauth keeps it, of a key that nobody holds."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    donnees = AuthenticatorData.create(
        sha256(b"testserver"),
        AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT,
        0,
        AttestedCredentialData.create(Aaguid.NONE, b"essai", public),
    )
    reponse = RegistrationResponse(
        raw_id=b"essai",
        response=AuthenticatorAttestationResponse(
            client_data=CollectedClientData.create("webauthn.create", b"essai", "https://testserver"),
            attestation_object=AttestationObject.create("none", donnees, {}),
        ),
    )
    return {"name": "Clé d’essai", "credential": dict(reponse)}


# --- Links of interest -------------------------------------------------------------------------------
def _conflicts(scene: Scene, ici: Structure) -> None:
    """Declared last: whoever has a link could not have acted before either."""
    for nom in ("instructeur-lié", "membre-déporté", "direction-liée"):
        personne = scene.personnes[nom]
        assert personne is not None
        declare_interest(personne=personne, structure=ici, motif="Ancien employeur")


# --- What the forms send ----------------------------------------------------------------------------
def _pedagogie(scene: Scene) -> str:
    """Return what the page of a dossier under compléments shows of its open question."""
    return str(SectionFormation.objects.get(pk=scene.pk("dossier en complément")).pedagogie)


class _Envoi(SimpleUploadedFile):
    """A file that each person sends in turn, whole."""

    def read(self, *args: Any) -> bytes:
        self.seek(0)
        return super().read(*args)


def _forms(scene: Scene) -> None:
    """Write what each form sends, so that an act is refused for who asks and never for what is sent."""
    titre = "Nouvel intitulé"
    scene.envois = {
        "comptes:structure-creer": {**_STRUCTURE, "siret": comptes.siret()},
        "comptes:structure-modifier": _STRUCTURE,
        "comptes:structure-agir": {"structure": str(scene.pk("cette structure"))},
        "comptes:structure-transmettre": {
            "vers": str(_person(scene, "contributeur").pk),
            "conserve": "non",
        },
        "comptes:transmission-repondre": {"reponse": "accepter"},
        "comptes:responsable-demander": {"motif": RAISON},
        "admin:comptes_structure_nommer": {"email": _person(scene, "inscrit").email, "motif": RAISON},
        "admin:comptes_structure_rejeter": {"motif": RAISON},
        "admin:comptes_utilisateur_activation": {"motif": RAISON},
        "admin:comptes_utilisateur_voir_comme": {"motif": RAISON},
        "admin:comptes_secondfacteur_retirer": {"motif": RAISON, "reconnue": "on"},
        "labellisation:lever-condition": {
            "obtenue_le": "2021-11-19",
            "motifs": "Certification obtenue",
            "confirme": "on",
        },
        "labellisation:retirer-label": {"motifs": "Engagements non tenus", "confirme": "on"},
        "suivi:session-redater": {"debut": "2022-03-01", "fin": "2022-09-01"},
        "comptes:structure-inviter": {"email": "nouveau@essai.example", "role": "contributeur"},
        "candidatures:creer": {"structure": str(scene.pk("cette structure")), "intitule": titre},
        "candidatures:section dossier en complément": {
            "version": str(
                EtatSection.objects.get(
                    candidature=scene.pk("dossier en complément"), section="formation"
                ).version
            ),
            "pedagogie": "Précisée",
        },
        "candidatures:piece-place": {"piece_ATTESTATION_FISCALE": _Envoi("attestation.pdf", page_pdf())},
        "candidatures:piece-remplacer": {"fichier": _Envoi("attestation.pdf", page_pdf())},
        "candidatures:confier": {"a": str(_person(scene, "contributeur").pk)},
        "candidatures:messages": {"cle": str(uuid.uuid4()), "texte": "Une question"},
        "admin:instruction_messages": {"cle": str(uuid.uuid4()), "texte": "Une réponse"},
        "candidatures:saisie": {"version": "0", "avant": '{"pedagogie": ""}', "pedagogie": "Précisée"},
        "candidatures:saisie dossier en complément": {
            "version": "0",
            "avant": json.dumps({"pedagogie": _pedagogie(scene)}),
            "pedagogie": "Précisée",
        },
        "labellisation:convoquer": {
            "intitule": titre,
            "jour": "2021-12-20",
            "heure": "10:00",
            "quorum": "1",
            "membres": [str(_person(scene, "membre").pk)],
        },
        "labellisation:seance-inscrire": {"dossiers": [str(scene.pk("dossier noté"))]},
        "labellisation:seance-presence": {"presents": [str(_person(scene, "membre").pk)]},
        "labellisation:seance-vote": {"sens": "POUR"},
        "labellisation:seance-decision": {"nature": "LABELLISEE", "motifs": "Motifs"},
        "labellisation:notifier": {"acte": "preparer"},
        "suivi:prevoir": {
            "debut": "2022-03-01",
            "fin": "2022-09-01",
            "mode": "PRESENTIEL",
            "places": "12",
        },
        "suivi:echeance": {"acte": "lever", "motif": "Motif"},
        "suivi:habiliter": {"siret": Structure.objects.get(pk=scene.pk("l’autre structure")).siret},
        "suivi:session-referencer": {"carif_oref": "CO-1"},
        "suivi:session-demarrer": {"jour": "2021-11-22"},
        "suivi:session-reporter": {"nouveau_debut": "2022-12-01", "motif": "Locaux"},
        "suivi:session-terminer": {"jour": "2021-11-22"},
        "suivi:apprenant-ajouter": suivi.saisie(),
        "suivi:apprenant": suivi.saisie(nom=APPRENANT),
        "suivi:reclamation": {
            "qualite": "APPRENANT",
            "nom": "Nom",
            "courriel": "a@essai.example",
            "texte": "Texte",
            "formation_citee": "Formation",
        },
        "admin:instruction_verdict": {"avis": "CONFORME"},
        "admin:instruction_note": {"cle": str(uuid.uuid4()), "texte": "Une note"},
        "admin:instruction_note_corriger": {"texte": "Une note corrigée"},
        "admin:instruction_repartition": {"releve": "aucun", "acte": "apercu"},
        "admin:instruction_confier": {
            "tache": "NOTATION",
            "instructeur": str(_person(scene, "instructeur").pk),
            "dossiers": [str(scene.pk("dossier déposé"))],
        },
        "admin:instruction_affectations": {
            "tache": "NOTATION",
            "instructeur": str(_person(scene, "instructeur").pk),
        },
        "admin:instruction_lien": {"portee": "dossier"},
        "admin:instruction_ecarter": {"motif": "Motif"},
        "admin:instruction_complements": {
            "version": "1",
            "reponse_avant": "2021-12-20",
            "element": "publics.gratuite",
            "consigne-publics.gratuite": "Précisez",
            "etape": "envoyer",
        },
        "admin:instruction_irrecevable": {"motifs": "Motifs"},
        "admin:instruction_decision": {"qualite": "Directrice", "lue": _version(scene)},
        "admin:instruction_motifs": {"motifs": "Autres motifs", "lue": _version(scene)},
        "admin:instruction_rouvrir": {"motifs": RAISON, "etat_lu": "PRISE"},
        "admin:instruction_delegations": {
            "delegataire": str(_person(scene, "instructeur").pk),
            "qualite": "Chargée d’instruction",
            "acte": "décision 2021-13",
            "du": "2021-09-01",
            "au": "2022-12-31",
        },
        "admin:instruction_harmonisation": {**_levels(), "motif": "Accord"},
        "admin:instruction_notation": _levels(),
        "admin:comptes_roleattribue_add": {"email": _person(scene, "inscrit").email, "role": "comite"},
    }


_STRUCTURE = {
    **comptes.DONNEES_STRUCTURE,
    "raison_sociale": "Fabrique des Deux Rives",
}


def _version(scene: Scene) -> str:
    """Return the version of the letter that waits for its signature."""
    return version_of(Decision.objects.get(candidature=scene.pk("dossier irrecevable, décision prise")))


def _levels() -> dict[str, str]:
    saisie = {f"niveau-{code}": "3" for code in CODES}
    return saisie | {f"justification-{numero}": texte for numero, texte in JUSTIFICATIONS.items()}


def _person(scene: Scene, nom: str) -> Utilisateur:
    personne = scene.personnes[nom]
    assert personne is not None
    return personne
