"""The obligations of a labelled formation (DOMAIN §9), as data; and how each is dated."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from comptes.models import Appartenance, RoleMembre
from labellisation.models import Label
from referentiels.domain.queries import end_of_registration
from socle import echeances, horloge
from socle.courriels import Destinataire
from socle.delais import add_months, deadline_after
from socle.echeances import GenreEcheance
from socle.models import Echeance
from socle.references import reference
from suivi.models import HabilitationOrganisme, Session

PREMIERE_SESSION = "suivi.premiere_session"
SESSION_PREVUE = "suivi.session_prevue"
SESSION_A_REDATER = "suivi.session_a_redater"
SESSION_ANNUELLE = "suivi.session_annuelle"
APPRENANTS_CONVENTION = "suivi.apprenants_convention"
ESPACE = "suivi.espace"
ATTESTATION = "suivi.attestation_demarrage"
FICHE_SUIVI = "suivi.fiche_suivi"
SITUATION_3 = "suivi.situation_3_mois"
SITUATION_6 = "suivi.situation_6_mois"
RAPPORT_ANNUEL = "suivi.rapport_annuel"
CARIF_OREF = "suivi.carif_oref"
MON_COMPTE_FORMATION = "suivi.mon_compte_formation"
KAIROS = "suivi.kairos"
AUDIT_QUALIOPI = "suivi.audit_qualiopi"
QUALITE = "suivi.qualite"
ACCORD_CERTIFICATION = "suivi.accord_certification"
ENREGISTREMENT = "suivi.enregistrement"
ATTESTATIONS_SOCIALES = "suivi.attestations_sociales"
CONTROLE_SOUS_TRAITANT = "suivi.controle_sous_traitant"
ASSIDUITE_CROUS = "suivi.assiduite_crous"


@dataclass(frozen=True)
class _Genre:
    code: str
    libelle: str
    action: str
    regle: str


GENRES = (
    _Genre(
        PREMIERE_SESSION,
        "Démarrage de la première session",
        "Démarrer la première session",
        "Trois mois à compter de la signature de la convention (cahier des charges, critère 6)",
    ),
    _Genre(
        SESSION_PREVUE,
        "Démarrage d’une session prévue",
        "Démarrer la session prévue",
        "Date de la session, report de deux mois au plus (cahier des charges, 3.a)",
    ),
    _Genre(
        SESSION_A_REDATER,
        "Nouvelle date d’une session prévue avant la signature",
        "Donner sa nouvelle date à la session",
        "Deux mois à compter de la signature (convention\u00a0; cahier des charges, 3.a)",
    ),
    _Genre(
        SESSION_ANNUELLE,
        "Une session par an, dix personnes des publics de la GEN",
        "Organiser la session de l’année",
        "Fin de l’année de label (cahier des charges, critère 6)",
    ),
    _Genre(
        APPRENANTS_CONVENTION,
        "Nombre d’apprenants inscrit à la convention",
        "Former le nombre d’apprenants prévu",
        "Fin de la convention (cahier des charges, critère 6)",
    ),
    _Genre(
        ESPACE,
        "Espace de la formation à jour",
        "Confirmer que l’espace de la formation est à jour",
        "Tous les trois mois (cahier des charges, 4)",
    ),
    _Genre(
        ATTESTATION,
        "Attestation de démarrage et liste des apprenants",
        "Transmettre l’attestation de démarrage et la liste des apprenants",
        "Un mois à compter du démarrage de la session (cahier des charges, 4)",
    ),
    _Genre(
        FICHE_SUIVI,
        "Fiche de suivi\u00a0: liste de fin de session",
        "Transmettre la liste de fin de session",
        "Un mois après la fin, immersion comprise (cahier des charges, 4)",
    ),
    _Genre(
        SITUATION_3,
        "Situation des apprenants à trois mois",
        "Déclarer la situation des apprenants à trois mois",
        "Fin de session + 3 mois, + 1 mois pour déclarer (cahier des charges, 4)",
    ),
    _Genre(
        SITUATION_6,
        "Situation des apprenants à six mois",
        "Déclarer la situation des apprenants à six mois",
        "Fin de session + 6 mois, + 1 mois pour déclarer (cahier des charges, 4)",
    ),
    _Genre(
        RAPPORT_ANNUEL,
        "Rapport annuel (obligatoire pour conserver le label)",
        "Remettre le rapport annuel",
        "Avant le 31 janvier de l’année suivante (cahier des charges, 4)",
    ),
    _Genre(
        CARIF_OREF,
        "Référencement auprès du CARIF-OREF",
        "Référencer la session auprès du CARIF-OREF",
        "Avant le démarrage de la session (cahier des charges, 3.b)",
    ),
    _Genre(
        MON_COMPTE_FORMATION,
        "Référencement sur Mon Compte Formation",
        "Référencer la session sur Mon Compte Formation",
        "Avant le démarrage de la session (cahier des charges, 3.b)",
    ),
    _Genre(
        KAIROS,
        "Entrées en formation déclarées dans KAIROS",
        "Déclarer les entrées dans KAIROS",
        "À l’entrée en formation (cahier des charges, 3.b)",
    ),
    _Genre(
        AUDIT_QUALIOPI,
        "Résultat de l’audit Qualiopi",
        "Transmettre le résultat de l’audit Qualiopi",
        "Date fixée par la décision (cahier des charges, critère 9)",
    ),
    _Genre(
        QUALITE,
        "Renouvellement du certificat Qualiopi ou du label qualité",
        "Transmettre le nouveau certificat qualité",
        "Fin de validité du certificat (cahier des charges, critère 9)",
    ),
    _Genre(
        ACCORD_CERTIFICATION,
        "Renouvellement de l’accord avec le certificateur",
        "Transmettre le nouvel accord avec le certificateur",
        "Fin de validité de l’accord (cahier des charges, critère 2)",
    ),
    _Genre(
        ENREGISTREMENT,
        "Renouvellement de l’enregistrement de la certification au RNCP ou au RS",
        "Transmettre la preuve du nouvel enregistrement",
        "Fin de l’enregistrement (cahier des charges, critère 2)",
    ),
    _Genre(
        ATTESTATIONS_SOCIALES,
        "Attestations fiscale et sociale à jour",
        "Transmettre les nouvelles attestations fiscale et sociale",
        "Six mois après les précédentes, et un mois au moins après la signature (critère 10)",
    ),
    _Genre(
        CONTROLE_SOUS_TRAITANT,
        "Contrôle du sous-traitant",
        "Transmettre le compte rendu du contrôle du sous-traitant",
        "Chaque année (cahier des charges, critère 10)",
    ),
    _Genre(
        ASSIDUITE_CROUS,
        "Assiduité des apprenants aidés par le CROUS",
        "Déclarer les manquements à l’assiduité, ou leur absence",
        "Un mois après la fin de la session (décret n° 2017-548, article 13)",
    ),
)


#: What has no act of its own on the portal yet: GEN receives it and notes it (``record_met``).
RECU_PAR_LA_GEN = (
    RAPPORT_ANNUEL,
    AUDIT_QUALIOPI,
    QUALITE,
    ACCORD_CERTIFICATION,
    ENREGISTREMENT,
    ATTESTATIONS_SOCIALES,
    CONTROLE_SOUS_TRAITANT,
    ASSIDUITE_CROUS,
)
#: The same, but with names of learners in it: those never travel by e-mail.
NOMINATIF = (FICHE_SUIVI, SITUATION_3, SITUATION_6)


def how_to(genre: str) -> str:
    """Return the sentence that says how to hand in what has no button, or nothing."""
    if genre in RECU_PAR_LA_GEN:
        return (
            f"Envoyez-le à {settings.GEN_COURRIEL_AIDE} avec le numéro de la convention\u00a0: "
            "la GEN en note la réception."
        )
    if genre in NOMINATIF:
        return (
            f"N’envoyez aucune liste nominative par courriel\u00a0: écrivez à {settings.GEN_COURRIEL_AIDE}, "
            "la GEN convient avec vous de la transmission et en note la réception."
        )
    return ""


def register() -> None:
    """Register the kinds of obligations of the follow-up."""
    for genre in GENRES:
        echeances.register(
            GenreEcheance(
                code=genre.code,
                libelle=genre.libelle,
                action=genre.action,
                regle=genre.regle,
                destinataires=recipients,
                mention=how_to(genre.code),
                url=space_url,
            )
        )


def label_of(echeance: Echeance) -> Label:
    """Return the label that an obligation is about, by its session if need be."""
    if echeance.sujet_genre == "suivi.session":
        return Session.objects.select_related("label").get(pk=echeance.sujet_id).label
    return Label.objects.get(pk=echeance.sujet_id)


def space_url(echeance: Echeance) -> str:
    """Return the address of the formation's space."""
    return reverse("suivi:formation", args=[label_of(echeance).pk])


