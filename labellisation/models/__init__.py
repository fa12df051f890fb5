from labellisation.models.bilan import BilanLabel
from labellisation.models.convention import (
    AnnexeConvention,
    Convention,
    SignatureConvention,
    TexteConvention,
)
from labellisation.models.decision import Decision
from labellisation.models.label import Label
from labellisation.models.notation import JustificationCritere, NiveauAttribue, Notation, Score
from labellisation.models.recevabilite import NoteInstruction, Verdict
from labellisation.models.reouverture import Reouverture
from labellisation.models.seance import Inscription, Participation, Seance, Vote
from labellisation.models.signature import DelegationSignature

__all__ = [
    "AnnexeConvention",
    "BilanLabel",
    "Convention",
    "Decision",
    "DelegationSignature",
    "Inscription",
    "JustificationCritere",
    "Label",
    "NiveauAttribue",
    "Notation",
    "NoteInstruction",
    "Participation",
    "Reouverture",
    "Score",
    "Seance",
    "SignatureConvention",
    "TexteConvention",
    "Verdict",
    "Vote",
]
