"""10. Declaration of activity and duties."""

from collections.abc import Iterator

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Etat,
    Instantane,
    LigneOrganisme,
    Resultat,
    answer,
    answer_finding,
    conclude,
    day,
    finding,
    is_valid,
    list_age,
    note,
    piece_finding,
    text_finding,
)
from referentiels.identifiants import compact, valider_nda
from socle.delais import add_months
from socle.typographie import date_simple

REGLE_NDA = "11 chiffres, dans la liste publique des organismes de formation"


def check_duties(dossier: Instantane, contexte: Contexte) -> Resultat:
    """10. A valid NDA (porteur or subcontractor), duties met, and the controls of a subcontractor.

    Rules R14 (identifiers), R15.
    """
    return conclude(10, _findings(dossier, contexte))


def _findings(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    yield from _nda(dossier, contexte)
    if contexte.nda_alerte:
        yield note("Région du NDA", contexte.nda_alerte.rstrip("."), "structure", "", "nda")
    yield answer_finding(
        dossier,
        "structure",
        "obligations_reglementaires",
        True,
        "Obligations réglementaires",
        "à jour",
        ("déclarées à jour", "non à jour"),
    )
    yield from _attestation(dossier, contexte, "fiscale", "ATTESTATION_FISCALE")
    yield from _attestation(dossier, contexte, "sociale", "ATTESTATION_SOCIALE")
    yield from _subcontracting(dossier)


# --- The number ----------------------------------------------------------------------------------
def _nda(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    """One valid number is enough, the porteur's or its subcontractor's."""
    constats = [_one_nda(dossier, "", contexte.nda_en_liste, contexte.organisme, contexte)]
    if answer(dossier, "structure", "sous_traitance"):
        constats.append(
            _one_nda(
                dossier,
                "sous_traitant_",
                contexte.nda_sous_traitant_en_liste,
                contexte.organisme_sous_traitant,
                contexte,
            )
        )
    valables = [constat for constat in constats if constat.etat == Etat.TIENT]
    if not valables:
        valables = [constat for constat in constats if constat.etat == Etat.INCONNU]
    if not valables:
        return constats
    # The other number is shown, and does not weigh.
    return [
        constat
        if constat in valables
        else note(constat.libelle, constat.valeur, "structure", constat.regle, chemins=constat.chemins)
        for constat in constats
    ]


def _one_nda(
    dossier: Instantane,
    prefixe: str,
    en_liste: bool | None,
    ligne: LigneOrganisme | None,
    contexte: Contexte,
) -> Constat:
    nda = answer(dossier, "structure", f"{prefixe}nda") or ""
    tient: bool | None
    if not nda:
        tient, valeur = False, "non renseigné"
    elif not is_valid(valider_nda, nda):
        tient, valeur = False, f"{nda}, dont le format est faux"
    elif en_liste is None:
        tient, valeur = None, f"{nda}, format juste\u00a0; la liste publique n’est pas chargée, vérifiez-le"
    else:
        tient, suite = _in_list(dossier, prefixe, en_liste, ligne, contexte)
        valeur = f"{nda}, {suite}"
    return finding(
        tient,
        f"NDA {'du sous-traitant' if prefixe else 'du porteur'}",
        valeur,
        REGLE_NDA,
        "structure",
        f"{prefixe}nda",
    )


def _in_list(
    dossier: Instantane,
    prefixe: str,
    en_liste: bool,
    ligne: LigneOrganisme | None,
    contexte: Contexte,
) -> tuple[bool | None, str]:
    """Return whether the list proves the number, and its words.

    Another body's number, or an absence from an old list, is for a person to verify.
    """
    source = f"la liste ({list_age(contexte.edition_organismes, contexte, fictive=_is_fictive(ligne))})"
    if not en_liste:
        recente = contexte.is_recent(contexte.edition_organismes)
        sortie = ligne is not None and not ligne.present
        mots = "n’est plus dans" if sortie else "absent de"
        return (False if recente else None), f"{mots} {source}" + ("" if recente else "\u00a0: vérifiez-le")
    siren = compact(answer(dossier, "structure", f"{prefixe}siret") or "")[:9]
    if ligne is None:
        return True, f"présent dans {source}"
    if siren and ligne.siren != siren:
        return (
            None,
            f"présent dans {source} au nom de {ligne.denomination}, d’un autre SIREN\u00a0: vérifiez-le",
        )
    return True, f"présent dans {source}, au nom de {ligne.denomination}"


def _is_fictive(ligne: LigneOrganisme | None) -> bool:
    return ligne is not None and ligne.fictive


# --- Duties --------------------------------------------------------------------------------------
def _attestation(dossier: Instantane, contexte: Contexte, nom: str, type_piece: str) -> Iterator[Constat]:
    mois = contexte.regles["attestation_recente_mois"]
    libelle, champ = f"Attestation {nom}", f"attestation_{nom}_le"
    regle = f"de moins de {mois} mois {contexte.jour_en_mots}"
    datee = day(answer(dossier, "structure", champ))
    yield piece_finding(dossier, type_piece, f"{libelle} jointe", "structure")
    if datee is None:
        yield finding(None, libelle, "date non renseignée", regle, "structure", champ)
        return
    valeur = f"datée du {date_simple(datee)}"
    if datee > contexte.aujourd_hui:
        yield finding(None, libelle, f"{valeur}, à venir", regle, "structure", champ)
        return
    yield finding(datee >= add_months(contexte.jour, -mois), libelle, valeur, regle, "structure", champ)


_CONTROLES = {
    "controle_contenus": "contenus",
    "controle_ressources": "ressources pédagogiques",
    "controle_recrutement": "recrutement des formateurs",
    "controle_locaux": "locaux",
    "controle_materiels": "matériels",
}


def _subcontracting(dossier: Instantane) -> Iterator[Constat]:
    sous_traitance = answer(dossier, "structure", "sous_traitance")
    if sous_traitance is None:
        yield finding(None, "Sous-traitance", "sans réponse", "", "structure", "sous_traitance")
        return
    if not sous_traitance:
        yield note("Sous-traitance", "non", "structure", "", "sous_traitance")
        return
    nom = answer(dossier, "structure", "sous_traitant_raison_sociale") or "non nommé"
    yield note("Sous-traitance", nom, "structure", "", "sous_traitant_raison_sociale")
    manquants = {champ: mot for champ, mot in _CONTROLES.items() if not answer(dossier, "structure", champ)}
    yield finding(
        not manquants,
        "Engagements de contrôle",
        f"manquent\u00a0: {', '.join(manquants.values())}" if manquants else "cinq sur cinq",
        "contenus, ressources, recrutement, locaux, matériels",
        "structure",
        *(manquants or _CONTROLES),
    )
    yield text_finding(
        dossier, "structure", "controle_modalites", "Modalités des contrôles", "à intervalle régulier"
    )
