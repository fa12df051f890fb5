"""2. Certifying."""

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    FicheCertification,
    Instantane,
    Resultat,
    answer,
    conclude,
    day,
    finding,
    is_valid,
    list_age,
    piece_finding,
)
from referentiels.identifiants import valider_certification
from socle.typographie import date_simple


def check_certification(dossier: Instantane, contexte: Contexte) -> Resultat:
    """2. RNCP or RS sheet active at the relevé; owner, else an agreement valid at that date (R14, R15)."""
    proprietaire = answer(dossier, "formation", "certification_proprietaire")
    constats = [_sheet(dossier, contexte)]
    if proprietaire is None:
        constats.append(
            finding(
                None,
                "Propriétaire de la certification",
                "sans réponse",
                "",
                "formation",
                "certification_proprietaire",
            )
        )
    elif proprietaire:
        constats.append(_owner(dossier, contexte))
    else:
        constats += [
            _agreement(dossier, contexte),
            piece_finding(dossier, "ACCORD_CERTIFICATION", "Accord joint", "formation"),
        ]
    return conclude(2, constats)


def _sheet(dossier: Instantane, contexte: Contexte) -> Constat:
    code = answer(dossier, "formation", "certification_code")
    regle = f"active {contexte.jour_en_mots}"
    tient: bool | None = None
    if not code:
        valeur = "code non renseigné"
    elif not is_valid(valider_certification, code):
        tient, valeur = False, f"{code}, qui n’est pas un code de fiche"
        regle = "RNCP ou RS et des chiffres"
    elif contexte.certification is None:
        tient, valeur = _unknown_sheet(code, contexte)
    else:
        tient = contexte.certification.active_au_releve
        valeur = _described(contexte.certification, contexte)
    return finding(tient, "Fiche RNCP ou RS", valeur, regle, "formation", "certification_code")


def _unknown_sheet(code: str, contexte: Contexte) -> tuple[bool | None, str]:
    """A recent edition that does not hold the code says that no such sheet exists; an old one, nothing."""
    edition = contexte.edition_repertoires
    if edition is None:
        phrase = "que le portail ne peut pas vérifier (répertoires non chargés)"
        return None, f"{code}, {phrase}\u00a0: vérifiez auprès de France compétences"
    source = f"absente des répertoires RNCP et RS ({list_age(edition, contexte)})"
    if contexte.is_recent(edition):
        return False, f"{code}, {source}"
    return None, f"{code}, {source}\u00a0: vérifiez auprès de France compétences"


def _described(fiche: FicheCertification, contexte: Contexte) -> str:
    fin = f", enregistrée jusqu’au {date_simple(fiche.fin)}" if fiche.fin else ""
    if fiche.active_au_releve is None:
        fin += ", inactive aujourd’hui\u00a0: vérifiez depuis quand"
    elif not fiche.active_au_releve:
        fin += ", inactive à cette date"
    fictive = " (fiche fictive de démonstration)" if fiche.fictive else ""
    edition = contexte.edition_repertoires
    source = f" ({list_age(edition, contexte)})" if edition and not fiche.fictive else ""
    return f"{fiche.code} {fiche.intitule}{fin}{fictive}{source}"


def _owner(dossier: Instantane, contexte: Contexte) -> Constat:
    fiche = contexte.certification
    siren = (answer(dossier, "structure", "siret") or "")[:9]
    tient: bool | None = None
    if fiche is None or not fiche.sirens_certificateurs:
        valeur = "déclaré, que le répertoire chargé ne permet pas de vérifier"
    elif not siren:
        valeur = "déclaré, sans SIRET pour le vérifier"
    elif siren in fiche.sirens_certificateurs:
        tient, valeur = True, f"SIREN {siren} trouvé"
    elif fiche.certificateurs_complets:
        tient, valeur = False, f"SIREN {siren} absent"
    else:
        valeur = f"SIREN {siren} absent, mais un certificateur de la fiche n’a pas de SIRET lisible"
    return finding(
        tient,
        "Le porteur est certificateur",
        valeur,
        "son SIREN figure sur la fiche",
        "formation",
        "certification_proprietaire",
        chemins=("structure.siret",),
    )


def _agreement(dossier: Instantane, contexte: Contexte) -> Constat:
    fin = day(answer(dossier, "formation", "accord_valide_jusqu_au"))
    certificateur = answer(dossier, "formation", "certificateur_nom") or "certificateur non nommé"
    suite = f"valide jusqu’au {date_simple(fin)}" if fin else "date de fin non renseignée"
    return finding(
        None if fin is None else fin >= contexte.jour,
        "Accord de partenariat",
        f"{certificateur}, {suite}",
        f"en cours de validité {contexte.jour_en_mots}",
        "formation",
        "accord_valide_jusqu_au",
        "certificateur_nom",
    )
