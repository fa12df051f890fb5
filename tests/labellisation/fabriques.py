"""Dossiers beyond their deposit, up to an active label; the tests of the upper floors use them too.

Times are not set here: a test freezes its clock, and every builder acts "now".
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import time_machine

from candidatures.models import Candidature
from comptes.models import Structure, Utilisateur
from labellisation.cycle import NatureDecision
from labellisation.domain import convention as conventions
from labellisation.domain import notification
from labellisation.domain import seance as seances
from labellisation.domain.recevabilite import (
    compose_grounds,
    current_deposit,
    declare_irrecevable,
    examination,
    record_verdict,
)
from labellisation.domain.textes import load_text
from labellisation.models import (
    Convention,
    Decision,
    Inscription,
    Label,
    Score,
    Seance,
    SignatureConvention,
    Vote,
)
from referentiels.models import Grille
from socle import documents, horloge, travaux
from socle.models import Document, Travail
from socle.references import SYSTEME
from socle.transition import transition
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.moule import moule

PORTEUR, GEN = SignatureConvention.Partie.PORTEUR, SignatureConvention.Partie.GEN


# --- People ----------------------------------------------------------------------------------
def direction(**champs: Any) -> Utilisateur:
    """Return a person of the direction who may sign."""
    valeurs = {"prenom": "Hélène", "nom": "Marchand", "fonction": "Directrice générale", **champs}
    personne = comptes.utilisateur("direction", **valeurs)
    personne.forget_roles()
    return personne


def membre_comite(**champs: Any) -> Utilisateur:
    """Return a member of the committee."""
    personne = comptes.utilisateur("comite", **champs)
    personne.forget_roles()
    return personne


# --- Dossiers --------------------------------------------------------------------------------
@moule
def dossier_recevable(structure: Structure | None = None, **kwargs: Any) -> Candidature:
    """Return a deposited dossier declared recevable."""
    candidature = candidatures.dossier_depose(structure, **kwargs)
    transition(candidature, "declare_recevable", SYSTEME)
    return candidature


@moule
def dossier_note(
    score: int = 700, notes: Iterable[int] | None = None, ecart: int = 50, **kwargs: Any
) -> Candidature:
    """Return a scored dossier; ``score`` and the six ``notes`` are in hundredths of a point."""
    candidature = dossier_recevable(**kwargs)
    valeurs = list(notes) if notes is not None else [score] * 6
    Score.objects.create(
        candidature=candidature,
        grille=Grille.objects.get(pk=candidature.appel.grille_id),
        score=score,
        ecart=ecart,
        partenariats_entreprises=valeurs[0],
        **{f"note_{numero}": note for numero, note in enumerate(valeurs, start=1)},
    )
    transition(candidature, "complete_notation", SYSTEME)
    return candidature


# --- Séances ---------------------------------------------------------------------------------
def seance_convoquee(
    dossiers: Iterable[Candidature] = (),
    membres: Iterable[Utilisateur] | None = None,
    presents: bool = True,
    acteur: Utilisateur | None = None,
    **champs: Any,
) -> Seance:
    """Return a convened séance with these dossiers on its agenda, its members noted present."""
    acteur = acteur or direction()
    convoques = list(membres) if membres is not None else [membre_comite(), membre_comite()]
    valeurs = {
        "intitule": "Séance du relevé 2",
        "tenue_le": horloge.now() + timedelta(days=1),
        "lieu": "Paris, salle du conseil",
        **champs,
    }
    seance = seances.convene_seance(membres=convoques, acteur=acteur, **valeurs)
    for candidature in dossiers:
        seances.register_dossier(seance=seance, candidature=candidature, acteur=acteur)
    if presents:
        seances.record_presence(seance=seance, presents=convoques, acteur=acteur)
    return seance


@moule
def seance_ouverte(dossiers: Iterable[Candidature] | None = None, **kwargs: Any) -> Seance:
    """Return an open séance, with one scored dossier by default."""
    acteur = kwargs.pop("acteur", None) or direction()
    ordre_du_jour = list(dossiers) if dossiers is not None else [dossier_note()]
    seance = seance_convoquee(ordre_du_jour, acteur=acteur, **kwargs)
    return seances.open_seance(seance=seance, acteur=acteur)


def inscription_de(seance: Seance, candidature: Candidature | None = None) -> Inscription:
    """Return the line of a dossier (the only one by default) on the agenda."""
    lignes = seance.inscriptions.filter(retiree_le__isnull=True).select_related("seance", "candidature")
    return lignes.get(candidature=candidature) if candidature else lignes.get()


def membres_de(seance: Seance) -> list[Utilisateur]:
    """Return the members of a séance."""
    return [ligne.membre for ligne in seance.participations.select_related("membre").order_by("membre__nom")]


def voter(inscription: Inscription, sens: str = Vote.Sens.POUR) -> None:
    """Have every present member who sees the dossier vote the same."""
    for membre in membres_de(inscription.seance):
        seances.cast_vote(inscription=inscription, membre=membre, sens=sens)


def decider(
    inscription: Inscription,
    nature: str = NatureDecision.LABELLISEE,
    motifs: str = "La formation répond aux besoins du territoire.",
    acteur: Utilisateur | None = None,
    **champs: Any,
) -> Decision:
    """Have the members vote in the sense of the decision, and take it."""
    voter(inscription, Vote.Sens.CONTRE if nature == NatureDecision.REFUSEE else Vote.Sens.POUR)
    return seances.decide(
        inscription=inscription, nature=nature, motifs=motifs, acteur=acteur or direction(), **champs
    )


def decision_prise(
    nature: str = NatureDecision.LABELLISEE, candidature: Candidature | None = None, **champs: Any
) -> Decision:
    """Return a decision of an open séance, taken and not announced."""
    seance = seance_ouverte([candidature or dossier_note()])
    return decider(inscription_de(seance), nature, **champs)


def irrecevabilite(structure: Structure | None = None) -> Decision:
    """Return an inadmissibility taken by the instructor in charge, and not announced."""
    candidature = candidatures.dossier_depose(structure)
    instructeur = candidatures.instructeur(candidature)
    for critere in range(1, 11):
        record_verdict(
            candidature=candidature,
            critere=critere,
            avis="NON_CONFORME" if critere == 3 else "CONFORME",
            motif="Votre programme compte 310 heures, pour 400 demandées." if critere == 3 else "",
            instructeur=instructeur,
        )
    motifs = compose_grounds(examination(candidature=candidature, depot=current_deposit(candidature)))
    return declare_irrecevable(candidature=candidature, acteur=instructeur, motifs=motifs)


@moule
def seance_close(
    natures: Iterable[str] = (NatureDecision.LABELLISEE,), dossiers: Iterable[Candidature] | None = None
) -> Seance:
    """Return a closed séance whose dossiers have these decisions, in the order of the agenda."""
    voulues = list(natures)
    ordre_du_jour = list(dossiers) if dossiers is not None else [dossier_note() for _ in voulues]
    seance = seance_ouverte(ordre_du_jour)
    acteur = direction()
    for candidature, nature in zip(ordre_du_jour, voulues, strict=True):
        decider(inscription_de(seance, candidature), nature, acteur=acteur, **condition_de(nature))
    return seances.close_seance(seance=seance, acteur=acteur)


def condition_de(nature: str) -> dict[str, Any]:
    """Return the condition that a conditional decision needs."""
    if nature != NatureDecision.LABELLISEE_SOUS_CONDITION:
        return {}
    return {
        "condition": "Obtenir la certification Qualiopi",
        "condition_avant": horloge.today() + timedelta(days=90),
    }


def notifier(seance: Seance) -> None:
    """Prepare and confirm the notification of a closed séance, and run its job."""
    notification.prepare_notification(seance=seance, acteur=direction())
    notification.confirm_notification(seance=seance, acteur=direction(nom="Dupré", prenom="Marc"))
    travaux.run(Travail.objects.get(cle=f"{notification.GENRE_TRAVAIL}:{seance.pk}").pk)


# --- Conventions and labels ------------------------------------------------------------------
@moule
def convention_a_signer(
    nature: str = NatureDecision.LABELLISEE,
    candidature: Candidature | None = None,
    pret: bool = True,
    structure: Structure | None = None,
) -> Convention:
    """Return a convention to be signed, its document made unless ``pret`` is false."""
    load_text()
    candidature = candidature or dossier_note(structure=structure)
    notifier(seance_close([nature], [candidature]))
    convention = Convention.objects.get(candidature=candidature)
    return mettre_en_etat(convention) if pret else convention


def mettre_en_etat(convention: Convention) -> Convention:
    """Have the annexes made, then the convention that prints their hashes."""
    for annexe in convention.annexes.order_by("-nature"):
        produire(annexe.document)
    convention.refresh_from_db()
    produire(convention.document)
    return convention


def produire(document: Document | None, contenu: bytes = b"") -> None:
    """Give a document its file without the rendering (some seconds each), so that it can be signed."""
    assert document is not None
    if document.fichier_id:
        return
    documents.attach(document.pk, contenu or f"%PDF-1.7\n% {document.pk}\n%%EOF\n".encode())
    document.refresh_from_db()


def signature_de(convention: Convention, partie: str = PORTEUR) -> SignatureConvention:
    """Return one party's signature, with what signing reads."""
    return SignatureConvention.objects.select_related("convention__document__fichier").get(
        convention=convention, partie=partie
    )


