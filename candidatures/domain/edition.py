"""The whole dossier as one PDF: what it prints, and who may ask for it (decision 0012).

Two kinds. The *copie de travail* prints what a draft, or an answer to compléments, holds when it is
asked for: it belongs to the porteur alone, and only the last one of a dossier is kept. The *dossier
déposé* prints the snapshot that a deposit froze, for whoever may read the dossier.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import models, transaction

from candidatures import cycle
from candidatures.domain import instantane
from candidatures.domain.avertissements import warnings_for
from candidatures.domain.complements import dossier_to_answer, gaps_to_answer
from candidatures.domain.completude import gaps
from candidatures.domain.lecture import SectionLisible, TableauLisible, sections_lisibles
from candidatures.domain.queries import dernier_depot, releve_affiche
from candidatures.models import Candidature, Depot
from candidatures.sections import PAR_CODE, Tableau
from comptes.domain.acces import require
from socle import canonique, documents, horloge
from socle.erreurs import TransitionRefusee
from socle.models import Document
from socle.references import Acteur
from socle.transition import lock
from socle.typographie import instant_paris_secondes

#: Kinds of documents, and names of their policies.
DOSSIER = "candidatures.dossier"
COPIE = "candidatures.copie_travail"
#: Kinds of archives, by the kind of PDF that each holds (``domain/archive.py``).
ARCHIVES = {DOSSIER: "candidatures.archive_dossier", COPIE: "candidatures.archive_copie"}
#: Grows with the template, so that a copy laid out otherwise is another document.
VERSION = 1

#: What stands at the head of every page of a working copy, by the state of the dossier (R8).
BANDEAUX = {
    cycle.BROUILLON: "Brouillon — non déposé",
    cycle.EN_COMPLEMENT: "Compléments en préparation — non transmis",
}
#: A working copy that is no longer the last one stays this long: somebody may be opening it.
SURSIS = timedelta(hours=1)

#: A longer answer, or one of several lines, is printed as a text under its question.
_LONGUEUR_COURTE = 160
#: A table of more columns, or with longer answers, is printed row by row.
_COLONNES_MAX = 5
_CELLULE_MAX = 90
#: From so many rows on, an overview of a few columns stands before rows printed one by one.
_LIGNES_APERCU = 4
_COLONNES_APERCU = 3


# --- What a person does ------------------------------------------------------------------------
@transaction.atomic
def request_working_copy(*, candidature: Candidature, acteur: Acteur) -> Document:
    """Ask for the PDF of a draft, or of compléments not yet handed in, as it stands now.

    Effects: the document with its frozen data, and the job that renders it. The same content (answers,
    attachments and their antivirus state) gives back the same document, whatever the number of clicks.
    Errors: ``ActeurRefuse`` for anybody but a member of the structure; ``TransitionRefusee`` when
    nothing of the dossier is open any more.
    """
    lock(candidature)
    require(acteur, "candidatures.print_working_copy", candidature)
    if candidature.etat not in BANDEAUX:
        raise TransitionRefusee(
            "Ce dossier est déposé\u00a0: il n’a plus de copie de travail. Demandez le PDF du dossier déposé."
        )
    donnees = working_copy_data(candidature)
    document = documents.request(
        COPIE,
        sujet=candidature,
        donnees=donnees,
        titre=f"Dossier {candidature.reference}, {donnees['bandeau'].lower()}",
        cle=f"{COPIE}:{candidature.pk}:v{VERSION}:{canonique.fingerprint(donnees)}",
    )
    # Asked for again, it is the last one again: the sweep keeps that one.
    document.save(update_fields=["modifie_le"])
    return document


@transaction.atomic
def request_dossier(*, candidature: Candidature, acteur: Acteur) -> Document:
    """Ask for the PDF of the dossier as it was last deposited, from the frozen snapshot alone (R11).

    Effects: the document with its frozen data, and the job that renders it; once per deposit, and
    again only when the relevé is announced or the antivirus speaks of an attachment.
    Errors: ``ActeurRefuse`` for anybody who may not read the dossier; ``TransitionRefusee`` for a draft.
    """
    require(acteur, "candidatures.print_dossier", candidature)
    depot = dernier_depot(candidature)
    if depot is None:
        raise TransitionRefusee("Ce dossier n’est pas déposé. Demandez le PDF du brouillon.")
    donnees = dossier_data(candidature, depot)
    version = f" (version {depot.numero})" if depot.numero > 1 else ""
    return documents.request(
        DOSSIER,
        sujet=candidature,
        donnees=donnees,
        titre=f"Dossier {candidature.reference}, déposé{version}",
        cle=f"{DOSSIER}:{depot.pk}:{canonique.fingerprint(_still_to_come(donnees))}",
    )


def _still_to_come(donnees: dict[str, Any]) -> list[Any]:
    """Return what a deposit does not freeze: the relevé to be announced, the antivirus to speak."""
    return [donnees["releve"], [piece["etat"] for piece in donnees["pieces"]]]


# --- What is printed -----------------------------------------------------------------------------
def working_copy_data(candidature: Candidature) -> dict[str, Any]:
    """Return what the PDF of a working copy prints, its gaps and warnings at the end."""
    brouillon = candidature.est_brouillon
    dossier = instantane.build(candidature) if brouillon else dossier_to_answer(candidature)
    bandeau = BANDEAUX[candidature.etat]
    manques = gaps(dossier) if brouillon else gaps_to_answer(candidature, dossier)
    return {
        **_common(candidature, dossier),
        "bandeau": bandeau,
        "etat": bandeau,
        "acte": "déposer" if brouillon else "transmettre",
        "manques": [
            {"titre": _title(code), "phrases": [manque.phrase for manque in liste]}
            for code, liste in manques.items()
        ],
        "nombre_manques": sum(map(len, manques.values())),
        "avertissements": [
            {"critere": alerte.critere, "phrase": alerte.phrase, "section": _title(alerte.section)}
            for alerte in warnings_for(dossier, horloge.today())
        ],
    }


def dossier_data(candidature: Candidature, depot: Depot) -> dict[str, Any]:
    """Return what the PDF of a deposit prints: the frozen snapshot, and how it was received (R11)."""
    recu = depot if depot.numero == 1 else candidature.depots.get(numero=1)
    return {
        **_common(candidature, depot.instantane),
        "bandeau": "",
        "etat": "Déposé" if depot.numero == 1 else f"Déposé, version {depot.numero}",
        "recu_le": instant_paris_secondes(recu.arrivee),
        "complete_le": instant_paris_secondes(depot.arrivee) if depot.numero > 1 else "",
        "releve": releve_affiche(candidature.releve_arrivee),
        "empreinte": depot.empreinte,
        "manques": [],
        "avertissements": [],
    }


def _title(code: str) -> str:
    section = PAR_CODE[code]
    return f"{section.numero}. {section.titre}"


def _common(candidature: Candidature, dossier: dict[str, Any]) -> dict[str, Any]:
    sections = sections_lisibles(dossier)
    return {
        "reference": dossier["reference"],
        "intitule": dossier["intitule"] or "Formation sans intitulé",
        "appel": candidature.appel.titre,
        "structure": dossier["structure"]["raison_sociale"],
        "siret": dossier["structure"]["siret"],
        "sections": [_section(section) for section in sections],
        "pieces": list(_attachments(sections)),
    }


def _attachments(sections: Iterable[SectionLisible]) -> Iterator[dict[str, Any]]:
    """Yield the annexes in the order of the sections, numbered."""
    toutes = ((section, piece) for section in sections for piece in section.pieces)
    for rang, (section, piece) in enumerate(toutes, start=1):
        yield {
            "numero": rang,
            "section": section.numero,
            "type": piece.type,
            "nom": piece.nom,
            "taille": piece.taille,
            "sha256": piece.sha256,
            "etat": piece.etat,
            # Not printed: for the archive of the same content.
            "fichier": piece.fichier,
            "servie": bool(piece.url),
        }


def _section(section: SectionLisible) -> dict[str, Any]:
    return {
        "code": section.code,
        "numero": section.numero,
        "titre": section.titre,
        "blocs": _blocks([(reponse.label, reponse.valeur) for reponse in section.reponses]),
        "calculs": [asdict(calcul) for calcul in section.calculs],
        "tableau": _table(section.code, section.tableau) if section.tableau else None,
    }


def _blocks(reponses: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Gather short answers that follow one another in one table; each long one stands alone."""
    return [
        {"long": est_long, "reponses": [list(paire) for paire in groupe]}
        for est_long, groupe in groupby(reponses, key=lambda paire: _is_long(paire[1]))
    ]


