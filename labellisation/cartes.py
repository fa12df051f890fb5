"""The cards that séances, decisions and conventions put on the home page."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from candidatures.models import Candidature
from comptes.rules import est_direction, est_membre_comite
from comptes.tableau import Carte, register_card
from labellisation import cycle
from labellisation.domain.renouvellement import labels_to_prepare
from labellisation.models import Convention, Decision, Seance, SignatureConvention
from socle.typographie import instant_paris, pluriel_fr


def register() -> None:
    """Register the cards of this app."""
    register_card("labellisation.comite", est_membre_comite, _committee, titre="Comité", ordre=15)
    register_card("labellisation.direction", est_direction, _direction, titre="Décisions et labels", ordre=15)
    register_card(
        "labellisation.porteur", _is_porteur, _porteur, titre="Mes conventions", ordre=25, en_vue=True
    )


def _is_porteur(utilisateur: Any) -> bool:
    return bool(utilisateur.appartenances_actives)


def _committee(utilisateur: Any) -> list[Carte]:
    """Return one card a séance that is not closed, and the list."""
    seances = Seance.objects.visible_to(utilisateur).exclude(etat=cycle.CLOSE).order_by("tenue_le")
    cartes = [
        Carte(
            seance.intitule,
            f"{instant_paris(seance.tenue_le)}. {_MEMBRE[seance.etat]}",
            reverse("labellisation:seance", args=[seance.pk]),
        )
        for seance in seances
    ]
    return [*cartes, Carte("Séances du comité", "Toutes vos séances.", reverse("labellisation:comite"))]


_MEMBRE = {
    cycle.CONVOQUEE: "Lisez les dossiers et déclarez vos liens d’intérêt.",
    cycle.OUVERTE: "La séance est ouverte\u00a0: votez sur chaque dossier.",
}


def _direction(utilisateur: Any) -> list[Carte]:
    ouvertes = Seance.objects.visible_to(utilisateur).exclude(etat=cycle.CLOSE).count()
    cartes = [
        Carte(
            "Séances du comité",
            "Convoquer, composer l’ordre du jour, conduire.",
            reverse("labellisation:comite"),
            ouvertes,
        ),
        *_to_notify(utilisateur),
    ]
    if a_signer := _waiting_for_gen(utilisateur):
        cartes.append(
            Carte(
                f"Convention{pluriel_fr(a_signer)} à signer",
                "Le porteur a signé\u00a0: le label est actif à votre signature.",
                reverse("labellisation:conventions") + "?a_signer=gen",
                a_signer,
            )
        )
    return cartes


def _to_notify(utilisateur: Any) -> list[Carte]:
    """Return one card a place where decisions wait: each closed séance, and what is decided outside."""
    visibles = Candidature.objects.visible_to(utilisateur)
    attente = Decision.objects.filter(etat=cycle.PRISE, candidature__in=visibles)
    seance = "inscription__seance"
    nombres = (
        attente.filter(Q(inscription__isnull=True) | Q(**{f"{seance}__etat": cycle.CLOSE}))
        .order_by(f"{seance}__tenue_le")
        .values_list(f"{seance}__pk", f"{seance}__intitule")
        .annotate(nombre=Count("pk"))
    )
    hors_seance = sum(nombre for pk, _, nombre in nombres if pk is None)
    cartes = [
        Carte(
            f"Notifier\u00a0: {intitule}",
            "Le porteur ne voit rien avant la notification.",
            reverse("labellisation:notifier", args=[pk]),
            nombre,
        )
        for pk, intitule, nombre in nombres
        if pk is not None
    ]
    if hors_seance:
        cartes.append(
            Carte(
                "Irrecevabilités à notifier",
                "Vous signez la lettre de chaque porteur.",
                reverse("labellisation:comite") + "#hors-seance",
                hors_seance,
            )
        )
    return cartes


def _waiting_for_gen(utilisateur: Any) -> int:
    return Convention.objects.visible_to(utilisateur).waiting_for(SignatureConvention.Partie.GEN).count()


def _porteur(utilisateur: Any) -> list[Carte]:
    """Return what waits for the porteur: a signature, a renewal to prepare (one query for both)."""
    conventions = Convention.objects.visible_to(utilisateur).filter(structure=utilisateur.structure_courante)
    a_signer = conventions.waiting_for(SignatureConvention.Partie.PORTEUR)
    nombres = conventions.aggregate(
        a_signer=Count("pk", filter=Q(pk__in=a_signer.values("pk"))),
        a_renouveler=Count("pk", filter=Q(label__in=labels_to_prepare().values("pk"))),
    )
    cartes = [
        Carte(
            f"Convention{pluriel_fr(nombres['a_signer'])} à signer",
            "Le représentant légal signe avec un code reçu par courriel.",
            reverse("labellisation:conventions") + "?a_signer=porteur",
            nombres["a_signer"],
        ),
        Carte(
            f"Label{pluriel_fr(nombres['a_renouveler'])} à renouveler",
            "La nouvelle candidature se prépare avant la fin du label, et se dépose dès le lendemain.",
            reverse("labellisation:conventions") + "?a_renouveler=1",
            nombres["a_renouveler"],
        ),
    ]
    return [carte for carte in cartes if carte.nombre]
