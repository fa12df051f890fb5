"""The rows that belong to one thing: what a copy of it must have of its own."""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models

from candidatures.models import Candidature
from comptes.models import Structure, Utilisateur
from labellisation.models import Seance
from socle.models import Courriel, Document, Echeance, Evenement, Fichier, Rappel, Revision, Travail
from suivi.models import Apprenant

#: Rows that name their owner by a kind and a UUID, not by a foreign key.
PAR_IDENTIFIANT: tuple[tuple[type[models.Model], str], ...] = (
    (Document, "sujet_id"),
    (Fichier, "proprietaire_id"),
    (Courriel, "sujet_id"),
    (Echeance, "sujet_id"),
    (Revision, "objet_id"),
)

Lignes = list[models.Model]

IDENTIFIANT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def of_dossier(candidature: Candidature, travaux: "Travaux") -> Lignes:
    """Return every row of a dossier but its learners, its events last and in their order."""
    lignes = _closure(candidature, sauf=(Apprenant,))
    lignes += _grouped_reminders(lignes)
    lignes += travaux.of(lignes)
    return lignes + list(Evenement.objects.filter(chaine=candidature.chaine_journal).order_by("numero"))


def of_seance(seance: Seance, travaux: "Travaux") -> Lignes:
    """Return a séance, who was convened and what was written about it.

    Its agenda belongs to the dossiers; its minutes are asked for anew, from the agenda of the copy.
    """
    lignes: Lignes = [seance, *seance.participations.all()]
    for modele, champ in PAR_IDENTIFIANT:
        if modele not in (Document, Fichier):
            lignes += modele._default_manager.filter(**{champ: seance.pk})
    lignes += travaux.of(lignes)
    return lignes + _events_about([seance])


def of_structure(structure: Structure) -> Lignes:
    """Return a structure with its members and their accounts."""
    membres = [ligne.utilisateur for ligne in structure.appartenances.select_related("utilisateur")]
    lignes: Lignes = [structure, *structure.appartenances.all()]
    for membre in membres:
        lignes += _account(membre)
    evenements = list(Evenement.objects.filter(chaine=structure.chaine_journal).order_by("numero"))
    return lignes + evenements + _events_about(membres)


def of_person(utilisateur: Utilisateur) -> Lignes:
    """Return somebody of GEN or of the committee, with their roles."""
    lignes = _account(utilisateur) + list(utilisateur.roles_attribues.all())
    return lignes + _events_about([*lignes])


def _account(utilisateur: Utilisateur) -> Lignes:
    adresses = apps.get_model("account", "EmailAddress")
    return [utilisateur, *adresses._default_manager.filter(user=utilisateur)]


def _events_about(objets: Iterable[models.Model]) -> list[Evenement]:
    sujets = [objet.pk for objet in objets if isinstance(objet.pk, uuid.UUID)]
    return list(Evenement.objects.filter(sujet_id__in=sujets, chaine="portail").order_by("numero"))


def _closure(racine: models.Model, *, sauf: tuple[type[models.Model], ...]) -> Lignes:
    """Follow every foreign key and every named owner back to ``racine``, until nothing new comes."""
    trouvees: dict[tuple[type[models.Model], Any], models.Model] = {(type(racine), racine.pk): racine}
    nouvelles = [racine]
    while nouvelles:
        suivantes: Lignes = []
        for ligne in (*_children(nouvelles, sauf), *_owned(nouvelles)):
            cle = (type(ligne), ligne.pk)
            if cle not in trouvees:
                trouvees[cle] = ligne
                suivantes.append(ligne)
        nouvelles = suivantes
    return list(trouvees.values())


def _children(lignes: Lignes, sauf: tuple[type[models.Model], ...]) -> Lignes:
    enfants: Lignes = []
    for modele in {type(ligne) for ligne in lignes}:
        cles = [ligne.pk for ligne in lignes if type(ligne) is modele]
        for relation in modele._meta.get_fields(include_hidden=True):
            if (
                not relation.auto_created
                or relation.concrete
                or not (relation.one_to_many or relation.one_to_one)
            ):
                continue
            if relation.related_model not in sauf:
                filtre = {f"{relation.field.name}__in": cles}
                enfants += relation.related_model._base_manager.filter(**filtre).order_by("pk")
    return enfants


def _owned(lignes: Lignes) -> Lignes:
    cles = [ligne.pk for ligne in lignes if isinstance(ligne.pk, uuid.UUID)]
    return [
        ligne
        for modele, champ in PAR_IDENTIFIANT
        for ligne in modele._default_manager.filter(**{f"{champ}__in": cles}).order_by("pk")
    ]


def _grouped_reminders(lignes: Lignes) -> Lignes:
    """A grouped e-mail is about the structure: each copy of a dossier gets one of its own."""
    connus = {ligne.pk for ligne in lignes}
    cles = {
        ligne.courriel_id
        for ligne in lignes
        if isinstance(ligne, Rappel) and ligne.courriel_id and ligne.courriel_id not in connus
    }
    return list(Courriel.objects.filter(pk__in=cles).order_by("pk"))


class Travaux:
    """The jobs of the base, found by the identifiers that their keys hold."""

    def __init__(self) -> None:
        self._par_identifiant: dict[str, list[Travail]] = defaultdict(list)
        for travail in Travail.objects.order_by("pk"):
            for identifiant in IDENTIFIANT.findall(travail.cle):
                self._par_identifiant[identifiant].append(travail)

    def of(self, lignes: Lignes) -> Lignes:
        """Return the jobs whose key names one of the rows."""
        return [travail for ligne in lignes for travail in self._par_identifiant.get(str(ligne.pk), ())]