def recipients(echeance: Echeance) -> list[Destinataire]:
    """Return who is reminded: the responsables of the porteur and of the bodies that prepare."""
    label = label_of(echeance)
    structures = [label.structure_id]
    structures += HabilitationOrganisme.objects.filter(label=label, retiree_le__isnull=True).values_list(
        "structure_id", flat=True
    )
    appartenances = (
        Appartenance.objects.en_cours()
        .filter(structure__in=structures, role=RoleMembre.RESPONSABLE, utilisateur__is_active=True)
        .select_related("utilisateur")
        .order_by("utilisateur__email")
    )
    uniques = {ligne.utilisateur_id: ligne.utilisateur for ligne in appartenances}
    return [
        Destinataire(reference(personne), personne.email, personne.nom_complet)
        for personne in uniques.values()
    ]


def departement_of(label: Label) -> str:
    """Return the département whose public holidays move the delays (R6): that of the first site."""
    sites = label.candidature.depots.latest("numero").instantane["formation"]["sites"]
    for site in sites:
        if site.get("commune"):
            return str(site["commune"]["departement"])
    return ""


def create_for_label(label: Label) -> list[Echeance]:
    """Create the obligations that the signature brings (R26); a second call dates them anew."""
    return [
        _create(label, genre, due, cle=cle, detail=detail) for genre, due, cle, detail in _of_label(label)
    ]


