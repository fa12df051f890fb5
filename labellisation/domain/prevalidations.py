"""The ten automatic pre-checks (DOMAIN §5): pure functions from a snapshot and dated facts.

Each returns a proposition and the constats that it rests on. A pre-check proposes; the person
decides (R15). What is not known is said unknown, never taken for a no. Every [choice] is a setting,
shown with its value.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from candidatures import cycle as cycle_dossier
from candidatures.domain.avertissements import Avertissement
from candidatures.domain.completude import is_distance, mostly_distance
from candidatures.models import Candidature, Depot
from labellisation import cycle
from labellisation.models import Label, Verdict
from referentiels.identifiants import valider_nda
from referentiels.models import Certification, Metier
from socle import horloge
from socle.delais import add_months
from socle.typographie import date_simple, espace_milliers

Instantane = dict[str, Any]
Proposition = Verdict.Proposition

CONFORME = Proposition.CONFORME
NON_CONFORME = Proposition.NON_CONFORME
A_VERIFIER = Proposition.A_VERIFIER
SANS_OBJET = Proposition.SANS_OBJET


@dataclass(frozen=True)
class Constat:
    """One piece of evidence: what was looked at, what was found, where, by which rule."""

    libelle: str
    valeur: str
    section: str
    verdict: str = CONFORME
    regle: str = ""


@dataclass(frozen=True)
class Resultat:
    """What a pre-check proposes for a criterion."""

    critere: int
    proposition: str
    constats: tuple[Constat, ...]

    def as_data(self) -> list[dict[str, str]]:
        """Return the constats as they are kept beside the verdict."""
        return [{cle: str(valeur) for cle, valeur in asdict(constat).items()} for constat in self.constats]


@dataclass(frozen=True)
class Contexte:
    """The dated facts that a pre-check needs besides the snapshot; ``None`` means unknown."""

    #: Day of the relevé, or of the deposit while the relevé is to be announced.
    releve: date
    jour: date
    fenetre: tuple[date | None, date | None] = (None, None)
    #: What the register of certifications says: ``(end of registration, active)``, or unknown.
    certification: tuple[date | None, bool] | None = None
    #: Labels in force and other live dossiers for the same formation (criterion 8).
    labels_actifs: tuple[str, ...] = ()
    dossiers_vivants: tuple[str, ...] = ()
    #: The record of the porteur's labels: ``(code, late obligations, sanctions)``.
    bilans: tuple[tuple[str, int, int], ...] = field(default=())
    metier_connu: bool | None = None


def _regle(nom: str) -> Any:
    return settings.GEN_REGLES[nom]


def _resultat(critere: int, constats: Iterable[Constat]) -> Resultat:
    """Propose by the worst constat: not conform, then to check, then conform."""
    liste = tuple(constats)
    verdicts = {constat.verdict for constat in liste}
    for verdict in (NON_CONFORME, A_VERIFIER):
        if verdict in verdicts:
            return Resultat(critere, verdict, liste)
    if verdicts == {SANS_OBJET}:
        return Resultat(critere, SANS_OBJET, liste)
    return Resultat(critere, CONFORME, liste)


def _iso(texte: str | None) -> date | None:
    return date.fromisoformat(texte) if texte else None


def _oui_non(valeur: bool | None) -> str:
    return {True: "Oui", False: "Non", None: "Non renseigné"}[valeur]


def _declare(
    libelle: str, valeur: bool | None, section: str, *, attendu: bool = True, regle: str = ""
) -> Constat:
    """Return the constat of a declaration: unknown when empty."""
    verdict = A_VERIFIER if valeur is None else CONFORME if valeur is attendu else NON_CONFORME
    return Constat(libelle, _oui_non(valeur), section, verdict, regle)


def _texte(libelle: str, valeur: str, section: str, regle: str = "") -> Constat:
    present = bool((valeur or "").strip())
    return Constat(
        libelle, "Décrit" if present else "Absent", section, CONFORME if present else NON_CONFORME, regle
    )


def check_1(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Trains for a digital job: the famille and the métier are in the call's list."""
    formation = dossier["formation"]
    famille, metier = formation["famille"], formation["metier"]
    constats = [
        Constat(
            "Famille de métiers",
            famille["libelle"] if famille else "Aucune",
            "formation",
            CONFORME if famille else NON_CONFORME,
            "Liste des neuf familles",
        ),
        Constat(
            "Métier visé",
            metier["libelle"] if metier else "Hors de la liste du portail",
            "formation",
            CONFORME if metier and contexte.metier_connu is not False else A_VERIFIER,
        ),
        Constat(
            "Métier technique du numérique, et non métier «\u00a0numérisé\u00a0»",
            "À apprécier par l’instructeur",
            "formation",
            CONFORME,
            "Cahier des charges, 1.f",
        ),
    ]
    return _resultat(1, constats)


