from candidatures.models.affectation import Affectation, LienInteret
from candidatures.models.appel import Appel, Releve
from candidatures.models.candidature import Candidature, EtatSection
from candidatures.models.complement import DemandeComplements, ElementComplement
from candidatures.models.depot import Depot
from candidatures.models.lignes import Formateur, LigneBudget, Module, Partenaire, SessionPrevue, Site
from candidatures.models.message import Message
from candidatures.models.piece import Piece
from candidatures.models.sections import (
    SectionAccompagnement,
    SectionBudget,
    SectionEngagements,
    SectionEquipe,
    SectionFormation,
    SectionImmersion,
    SectionProgramme,
    SectionPublics,
    SectionStructure,
)

__all__ = [
    "Affectation",
    "Appel",
    "Candidature",
    "DemandeComplements",
    "Depot",
    "ElementComplement",
    "EtatSection",
    "Formateur",
    "LienInteret",
    "LigneBudget",
    "Message",
    "Module",
    "Partenaire",
    "Piece",
    "Releve",
    "SectionAccompagnement",
    "SectionBudget",
    "SectionEngagements",
    "SectionEquipe",
    "SectionFormation",
    "SectionImmersion",
    "SectionProgramme",
    "SectionPublics",
    "SectionStructure",
    "SessionPrevue",
    "Site",
]
