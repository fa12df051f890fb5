"""The convention: made from the frozen dossier, signed by both parties with a code (R22, R23)."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models.functions import Length
from django.utils.crypto import constant_time_compare, salted_hmac

from labellisation import cycle
from labellisation.domain.annexes import altered, annexes_made
from labellisation.models import Convention, Decision, SignatureConvention, TexteConvention
from referentiels.domain.queries import town
from socle import horloge, journal
from socle.canonique import frozen
from socle.delais import add_months
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.models import Evenement
from socle.references import SYSTEME, Acteur, Reference
from socle.transition import lock, transition
from socle.typographie import date_simple

#: Articles without which nobody may sign (R23).
CLAUSES_OBLIGATOIRES = (
    "objet",
    "duree",
    "engagements",
    "remontee",
    "apprenants",
    "qualiopi",
    "modifications",
    "controle",
    "sanctions",
    "resiliation",
    "delais",
    "annexes",
)
#: Where a session of the dossier stands in the convention (R22b).
PREVUE, A_REDATER, HORS_DUREE = "PREVUE", "A_REDATER", "HORS_DUREE"
ESSAIS_MAXIMUM = 5
CODES_PAR_JOUR = 10
SEL_LIEN = "labellisation.signature"
SEL_CODE = "labellisation.signature.code"


class SignatureRefusee(ErreurMetier):
    """A signature that can't be taken: wrong code, wrong order, clause missing, document not ready."""


@transaction.atomic
def make_convention(*, decision: Decision) -> Convention:
    """Make the convention of a favourable decision that is notified.

    Effects: convention A_SIGNER with its frozen data, one signature row a party, event
    ``convention.creee`` (by reaction, its annexes, then its PDF, and the invitation to sign). Called
    by the reaction on ``decision.notifiee``; a second call returns the same convention. Errors:
    ``SignatureRefusee`` when no text is in force today.
    """
    existante = Convention.objects.filter(decision=decision).first()
    if existante is not None:
        return existante
    texte = text_in_force(horloge.today())
    candidature = decision.candidature
    instantane = candidature.depots.latest("numero").instantane
    convention = Convention.objects.create(
        numero=_next_number(),
        decision=decision,
        candidature=candidature,
        structure=candidature.structure,
        texte=texte,
        donnees=frozen(_frozen_data(decision, instantane, texte)),
        apprenants_a_former=learners_to_train(instantane),
    )
    _create_signatures(convention, instantane)
    journal.record(
        "convention.creee",
        sujet=convention,
        acteur=SYSTEME,
        donnees={"numero": convention.numero},
        visibilite=journal.Visibilite.PORTEUR,
    )
    return convention


def text_in_force(jour: date) -> TexteConvention:
    """Return the convention's text in force on a day, its row locked (R23)."""
    textes = TexteConvention.objects.select_for_update().filter(en_vigueur_du__lte=jour)
    texte = textes.order_by("-en_vigueur_du", "-version").first()
    if texte is None:
        raise SignatureRefusee(f"Aucun texte de convention n’est en vigueur le {date_simple(jour)}.")
    return texte


def _next_number() -> str:
    """Return the next number of the year; the text's row is locked, so two never get the same."""
    annee = horloge.today().year
    prefixe = f"CONV-{annee}-"
    # As a text, 9999 comes after 10000.
    numeros = Convention.objects.filter(numero__startswith=prefixe).order_by(
        Length("numero").desc(), "-numero"
    )
    dernier = numeros.first()
    rang = int(dernier.numero.removeprefix(prefixe)) + 1 if dernier else 1
    return f"{prefixe}{rang:04d}"


def learners_to_train(instantane: dict[str, Any]) -> int | None:
    """Return the learners to train over the label, when criterion 6 wants the number written.

    That is for a formation of one year or more, a very large session or one all at a distance; the
    number is three times the dossier's yearly estimate. ``None`` otherwise.
    """
    programme, publics = instantane["programme"], instantane["publics"]
    modules = programme["modules"]
    longue = (programme.get("duree_mois") or 0) >= 12
    tres_grande = (publics.get("apprenants_par_session") or 0) >= settings.GEN_REGLES[
        "apprenants_session_tres_grande"
    ]
    tout_distance = bool(modules) and all(module.get("mode") == "DISTANCIEL" for module in modules)
    if not (longue or tres_grande or tout_distance):
        return None
    annuel = publics.get("apprenants_par_an")
    return annuel * settings.GEN_REGLES["label_annees"] if annuel else None