def _is_long(valeur: str) -> bool:
    return len(valeur) > _LONGUEUR_COURTE or "\n" in valeur


def _table(code: str, tableau: TableauLisible) -> dict[str, Any]:
    """Return a table as it is printed: a grid when it is narrow, else its rows one after the other."""
    valeurs = [[valeur for _, valeur in ligne] for ligne in tableau.lignes]
    etroit = len(tableau.colonnes) <= _COLONNES_MAX and _all_fit(valeurs, _CELLULE_MAX)
    if etroit:
        return {"titre": tableau.titre, "colonnes": tableau.colonnes, "lignes": valeurs, "fiches": []}
    description = PAR_CODE[code].tableau
    assert description is not None
    apercu = _overview(description, tableau.champs, valeurs)
    return {
        "titre": tableau.titre,
        "colonnes": [tableau.colonnes[rang] for rang in apercu],
        "lignes": [[ligne[rang] for rang in apercu] for ligne in valeurs] if len(apercu) > 1 else [],
        "fiches": [
            _row(f"{description.singulier.capitalize()} {rang}", ligne)
            for rang, ligne in enumerate(tableau.lignes, start=1)
        ],
    }


def _overview(description: Tableau, champs: list[str], valeurs: list[list[str]]) -> list[int]:
    """Return the ranks of the columns that show many rows at a glance: the first short ones, no text."""
    if len(valeurs) < _LIGNES_APERCU:
        return []
    modele = instantane.model_of(description.modele)
    courtes = [
        rang
        for rang, champ in enumerate(champs)
        if not isinstance(modele._meta.get_field(champ), models.TextField)
        and _all_fit([[ligne[rang]] for ligne in valeurs], _CELLULE_MAX)
    ]
    return courtes[:_COLONNES_APERCU]