def _of_label(label: Label) -> Iterator[tuple[str, date, str, str]]:
    instantane = label.candidature.depots.latest("numero").instantane
    departement = departement_of(label)
    yield (
        PREMIERE_SESSION,
        deadline_after(label.debut, settings.GEN_REGLES["premiere_session_mois"], departement),
        "",
        "",
    )
    yield from _volume(label)
    yield ESPACE, _next_confirmation(label, label.debut), "1", ""
    for annee in range(label.debut.year, label.fin.year + 1):
        mois, jour = settings.GEN_REGLES["rapport_annuel_limite"]
        yield RAPPORT_ANNUEL, date(annee + 1, mois, jour), str(annee), f"année {annee}"
    if label.condition_avant:
        yield AUDIT_QUALIOPI, label.condition_avant, "", label.condition
    yield from _validities(label, instantane)
    if instantane["structure"].get("sous_traitance"):
        for annee in range(1, settings.GEN_REGLES["label_annees"] + 1):
            yield CONTROLE_SOUS_TRAITANT, label_year_end(label, annee), str(annee), f"année {annee} du label"


def _volume(label: Label) -> Iterator[tuple[str, date, str, str]]:
    nombre = label.convention.apprenants_a_former
    if nombre:
        yield APPRENANTS_CONVENTION, label.fin, "", f"{nombre} apprenants"
        return
    for annee in range(1, settings.GEN_REGLES["label_annees"] + 1):
        yield SESSION_ANNUELLE, label_year_end(label, annee), str(annee), f"année {annee} du label"


def _validities(label: Label, instantane: dict[str, Any]) -> Iterator[tuple[str, date, str, str]]:
    """Yield what ends during the label: certificate, agreement, registration, attestations (R22a)."""
    structure, formation = instantane["structure"], instantane["formation"]
    sources = (
        (QUALITE, _day(structure.get("qualite_valide_jusqu_au"))),
        (ACCORD_CERTIFICATION, _day(formation.get("accord_valide_jusqu_au"))),
        (ENREGISTREMENT, end_of_registration(formation.get("certification_code") or "")),
        (ATTESTATIONS_SOCIALES, _attestations_due(label, structure)),
    )
    for genre, due in sources:
        if due and due <= label.fin:
            yield genre, due, "", ""


def _day(texte: str | None) -> date | None:
    return date.fromisoformat(texte) if texte else None


