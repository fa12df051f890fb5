"""The walk of a formation, step by step, through the verbs of the apps.

The seeder, ``manage.py lifecycle`` and the tests call these same steps; none writes a status itself.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from candidatures.domain import affectations, depot, dossier, echanges, pieces, saisie
from candidatures.models import Affectation, Candidature, EtatSection, Message
from comptes.models import Structure, Utilisateur
from gen_portal.demo import contenu
from gen_portal.demo.contenu import Variante
from labellisation.domain import convention as conventions
from labellisation.domain import decision as decisions
from labellisation.domain import notation as notations
from labellisation.domain import notes, notification, recevabilite
from labellisation.domain import seance as seances
from labellisation.domain.annexes import annexes_of
from labellisation.models import (
    Convention,
    Decision,
    Label,
    Notation,
    NoteInstruction,
    Seance,
    SignatureConvention,
    Vote,
)
from referentiels.models import Commune, Indicateur
from socle import documents, horloge, travaux
from socle.models import Travail
from suivi.domain import apprenants, attestations, sessions
from suivi.models import Session


@dataclass(frozen=True)
class Equipe:
    """The people of GEN and of the committee."""

    instructeurs: tuple[Utilisateur, Utilisateur]
    comite: tuple[Utilisateur, Utilisateur]
    direction: Utilisateur
    direction2: Utilisateur


@transaction.atomic
def draft(*, structure: Structure, variante: Variante, acteur: Utilisateur) -> Candidature:
    """Open a dossier and fill in its eleven sections and attachments."""
    candidature = dossier.create_candidature(
        structure=structure, acteur=acteur, intitule=variante.modele.intitule
    )
    fill(candidature=candidature, variante=variante, acteur=acteur)
    return candidature


@transaction.atomic
def fill(
    *, candidature: Candidature, variante: Variante, acteur: Utilisateur, sections: tuple[str, ...] = ()
) -> None:
    """Fill in the sections named, or all of them with the attachments that they ask for."""
    pages = contenu.dossier(candidature.structure, variante, horloge.today())
    versions = dict(EtatSection.objects.filter(candidature=candidature).values_list("section", "version"))
    for section, (valeurs, lignes) in pages.items():
        if sections and section not in sections:
            continue
        saisie.save_section(
            candidature=candidature,
            section=section,
            valeurs=valeurs,
            lignes=lignes,
            acteur=acteur,
            version=versions[section],
        )
    if not sections:
        for type_piece in attachments(variante):
            attach(candidature, type_piece, acteur)
        if variante.avec_preuves:
            attach(candidature, "PREUVE_PARTENARIAT", acteur, ligne=candidature.partenaires.all()[0].pk)
            attach(candidature, "CV_FORMATEUR", acteur, ligne=candidature.formateurs.all()[0].pk)


def attachments(variante: Variante) -> tuple[str, ...]:
    """Return the attachments that a dossier of this kind needs."""
    qualite = "CONTRAT_QUALITE" if variante.audit_prevu_le else "ATTESTATION_QUALITE"
    return (qualite, "ACCORD_CERTIFICATION", "ATTESTATION_FISCALE", "ATTESTATION_SOCIALE")


def attach(
    candidature: Candidature, type_piece: str, acteur: Utilisateur, ligne: uuid.UUID | None = None
) -> None:
    """Attach the demo's one page to a place of the dossier."""
    pieces.attach_piece(
        candidature=candidature,
        type_piece=type_piece,
        ligne=ligne,
        contenu=ContentFile(contenu.PIECE_PDF),
        nom=f"{type_piece.lower().replace('_', '-')}.pdf",
        acteur=acteur,
    )


def attach_unreadable(candidature: Candidature, type_piece: str, acteur: Utilisateur) -> None:
    """Attach a file that is cut short, as a bad copy is: its verification holds it back."""
    pieces.attach_piece(
        candidature=candidature,
        type_piece=type_piece,
        contenu=ContentFile(contenu.PIECE_PDF[:60]),
        nom="accord-numérisé.pdf",
        acteur=acteur,
    )


def deposit(*, candidature: Candidature, acteur: Utilisateur) -> None:
    """Deposit a complete dossier now."""
    depot.submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())


@transaction.atomic
def assign(*, candidature: Candidature, equipe: Equipe) -> None:
    """Give the dossier one instructor for its admissibility and two for its scoring."""
    premier, _ = equipe.instructeurs
    affectations.assign(
        candidature=candidature,
        instructeur=premier,
        tache=Affectation.Tache.RECEVABILITE,
        acteur=equipe.direction,
    )
    for instructeur in equipe.instructeurs:
        affectations.assign(
            candidature=candidature,
            instructeur=instructeur,
            tache=Affectation.Tache.NOTATION,
            acteur=equipe.direction,
        )


