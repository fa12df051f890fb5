"""The cards that the follow-up puts on the home page."""

from typing import Any

from django.db.models import DateField, Value
from django.db.models.functions import Concat
from django.urls import reverse

from comptes.rules import est_direction
from comptes.tableau import Carte, register_card
from labellisation.models import Label
from socle import horloge
from socle.fonctions import UuidText
from socle.models import Echeance
from suivi.models import Reclamation
from suivi.politiques import acted_labels, followed_labels


def register() -> None:
    """Register the cards of this app."""
    register_card("suivi.porteur", _is_porteur, _own, titre="Suivi des formations", ordre=15, en_vue=True)
    register_card("suivi.direction", est_direction, _direction, titre="Suivi des formations", ordre=15)


def _is_porteur(utilisateur: Any) -> bool:
    return bool(utilisateur.appartenances_actives)


def _own(utilisateur: Any) -> list[Carte]:
    suivis = Label.objects.visible_to(utilisateur)
    if utilisateur.roles_actifs:
        # Whoever works at GEN too sees labels that they do not follow.
        suivis = suivis.filter(followed_labels(utilisateur))
    if utilisateur.autres_structures:
        suivis = suivis.filter(acted_labels(utilisateur))
    nombres = _counts(suivis)
    if not nombres["labels"]:
        return []
    en_retard, ouvertes = nombres["en_retard"], nombres["ouvertes"]
    cartes = []
    if en_retard:
        cartes.append(
            Carte(
                "Échéances en retard",
                "À faire au plus vite\u00a0: elles comptent dans le bilan du label.",
                reverse("suivi:formations") + "?echeances=retard",
                en_retard,
            )
        )
    if ouvertes - en_retard:
        cartes.append(
            Carte(
                "Échéances à venir",
                "Ce qui est attendu, la plus proche d’abord.",
                reverse("suivi:formations") + "?echeances=a-venir",
                ouvertes - en_retard,
            )
        )
    cartes.append(
        Carte(
            "Formations suivies",
            "Leurs sessions, leurs apprenants, leurs attestations.",
            reverse("suivi:formations") + "#formations",
            nombres["labels"],
        )
    )
    return cartes


def _counts(labels: Any) -> dict[str, int]:
    """Count the labels and what is expected of them, in one query: every home page asks for it."""
    labels = labels.order_by()
    attendues = Echeance.objects.open().filter(
        chaine__in=labels.values(dossier=Concat(Value("dossier:"), UuidText("candidature_id"))),
        genre__startswith="suivi.",
    )
    # A date for each obligation, none for each label: counted here, for much less than two counts a label.
    sans_date = labels.annotate(sans_date=Value(None, DateField())).values_list("sans_date")
    dates = [due for (due,) in attendues.order_by().values_list("due").union(sans_date, all=True)]
    attendus = [due for due in dates if due is not None]
    aujourd_hui = horloge.today()
    return {
        "labels": len(dates) - len(attendus),
        "ouvertes": len(attendus),
        "en_retard": sum(due < aujourd_hui for due in attendus),
    }


def _direction(utilisateur: Any) -> list[Carte]:
    en_retard = Echeance.objects.late().visible_to(utilisateur).filter(genre__startswith="suivi.").count()
    a_traiter = Reclamation.objects.visible_to(utilisateur).filter(traitee_le__isnull=True).count()
    cartes = [
        Carte(
            "Échéances en retard",
            "Ce que les porteurs n’ont pas encore transmis ou fait.",
            reverse("pilotage:tableau") + "#retards",
            en_retard,
        )
    ]
    if a_traiter:
        cartes.append(
            Carte(
                "Réclamations à traiter",
                "À lire, puis à marquer comme traitées.",
                reverse("admin:suivi_reclamation_changelist") + "?traitee_le__isempty=1",
                a_traiter,
            )
        )
    return cartes