def _frozen_data(decision: Decision, instantane: dict[str, Any], texte: TexteConvention) -> dict[str, Any]:
    structure = instantane["structure"]
    return {
        "etablie_le": horloge.today().isoformat(),
        "reference": instantane["reference"],
        "formation": {
            "intitule": instantane["intitule"],
            "certification": instantane["formation"].get("certification_code", ""),
            "certification_intitule": instantane["formation"].get("certification_intitule", ""),
            "duree_mois": instantane["programme"].get("duree_mois"),
            "heures": sum(module.get("heures") or 0 for module in instantane["programme"]["modules"]),
            "sites": instantane["formation"]["sites"],
        },
        "porteur": {
            "raison_sociale": structure.get("raison_sociale", ""),
            "siret": structure.get("siret", ""),
            "adresse": structure.get("adresse", ""),
            "code_postal": structure.get("code_postal", ""),
            "commune": town(structure.get("commune", "")),
            "representant": f"{structure.get('representant_prenom', '')} "
            f"{structure.get('representant_nom', '')}".strip(),
            "representant_fonction": structure.get("representant_fonction", ""),
        },
        "sessions": named_sessions(instantane["sessions"], horloge.today()),
        "apprenants_par_session": instantane["publics"].get("apprenants_par_session"),
        "apprenants_a_former": learners_to_train(instantane),
        "condition": decision.condition,
        "condition_avant": decision.condition_avant,
        "texte": {"version": texte.version, "titre": texte.titre, "articles": texte.articles},
    }


def named_sessions(sessions: list[dict[str, Any]], jour: date) -> list[dict[str, Any]]:
    """Return the dossier's sessions as a convention made on ``jour`` names them (R22b, §9).

    Each keeps its place and says where it stands: ``PREVUE`` counts by its date; ``A_REDATER``, whose
    date has passed, gets another one; ``HORS_DUREE`` would begin after the convention's end.
    """
    return [{**session, "situation": _situation(session, jour)} for session in sessions]


def _situation(session: dict[str, Any], jour: date) -> str:
    if not (session.get("debut") and session.get("fin")):
        return A_REDATER
    debut = date.fromisoformat(session["debut"])
    if debut < jour:
        return A_REDATER
    return PREVUE if debut <= last_day(jour) else HORS_DUREE


def _create_signatures(convention: Convention, instantane: dict[str, Any]) -> None:
    structure = instantane["structure"]
    SignatureConvention.objects.create(
        convention=convention,
        partie=SignatureConvention.Partie.PORTEUR,
        signataire_nom=convention.donnees["porteur"]["representant"],
        signataire_qualite=structure.get("representant_fonction", ""),
        courriel=structure.get("representant_courriel", ""),
    )
    SignatureConvention.objects.create(
        convention=convention,
        partie=SignatureConvention.Partie.GEN,
        signataire_nom=convention.decision.signataire_nom,
        signataire_qualite=convention.decision.signataire_qualite,
    )


def missing_clauses(convention: Convention) -> list[str]:
    """Return the codes of the mandatory clauses that the convention's text lacks (R23)."""
    presentes = {article["code"] for article in convention.texte.articles if article.get("texte")}
    return [code for code in CLAUSES_OBLIGATOIRES if code not in presentes]


def signature_link(signature: SignatureConvention) -> str:
    """Return the token of the link by which the porteur's legal representative signs.

    It holds its last day, by the business clock: afterwards a responsable signs from the convention's
    page, with a code sent to the same person.
    """
    dernier = horloge.today() + timedelta(days=settings.GEN_REGLES["lien_signature_jours"])
    return signing.dumps([str(signature.pk), dernier.isoformat()], salt=SEL_LIEN)