@transaction.atomic
def judge(
    *, candidature: Candidature, instructeur: Utilisateur, refus: dict[int, str] | None = None
) -> Decision | None:
    """Record the ten verdicts, then declare the dossier recevable, or not when a criterion fails.

    ``refus`` maps the failing criteria to their reasons; the decision that follows is returned.
    """
    refus = refus or {}
    for critere in range(1, 11):
        recevabilite.record_verdict(
            candidature=candidature,
            critere=critere,
            avis="NON_CONFORME" if critere in refus else "CONFORME",
            motif=refus.get(critere, ""),
            instructeur=instructeur,
        )
    if not refus:
        recevabilite.declare_recevable(candidature=candidature, acteur=instructeur)
        return None
    recevabilite.declare_irrecevable(
        candidature=candidature, acteur=instructeur, motifs=" ".join(refus.values())
    )
    return Decision.objects.get(candidature=candidature, etat="PRISE")


@transaction.atomic
def score(*, candidature: Candidature, instructeur: Utilisateur, niveau: int, faible: int = 0) -> Notation:
    """Score the six criteria at one level, but for one indicator of ``faible``, and submit."""
    grille = candidature.appel.grille
    indicateurs = Indicateur.objects.filter(critere__grille=grille).select_related("critere")
    niveaux = {indicateur.code: niveau for indicateur in indicateurs}
    if faible:
        # The last indicator of the criterion: enough to differ, too little for a harmonisation.
        niveaux[max(ligne.code for ligne in indicateurs if ligne.critere.numero == faible)] = niveau - 1
    notation = notations.start_notation(candidature=candidature, acteur=instructeur)
    notations.save_levels(
        notation=notation,
        niveaux=niveaux,
        justifications={numero: JUSTIFICATIONS[numero - 1] for numero in range(1, 7)},
        acteur=instructeur,
    )
    notations.submit_notation(notation=notation, acteur=instructeur)
    return notation


def write(*, candidature: Candidature, acteur: Utilisateur, texte: str, piece: str = "") -> Message:
    """Send a message on a dossier, with the demo's one page when ``piece`` names a file."""
    return echanges.send_message(
        candidature=candidature,
        texte=texte,
        cle=uuid.uuid4(),
        acteur=acteur,
        pieces=[ContentFile(contenu.PIECE_PDF, name=piece)] if piece else [],
    )


def note(*, candidature: Candidature, acteur: Utilisateur, texte: str) -> NoteInstruction:
    """Write a note between instructors."""
    return notes.write_note(candidature=candidature, texte=texte, cle=uuid.uuid4(), acteur=acteur)


@transaction.atomic
def answer(*, message: Message, acteur: Utilisateur, texte: str, piece: str = "") -> Message:
    """Read a message and answer it."""
    candidature = message.candidature
    echanges.mark_messages_read(candidature=candidature, messages=[message], acteur=acteur)
    return write(candidature=candidature, acteur=acteur, texte=texte, piece=piece)


JUSTIFICATIONS = (
    "Le métier figure parmi les besoins de la région et l’entreprise partenaire promet des embauches.",
    "L’équipe réunit les compétences annoncées et l’encadrement convient à des débutants.",
    "Les actions vers les femmes sont décrites et datées.",
    "Les permanences de quartier sont en place avec la mission locale.",
    "Plus de dix pour cent des heures vont à l’accompagnement.",
    "Deux financeurs sont acquis, la veille est organisée.",
)


@transaction.atomic
def convene(
    *, equipe: Equipe, intitule: str, tenue_le: datetime, dossiers: list[Candidature], releve: Any = None
) -> Seance:
    """Convene a séance with these dossiers on its agenda."""
    seance = seances.convene_seance(
        intitule=intitule,
        tenue_le=tenue_le,
        membres=equipe.comite,
        acteur=equipe.direction,
        releve=releve,
        lieu="Paris, salle du conseil",
    )
    for candidature in dossiers:
        candidature.refresh_from_db()
        seances.register_dossier(seance=seance, candidature=candidature, acteur=equipe.direction)
    return seance


@transaction.atomic
def deliberate(*, seance: Seance, equipe: Equipe, issues: dict[Any, dict[str, Any]]) -> None:
    """Open the séance, vote and decide every dossier, close it.

    ``issues`` maps a dossier's id to the arguments of its decision; labellisée by default.
    """
    seances.record_presence(seance=seance, presents=equipe.comite, acteur=equipe.direction)
    seances.open_seance(seance=seance, acteur=equipe.direction)
    for inscription in seance.inscriptions.select_related("candidature", "seance"):
        issue = {
            "nature": "LABELLISEE",
            "motifs": MOTIFS_FAVORABLES,
            **issues.get(inscription.candidature_id, {}),
        }
        sens = Vote.Sens.CONTRE if issue["nature"] == "REFUSEE" else Vote.Sens.POUR
        for membre in equipe.comite:
            seances.cast_vote(inscription=inscription, membre=membre, sens=sens)
        seances.decide(inscription=inscription, acteur=equipe.direction, **issue)
    seances.close_seance(seance=seance, acteur=equipe.direction)


MOTIFS_FAVORABLES = (
    "La formation répond aux besoins du territoire, son équipe et ses partenariats sont solides."
)