def signer(convention: Convention, partie: str = PORTEUR, acteur: Any = None) -> SignatureConvention:
    """Ask for a code and sign, for one party."""
    signature = signature_de(convention, partie)
    if acteur is None:
        acteur = candidatures.responsable_de(convention.structure) if partie == PORTEUR else direction()
    conventions.request_code(signature=signature, acteur=acteur)
    return conventions.sign(
        signature=signature,
        code=conventions.signature_code(signature),
        acteur=acteur,
        adresse_ip="192.0.2.10",
    )


@moule
def convention_signee(convention: Convention | None = None, **kwargs: Any) -> Convention:
    """Return a convention that both parties signed."""
    convention = convention or convention_a_signer(**kwargs)
    signer(convention, PORTEUR)
    signer(convention, GEN)
    convention.refresh_from_db()
    return convention


@moule
def label_actif(
    debut: date | datetime | None = None,
    structure: Structure | None = None,
    candidature: Candidature | None = None,
    nature: str = NatureDecision.LABELLISEE,
) -> Label:
    """Return an active label, its convention signed now or at 10:00 on the day ``debut``.

    Only the signature happens at ``debut``: the dossier is deposited and decided at the test's own time,
    so freeze the clock at or before ``debut``. ``structure`` must have a responsable.
    """
    convention = convention_a_signer(nature=nature, candidature=candidature, structure=structure)
    if debut is None:
        return convention_signee(convention).label
    instant = debut if isinstance(debut, datetime) else horloge.at_paris(debut, 10, 0)
    with time_machine.travel(instant, tick=False):
        return convention_signee(convention).label


def label_sous_condition(**kwargs: Any) -> Label:
    """Return a conditional label (R24)."""
    return label_actif(nature=NatureDecision.LABELLISEE_SOUS_CONDITION, **kwargs)