def signature_from_link(jeton: str) -> SignatureConvention | None:
    """Return the porteur's signature that a link names, or ``None`` for a forged or expired link."""
    try:
        identifiant, dernier = signing.loads(jeton, salt=SEL_LIEN)
    except signing.BadSignature:
        return None
    if horloge.today() > date.fromisoformat(dernier):
        return None
    return (
        SignatureConvention.objects.select_related("convention__document__fichier", "convention__structure")
        .filter(pk=identifiant, partie=SignatureConvention.Partie.PORTEUR)
        .first()
    )


@transaction.atomic
def request_code(*, signature: SignatureConvention, acteur: Acteur) -> SignatureConvention:
    """Send a one-time code to the signatory.

    ``acteur`` is the direction's person for GEN; for the porteur, the legal representative known by
    the link (``Reference``) or a responsable of the structure: the code goes to the legal
    representative's address either way. Effects: a new code replaces the former one; event
    ``convention.code_demande`` (by reaction, the e-mail). Errors: ``SignatureRefusee``, ``ActeurRefuse``.
    """
    lock(signature)
    _check_signable(signature, acteur)
    if signature.partie == SignatureConvention.Partie.GEN:
        _take_gen_signatory(signature, acteur)
    if _codes_of_the_day(signature) >= CODES_PAR_JOUR:
        raise SignatureRefusee("Trop de codes ont été demandés aujourd’hui\u00a0: réessayez demain.")
    if not signature.courriel:
        raise SignatureRefusee("Le dossier ne donne pas le courriel du représentant légal.")
    signature.code_expire_le = horloge.now() + timedelta(
        minutes=settings.GEN_REGLES["code_signature_minutes"]
    )
    signature.code_essais = 0
    signature.save()
    journal.record(
        "convention.code_demande",
        sujet=signature,
        acteur=acteur,
        donnees={"partie": signature.partie},
    )
    return signature


def _codes_of_the_day(signature: SignatureConvention) -> int:
    """Count the codes of the last 24 hours: five tries each, they must stay few."""
    return Evenement.objects.filter(
        verbe="convention.code_demande",
        sujet_id=signature.pk,
        instant__gt=horloge.now() - timedelta(days=1),
    ).count()


def signature_code(signature: SignatureConvention) -> str:
    """Return the six digits of the code in force.

    They are derived from the portal's key and the code's expiry, so that no table holds them and
    the e-mail can be written by a reaction.
    """
    if signature.code_expire_le is None:
        raise SignatureRefusee("Demandez d’abord un code.")
    grain = f"{signature.pk}:{signature.code_expire_le.timestamp():.6f}"
    nombre = int(salted_hmac(SEL_CODE, grain, algorithm="sha256").hexdigest(), 16)
    return f"{nombre % 1_000_000:06d}"


def _take_gen_signatory(signature: SignatureConvention, acteur: Any) -> None:
    if not (acteur.prenom and acteur.nom and acteur.fonction):
        raise SignatureRefusee("Complétez votre nom et votre fonction avant de signer.")
    signature.utilisateur = acteur
    signature.signataire_nom = acteur.nom_complet
    signature.signataire_qualite = acteur.fonction
    signature.courriel = acteur.email


def _check_signable(signature: SignatureConvention, acteur: Acteur) -> None:
    convention = signature.convention
    if signature.partie == SignatureConvention.Partie.GEN:
        autorise = not isinstance(acteur, Reference) and acteur.has_perm(
            "labellisation.sign_convention_gen", convention
        )
    else:
        autorise = isinstance(acteur, Reference) or acteur.has_perm(
            "labellisation.sign_convention_porteur", convention
        )
    if not autorise:
        raise ActeurRefuse("Vous ne pouvez pas signer cette convention.")
    if convention.etat != cycle.A_SIGNER or signature.signee_le:
        raise SignatureRefusee("Cette signature est déjà faite.")
    if signature.partie == SignatureConvention.Partie.GEN and _porteur_unsigned(convention):
        raise SignatureRefusee("Le représentant légal du porteur signe en premier.")
    if manques := missing_clauses(convention):
        raise SignatureRefusee(
            "Le texte de la convention n’a pas toutes ses clauses\u00a0: " + ", ".join(manques) + "."
        )
    if not ready_to_sign(convention):
        raise SignatureRefusee("La convention et ses annexes sont en préparation. Réessayez dans un instant.")