def notify(*, seance: Seance, equipe: Equipe) -> None:
    """Prepare and confirm the notification of a séance, and run its job here and now."""
    notification.prepare_notification(seance=seance, acteur=equipe.direction)
    notification.confirm_notification(seance=seance, acteur=equipe.direction2)
    run_job(f"{notification.GENRE_TRAVAIL}:{seance.pk}")


def notify_one(*, decision: Decision, equipe: Equipe) -> None:
    """Announce a decision taken outside a séance."""
    direction = equipe.direction
    decisions.notify_decision(
        decision=decision,
        acteur=direction,
        signataire_nom=direction.nom_complet,
        signataire_qualite=direction.fonction,
    )


def run_job(cle: str) -> None:
    """Run a job here and now; a worker that had taken it already makes this a no-op."""
    travaux.run(Travail.objects.get(cle=cle).pk)


def make_documents(convention: Convention) -> None:
    """Make the annexes here and now, then the convention, which prints their hashes."""
    for annexe in annexes_of(convention):
        documents.render_now(annexe.document)
    convention.refresh_from_db()
    if convention.document is None:
        raise LookupError(f"{convention.numero} has no document to sign.")
    documents.render_now(convention.document)


def sign(
    *,
    convention: Convention,
    porteur: Utilisateur,
    equipe: Equipe,
    read_code: Callable[[SignatureConvention], str] = conventions.signature_code,
) -> Label:
    """Have both parties sign with their codes, once the documents are made; return the active label.

    ``read_code`` says how a signatory learns the code that was sent.
    """
    make_documents(convention)
    for partie, acteur in (
        (SignatureConvention.Partie.PORTEUR, porteur),
        (SignatureConvention.Partie.GEN, equipe.direction),
    ):
        signature = SignatureConvention.objects.select_related("convention__document__fichier").get(
            convention=convention, partie=partie
        )
        conventions.request_code(signature=signature, acteur=acteur)
        conventions.sign(
            signature=signature,
            code=read_code(signature),
            acteur=acteur,
            adresse_ip="192.0.2.10",
        )
    return Label.objects.get(convention=convention)


@transaction.atomic
def start(*, session: Session, jour: date, acteur: Utilisateur) -> None:
    """Start a session, referenced where it must be."""
    sessions.record_references(
        session=session,
        acteur=acteur,
        carif_oref=f"CO-{session.numero:03d}-{jour:%Y%m}",
        mon_compte_formation=f"MCF-{session.numero:03d}-{jour:%Y%m}",
        entrees_kairos_le=jour,
    )
    sessions.start_session(session=session, jour=jour, acteur=acteur)


@transaction.atomic
def enrol(*, session: Session, nombre: int, acteur: Utilisateur, commune: str) -> None:
    """Put ``nombre`` fictional learners on a session's list."""
    lieu = Commune.objects.get(pk=commune)
    for rang in range(nombre):
        prenom, sexe = PRENOMS[rang % len(PRENOMS)]
        nom = NOMS[(rang * 7 + session.numero) % len(NOMS)]
        valeurs = {
            "nom": nom if rang < len(NOMS) else f"{nom}-{NOMS[rang % 5]}",
            "prenoms": prenom,
            "sexe": sexe,
            "naissance": date(1985 + (rang * 3) % 18, 1 + rang % 12, 1 + (rang * 5) % 28),
            "courriel": f"apprenant{rang + 1}@exemple.example",
            "rue": f"{rang + 1} rue des Tilleuls",
            "code_postal": lieu.liste_codes_postaux[0],
            "commune": lieu,
            "niveau": (1, 3, 4, 4, 5)[rang % 5],
            "situation_avant": ("DE_PLUS_12", "DE_MOINS_12", "NEET", "DE_PLUS_12", "SALARIE")[rang % 5],
            "qpv": ("OUI", "NON", "", "NON")[rang % 4],
            "entree": session.debut,
            "fin_prevue": session.fin,
        }
        apprenants.save_learner(session=session, acteur=acteur, valeurs=valeurs)


PRENOMS = (
    ("Fatou", "F"),
    ("Julien", "H"),
    ("Maëlle", "F"),
    ("Ibrahim", "H"),
    ("Chloé", "F"),
    ("Antoine", "H"),
    ("Yasmine", "F"),
    ("Rémi", "H"),
    ("Anaïs", "F"),
    ("Mohamed", "H"),
    ("Zoé", "F"),
    ("Loïc", "H"),
)
NOMS = (
    "Aubert",
    "Diallo",
    "Lefèvre",
    "Nguyen",
    "Moreau",
    "Belkacem",
    "Rousseau",
    "Traoré",
    "Gauthier",
    "Da Silva",
    "Leroy",
    "Haddad",
    "Chevalier",
    "Kone",
    "Fournier",
    "Petit",
    "Guérin",
)


def attest(*, session: Session, acteur: Utilisateur) -> None:
    """Hand in the attestation with its list."""
    attestations.transmit_attestation(session=session, acteur=acteur)