def check_2(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Certifying: registered at the relevé; owner, or an agreement valid at that date, attached."""
    formation = dossier["formation"]
    constats = [_registration(formation, contexte)]
    proprietaire = formation["certification_proprietaire"]
    if proprietaire is None:
        constats.append(Constat("Propriété de la certification", "Non renseignée", "formation", A_VERIFIER))
    elif proprietaire:
        constats.append(
            Constat("Propriété de la certification", "Le porteur en est propriétaire", "formation", CONFORME)
        )
    else:
        constats += [
            _valid_until("Accord de partenariat", formation["accord_valide_jusqu_au"], contexte, "formation"),
            _piece(dossier, "ACCORD_CERTIFICATION", "Accord joint", "formation"),
        ]
    return _resultat(2, constats)


def _registration(formation: dict[str, Any], contexte: Contexte) -> Constat:
    code = formation["certification_code"]
    libelle = "Enregistrement au RNCP ou au RS"
    if not code:
        return Constat(libelle, "Aucun code", "formation", NON_CONFORME)
    if contexte.certification is None:
        return Constat(
            libelle, f"{code}\u00a0: absent du registre chargé, à vérifier", "formation", A_VERIFIER
        )
    fin, actif = contexte.certification
    if not actif or (fin is not None and fin < contexte.releve):
        quand = f", fin le {date_simple(fin)}" if fin else ""
        return Constat(libelle, f"{code}\u00a0: inactif au relevé{quand}", "formation", NON_CONFORME)
    return Constat(libelle, f"{code}\u00a0: actif au relevé", "formation", CONFORME)


def _valid_until(libelle: str, texte: str | None, contexte: Contexte, section: str) -> Constat:
    """Return the constat of a validity: at the relevé and today, both included."""
    fin = _iso(texte)
    if fin is None:
        return Constat(libelle, "Date de validité non renseignée", section, NON_CONFORME)
    valide = fin >= max(contexte.releve, contexte.jour)
    return Constat(
        libelle,
        f"Valide jusqu’au {date_simple(fin)}",
        section,
        CONFORME if valide else NON_CONFORME,
        "Valide au relevé et à ce jour",
    )


def _piece(dossier: Instantane, type_piece: str, libelle: str, section: str) -> Constat:
    jointes = [piece["nom"] for piece in dossier["pieces"] if piece["type"] == type_piece]
    return Constat(
        libelle,
        ", ".join(jointes) or "Absente",
        section,
        CONFORME if jointes else NON_CONFORME,
    )


def check_3(dossier: Instantane, contexte: Contexte) -> Resultat:
    """At least 400 h and at most 18 months, 6 at a distance, immersion excluded; detailed modules."""
    programme = dossier["programme"]
    modules = programme["modules"]
    heures = sum(module["heures"] or 0 for module in modules)
    minimum, distance = _regle("heures_minimum"), mostly_distance(modules)
    maximum = _regle("mois_maximum_distance") if distance else _regle("mois_maximum")
    mois = programme["duree_mois"]
    constats = [
        Constat(
            "Heures hors immersion",
            f"{espace_milliers(heures)}\u00a0h",
            "programme",
            CONFORME if heures >= minimum else NON_CONFORME,
            f"Au moins {minimum} heures",
        ),
        Constat(
            "Durée hors immersion",
            f"{mois}\u00a0mois" if mois is not None else "Non renseignée",
            "programme",
            A_VERIFIER if mois is None else CONFORME if mois <= maximum else NON_CONFORME,
            f"Au plus {maximum} mois" + (" (formation à distance)" if distance else ""),
        ),
        Constat(
            "Modules à distance",
            f"{sum(map(is_distance, modules))} sur {len(modules)}",
            "programme",
            CONFORME,
            "À distance au-delà de 50\u00a0% des modules",
        ),
        _texte("Cohérence des heures", programme["justification_heures"], "programme"),
        _texte("Processus de conception", programme["processus_conception"], "programme"),
        _detail(modules),
    ]
    if any(map(is_distance, modules)):
        constats.append(_declare("Lieux d’accueil collectifs", programme["lieux_collectifs"], "programme"))
    return _resultat(3, constats)


def _detail(modules: list[dict[str, Any]]) -> Constat:
    champs = ("competences", "enseignements", "evaluation")
    maigres = [
        module["titre"] for module in modules if not all((module[champ] or "").strip() for champ in champs)
    ]
    if not modules:
        return Constat("Description des modules", "Aucun module", "programme", NON_CONFORME)
    if maigres:
        return Constat(
            "Description des modules", "Incomplets\u00a0: " + ", ".join(maigres), "programme", NON_CONFORME
        )
    return Constat("Description des modules", f"{len(modules)} modules décrits", "programme", CONFORME)


def check_4(dossier: Instantane, contexte: Contexte) -> Resultat:
    """No academic prerequisite; motivation first, followed by an engagement; pedagogy suited."""
    formation = dossier["formation"]
    return _resultat(
        4,
        [
            _declare("Prérequis académique", formation["prerequis_academique"], "formation", attendu=False),
            _declare("Motivation, critère principal", formation["selection_motivation"], "formation"),
            _texte("Engagement de l’apprenant", formation["engagement_apprenant"], "formation"),
            _texte("Pédagogie adaptée", formation["pedagogie"], "formation"),
            _texte("Processus de sélection", dossier["publics"]["processus_selection"], "publics"),
        ],
    )


def check_5(dossier: Instantane, contexte: Contexte) -> Resultat:
    """At least one period of immersion: internship, project for outside clients, or work-study."""
    immersion = dossier["immersion"]
    periodes = immersion["periodes"]
    return _resultat(
        5,
        [
            Constat(
                "Type d’immersion",
                immersion["type_immersion"] or "Aucun",
                "immersion",
                CONFORME if immersion["type_immersion"] else NON_CONFORME,
            ),
            Constat(
                "Périodes",
                "Non renseigné" if periodes is None else str(periodes),
                "immersion",
                A_VERIFIER if periodes is None else CONFORME if periodes >= 1 else NON_CONFORME,
                "Au moins une période",
            ),
        ],
    )


def check_6(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Sessions and learners: one session a year and ten GEN people each, or a number to agree."""
    publics = dossier["publics"]
    if _number_in_convention(dossier):
        annuel = publics["apprenants_par_an"]
        constats = [
            Constat(
                "Nombre à inscrire à la convention",
                f"{annuel * _regle('label_annees')} sur trois ans"
                if annuel
                else "Estimation annuelle absente",
                "publics",
                CONFORME if annuel else A_VERIFIER,
                "Formation d’un an ou plus, très grande session, ou toute à distance",
            )
        ]
    else:
        minimum, gen = _regle("apprenants_minimum_par_session"), publics["apprenants_gen_par_session"]
        constats = [
            _yearly_sessions(dossier),
            Constat(
                "Personnes des publics de la GEN par session",
                "Non renseigné" if gen is None else str(gen),
                "publics",
                A_VERIFIER if gen is None else CONFORME if gen >= minimum else NON_CONFORME,
                f"Au moins {minimum} par session",
            ),
        ]
    return _resultat(6, [*constats, *_window(dossier, contexte)])


def _number_in_convention(dossier: Instantane) -> bool:
    modules = dossier["programme"]["modules"]
    return (
        (dossier["programme"]["duree_mois"] or 0) >= 12
        or (dossier["publics"]["apprenants_par_session"] or 0) >= _regle("apprenants_session_tres_grande")
        or (bool(modules) and all(module["mode"] == "DISTANCIEL" for module in modules))
    )


def _yearly_sessions(dossier: Instantane) -> Constat:
    """Tell whether each of the three years that follow the first session has one."""
    debuts = sorted(jour for ligne in dossier["sessions"] if (jour := _iso(ligne["debut"])))
    annees = _regle("label_annees")
    if not debuts:
        return Constat("Sessions prévues", "Aucune", "sessions", NON_CONFORME)
    couvertes = {
        rang
        for rang in range(annees)
        for debut in debuts
        if add_months(debuts[0], 12 * rang) <= debut < add_months(debuts[0], 12 * (rang + 1))
    }
    return Constat(
        "Une session par an au moins",
        f"{len(debuts)} session(s), {len(couvertes)} année(s) couverte(s) sur {annees}",
        "sessions",
        CONFORME if len(couvertes) == annees else NON_CONFORME,
        "Chaque année du cycle de labellisation",
    )


def _window(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    """Warn when the first session falls outside the window of the relevé (R5): never a refusal."""
    debuts = sorted(jour for ligne in dossier["sessions"] if (jour := _iso(ligne["debut"])))
    tot, tard = contexte.fenetre
    if not debuts or (tot is None and tard is None):
        return []
    dedans = (tot is None or debuts[0] >= tot) and (tard is None or debuts[0] <= tard)
    bornes = f"au plus tard le {date_simple(tard)}" if tard else f"au plus tôt le {date_simple(tot)}"
    return [
        Constat(
            "Début de la première session",
            date_simple(debuts[0]),
            "sessions",
            CONFORME if dedans else A_VERIFIER,
            f"Relevé pour des formations débutant {bornes}",
        )
    ]


def check_7(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Free for the target publics, certification included: nothing left to the learner."""
    reste = dossier["budget"]["reste_a_charge"]
    return _resultat(
        7,
        [
            _declare("Gratuité déclarée, certification comprise", dossier["publics"]["gratuite"], "publics"),
            Constat(
                "Reste à charge de l’apprenant",
                "Non renseigné" if reste is None else f"{reste // 100},{reste % 100:02d}\u00a0€",
                "budget",
                A_VERIFIER if reste is None else CONFORME if reste == 0 else NON_CONFORME,
                "Aucun reste à charge",
            ),
        ],
    )


def check_8(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Not labelled at present, no other live dossier; the porteur's record is shown, never judged."""
    constats = [
        Constat(
            "Label en cours pour la même formation",
            ", ".join(contexte.labels_actifs) or "Aucun",
            "formation",
            NON_CONFORME if contexte.labels_actifs else CONFORME,
        ),
        Constat(
            "Autre candidature en cours pour la même formation",
            ", ".join(contexte.dossiers_vivants) or "Aucune",
            "formation",
            NON_CONFORME if contexte.dossiers_vivants else CONFORME,
        ),
    ]
    for code, retards, sanctions in contexte.bilans:
        constats.append(
            Constat(
                f"Bilan du label {code}",
                f"{retards} obligation(s) en retard, {sanctions} sanction(s)",
                "structure",
                A_VERIFIER if retards or sanctions else CONFORME,
                "Un refus pour un mauvais bilan est le choix de la personne",
            )
        )
    return _resultat(8, constats)


def check_9(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Qualiopi certificate or recognised label, valid; or a contract with an audit date (R24)."""
    structure = dossier["structure"]
    if structure["qualite"] in ("QUALIOPI", "LABEL"):
        constats = [
            _valid_until(
                "Certificat ou label qualité", structure["qualite_valide_jusqu_au"], contexte, "structure"
            ),
            _piece(dossier, "ATTESTATION_QUALITE", "Attestation du certificateur", "structure"),
            *_category(dossier),
        ]
    elif structure["qualite"] == "CONTRAT":
        audit = _iso(structure["audit_prevu_le"])
        constats = [
            Constat(
                "Audit prévu",
                f"Le {date_simple(audit)}\u00a0: label possible sous condition" if audit else "Date absente",
                "structure",
                NON_CONFORME if audit is None else CONFORME if audit >= contexte.jour else A_VERIFIER,
                "Contrat mentionnant une date d’audit",
            ),
            _piece(dossier, "CONTRAT_QUALITE", "Contrat joint", "structure"),
        ]
    else:
        constats = [Constat("Situation qualité", "Non renseignée", "structure", NON_CONFORME)]
    return _resultat(9, constats)


def _category(dossier: Instantane) -> list[Constat]:
    """Compare the certificate's category with the action: apprenticeship needs its own."""
    structure = dossier["structure"]
    if structure["qualite"] != "QUALIOPI":
        return []
    apprentissage = dossier["immersion"]["type_immersion"] == "APPRENTISSAGE"
    categorie = structure["qualite_categorie"]
    attendue = "APPRENTISSAGE" if apprentissage else "ACTIONS_FORMATION"
    return [
        Constat(
            "Catégorie du certificat",
            categorie or "Non renseignée",
            "structure",
            CONFORME if categorie == attendue else A_VERIFIER,
            f"Attendue\u00a0: {attendue.replace('_', ' ').lower()}",
        )
    ]


def check_10(dossier: Instantane, contexte: Contexte) -> Resultat:
    """Valid NDA, tax and social duties up to date; controls of the subcontractor promised."""
    structure = dossier["structure"]
    constats = [
        _nda(structure),
        _recent("Attestation fiscale", structure["attestation_fiscale_le"], contexte),
        _piece(dossier, "ATTESTATION_FISCALE", "Attestation fiscale jointe", "structure"),
        _recent("Attestation sociale", structure["attestation_sociale_le"], contexte),
        _piece(dossier, "ATTESTATION_SOCIALE", "Attestation sociale jointe", "structure"),
        _declare("Obligations réglementaires", structure["obligations_reglementaires"], "structure"),
    ]
    if structure["sous_traitance"]:
        engagements = {
            "conception des contenus": structure["controle_contenus"],
            "ressources": structure["controle_ressources"],
            "recrutement": structure["controle_recrutement"],
            "locaux": structure["controle_locaux"],
            "matériels": structure["controle_materiels"],
        }
        absents = [nom for nom, pris in engagements.items() if not pris]
        constats.append(
            Constat(
                "Contrôle du sous-traitant",
                "Engagements absents\u00a0: " + ", ".join(absents) if absents else "Cinq engagements pris",
                "structure",
                NON_CONFORME if absents else CONFORME,
            )
        )
    return _resultat(10, constats)


def _nda(structure: dict[str, Any]) -> Constat:
    """Check the number of the porteur, or of the subcontractor that delivers."""
    numero = structure["nda"] or (structure["sous_traitant_nda"] if structure["sous_traitance"] else "")
    libelle = "Numéro de déclaration d’activité"
    if not numero:
        return Constat(libelle, "Absent", "structure", NON_CONFORME)
    try:
        valider_nda(numero)
    except ValidationError:
        return Constat(libelle, f"{numero}\u00a0: forme incorrecte", "structure", NON_CONFORME)
    return Constat(
        libelle,
        f"{numero}\u00a0: forme correcte",
        "structure",
        CONFORME,
        "Onze chiffres\u00a0; liste publique non chargée",
    )


def _recent(libelle: str, texte: str | None, contexte: Contexte) -> Constat:
    jour, mois = _iso(texte), _regle("attestation_recente_mois")
    if jour is None:
        return Constat(libelle, "Date absente", "structure", NON_CONFORME)
    recente = jour <= contexte.jour and add_months(jour, mois) >= contexte.releve
    return Constat(
        libelle,
        f"Du {date_simple(jour)}",
        "structure",
        CONFORME if recente else A_VERIFIER,
        f"De moins de {mois} mois au relevé",
    )


CONTROLES: tuple[Callable[[Instantane, Contexte], Resultat], ...] = (
    check_1,
    check_2,
    check_3,
    check_4,
    check_5,
    check_6,
    check_7,
    check_8,
    check_9,
    check_10,
)


def run_all(dossier: Instantane, contexte: Contexte) -> list[Resultat]:
    """Return the ten results, in order."""
    return [controle(dossier, contexte) for controle in CONTROLES]


def accompaniment_share(dossier: Instantane) -> int | None:
    """Return the share of accompaniment in the hours, whole percent, or ``None`` if unknown (R17)."""
    heures = sum(module["heures"] or 0 for module in dossier["programme"]["modules"])
    parts = [dossier["accompagnement"][f"heures_{nom}"] for nom in ("social", "professionnel", "pedagogique")]
    if not heures or any(part is None for part in parts):
        return None
    return 100 * sum(parts) // heures


# --- Facts of the database ---------------------------------------------------------------------
def build_context(candidature: Candidature, depot: Depot) -> Contexte:
    """Read the dated facts that the pre-checks of a deposited dossier need."""
    releve = candidature.releve_examen
    jour = horloge.paris(releve.borne).date() if releve else horloge.paris(depot.arrivee).date()
    return _context(
        depot.instantane,
        releve=jour,
        fenetre=(releve.debut_au_plus_tot, releve.debut_au_plus_tard) if releve else (None, None),
        structure=candidature.structure_id,
        sauf=candidature.pk,
    )


def _context(dossier: Instantane, **faits: Any) -> Contexte:
    structure, sauf = faits.pop("structure"), faits.pop("sauf")
    meme = _same_formation(dossier)
    actifs = (
        Label.objects.filter(structure=structure, fin__gte=horloge.today())
        .exclude(etat=cycle.RETIRE)
        .filter(Q(intitule__iexact=meme[0]) | Q(certification_code=meme[1]) & ~Q(certification_code=""))
    )
    vivants = (
        Candidature.objects.filter(structure=structure, etat__in=cycle_dossier.VIVANTS)
        .exclude(pk=sauf)
        .exclude(issue_notifiee__in=("REFUSEE", "IRRECEVABLE", *cycle.FAVORABLES))
        .filter(
            Q(intitule__iexact=meme[0])
            | Q(sectionformation__certification_code=meme[1]) & ~Q(sectionformation__certification_code="")
        )
    )
    bilans = Label.objects.filter(structure=structure, bilan__isnull=False).select_related("bilan")
    certification = Certification.objects.filter(pk=meme[1]).first()
    metier = dossier["formation"]["metier"]
    return Contexte(
        jour=horloge.today(),
        labels_actifs=tuple(actifs.values_list("code", flat=True)),
        dossiers_vivants=tuple(vivants.values_list("reference", flat=True)),
        bilans=tuple((label.code, label.bilan.en_retard, label.bilan.sanctions) for label in bilans),
        certification=(certification.date_fin_enregistrement, certification.actif) if certification else None,
        metier_connu=Metier.objects.filter(code=metier["code"]).exists() if metier else None,
        **faits,
    )


def _same_formation(dossier: Instantane) -> tuple[str, str]:
    return dossier["intitule"], dossier["formation"]["certification_code"]


def warn_porteur(dossier: Instantane, jour: date) -> list[Avertissement]:
    """Warn the porteur before the deposit, by the same pre-checks (R15); never a block."""
    candidature = Candidature.objects.filter(reference=dossier["reference"]).first()
    if candidature is None:
        return []
    releve = candidature.appel.releves.filter(borne__gt=horloge.now()).order_by("borne").first()
    contexte = _context(
        dossier,
        releve=horloge.paris(releve.borne).date() if releve else jour,
        fenetre=(releve.debut_au_plus_tot, releve.debut_au_plus_tard) if releve else (None, None),
        structure=candidature.structure_id,
        sauf=candidature.pk,
    )
    avertissements = [
        Avertissement(resultat.critere, f"{constat.libelle}\u00a0: {constat.valeur}.", constat.section)
        for resultat in run_all(dossier, contexte)
        for constat in resultat.constats
        if constat.verdict in (NON_CONFORME, A_VERIFIER)
    ]
    return avertissements
