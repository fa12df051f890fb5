"""The life of a session of a labelled formation."""

from socle.cycles import Cycle, Etat, Fleche
from socle.journal import Visibilite

PLANIFIEE = "PLANIFIEE"
DEMARREE = "DEMARREE"
TERMINEE = "TERMINEE"
ANNULEE = "ANNULEE"

SESSION = Cycle(
    "session",
    etats=(
        Etat(
            PLANIFIEE,
            porteur="Prévue",
            gen="Prévue",
            suite="Référencez la session, puis déclarez son démarrage le jour venu.",
        ),
        Etat(
            DEMARREE,
            porteur="Démarrée",
            gen="Démarrée",
            suite=(
                "Transmettez l’attestation de démarrage et la liste des apprenants inscrits "
                "dans le mois qui suit le démarrage."
            ),
        ),
        Etat(
            TERMINEE,
            porteur="Terminée",
            gen="Terminée",
            suite="Transmettez la liste de fin de session dans le mois qui suit la fin, immersion comprise.",
        ),
        Etat(ANNULEE, porteur="Annulée", gen="Annulée", suite="Cette session n’aura pas lieu."),
    ),
    fleches=(
        Fleche(
            "start_session",
            de=(PLANIFIEE,),
            vers=DEMARREE,
            permission="suivi.prepare_session",
            evenement="session.demarree",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "end_session",
            de=(DEMARREE,),
            vers=TERMINEE,
            permission="suivi.prepare_session",
            evenement="session.terminee",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "cancel_session",
            de=(PLANIFIEE,),
            vers=ANNULEE,
            permission="suivi.transmit_session",
            evenement="session.annulee",
            visibilite=Visibilite.PORTEUR,
        ),
    ),
)
