"""What follows the events of a dossier, in their own transaction."""

from typing import Any

from candidatures import emails, pdf
from candidatures.domain.attentes import DEPOT, expect_deposit
from candidatures.domain.depot import RECU_RENVOYE
from candidatures.domain.pieces import GENRE_PIECE, POLITIQUE_PIECE
from candidatures.domain.silence import date_rejection
from candidatures.echeances import COMPLEMENTS
from candidatures.models import Candidature, DemandeComplements, Depot, Message, Piece
from comptes.models import Utilisateur
from socle import echeances, horloge
from socle.models import Evenement, Fichier
from socle.reactions import on
from socle.references import reference, resolve
from socle.travaux import enqueue


@on("candidature.creee")
def expect(evenement: Evenement, candidature: Candidature) -> None:
    """Expect the deposit before the next relevé (R26)."""
    expect_deposit(candidature)


@on(
    "candidature.complements_demandes",
    "candidature.complements_recus",
    "candidature.complements_clos",
    "candidature.recours_accepte",
)
def date_silence(evenement: Evenement, candidature: Candidature) -> None:
    """Keep beside the dossier the day on which silence becomes a rejection."""
    date_rejection(candidature)


@on("candidature.transmise")
def tell_new_follower(evenement: Evenement, candidature: Candidature) -> None:
    """Write to whom the dossier is handed over, unless they took it."""
    emails.send_transfer(candidature, evenement)


@on("candidature.deposee")
def send_receipt(evenement: Evenement, candidature: Candidature) -> None:
    """Ask for the receipt and confirm by e-mail (R11); nothing more is expected of the draft."""
    depot = Depot.objects.select_related("deposant").get(pk=evenement.donnees["depot"])
    echeances.fulfil_open(DEPOT, sujet=candidature, preuve=reference(depot), instant=depot.arrivee)
    depot.recu = pdf.request_receipt(candidature, depot)
    depot.save(update_fields=["recu"])
    emails.send_deposit(candidature, depot)


@on(RECU_RENVOYE)
def send_receipt_again(evenement: Evenement, candidature: Candidature) -> None:
    """Send the receipt again to whoever asked (R11)."""
    depot = Depot.objects.select_related("deposant").get(candidature=candidature, numero=1)
    emails.send_deposit(candidature, depot, renvoi=evenement)


@on("candidature.complements_demandes")
def announce_request(evenement: Evenement, candidature: Candidature) -> None:
    """Create the obligation to answer, and tell the responsables (R16, R26)."""
    demande = _request(evenement)
    echeances.create(
        COMPLEMENTS,
        sujet=demande,
        due=demande.reponse_avant,
        responsable=reference(candidature.structure),
        detail=f"Dossier {candidature.reference}",
        chaine=candidature.chaine_journal,
        # The e-mail of today says it all: no reminder joins it.
        rappels_depuis=horloge.today(),
    )
    emails.send_complements_requested(demande)


@on("candidature.complements_recus")
def confirm_answer(evenement: Evenement, candidature: Candidature) -> None:
    """The answer fulfils the obligation; confirm it."""
    demande, depot = _request(evenement), Depot.objects.get(pk=evenement.donnees["depot"])
    echeances.fulfil(COMPLEMENTS, sujet=demande, preuve=reference(depot), instant=depot.arrivee)
    emails.send_complements_received(demande, depot)


@on("candidature.complements_clos")
def announce_closing(evenement: Evenement, candidature: Candidature) -> None:
    """No answer came: the obligation is closed, the dossier is examined as it stands."""
    demande = _request(evenement)
    echeances.close(sujet=demande, motif="Demande de compléments close sans réponse.")
    emails.send_complements_closed(demande)


@on("candidature.retiree")
def confirm_withdrawal(evenement: Evenement, candidature: Candidature) -> None:
    """Nothing more is owed for a withdrawn dossier; confirm it."""
    for demande in candidature.demandes_complements.all():
        echeances.close(sujet=demande, motif="Dossier retiré.")
    auteur: Any = resolve(evenement.acteur)
    emails.send_withdrawal(candidature, auteur if isinstance(auteur, Utilisateur) else None)


@on("fichier.infecte", "fichier.illisible")
def look_for_piece(evenement: Evenement, fichier: Fichier) -> None:
    """Have its dossier looked at, if it has one: in an act of its own, which locks the dossier first."""
    if fichier.politique == POLITIQUE_PIECE:
        enqueue(GENRE_PIECE, cle=f"{GENRE_PIECE}:{fichier.pk}", charge={"fichier": str(fichier.pk)})


@on("candidature.piece_retenue")
def tell_held_piece(evenement: Evenement, candidature: Candidature) -> None:
    """Tell whoever joined the piece, and the responsables, that it is to be replaced (R12)."""
    piece = Piece.objects.select_related("fichier", "deposee_par").get(pk=evenement.donnees["piece"])
    emails.send_held_piece(candidature, piece)


@on("candidature.message_envoye")
def announce_message_of_gen(evenement: Evenement, candidature: Candidature) -> None:
    """Tell the porteur that GEN has written; the other way is the instruction's own to tell."""
    if evenement.donnees["cote"] == Message.Cote.GEN:
        emails.send_message_of_gen(_message(evenement))


def _message(evenement: Evenement) -> Message:
    messages = Message.objects.select_related("candidature__structure", "auteur")
    return messages.get(pk=evenement.donnees["message"])


def _request(evenement: Evenement) -> DemandeComplements:
    return DemandeComplements.objects.select_related("candidature__structure").get(
        pk=evenement.donnees["demande"]
    )
