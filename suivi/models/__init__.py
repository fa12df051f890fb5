from suivi.models.apprenant import Apprenant
from suivi.models.attestation import AttestationDemarrage
from suivi.models.consultation import ConsultationListe
from suivi.models.formation import HabilitationOrganisme
from suivi.models.reclamation import Reclamation
from suivi.models.session import ReportSession, Session

__all__ = [
    "Apprenant",
    "AttestationDemarrage",
    "ConsultationListe",
    "HabilitationOrganisme",
    "Reclamation",
    "ReportSession",
    "Session",
]