def ready_to_sign(convention: Convention) -> bool:
    """Tell whether the document and both annexes have their files."""
    return bool(convention.document and convention.document.fichier_id) and annexes_made(convention)


def _porteur_unsigned(convention: Convention) -> bool:
    return convention.signatures.filter(
        partie=SignatureConvention.Partie.PORTEUR, signee_le__isnull=True
    ).exists()


#: The one refusal that costs a try.
MAUVAIS_CODE = "Ce code n’est pas le bon."


def sign(
    *, signature: SignatureConvention, code: str, acteur: Acteur, adresse_ip: str | None = None
) -> SignatureConvention:
    """Sign with the code received.

    Effects: who, when, from where and the SHA-256 of the document signed; event
    ``convention.signature``; at the second signature, transition ``complete_signature`` which dates
    the convention for three years (R22) and, by reaction, makes the label active. A wrong code
    costs a try, committed even though the signature is refused. Errors: ``SignatureRefusee``.
    """
    refus = _try_to_sign(signature, code, acteur, adresse_ip)
    if refus:
        raise SignatureRefusee(refus)
    return signature


@transaction.atomic
def _try_to_sign(signature: SignatureConvention, code: str, acteur: Acteur, adresse_ip: str | None) -> str:
    """Sign and return ``""``, or say why not; a try is counted when there was a code to be right about."""
    convention = signature.convention
    lock(convention)
    lock(signature)
    signature.convention = convention
    _check_signable(signature, acteur)
    if change := altered(convention):
        raise SignatureRefusee(
            "Ce document n’est plus celui que la convention désigne\u00a0: "
            + ", ".join(change)
            + ". Prévenez la GEN\u00a0: rien n’est signé."
        )
    refus = _refusal_of_code(signature, code, acteur)
    if refus:
        if refus == MAUVAIS_CODE:
            signature.code_essais += 1
            signature.save(update_fields=["code_essais"])
        return refus
    signature.signee_le = horloge.now()
    # `_check_signable` has refused a convention whose document is not made.
    signature.document_sha256 = convention.document.fichier.sha256  # type: ignore[union-attr]
    signature.adresse_ip = adresse_ip
    signature.code_expire_le = None
    signature.save()
    journal.record(
        "convention.signature",
        sujet=convention,
        acteur=acteur,
        donnees={"partie": signature.partie, "sha256": signature.document_sha256},
        visibilite=journal.Visibilite.PORTEUR,
    )
    if not convention.signatures.filter(signee_le__isnull=True).exists():
        _complete(convention, acteur)
    return ""


def _refusal_of_code(signature: SignatureConvention, code: str, acteur: Acteur) -> str:
    if signature.code_expire_le is None:
        return "Demandez d’abord un code."
    if signature.partie == SignatureConvention.Partie.GEN and signature.utilisateur != acteur:
        return "Ce code a été envoyé à une autre personne\u00a0: demandez le vôtre."
    if signature.code_essais >= ESSAIS_MAXIMUM:
        return "Trop d’essais\u00a0: demandez un nouveau code."
    if horloge.now() >= signature.code_expire_le:
        return "Ce code a expiré\u00a0: demandez-en un nouveau."
    if not constant_time_compare("".join(code.split()), signature_code(signature)):
        return MAUVAIS_CODE
    return ""


def last_day(debut: date) -> date:
    """Return the last day, included, of a convention that begins on ``debut`` (R22).

    The eve of its anniversary; from a 29 February, the 28: no year is cut short.
    """
    anniversaire = add_months(debut, 12 * settings.GEN_REGLES["label_annees"])
    return anniversaire - timedelta(days=1) if anniversaire.day == debut.day else anniversaire


def _complete(convention: Convention, acteur: Acteur) -> None:
    debut = horloge.today()
    fin = last_day(debut)
    transition(
        convention,
        "complete_signature",
        acteur,
        valeurs={"debut": debut, "fin": fin},
        donnees={"debut": debut.isoformat(), "fin": fin.isoformat()},
    )
