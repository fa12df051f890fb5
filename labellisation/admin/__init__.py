"""The instructors' place of work: own screens inside the stock admin, thin over the verbs."""

from labellisation.admin.candidatures import CandidatureAdmin

__all__ = ["CandidatureAdmin"]
