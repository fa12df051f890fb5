"""A declared link reaches everything that hangs on a dossier, for the direction too (R36)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from candidatures.domain.affectations import declare_interest
from comptes.domain.structures import add_member
from comptes.models import RoleMembre
from labellisation.cycle import NatureDecision
from labellisation.domain import convention as conventions
from labellisation.domain import notification
from labellisation.domain import seance as seances
from labellisation.domain.label import lift_condition
from labellisation.domain.seance import SeanceRefusee
from labellisation.models import Convention, Label
from socle import horloge
from socle.erreurs import ActeurRefuse
from socle.models import Echeance
from socle.references import SYSTEME
from suivi.models import Session
from tests.labellisation import fabriques

pytestmark = pytest.mark.django_db


@pytest.mark.regle("R36")
def test_given_a_director_with_a_link_when_a_convention_is_signed_then_neither_seen_nor_signed(
    lundi: Any,
) -> None:
    convention = fabriques.convention_a_signer()
    fabriques.signer(convention, fabriques.PORTEUR)
    libre, liee = fabriques.direction(), fabriques.direction(nom="Liée")
    assert Convention.objects.visible_to(liee).filter(pk=convention.pk).exists()
    declare_interest(personne=liee, structure=convention.structure)
    assert not Convention.objects.visible_to(liee).filter(pk=convention.pk).exists()
    assert Convention.objects.visible_to(libre).filter(pk=convention.pk).exists()
    signature = fabriques.signature_de(convention, fabriques.GEN)
    with pytest.raises(ActeurRefuse):
        conventions.request_code(signature=signature, acteur=liee)
    assert conventions.request_code(signature=signature, acteur=libre).code_expire_le is not None


@pytest.mark.regle("R36")
def test_given_a_director_with_a_link_when_a_label_runs_then_it_its_sessions_and_its_dates_are_hidden(
    lundi: Any,
) -> None:
    label = fabriques.label_actif()
    liee = fabriques.direction()
    lus: list[Any] = [Label, Session, Echeance]
    assert all(modele.objects.visible_to(liee).exists() for modele in lus)
    declare_interest(personne=liee, candidature=label.candidature)
    assert not any(
        modele.objects.visible_to(liee).filter(**filtre).exists()
        for modele, filtre in (
            (Label, {"pk": label.pk}),
            (Session, {"label": label}),
            (Echeance, {"chaine": label.chaine_journal}),
        )
    )


@pytest.mark.regle("R36")
def test_given_a_director_with_a_link_when_a_seance_is_notified_then_somebody_else_must_act(
    lundi: Any,
) -> None:
    seance = fabriques.seance_close([NatureDecision.REFUSEE, NatureDecision.REFUSEE])
    liee = fabriques.direction()
    declare_interest(personne=liee, candidature=seance.inscriptions.first().candidature)
    with pytest.raises(ActeurRefuse, match="une autre personne"):
        notification.prepare_notification(seance=seance, acteur=liee)
    notification.prepare_notification(seance=seance, acteur=fabriques.direction())
    with pytest.raises(ActeurRefuse, match="une autre personne"):
        notification.confirm_notification(seance=seance, acteur=liee)


@pytest.mark.regle("R36")
def test_given_a_director_who_is_a_member_of_the_porteur_when_deciding_then_refused(lundi: Any) -> None:
    seance = fabriques.seance_ouverte()
    inscription = fabriques.inscription_de(seance)
    membre = fabriques.direction()
    with transaction.atomic():
        add_member(
            structure=inscription.candidature.structure,
            utilisateur=membre,
            role=RoleMembre.CONTRIBUTEUR,
            acteur=SYSTEME,
        )
    fabriques.voter(inscription)
    with pytest.raises(ActeurRefuse):
        seances.decide(inscription=inscription, nature="LABELLISEE", motifs="Solide.", acteur=membre)


@pytest.mark.regle("R38")
def test_given_an_adjournment_not_announced_when_the_dossier_is_put_on_an_agenda_then_refused(
    lundi: Any,
) -> None:
    seance = fabriques.seance_close([NatureDecision.AJOURNEE])
    candidature = seance.inscriptions.first().candidature
    candidature.refresh_from_db()
    suivante = fabriques.seance_convoquee()
    with pytest.raises(SeanceRefusee, match="Notifiez d’abord"):
        seances.register_dossier(seance=suivante, candidature=candidature, acteur=fabriques.direction())
    fabriques.notifier(seance)
    candidature.refresh_from_db()
    inscription = seances.register_dossier(
        seance=suivante, candidature=candidature, acteur=fabriques.direction()
    )
    assert inscription.seance == suivante


@pytest.mark.regle("R24")
def test_given_a_condition_when_it_is_lifted_then_its_obligation_is_met(lundi: Any) -> None:
    label = fabriques.label_sous_condition()
    audit = Echeance.objects.get(chaine=label.chaine_journal, genre="suivi.audit_qualiopi")
    assert audit.est_ouverte
    lift_condition(
        label=label, acteur=fabriques.direction(), motifs="Certificat obtenu.", obtenue_le=horloge.today()
    )
    audit.refresh_from_db()
    assert audit.remplie_le is not None


@pytest.mark.regle("R23")
def test_given_ten_codes_in_a_day_when_another_is_asked_then_it_waits_for_the_next_day(lundi: Any) -> None:
    convention = fabriques.convention_a_signer()
    signature = fabriques.signature_de(convention)
    acteur = fabriques.candidatures.responsable_de(convention.structure)
    for _ in range(conventions.CODES_PAR_JOUR):
        conventions.request_code(signature=signature, acteur=acteur)
    with pytest.raises(conventions.SignatureRefusee, match="Trop de codes"):
        conventions.request_code(signature=signature, acteur=acteur)
    lundi.shift(timedelta(days=1))
    assert conventions.request_code(signature=signature, acteur=acteur).code_expire_le is not None


@pytest.mark.regle("R23")
def test_given_a_signing_link_when_its_last_day_has_passed_then_it_names_nobody(
    lundi: Any, settings: Any
) -> None:
    signature = fabriques.signature_de(fabriques.convention_a_signer())
    jeton = conventions.signature_link(signature)
    jours = settings.GEN_REGLES["lien_signature_jours"]
    lundi.move_to(horloge.at_paris(horloge.today() + timedelta(days=jours), 23, 59))
    assert conventions.signature_from_link(jeton) == signature
    lundi.shift(timedelta(minutes=1))
    assert conventions.signature_from_link(jeton) is None
