"""A draft that begins with the answers of another dossier: a copy, or the renewal of a label (R13)."""

import uuid
from datetime import date
from typing import Any

from django.db import transaction

from candidatures.domain import instantane
from candidatures.domain.dossier import create_candidature
from candidatures.domain.saisie import copy_summary, refresh_gaps
from candidatures.models import Candidature
from candidatures.sections import SECTIONS, Section
from comptes.domain.acces import require
from socle import horloge, journal
from socle.journal import Visibilite
from socle.references import Acteur

#: What the copy of a title says, so that two drafts are not taken for each other.
SUFFIXE = " (copie)"
#: The commitments are made anew, by whoever deposits.
NON_COPIEES = frozenset({"engagements"})


@transaction.atomic
def duplicate_candidature(*, candidature: Candidature, acteur: Acteur) -> Candidature:
    """Open a draft with the answers of a dossier of one's own structure (R13).

    Its attachments and commitments are not copied: the first are to be of the day, the second to be made.
    Nor is the renewal that it may ask for: the copy presents another formation.
    Effects: those of ``create_candidature``, and event ``candidature.dupliquee`` on the new dossier.
    Errors: as ``create_candidature``.
    """
    require(acteur, "candidatures.create_candidature", candidature.structure)
    titre = candidature.intitule[: 200 - len(SUFFIXE)] + SUFFIXE if candidature.intitule else ""
    autre = {"intitule": titre, "renouvellement": None, "label_renouvele": ""}
    return _copy(candidature, acteur, formation=autre)


@transaction.atomic
def open_renewal(*, candidature: Candidature, label: str, depot_des: date, acteur: Acteur) -> Candidature:
    """Open the draft that asks for the renewal of a label, from the answers of its dossier (R13).

    ``label`` is its code, ``depot_des`` the first day on which the draft may be deposited. The verb that
    calls says when, and that nothing asks for it yet.
    Effects and errors: as :func:`duplicate_candidature`.
    """
    require(acteur, "candidatures.create_candidature", candidature.structure)
    return _copy(
        candidature,
        acteur,
        formation={"renouvellement": True, "label_renouvele": label},
        depot_des=depot_des,
    )


def copy_opened(copie: Candidature, source: Candidature) -> str:
    """Return what to say of a draft that begins with the answers of another dossier."""
    return (
        f"Le brouillon {copie.reference} reprend les réponses du dossier {source.reference}. "
        "Les pièces jointes et les engagements sont à refaire."
    )


def _copy(
    candidature: Candidature, acteur: Acteur, *, formation: dict[str, Any], depot_des: date | None = None
) -> Candidature:
    copie = create_candidature(
        structure=candidature.structure, acteur=acteur, intitule=candidature.intitule, depot_des=depot_des
    )
    for section in SECTIONS:
        if section.code not in NON_COPIEES:
            _copy_section(candidature, copie, section, formation if section.code == "formation" else {})
            refresh_gaps(copie, section)
    copie.etats_sections.exclude(section__in=NON_COPIEES).update(
        version=1, modifiee_par=acteur, modifiee_le=horloge.now()
    )
    copy_summary(copie, instantane.section_data(copie, "formation"))
    journal.record(
        "candidature.dupliquee",
        sujet=copie,
        acteur=acteur,
        donnees={"de": str(candidature.pk)},
        visibilite=Visibilite.PORTEUR,
    )
    return copie


def _copy_section(
    source: Candidature, copie: Candidature, section: Section, remplacees: dict[str, Any]
) -> None:
    if section.modele:
        modele = instantane.model_of(section.modele)
        lue = instantane.read_fields(source, section)
        valeurs = {champ: getattr(lue, champ) for champ in section.champs}
        modele._default_manager.filter(pk=copie.pk).update(**(valeurs | remplacees))
    if section.tableau is None:
        return
    lignes = instantane.read_rows(source, section)
    for ligne in lignes:
        ligne.pk, ligne.candidature, ligne._state.adding = uuid.uuid4(), copie, True
        ligne.cree_le = ligne.modifie_le = horloge.now()
    instantane.row_model(section.tableau)._default_manager.bulk_create(lignes)