def _all_fit(lignes: Iterable[Iterable[str]], maximum: int) -> bool:
    return all(len(valeur) <= maximum and "\n" not in valeur for ligne in lignes for valeur in ligne)


def _row(titre: str, ligne: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a row under its title, which says its name: short answers together, then the texts."""
    (_, nom), *suite = ligne
    nomme = len(nom) <= _CELLULE_MAX
    reponses = sorted(suite if nomme else ligne, key=lambda paire: _is_long(paire[1]))
    return {"titre": f"{titre} — {nom}" if nomme else titre, "blocs": _blocks(reponses)}


# --- Working copies do not pile up ---------------------------------------------------------------
def sweep_working_copies() -> int:
    """Discard the working copies that are not the last of a dossier still open; return how many.

    One that was asked for within the hour (``SURSIS``) stays, for somebody may be opening it, and so does
    one that an archive is still to hold.
    """
    copies = Document.objects.filter(genre=COPIE).order_by("sujet_id", "-modifie_le", "-pk")
    lignes = list(copies.values_list("pk", "sujet_id", "modifie_le"))
    ouverts = set(
        Candidature.objects.filter(pk__in={sujet for _, sujet, _ in lignes}, etat__in=BANDEAUX).values_list(
            "pk", flat=True
        )
    )
    attendues = set(
        Document.objects.filter(genre=ARCHIVES[COPIE], fichier__isnull=True).values_list(
            "donnees__pdf", flat=True
        )
    )
    limite = horloge.now() - SURSIS
    retirees, vus = 0, set()
    for pk, sujet, demandee_le in lignes:
        derniere = sujet not in vus and sujet in ouverts
        vus.add(sujet)
        if not derniere and demandee_le < limite and str(pk) not in attendues:
            retirees += discard_unless_asked(pk, sujet, limite)
    return retirees


@transaction.atomic
def discard_unless_asked(pk: uuid.UUID, sujet: uuid.UUID, limite: datetime) -> bool:
    """Discard a document of a dossier, unless it has just been asked for again: looked at under the lock."""
    Candidature.objects.select_for_update().get(pk=sujet)
    document = Document.objects.filter(pk=pk, modifie_le__lt=limite).first()
    if document is None:
        return False
    documents.discard(document)
    return True