def _attestations_due(label: Label, structure: dict[str, Any]) -> date | None:
    """Return when both attestations are to be renewed; a month after the signature at the earliest."""
    jours = [_day(structure.get(nom)) for nom in ("attestation_fiscale_le", "attestation_sociale_le")]
    connus = [jour for jour in jours if jour]
    if not connus:
        return None
    fin = add_months(min(connus), settings.GEN_REGLES["attestation_recente_mois"])
    return max(fin, deadline_after(label.debut, 1, departement_of(label)))


def label_year_end(label: Label, annee: int) -> date:
    """Return the last day of a label's year: 1 for the first.

    The eve of the anniversary, or 28 February when 29 February has none, as the convention counts.
    """
    anniversaire = add_months(label.debut, 12 * annee)
    return anniversaire - timedelta(days=1) if anniversaire.day == label.debut.day else anniversaire


def label_year_of(label: Label, jour: date) -> int | None:
    """Return the year of the label, 1 for the first, that a day falls in; ``None`` outside the label."""
    if not label.debut <= jour <= label.fin:
        return None
    annees = range(1, settings.GEN_REGLES["label_annees"] + 1)
    return next((annee for annee in annees if jour <= label_year_end(label, annee)), None)


def create_for_session(session: Session) -> None:
    """Create or date anew what a planned session asks for; one without a date asks for it."""
    label = session.label
    if session.a_redater:
        mois = settings.GEN_REGLES["session_a_redater_mois"]
        due = deadline_after(label.debut, mois, departement_of(label))
        _create(label, SESSION_A_REDATER, due, session=session)
        return
    _create(label, SESSION_PREVUE, session.debut, session=session)
    _create(label, CARIF_OREF, session.debut - timedelta(days=1), session=session)
    _create(label, MON_COMPTE_FORMATION, session.debut - timedelta(days=1), session=session)


def create_at_start(session: Session) -> None:
    """Create what a started session asks for."""
    departement = departement_of(session.label)
    _create(session.label, ATTESTATION, deadline_after(session.debut, 1, departement), session=session)
    _create(session.label, KAIROS, session.debut, session=session)
    create_at_end(session)


def create_at_end(session: Session) -> None:
    """Create, or date anew, what the end of a session asks for."""
    departement = departement_of(session.label)
    fin = session.fin
    _create(session.label, FICHE_SUIVI, deadline_after(fin, 1, departement), session=session)
    _create(session.label, ASSIDUITE_CROUS, deadline_after(fin, 1, departement), session=session)
    _create(session.label, SITUATION_3, deadline_after(add_months(fin, 3), 1, departement), session=session)
    _create(session.label, SITUATION_6, deadline_after(add_months(fin, 6), 1, departement), session=session)


def create_confirmation(label: Label, rang: int) -> None:
    """Create or date anew the confirmation number ``rang``, as long as the label lasts."""
    due = _next_confirmation(label, horloge.today())
    if due <= label.fin:
        _create(label, ESPACE, due, cle=str(rang))


def is_early(echeance: Echeance, label: Label) -> bool:
    """Return whether a confirmation today comes more than a month before its date.

    Never near the end of the label, when no other confirmation follows.
    """
    if _next_confirmation(label, horloge.today()) > label.fin:
        return False
    return horloge.today() < add_months(echeance.due, -1)


def _next_confirmation(label: Label, jour: date) -> date:
    return deadline_after(jour, settings.GEN_REGLES["confirmation_espace_mois"], departement_of(label))


def _create(
    label: Label,
    genre: str,
    due: date,
    *,
    session: Session | None = None,
    cle: str = "",
    detail: str = "",
) -> Echeance:
    rappel = None
    if genre == RAPPORT_ANNUEL:
        rappel = date(due.year, *settings.GEN_REGLES["rapport_annuel_rappel"])
    return echeances.create(
        genre,
        sujet=session or label,
        due=due,
        responsable=reference(label.structure),
        cle=cle,
        detail=_detail(label, session, detail),
        chaine=label.chaine_journal,
        rappel_compte_de=rappel,
    )


def _detail(label: Label, session: Session | None, precision: str) -> str:
    """Return what tells obligations apart in a list or a grouped e-mail: the formation first."""
    precision = f"session {session.numero}" if session else precision
    return f"{label.intitule[:120]}, {precision}" if precision else label.intitule[:120]
