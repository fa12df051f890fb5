"""What follows an event, in its transaction."""

from typing import Any

from django.urls import reverse

from candidatures.models import Depot, Message
from candidatures.sections import section_de_piece
from labellisation import cycle, emails, pdf
from labellisation.domain.annexes import annexes_made
from labellisation.domain.convention import make_convention, signature_link
from labellisation.domain.decision import lapse_decisions
from labellisation.domain.label import activate_label
from labellisation.domain.recevabilite import keep_untouched_verdicts, keep_verdicts
from labellisation.domain.seance import drop_votes
from labellisation.models import (
    AnnexeConvention,
    Convention,
    Decision,
    Label,
    Reouverture,
    Seance,
    SignatureConvention,
)
from socle.models import Document
from socle.reactions import on


@on("seance.convoquee")
def convene_members(evenement: Any, seance: Seance) -> None:
    emails.send_convocation(seance)


@on("seance.close")
def write_minutes(evenement: Any, seance: Seance) -> None:
    pdf.request_minutes(seance)


@on("candidature.retiree")
def lapse_pending_decision(evenement: Any, candidature: Any) -> None:
    lapse_decisions(candidature=candidature)


@on("candidature.piece_remplacee")
def keep_other_verdicts(evenement: Any, candidature: Any) -> None:
    """A piece that nobody could read is replaced in what is examined: the other verdicts stand."""
    if "depot" in evenement.donnees:
        section = section_de_piece(evenement.donnees["type"])
        assert section is not None, "a piece has its place"
        depot = Depot.objects.get(pk=evenement.donnees["depot"])
        keep_verdicts(candidature=candidature, depot=depot, sauf=section.recevabilite)


@on("candidature.complements_recus")
def keep_verdicts_of_what_stayed(evenement: Any, candidature: Any) -> None:
    """An answer changes some sections: the verdicts that rest on others stand."""
    depot = Depot.objects.get(pk=evenement.donnees["depot"])
    keep_untouched_verdicts(candidature=candidature, depot=depot)


@on("interet.declare")
def take_votes_back(evenement: Any, sujet: Any) -> None:
    drop_votes(personne_id=evenement.acteur_id, sujet=sujet)


@on("candidature.message_envoye")
def announce_message_of_porteur(evenement: Any, candidature: Any) -> None:
    if evenement.donnees["cote"] == Message.Cote.PORTEUR:
        messages = Message.objects.select_related("candidature__structure", "auteur")
        emails.send_message_of_porteur(messages.get(pk=evenement.donnees["message"]))


@on("decision.notifiee")
def announce(evenement: Any, decision: Decision) -> None:
    pdf.request_letter(decision)
    if decision.nature in cycle.FAVORABLES:
        make_convention(decision=decision)
    emails.send_decision(decision)


@on("candidature.recours_accepte")
def tell_recours_accepted(evenement: Any, candidature: Any) -> None:
    reouvertures = Reouverture.objects.select_related("candidature__structure", "decision")
    emails.send_recours_accepted(reouvertures.get(pk=evenement.donnees["reouverture"]))


@on("convention.creee")
def invite_to_sign(evenement: Any, convention: Convention) -> None:
    pdf.request_annexes(convention)
    signature = convention.signatures.get(partie=SignatureConvention.Partie.PORTEUR)
    emails.send_signature_invitation(
        signature, reverse("labellisation:signer-lien", args=[signature_link(signature)])
    )


@on("document.produit")
def follow_annex(evenement: Any, document: Document) -> None:
    """Ask for the convention once its last annex is made.

    Both annexes record their making in the dossier's chain, whose head is locked: the second one sees
    the first, whichever worker makes it, and one killed meanwhile has recorded nothing.
    """
    annexe = AnnexeConvention.objects.select_related("convention").filter(document=document).first()
    if annexe is not None and annexes_made(annexe.convention):
        pdf.request_convention(annexe.convention)


@on("convention.code_demande")
def send_code(evenement: Any, signature: SignatureConvention) -> None:
    emails.send_signature_code(signature, cle=str(evenement.pk))


@on("convention.signee")
def open_label(evenement: Any, convention: Convention) -> None:
    pdf.request_signed_convention(convention)
    activate_label(convention=convention)


@on("label.condition_levee")
def tell_condition_lifted(evenement: Any, label: Label) -> None:
    pdf.request_attestation(label)
    emails.send_condition_lifted(label, evenement.instant)


@on("label.retire")
def tell_withdrawal(evenement: Any, label: Label) -> None:
    emails.send_withdrawal(label)


@on("label.actif")
def hand_over_label(evenement: Any, label: Label) -> None:
    pdf.request_attestation(label)
    emails.send_convention_signed(label.convention, label)
