"""The lives of a decision, a convention, a label and a séance, as tables (DOMAIN §2)."""

from django.db import models

from socle.cycles import Cycle, Etat, Fleche
from socle.journal import Visibilite


class NatureDecision(models.TextChoices):
    """What a decision can be (DOMAIN §2)."""

    IRRECEVABLE = "IRRECEVABLE", "Irrecevable"
    LABELLISEE = "LABELLISEE", "Labellisée"
    LABELLISEE_SOUS_CONDITION = "LABELLISEE_SOUS_CONDITION", "Labellisée sous condition"
    REFUSEE = "REFUSEE", "Non labellisée"
    AJOURNEE = "AJOURNEE", "Ajournée"


#: Decisions that give a convention.
FAVORABLES = (NatureDecision.LABELLISEE, NatureDecision.LABELLISEE_SOUS_CONDITION)
#: Decisions that refuse the label.
DEFAVORABLES = (NatureDecision.IRRECEVABLE, NatureDecision.REFUSEE)

PRISE = "PRISE"
NOTIFIEE = "NOTIFIEE"
CADUQUE = "CADUQUE"
RETIREE = "RETIREE"

#: What the porteur knows of.
ANNONCEES = (NOTIFIEE, RETIREE)

DECISION = Cycle(
    "décision",
    etats=(
        Etat(PRISE, porteur="", gen="Prise, non notifiée", suite="À notifier par la direction."),
        Etat(NOTIFIEE, porteur="Notifiée", gen="Notifiée", suite=""),
        Etat(CADUQUE, porteur="", gen="Caduque, jamais notifiée", suite=""),
        Etat(RETIREE, porteur="Retirée après recours", gen="Retirée après recours", suite=""),
    ),
    fleches=(
        Fleche(
            "notify_decision",
            de=(PRISE,),
            vers=NOTIFIEE,
            permission="labellisation.notify_decision",
            evenement="decision.notifiee",
            instant="notifiee_le",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "lapse_decision",
            de=(PRISE,),
            vers=CADUQUE,
            permission="labellisation.lapse_decision",
            evenement="decision.caduque",
        ),
        Fleche(
            "withdraw_decision",
            de=(NOTIFIEE,),
            vers=RETIREE,
            permission="labellisation.withdraw_decision",
            evenement="decision.retiree",
            instant="retiree_le",
            visibilite=Visibilite.PORTEUR,
        ),
    ),
)

CONVOQUEE = "CONVOQUEE"
OUVERTE = "OUVERTE"
CLOSE = "CLOSE"

SEANCE = Cycle(
    "séance",
    etats=(
        Etat(CONVOQUEE, porteur="", gen="Convoquée", suite="L’ordre du jour peut encore changer."),
        Etat(OUVERTE, porteur="", gen="Ouverte", suite="Le classement est figé, le comité délibère."),
        Etat(
            CLOSE,
            porteur="",
            gen="Close",
            suite="Les décisions sont prises\u00a0: chaque porteur lit la sienne à sa notification.",
        ),
    ),
    fleches=(
        Fleche(
            "open_seance",
            de=(CONVOQUEE,),
            vers=OUVERTE,
            permission="labellisation.direct_seance",
            evenement="seance.ouverte",
            instant="ouverte_le",
        ),
        Fleche(
            "close_seance",
            de=(OUVERTE,),
            vers=CLOSE,
            permission="labellisation.direct_seance",
            evenement="seance.close",
            instant="close_le",
        ),
    ),
)

A_SIGNER = "A_SIGNER"
SIGNEE = "SIGNEE"
RESILIEE = "RESILIEE"

CONVENTION = Cycle(
    "convention",
    etats=(
        Etat(
            A_SIGNER,
            porteur="À signer",
            gen="À signer",
            suite=(
                "Le représentant légal signe d’abord, puis la GEN. "
                "Le label est actif à la dernière signature."
            ),
        ),
        Etat(SIGNEE, porteur="Signée", gen="Signée", suite="La convention vaut jusqu’à sa date de fin."),
        Etat(RESILIEE, porteur="Résiliée", gen="Résiliée", suite="Le label a pris fin avec la convention."),
    ),
    fleches=(
        Fleche(
            "complete_signature",
            de=(A_SIGNER,),
            vers=SIGNEE,
            permission="labellisation.sign_convention_gen",
            evenement="convention.signee",
            instant="signee_le",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "terminate_convention",
            de=(SIGNEE,),
            vers=RESILIEE,
            permission="labellisation.terminate_convention",
            evenement="convention.resiliee",
            instant="resiliee_le",
            visibilite=Visibilite.PORTEUR,
        ),
    ),
)

CONDITIONNEL = "CONDITIONNEL"
ACTIF = "ACTIF"
RETIRE = "RETIRE"

LABEL = Cycle(
    "label",
    etats=(
        Etat(
            CONDITIONNEL,
            porteur="Actif sous condition",
            gen="Conditionnel",
            suite="Transmettez le résultat de l’audit Qualiopi avant la date convenue.",
        ),
        Etat(ACTIF, porteur="Actif", gen="Actif", suite="Tenez à jour l’espace de la formation."),
        Etat(
            RETIRE,
            porteur="Retiré",
            gen="Retiré",
            suite="Les apprenants en cours vont au bout de leur session.",
        ),
    ),
    fleches=(
        Fleche(
            "lift_condition",
            de=(CONDITIONNEL,),
            vers=ACTIF,
            permission="labellisation.direct_label",
            evenement="label.condition_levee",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche(
            "withdraw_label",
            de=(CONDITIONNEL, ACTIF),
            vers=RETIRE,
            permission="labellisation.direct_label",
            evenement="label.retire",
            instant="retire_le",
            visibilite=Visibilite.PORTEUR,
        ),
    ),
)

#: The words of these events on the timeline of a dossier; only those that its reader may see.
PHRASES = {
    "decision.notifiee": "Décision notifiée",
    "decision.retiree": "Décision retirée",
    "convention.creee": "Convention à signer",
    "convention.signature": "Signature de la convention recueillie",
    "convention.signee": "Convention signée par les deux parties",
    "convention.resiliee": "Convention résiliée",
    "label.actif": "Label actif",
    "label.condition_levee": "Condition du label levée",
    "label.retire": "Label retiré",
}
