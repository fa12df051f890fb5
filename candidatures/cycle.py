"""The life of a candidature: its states, in the words of each side, and every arrow between them.

The porteur's labels never depend on a decision that is not notified (R37, R39): from the deposit to
the notification the porteur reads "En cours d’examen", whatever GEN sees.
"""

from socle.cycles import Cycle, Etat, Fleche
from socle.journal import Visibilite

BROUILLON = "BROUILLON"
DEPOSEE = "DEPOSEE"
EN_COMPLEMENT = "EN_COMPLEMENT"
RECEVABLE = "RECEVABLE"
IRRECEVABLE = "IRRECEVABLE"
NOTEE = "NOTEE"
INSCRITE = "INSCRITE"
AJOURNEE = "AJOURNEE"
SANS_SUITE = "SANS_SUITE"

_EN_EXAMEN = "En cours d’examen"
_SUITE_EXAMEN = (
    "La GEN examine votre dossier\u00a0: recevabilité, notation, puis comité de labellisation. "
    "Vous n’avez rien à faire\u00a0; vous recevrez la décision par courriel."
)

CYCLE = Cycle(
    "candidature",
    etats=(
        Etat(
            BROUILLON,
            porteur="Brouillon — non déposé",
            gen="Brouillon",
            suite="Complétez les onze sections, puis déposez le dossier. Un brouillon n’est pas examiné.",
        ),
        Etat(DEPOSEE, porteur=_EN_EXAMEN, gen="Déposée, à examiner", suite=_SUITE_EXAMEN),
        Etat(
            EN_COMPLEMENT,
            porteur="Compléments demandés",
            gen="Compléments demandés",
            suite="Répondez à la demande de compléments avant sa date limite.",
        ),
        Etat(RECEVABLE, porteur=_EN_EXAMEN, gen="Recevable, à noter", suite=_SUITE_EXAMEN),
        Etat(IRRECEVABLE, porteur=_EN_EXAMEN, gen="Irrecevable", suite=_SUITE_EXAMEN),
        Etat(NOTEE, porteur=_EN_EXAMEN, gen="Notée, à inscrire", suite=_SUITE_EXAMEN),
        Etat(INSCRITE, porteur=_EN_EXAMEN, gen="Inscrite à une séance", suite=_SUITE_EXAMEN),
        Etat(AJOURNEE, porteur=_EN_EXAMEN, gen="Ajournée", suite=_SUITE_EXAMEN),
        Etat(
            SANS_SUITE,
            porteur="Retirée",
            gen="Sans suite (retirée)",
            suite="Ce dossier est retiré. Vous pouvez en déposer un autre à tout moment.",
        ),
    ),
    fleches=(
        Fleche(
            "submit_candidature",
            de=(BROUILLON,),
            vers=DEPOSEE,
            permission="candidatures.submit_candidature",
            evenement="candidature.deposee",
            instant="deposee_le",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "request_complements",
            de=(DEPOSEE,),
            vers=EN_COMPLEMENT,
            permission="candidatures.instruct_candidature",
            evenement="candidature.complements_demandes",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "answer_complements",
            de=(EN_COMPLEMENT,),
            vers=DEPOSEE,
            permission="candidatures.submit_candidature",
            evenement="candidature.complements_recus",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "close_complements",
            de=(EN_COMPLEMENT,),
            vers=DEPOSEE,
            permission="candidatures.close_complements",
            evenement="candidature.complements_clos",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "declare_recevable",
            de=(DEPOSEE,),
            vers=RECEVABLE,
            permission="candidatures.instruct_candidature",
            evenement="candidature.recevable",
        ),
        Fleche(
            "declare_irrecevable",
            de=(DEPOSEE,),
            vers=IRRECEVABLE,
            permission="candidatures.instruct_candidature",
            evenement="candidature.irrecevable",
        ),
        Fleche(
            "accept_recours",
            de=(IRRECEVABLE,),
            vers=DEPOSEE,
            permission="candidatures.direct_candidature",
            evenement="candidature.recours_accepte",
            instant="rouverte_le",
            visibilite=Visibilite.PORTEUR,
        ),
        # Before the notification the porteur knows of no decision: nor of its correction (R39).
        Fleche(
            "reopen_examination",
            de=(IRRECEVABLE,),
            vers=DEPOSEE,
            permission="candidatures.direct_candidature",
            evenement="candidature.examen_rouvert",
        ),
        Fleche(
            "complete_notation",
            de=(RECEVABLE,),
            vers=NOTEE,
            permission="candidatures.note_candidature",
            evenement="candidature.notee",
        ),
        Fleche(
            "return_to_notation",
            de=(NOTEE,),
            vers=RECEVABLE,
            permission="candidatures.direct_candidature",
            evenement="candidature.renvoyee_a_la_notation",
        ),
        Fleche(
            "register_on_agenda",
            de=(NOTEE, AJOURNEE),
            vers=INSCRITE,
            permission="candidatures.direct_candidature",
            evenement="candidature.inscrite",
        ),
        Fleche(
            "remove_from_agenda",
            de=(INSCRITE,),
            vers=NOTEE,
            permission="candidatures.direct_candidature",
            evenement="candidature.desinscrite",
        ),
        Fleche(
            "adjourn",
            de=(INSCRITE,),
            vers=AJOURNEE,
            permission="candidatures.direct_candidature",
            evenement="candidature.ajournee",
        ),
        Fleche(
            "withdraw_candidature",
            de=(DEPOSEE, EN_COMPLEMENT, RECEVABLE, IRRECEVABLE, NOTEE, INSCRITE, AJOURNEE),
            vers=SANS_SUITE,
            permission="candidatures.withdraw_candidature",
            evenement="candidature.retiree",
            instant="retiree_le",
            visibilite=Visibilite.PORTEUR,
        ),
    ),
)

#: States in which a deposited dossier still waits for an outcome (criterion 8 counts them).
VIVANTS = (DEPOSEE, EN_COMPLEMENT, RECEVABLE, NOTEE, INSCRITE, AJOURNEE)
