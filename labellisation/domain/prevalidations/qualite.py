"""9. Qualiopi."""

from collections.abc import Iterator

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    conclude,
    day,
    finding,
    list_age,
    note,
    piece_finding,
)
from socle.typographie import date_simple


def check_quality(dossier: Instantane, contexte: Contexte) -> Resultat:
    """9. Qualiopi or a recognised label, valid at the relevé and today; or a contract and its audit date.

    With an audit to come, the label is possible under a dated condition (R15, R24).
    """
    qualite = answer(dossier, "structure", "qualite")
    if qualite in ("QUALIOPI", "LABEL"):
        return conclude(9, _certificate(dossier, contexte, qualite))
    if qualite == "CONTRAT":
        return conclude(9, _audit(dossier, contexte))
    regle = "Qualiopi, label reconnu, ou contrat avec une date d’audit"
    return conclude(9, [finding(None, "Situation", "non renseignée", regle, "structure", "qualite")])


def _certificate(dossier: Instantane, contexte: Contexte, qualite: str) -> Iterator[Constat]:
    # Deposits of the first version do not name the label.
    dits = ("qualite_label",) * (qualite == "LABEL") + ("qualite_certificateur", "qualite_numero")
    numero = " ".join(filter(None, (answer(dossier, "structure", champ) for champ in dits)))
    yield note(
        "Certificat Qualiopi" if qualite == "QUALIOPI" else "Label qualité reconnu",
        numero or "non renseigné",
        "structure",
        "",
        "qualite",
        "qualite_numero",
    )
    yield from _validity(dossier, contexte)
    yield piece_finding(dossier, "ATTESTATION_QUALITE", "Attestation du certificateur", "structure")
    yield _attestation_day(dossier, contexte)
    if qualite == "QUALIOPI":
        yield _category(dossier)
        yield from _public_list(dossier, contexte)


def _validity(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    champ = "qualite_valide_jusqu_au"
    fin = day(answer(dossier, "structure", champ))
    if fin is None:
        yield finding(None, "Validité", "date de fin non renseignée", "", "structure", champ)
        return
    valeur = f"jusqu’au {date_simple(fin)}"
    regle = f"valide {contexte.jour_en_mots}"
    yield finding(fin >= contexte.jour, "Validité au relevé", valeur, regle, "structure", champ)
    regle = f"valide aujourd’hui, le {date_simple(contexte.aujourd_hui)}"
    yield finding(fin >= contexte.aujourd_hui, "Validité ce jour", valeur, regle, "structure", champ)


def _attestation_day(dossier: Instantane, contexte: Contexte) -> Constat:
    """The attestation says that the certificate is valid *still*: its day is for a person to weigh."""
    champ = "qualite_attestation_le"
    datee = day(answer(dossier, "structure", champ))
    libelle = "Date de l’attestation"
    regle = "elle prouve que le certificat est toujours valide"
    if datee is None:
        return finding(None, libelle, "non renseignée", regle, "structure", champ)
    if datee > contexte.aujourd_hui:
        return finding(None, libelle, f"{date_simple(datee)}, à venir", regle, "structure", champ)
    return note(libelle, date_simple(datee), "structure", regle, champ)


def _category(dossier: Instantane) -> Constat:
    apprentissage = answer(dossier, "immersion", "type_immersion") == "APPRENTISSAGE"
    attendue = "APPRENTISSAGE" if apprentissage else "ACTIONS_FORMATION"
    noms = {"APPRENTISSAGE": "formation par apprentissage", "ACTIONS_FORMATION": "actions de formation"}
    declaree = answer(dossier, "structure", "qualite_categorie") or ""
    valeur = noms.get(declaree, "non renseignée")
    if declaree != attendue:
        valeur += "\u00a0: vérifiez que le certificat couvre aussi cette action"
    return finding(
        True if declaree == attendue else None,
        "Catégorie du certificat",
        valeur,
        f"attendue\u00a0: {noms[attendue]}",
        "structure",
        "qualite_categorie",
        chemins=("immersion.type_immersion",),
    )


def _public_list(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    """What the public list says of Qualiopi for « actions de formation »: it never proves nor refuses alone.

    A list that says no against a certificate that says yes is for a person to settle.
    """
    ligne = contexte.organisme
    if ligne is None:
        return
    source = list_age(contexte.edition_organismes, contexte, fictive=ligne.fictive)
    libelle, regle = "Qualiopi selon la liste publique", f"pour les actions de formation\u00a0; {source}"
    if ligne.certifie is False:
        valeur = f"{ligne.denomination} n’y est pas certifié\u00a0: comparez avec le certificat"
        yield finding(None, libelle, valeur, regle, "structure", "nda")
        return
    valeur = "y est certifié" if ligne.certifie else "la liste ne le dit pas"
    yield note(libelle, f"{ligne.denomination}\u00a0: {valeur}", "structure", regle, "nda")


def _audit(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    champ = "audit_prevu_le"
    audit = day(answer(dossier, "structure", champ))
    libelle, regle = "Audit prévu", "une date d’audit inscrite au contrat"
    yield note(
        "Contrat de certification",
        answer(dossier, "structure", "qualite_certificateur") or "non renseigné",
        "structure",
        "",
        "qualite_certificateur",
    )
    yield piece_finding(dossier, "CONTRAT_QUALITE", "Contrat joint", "structure")
    if audit is None:
        yield finding(None, libelle, "date non renseignée", regle, "structure", champ)
    elif audit < contexte.aujourd_hui:
        valeur = f"{date_simple(audit)}, date passée\u00a0: demandez-en le résultat"
        yield finding(None, libelle, valeur, regle, "structure", champ)
    else:
        yield finding(True, libelle, date_simple(audit), regle, "structure", champ)
        condition = f"label possible sous condition de l’audit du {date_simple(audit)}"
        yield note("Conséquence", condition, "structure", "le label peut attendre l’audit initial", champ)
