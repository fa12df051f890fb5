"""« Voir comme »: begun with a reason, ended by the agent, by time, or as soon as it is not allowed."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from comptes.domain.acces import require_in
from comptes.domain.responsabilite import clean_reason
from comptes.models import Role, Utilisateur, VoirComme
from socle import horloge, journal
from socle.erreurs import ActeurRefuse
from socle.references import SYSTEME, Acteur
from socle.transition import lock


@transaction.atomic
def start_view(*, acteur: Utilisateur, personne: Utilisateur, motif: str) -> VoirComme:
    """Begin to see the portal as a person does; one at a time, never nested.

    Effects: the row that the person reads on their account page, event ``voir_comme.commence``; a
    view that the agent left open elsewhere ends. Errors: ``ActeurRefuse`` (role, oneself, an
    administrator, a closed account, a view inside a view); ``DonneesInvalides`` (reason).
    """
    if acteur.vu_par is not None:
        raise ActeurRefuse("Quittez d’abord la consultation en cours.")
    list(Utilisateur.objects.select_for_update().filter(pk=acteur.pk))
    require_in(acteur, "comptes.view_as", None)
    if refus := refusal(acteur, personne):
        raise ActeurRefuse(refus)
    propre = clean_reason(motif)
    for laissee in VoirComme.objects.select_for_update().filter(agent=acteur, terminee_le__isnull=True):
        _end(laissee, VoirComme.Fin.REMPLACEE, acteur)
    vue = VoirComme.objects.create(
        agent=acteur,
        personne=personne,
        motif=propre,
        limite_reelle=horloge.real_now() + timedelta(minutes=settings.GEN_VOIR_COMME_MINUTES),
    )
    journal.record("voir_comme.commence", sujet=vue, acteur=acteur, donnees={"personne": str(personne.pk)})
    return vue


def refusal(acteur: Utilisateur, personne: Utilisateur) -> str:
    """Return why this person can't be seen so, or nothing."""
    if acteur.pk == personne.pk:
        return "On ne se voit pas soi-même."
    if not personne.is_active:
        return "Ce compte est désactivé."
    if personne.a_role(Role.ADMINISTRATEUR):
        return "On ne voit pas le portail comme un administrateur."
    return ""


@transaction.atomic
def end_view(*, vue: VoirComme, acteur: Acteur, fin: str) -> VoirComme:
    """End a view; twice is once.

    Effects: its end; event ``voir_comme.termine``.
    """
    lock(vue)
    if vue.terminee_le is None:
        _end(vue, fin, acteur)
    return vue


def _end(vue: VoirComme, fin: str, acteur: Acteur) -> None:
    vue.terminee_le = horloge.now()
    vue.fin = fin
    vue.save(update_fields=["terminee_le", "fin"])
    journal.record(
        "voir_comme.termine",
        sujet=vue,
        acteur=acteur,
        donnees={"personne": str(vue.personne_id), "fin": str(fin)},
    )


def current_view(*, agent: Utilisateur, identifiant: str) -> VoirComme | None:
    """Return the view that runs in this session, or nothing; one that may no longer run is ended.

    Asked at each request: the role, the account of either person or the time may have ended meanwhile.
    """
    vue = (
        VoirComme.objects.select_related("personne")
        .filter(pk=uuid.UUID(identifiant), agent=agent.pk, terminee_le__isnull=True)
        .first()
    )
    if vue is None:
        return None
    if horloge.real_now() >= vue.limite_reelle:
        end_view(vue=vue, acteur=SYSTEME, fin=VoirComme.Fin.DELAI)
        return None
    if not agent.has_perm("comptes.view_as") or refusal(agent, vue.personne):
        end_view(vue=vue, acteur=SYSTEME, fin=VoirComme.Fin.INTERROMPUE)
        return None
    return vue


@transaction.atomic
def interrupt_views(*, agent: Utilisateur) -> int:
    """End what an agent has open, who no longer may; return how many.

    Effects: the end of each; event ``voir_comme.termine``.
    """
    ouvertes = list(VoirComme.objects.select_for_update().filter(agent=agent, terminee_le__isnull=True))
    for vue in ouvertes:
        _end(vue, VoirComme.Fin.INTERROMPUE, SYSTEME)
    return len(ouvertes)


def sweep_views() -> int:
    """End the views whose time has passed without another request; return how many."""
    passees = VoirComme.objects.filter(terminee_le__isnull=True, limite_reelle__lte=horloge.real_now())
    for vue in passees:
        end_view(vue=vue, acteur=SYSTEME, fin=VoirComme.Fin.DELAI)
    return len(passees)
