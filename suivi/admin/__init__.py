"""Admin screens of the follow-up: what they show never names a learner."""

from suivi.admin.suivi import AttestationAdmin, ReclamationAdmin, SessionAdmin

__all__ = ["AttestationAdmin", "ReclamationAdmin", "SessionAdmin"]
