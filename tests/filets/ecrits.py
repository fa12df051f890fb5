"""One document of every kind, asked for by the verbs."""

import copy
import re
from datetime import date
from typing import Any

import time_machine

from candidatures.domain import edition
from candidatures.domain.complements import answer_complements
from labellisation import pdf
from labellisation.cycle import NatureDecision
from labellisation.domain.decision import sign_and_notify, version_of
from labellisation.domain.delegation import delegate_signature
from labellisation.domain.textes import load_text
from socle import horloge
from socle.models import Document
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.suivi import fabriques as suivi

#: What the builders count or draw, with what is printed in its place: a width of its own would move lines.
TIRAGES = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "0123456789abcdef" * 4),
    (re.compile(r"\bGEN-(\d{4})-(?!AAAA\d)[0-9A-Z]{5}\b"), r"GEN-\1-AAAAA"),
    (re.compile(r"\b(?!\d{4}-CONV-)[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"), "AAAA-BBBB-CCCC"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "00000000-0000-4000-8000-000000000000"),
    (re.compile(r"\bDurand\d+"), "Durand"),
    # The builder of files counts them inside.
    (re.compile(r"\b\d+(\s)octets\b"), r"40\g<1>octets"),
    (re.compile(r"\b\d{14}\b"), "00000001800012"),
    (re.compile(r"\b\d{3}(\s)\d{3}\s\d{3}(\s)\d{5}\b"), r"000\g<1>000\g<1>018\g<2>00012"),
)


def fill() -> dict[str, Document]:
    """Return the first document of each kind, and of the cases in which a kind says something else."""
    ecrits: dict[str, Document] = {}
    with time_machine.travel(candidatures.LUNDI, tick=False):
        load_text()
        for ask in (
            _working_copies,
            _deposits,
            _minutes,
            _convention,
            _refusal,
            _adjournment,
            _condition,
            _inadmissibility,
        ):
            ask()
            _keep(ecrits)
    with time_machine.travel(horloge.at_paris(date(2021, 11, 15), 9), tick=False):
        _session()
        _keep(ecrits)
    return ecrits


def _keep(ecrits: dict[str, Document]) -> None:
    for document in Document.objects.all():
        ecrits.setdefault(_case(document), document)


def _case(document: Document) -> str:
    """Return the kind of a document, and the case when it has several."""
    if document.genre == pdf.LETTRE:
        return f"{document.genre} ({document.donnees['nature']})"
    if document.genre == edition.COPIE and "Compl" in document.donnees["bandeau"]:
        return f"{document.genre} (compléments)"
    if document.genre == edition.DOSSIER and document.donnees["complete_le"]:
        return f"{document.genre} (version 2)"
    if document.donnees.get("condition"):
        return f"{document.genre} (sous condition)"
    return document.genre


def _working_copies() -> None:
    brouillon = candidatures.brouillon(_structure())
    candidatures.joindre(brouillon, candidatures.responsable_de(brouillon.structure), "ATTESTATION_FISCALE")
    ouvert = candidatures.dossier_en_complement()
    for dossier in (brouillon, ouvert):
        acteur = candidatures.responsable_de(dossier.structure)
        edition.request_working_copy(candidature=dossier, acteur=acteur)


def _deposits() -> None:
    depose, complete = candidatures.dossier_depose(_structure()), candidatures.dossier_en_complement()
    answer_complements(
        candidature=complete,
        acteur=candidatures.responsable_de(complete.structure),
        arrivee=candidatures.LUNDI,
    )
    for dossier in (depose, complete):
        edition.request_dossier(candidature=dossier, acteur=candidatures.responsable_de(dossier.structure))


def _minutes() -> None:
    dossiers = [labellisation.dossier_note(score, structure=_structure()) for score in (810, 640)]
    # The minutes list the dossiers by their reference, which is drawn at random.
    for rang, dossier in enumerate(dossiers, start=1):
        dossier.reference = f"GEN-2021-AAAA{rang}"
        dossier.save(update_fields=["reference"])
    labellisation.seance_close([NatureDecision.LABELLISEE, NatureDecision.REFUSEE], dossiers)


def _convention() -> None:
    convention = labellisation.convention_a_signer(structure=_structure())
    labellisation.convention_signee(convention)


def _refusal() -> None:
    _letter(NatureDecision.REFUSEE)


def _adjournment() -> None:
    _letter(NatureDecision.AJOURNEE)


def _letter(nature: str) -> None:
    dossier = labellisation.dossier_note(structure=_structure())
    labellisation.notifier(labellisation.seance_close([nature], [dossier]))


def _condition() -> None:
    labellisation.label_sous_condition(structure=_structure())


def _inadmissibility() -> None:
    decision = labellisation.irrecevabilite(_structure())
    instructeur = decision.prise_par
    delegate_signature(
        delegataire=instructeur,
        qualite="Chargée d’instruction",
        acte="décision 2021-12 du 1er septembre 2021",
        du=date(2021, 9, 1),
        au=date(2021, 12, 31),
        acteur=labellisation.direction(),
    )
    sign_and_notify(decision=decision, acteur=instructeur, qualite="", lue=version_of(decision))


_ECRITURES = (
    _working_copies,
    _deposits,
    _minutes,
    _convention,
    _refusal,
    _adjournment,
    _condition,
    _inadmissibility,
)


def _session() -> None:
    session = suivi.demarrer(suivi.label())
    suivi.inscrire(session, 2)
    suivi.attester(session)


def _structure() -> Any:
    return comptes.structure(comptes.utilisateur())


def still(document: Document) -> Document:
    """Return the document as if nothing in it had been drawn at random."""
    fige = copy.copy(document)
    fige.donnees, fige.titre = _still(document.donnees), _still(document.titre)
    return fige


def _still(valeur: Any) -> Any:
    if isinstance(valeur, dict):
        return {nom: _still(contenu) for nom, contenu in valeur.items()}
    if isinstance(valeur, list):
        return [_still(contenu) for contenu in valeur]
    if isinstance(valeur, str):
        for tirage, fixe in TIRAGES:
            valeur = tirage.sub(fixe, valeur)
    return valeur
