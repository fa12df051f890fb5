"""Background work of the labelling."""

from labellisation.domain.notification import GENRE_TRAVAIL, notify_pending
from labellisation.models import Seance
from socle.models import Travail
from socle.travaux import genre_travail


@genre_travail(
    GENRE_TRAVAIL,
    bail=120,
    essais=5,
    libelle="Notification des décisions d’une séance",
    suite="Les décisions qui restent à annoncer n’ont pas été envoyées à leurs porteurs.",
)
def notify_seance(travail: Travail) -> None:
    """Announce the decisions of a séance; a run that was killed is taken up where it was."""
    notify_pending(
        seance=Seance.objects.get(pk=travail.charge["seance"]),
        signataire_nom=travail.charge["signataire_nom"],
        signataire_qualite=travail.charge["signataire_qualite"],
        progress=travail.progress,
    )
