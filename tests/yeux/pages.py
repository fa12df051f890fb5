"""Every page of the portal, by role and state: the table that the eyes follow.

A new page is one line more. ``page(address's name, who looks, objects by the scene's names)``; an
object's name beginning with ``=`` is the value itself. ``etat`` is ``normal``, ``vide`` (a portal that
holds accounts and nothing else) or ``erreur`` (a form sent with what ``saisie`` gives, by ``bouton``).
The scene's names are in ``decor.py``. What is not a page has its reason in ``SANS_PAGE``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

#: Pages of whoever has the dossier alone: somebody else of the same role has a 403.
A_SOI = frozenset(
    ("admin:instruction_complements", "admin:instruction_irrecevable", "admin:instruction_note_corriger")
)
#: One person per role. Their colleagues of the same role are added by ``make eyes`` alone.
JUMEAUX = {"instructeur1": "instructeur2", "comite1": "comite2", "direction": "direction2"}
TOUS = "anonyme porteur contributeur organisme instructeur1 comite1 direction region admin"
CONNECTES = TOUS.removeprefix("anonyme ")
ADMIN = "instructeur1 direction admin"


@dataclass(frozen=True)
class Page:
    """A page in one of its states, and who looks at it."""

    nom: str
    roles: tuple[str, ...]
    objets: Mapping[str, str] = field(default_factory=dict)
    etat: str = "normal"
    precision: str = ""
    requete: str = ""
    statut: int = 200
    #: Sent forms: the button pressed, and what is typed before.
    bouton: str = ""
    saisie: Mapping[str, str] = field(default_factory=dict)
    #: A form that takes no focus to a summary: the portal's refusal is a message or a page.
    sans_resume: bool = False
    #: Sent as without the page's own script, which would save it without leaving the page.
    sans_script: bool = False

    @cached_property
    def cle(self) -> str:
        """Its name in the reports and of its pictures."""
        suite = "" if self.etat == "normal" else f"~{self.etat}"
        return self.nom.replace(":", ".") + (f"-{self.precision}" if self.precision else "") + suite


def page(
    nom: str, roles: str, precision: str = "", *, requete: str = "", statut: int = 200, **objets: str
) -> Page:
    """Write a line of the table: a page as one finds it."""
    return Page(nom, tuple(roles.split()), objets, "normal", precision, requete, statut)


def vide(nom: str, roles: str, precision: str = "", *, requete: str = "", **objets: str) -> Page:
    """Write a line: the same page in a portal without any dossier."""
    return Page(nom, tuple(roles.split()), objets, "vide", precision, requete)


def etape(
    nom: str, roles: str, bouton: str, precision: str, *, saisie: Mapping[str, str], **objets: str
) -> Page:
    """Write a line: the page that follows a form sent right; ``saisie`` ticks what is a box."""
    qui = tuple(roles.split())
    return Page(nom, qui, objets, "normal", precision, bouton=bouton, saisie=saisie, sans_resume=True)


def erreur(
    nom: str,
    roles: str,
    bouton: str,
    *,
    saisie: Mapping[str, str] | None = None,
    precision: str = "",
    statut: int = 422,
    sans_resume: bool = False,
    sans_script: bool = False,
    **objets: str,
) -> Page:
    """Write a line: the page's form, sent wrong."""
    return Page(
        nom,
        tuple(roles.split()),
        objets,
        "erreur",
        precision,
        statut=statut,
        bouton=bouton,
        saisie=saisie or {},
        sans_resume=sans_resume,
        sans_script=sans_script,
    )


SECTIONS = (
    "structure",
    "formation",
    "programme",
    "immersion",
    "publics",
    "partenaires",
    "equipe",
    "accompagnement",
    "budget",
    "sessions",
    "engagements",
)

#: Answers of the self-check.
OUI = (
    "?verifier=1&metier=oui&certification=oui&heures=420&mois=6&distance=non&prerequis=non&immersion=oui"
    "&sessions=oui&gratuite=oui&labellisee=non&qualite=oui&obligations=oui"
)
NON = "?verifier=1&metier=non&heures=120&mois=19&prerequis=oui"

PORTAIL = (
    page("accueil", TOUS),
    page("accessibilite", TOUS),
    page("mentions-legales", TOUS),
    page("envoi-trop-lourd", "anonyme porteur"),
    page("donnees-personnelles", TOUS),
    page("pilotage:formations", TOUS),
    page("pilotage:formations", "anonyme", "introuvable", requete="?texte=zzz"),
    page("pilotage:verifier", TOUS),
    page("pilotage:verification", TOUS, code="code-valide"),
    page("pilotage:verification", "anonyme", "expire", code="code-expire"),
    page("pilotage:verification", "anonyme", "retire", code="code-retire"),
    page("pilotage:verification", "anonyme", "conditionnel", code="code-conditionnel"),
    page("pilotage:verification", "anonyme", "inconnu", code="=AAAA-BBBB-CCCC", statut=404),
    page("pilotage:chiffres", TOUS),
    page("suivi:reclamation", TOUS),
    page("suivi:reclamation-recue", TOUS),
    page("candidatures:appel", TOUS),
    page("candidatures:verifier", TOUS),
    page("candidatures:verifier", "anonyme", "pas-encore", requete=NON),
    page("candidatures:verifier", "anonyme", "oui", requete=OUI),
    page("candidatures:verifier", "anonyme", "erreur", requete="?verifier=1&heures=beaucoup", statut=422),
    page("demo:courriels", "anonyme porteur"),
    page("demo:courriel", "anonyme porteur", identifiant="courriel-demo"),
    vide("accueil", TOUS),
    vide("pilotage:formations", "anonyme"),
    vide("pilotage:chiffres", "anonyme"),
    vide("demo:courriels", "anonyme"),
    erreur("suivi:reclamation", "anonyme", "Envoyer"),
)

COMPTE = (
    page("account_login", "anonyme"),
    page("account_signup", "anonyme"),
    page("account_reset_password", "anonyme"),
    page("account_request_login_code", "anonyme"),
    page("account_logout", CONNECTES),
    page("account_inactive", "anonyme"),
    page("account_email", "porteur"),
    page("account_change_password", CONNECTES),
    page("account_password_reset_completed", "anonyme"),
    page("account_reauthenticate", "porteur direction"),
    page("mfa_index", CONNECTES),
    page("comptes:mon-compte", CONNECTES),
    page("comptes:structures", "porteur contributeur organisme instructeur1"),
    page("comptes:structure-creer", "porteur"),
    page("comptes:structure", "porteur contributeur", pk="structure"),
    page("comptes:structure", "porteur-double", "demande-rejetee", pk="autre-structure"),
    page("comptes:structure-modifier", "porteur", pk="structure"),
    page("comptes:structure-inviter", "porteur", pk="structure"),
    page("comptes:invitation", "region", jeton="invitation"),
    page("comptes:mes-acces", CONNECTES),
    page("comptes:second-facteur", "porteur direction"),
    page("comptes:structure-agir", "porteur-double"),
    page("comptes:structure-transmettre", "porteur", pk="structure"),
    page("comptes:structure-quitter", "porteur contributeur", pk="structure"),
    page("comptes:responsable-demander", "contributeur", pk="structure"),
    page("comptes:voir-comme-terminee", "admin"),
    erreur("account_request_login_code", "anonyme", "Recevoir", statut=200),
    erreur("comptes:structure-transmettre", "porteur", "Envoyer", pk="structure"),
    erreur("account_login", "anonyme", "Se connecter", statut=200),
    erreur("account_signup", "anonyme", "Créer mon compte", statut=200),
    erreur("account_reset_password", "anonyme", "Recevoir", statut=200),
    erreur("account_change_password", "porteur", "Enregistrer", statut=200),
    erreur("comptes:structure-creer", "porteur", "Créer"),
    erreur("comptes:structure-modifier", "porteur", "Enregistrer", saisie={"id_email": "x"}, pk="structure"),
    erreur("comptes:structure-inviter", "porteur", "Envoyer", pk="structure"),
)

CANDIDATURES = (
    page("candidatures:liste", "porteur contributeur organisme region instructeur1 direction"),
    page("candidatures:liste", "porteur", "filtree", requete="?etat=complements"),
    page("candidatures:creer", "porteur contributeur"),
    page("candidatures:dossier", "porteur contributeur", "brouillon-pret", pk="brouillon-pret"),
    page("candidatures:dossier", "porteur contributeur", "brouillon-entame", pk="brouillon-entame"),
    page("candidatures:dossier", "porteur region", "labellise", pk="dossier-labellise"),
    page("candidatures:dossier", "porteur-complements", "complements", pk="en-complement"),
    page("candidatures:dossier", "porteur-examen", "examen", pk="en-examen"),
    *(
        page("candidatures:section", "porteur contributeur", code, pk="brouillon-pret", code=f"={code}")
        for code in SECTIONS
    ),
    page("candidatures:section", "porteur", "piece-illisible", pk="brouillon-entame", code="=formation"),
    page("candidatures:section", "porteur", "entamee", pk="brouillon-entame", code="=budget"),
    page(
        "candidatures:section",
        "porteur-complements",
        "a-corriger",
        pk="en-complement",
        code="section-a-corriger",
    ),
    page("candidatures:piece-remplacer", "porteur contributeur", pk="brouillon-pret", piece="piece-saine"),
    page(
        "candidatures:piece-remplacer", "porteur", "illisible", pk="brouillon-entame", piece="piece-illisible"
    ),
    page("candidatures:recapitulatif", "porteur contributeur", "complet", pk="brouillon-pret"),
    page("candidatures:recapitulatif", "porteur contributeur", "incomplet", pk="brouillon-entame"),
    page("candidatures:recapitulatif", "porteur-complements", "complements", pk="en-complement"),
    page("candidatures:messages", "porteur contributeur", "fil", pk="dossier-labellise"),
    page("candidatures:messages", "porteur-complements", "complements", pk="en-complement"),
    page("candidatures:messages", "porteur-examen", "aucun", pk="en-examen"),
    page("candidatures:messages", "porteur", "brouillon", pk="brouillon-pret"),
    page("candidatures:retirer", "porteur-examen", pk="en-examen"),
    page("socle:document", "porteur-examen", "en-preparation", identifiant="document-en-preparation"),
    vide("candidatures:liste", "porteur organisme region instructeur1"),
    vide("candidatures:appel", "anonyme"),
    erreur("candidatures:creer", "porteur", "Ouvrir"),
    erreur("candidatures:messages", "porteur-examen", "Envoyer", pk="en-examen"),
    erreur(
        "candidatures:piece-remplacer",
        "porteur",
        "Remplacer la pièce",
        pk="brouillon-pret",
        piece="piece-saine",
    ),
    erreur(
        "candidatures:section",
        "porteur",
        "Enregistrer et revenir",
        saisie={"id_siret": "123", "id_nda": "4"},
        precision="structure",
        pk="brouillon-entame",
        code="=structure",
    ),
    erreur(
        "candidatures:section",
        "porteur",
        "Enregistrer et revenir",
        saisie={"id_modules-0-heures": "beaucoup"},
        precision="programme",
        pk="brouillon-entame",
        code="=programme",
    ),
)

COMITE = (
    page("labellisation:comite", "comite1 direction"),
    page("labellisation:convoquer", "direction"),
    page("labellisation:seance", "comite1 direction", "convoquee", pk="seance-convoquee"),
    page("labellisation:seance", "comite1 direction", "ouverte", pk="seance-ouverte"),
    page("labellisation:seance", "comite1 direction", "close", pk="seance-close"),
    page(
        "labellisation:seance-dossier",
        "comite1 direction",
        "convoquee",
        pk="seance-convoquee",
        inscription="inscription-convoquee",
    ),
    page(
        "labellisation:seance-dossier",
        "comite1 direction",
        "ouverte",
        pk="seance-ouverte",
        inscription="inscription-ouverte",
    ),
    page("labellisation:notifier", "direction", "faite", pk="seance-close"),
    page("labellisation:notifier", "direction direction2", "a-confirmer", pk="seance-a-notifier"),
    page("labellisation:conventions", "porteur contributeur direction"),
    page("labellisation:convention", "porteur direction", "signee", pk="convention-signee"),
    page("labellisation:convention", "porteur-signataire direction", "a-signer", pk="convention-a-signer"),
    page("labellisation:signer-lien", "anonyme", jeton="lien-signature"),
    page("labellisation:lever-condition", "direction", pk="convention-conditionnelle"),
    page("labellisation:retirer-label", "direction", pk="convention-signee"),
    vide("labellisation:comite", "comite1 direction"),
    vide("labellisation:conventions", "porteur direction"),
    erreur("labellisation:retirer-label", "direction", "Retirer", pk="convention-signee"),
    erreur("labellisation:convoquer", "direction", "Convoquer"),
    erreur(
        "labellisation:seance-dossier",
        "direction",
        "Enregistrer la décision",
        pk="seance-ouverte",
        inscription="inscription-ouverte",
    ),
    erreur("labellisation:signer-lien", "anonyme", "Signer", jeton="lien-signature"),
)

SUIVI = (
    page("suivi:formations", "porteur contributeur organisme direction"),
    page("suivi:formations", "porteur", "toutes", requete="?echeances=toutes"),
    page("suivi:formation", "porteur contributeur organisme direction", pk="label"),
    page("suivi:echeance", "direction", pk="label", echeance="echeance"),
    page("suivi:echeance", "direction", "remplie", pk="label", echeance="echeance-remplie"),
    page("suivi:echeance", "direction", "levee", pk="label", echeance="echeance-levee"),
    page("suivi:prevoir", "porteur organisme", pk="label"),
    page("suivi:session", "porteur organisme direction", "demarree", pk="session-demarree"),
    page("suivi:session", "porteur direction", "attestee", pk="session-attestee"),
    page("suivi:session", "porteur organisme", "planifiee", pk="session-planifiee"),
    page("suivi:session-referencer", "porteur organisme", pk="session-demarree"),
    page("suivi:session-demarrer", "porteur", pk="session-planifiee"),
    page("suivi:session-reporter", "porteur", pk="session-planifiee"),
    page("suivi:session-terminer", "porteur", pk="session-demarree"),
    page("suivi:apprenant-ajouter", "porteur organisme", pk="session-demarree"),
    page("suivi:apprenant", "porteur organisme", pk="session-demarree", apprenant="apprenant"),
    vide("suivi:formations", "porteur organisme direction"),
    erreur("suivi:echeance", "direction", "Lever", pk="label", echeance="echeance"),
    erreur("suivi:prevoir", "porteur", "Prévoir", pk="label"),
    erreur("suivi:session-reporter", "porteur", "Reporter", pk="session-planifiee"),
    erreur("suivi:apprenant-ajouter", "organisme", "Enregistrer", pk="session-demarree"),
)

PILOTAGE = (
    page("pilotage:tableau", "direction"),
    vide("pilotage:tableau", "direction"),
)

INSTRUCTION = (
    page("admin:index", ADMIN),
    page("admin:exploitation", "admin"),
    page("admin:comptes_utilisateur_activation", "admin", pk="personne"),
    page("admin:comptes_utilisateur_voir_comme", "admin", pk="personne"),
    page("admin:comptes_structure_nommer", "admin", pk="structure"),
    page("admin:comptes_structure_rejeter", "admin", pk="structure"),
    page("admin:exploitation_acte", "admin", "relancer", acte="=relancer", pk="travail-mort"),
    page("admin:exploitation_acte", "admin", "arrive", acte="=arrive", pk="courriel-douteux"),
    page("admin:exploitation_acte", "admin", "renvoyer", acte="=renvoyer", pk="courriel-douteux"),
    page("admin:exploitation_acte", "admin", "perdu", acte="=perdu", pk="courriel-douteux"),
    page("admin:exploitation_acte", "admin", "analyser", acte="=analyser", pk="fichier-retenu"),
    page("admin:comptes_secondfacteur_retirer", "admin", pk="personne"),
    page("admin:instruction_file", "instructeur1 direction"),
    page("admin:instruction_file", "instructeur1", "liste", requete="?liste=a-examiner"),
    page("admin:instruction_repartition", "direction"),
    page("admin:instruction_repartition", "direction", "proposition", requete="?tache=RECEVABILITE"),
    page("admin:instruction_repartition", "direction", "rien", requete="?releve=aucun"),
    page("admin:instruction_statistiques", "direction"),
    page("admin:instruction_dossier", "instructeur1 direction", "a-examiner", pk="a-examiner"),
    page("admin:instruction_dossier", "instructeur1", "a-noter", pk="a-noter"),
    page("admin:instruction_dossier", "instructeur1 direction", "inscrit", pk="inscrit"),
    page("admin:instruction_dossier", "instructeur1", "notes", pk="avec-notes"),
    page("admin:instruction_piece", "instructeur1", pk="a-examiner", fichier="piece-a-examiner"),
    page("admin:instruction_note_corriger", "instructeur1", pk="avec-notes", note="note"),
    page("admin:instruction_messages", "instructeur1 direction", "fil", pk="en-complement"),
    page("admin:instruction_messages", "instructeur1", "aucun", pk="a-examiner"),
    page("admin:instruction_dossier", "instructeur1", "en-complement", pk="en-complement"),
    page("admin:instruction_complements", "instructeur1", pk="a-examiner"),
    page("admin:instruction_complements", "instructeur1", "critere", requete="?critere=7", pk="a-examiner"),
    etape(
        "admin:instruction_complements",
        "instructeur1",
        "Vérifier",
        "confirmer",
        saisie={
            "case-publics-gratuite": "on",
            "consigne-publics-gratuite": "Confirmez la gratuité de la certification.",
            "message": "Bonjour,\nvoici ce qui manque à l’examen de votre dossier.",
        },
        pk="a-examiner",
    ),
    page("admin:instruction_recevable", "instructeur2", pk="a-declarer-recevable"),
    page("admin:instruction_irrecevable", "instructeur1", pk="a-refuser"),
    page("admin:instruction_decision", "instructeur1 direction", "a-signer", pk="irrecevable"),
    page("admin:instruction_decision", "direction", "notifiee", pk="irrecevable-notifie"),
    page("admin:instruction_motifs", "direction", pk="irrecevable"),
    page("admin:instruction_rouvrir", "direction", "avant", pk="irrecevable"),
    page("admin:instruction_rouvrir", "direction", "recours", pk="irrecevable-notifie"),
    page("admin:instruction_delegations", "direction"),
    page("admin:instruction_affectations", "direction", pk="a-noter"),
    page("admin:instruction_lien", "instructeur1", pk="a-examiner"),
    page("admin:instruction_notation", "instructeur2", "en-cours", pk="a-noter"),
    page("admin:instruction_notation", "instructeur1", "soumise", pk="a-noter"),
    page("admin:instruction_harmonisation", "instructeur1", pk="a-harmoniser"),
    vide("admin:index", ADMIN),
    vide("admin:instruction_file", "instructeur1 direction"),
    vide("admin:instruction_file", "instructeur1", "liste", requete="?liste=a-examiner&delai=depasse"),
    vide("admin:instruction_repartition", "direction"),
    vide("admin:instruction_statistiques", "direction"),
    vide("admin:exploitation", "admin"),
    vide("admin:candidatures_candidature_changelist", "instructeur1"),
    erreur(
        "admin:instruction_dossier",
        "instructeur1",
        "Enregistrer",
        precision="a-examiner",
        sans_script=True,
        pk="a-examiner",
    ),
    erreur(
        "admin:instruction_note_corriger",
        "instructeur1",
        "Enregistrer",
        saisie={"id_texte": ""},
        pk="avec-notes",
        note="note",
    ),
    erreur("admin:instruction_messages", "instructeur1", "Envoyer", pk="a-examiner"),
    # Another dossier than that of the lines above, whose draft the window keeps.
    erreur("admin:instruction_complements", "instructeur1", "Vérifier", pk="a-refuser"),
    erreur("admin:instruction_harmonisation", "instructeur1", "Enregistrer", pk="a-harmoniser"),
    erreur(
        "admin:instruction_irrecevable", "instructeur1", "Déclarer", saisie={"id_motifs": ""}, pk="a-refuser"
    ),
    erreur("admin:instruction_decision", "direction", "Signer", saisie={"id_qualite": ""}, pk="irrecevable"),
    erreur(
        "admin:instruction_motifs", "direction", "Enregistrer", saisie={"id_motifs": ""}, pk="irrecevable"
    ),
    erreur("admin:instruction_rouvrir", "direction", "Accepter", pk="irrecevable-notifie"),
    erreur("admin:instruction_delegations", "direction", "Déléguer"),
    erreur("admin:instruction_affectations", "direction", "Confier", pk="a-noter"),
    erreur("admin:instruction_lien", "instructeur1", "Déclarer", pk="a-examiner"),
)

_REFERENTIELS = """
    region departement commune zonagecommune famillemetier metier metieremergent besoinregional grille
    indicateur membregip crous cariforef certification coderome editionreferentiel organismeformation
"""
#: Models of the admin: who lists them, who opens one, who adds one ("" when nobody does).
MODELES = {
    "candidatures.candidature": ("instructeur1 direction", "", ""),
    "suivi.session": ("instructeur1 direction", "instructeur1", ""),
    "suivi.attestationdemarrage": ("instructeur1 direction", "instructeur1", ""),
    "suivi.reclamation": ("direction", "", ""),
    "comptes.utilisateur": ("admin", "admin", ""),
    "comptes.structure": ("admin", "admin", ""),
    "comptes.roleattribue": ("admin", "admin", "admin"),
    "comptes.voircomme": ("admin", "", ""),
    "comptes.secondfacteur": ("admin", "", ""),
    "socle.evenement": ("admin", "admin", ""),
    "socle.courriel": ("admin", "admin", ""),
    "socle.travail": ("admin", "admin", ""),
    "socle.echeance": ("admin", "admin", ""),
    "socle.document": ("admin", "admin", ""),
    **{f"referentiels.{nom}": ("admin", "admin", "") for nom in _REFERENTIELS.split()},
}


def _admin() -> list[Page]:
    lignes = []
    for modele, (liste, ligne, ajout) in MODELES.items():
        nom = f"admin:{modele.replace('.', '_')}"
        lignes.append(page(f"{nom}_changelist", liste))
        if ligne:
            lignes.append(page(f"{nom}_change", ligne, object_id=modele))
        if ajout:
            lignes.append(page(f"{nom}_add", ajout))
            lignes.append(erreur(f"{nom}_add", ajout, "Enregistrer", statut=200, sans_resume=True))
    return lignes


#: Pages that no address of the portal names: what is missing, refused, or broken.
ERREURS = (
    page("=/n-existe-pas/", "anonyme porteur", "404", statut=404),
    page("=/admin/n-existe-pas/", "admin", "404-admin", statut=404),
    page("=/pilotage/", "porteur", "403", statut=403),
    page("=/erreur-400/", "anonyme", "400", statut=400),
    page("=/erreur-403-csrf/", "anonyme", "403-csrf", statut=403),
    page("=/erreur-429/", "anonyme", "429", statut=429),
    page("=/erreur-500/", "anonyme", "500", statut=500),
)

TABLE: tuple[Page, ...] = (
    *PORTAIL,
    *COMPTE,
    *CANDIDATURES,
    *COMITE,
    *SUIVI,
    *PILOTAGE,
    *INSTRUCTION,
    *_admin(),
    *ERREURS,
)

#: Acts: sent by a button of a page that is in the table; asked for by GET, they answer 405.
_ACTES = """
    candidatures:piece-retirer candidatures:dupliquer candidatures:deposer candidatures:complements-repondre
    candidatures:recu-renvoyer candidatures:confier
    candidatures:copie-pdf candidatures:copie-archive candidatures:dossier-pdf candidatures:dossier-archive
    labellisation:renouveler
    comptes:membre-retirer comptes:invitation-renvoyer comptes:invitation-retirer
    comptes:transmission-repondre comptes:transmission-retirer
    comptes:session-fermer comptes:sessions-fermer comptes:voir-comme-quitter
    labellisation:seance-inscrire labellisation:seance-presence
    labellisation:seance-ouvrir labellisation:seance-cloturer labellisation:seance-desinscrire
    labellisation:seance-vote labellisation:seance-decision labellisation:seance-deport
    suivi:confirmer suivi:habiliter suivi:deshabiliter suivi:session-annuler suivi:session-attester
    suivi:apprenant-retirer
    demo:connexion demo:horloge
    admin:instruction_desaffecter admin:instruction_ecarter admin:instruction_note
    admin:instruction_note_supprimer admin:instruction_confier admin:instruction_delegation_fin
"""
ACTES = frozenset(_ACTES.split())

_FICHIER = "a file, not a page"
_DONNEES = "data, not a page"
_RENVOI = "it only leads elsewhere"
_ETAPE = "a step of a sign-in, or behind one just done again; tests/comptes holds it"
_ETAT = "leads elsewhere until the act before it is done; its page is that of another line"
_DJANGO = "Django's own page, the same for every model; nobody is led to it"
_BIBLIOTHEQUE = "a model of a library, whose screens no role opens"
_FERME = "closed to everybody: rows come from the verbs"


_BIBLIOTHEQUES = """
    dsfr_dsfrconfig auth_group account_emailaddress
    socialaccount_socialapp socialaccount_socialtoken socialaccount_socialaccount
"""


def _admin_without() -> dict[str, str]:
    """Return the admin's pages that have no line, model by model."""
    raisons = {}
    for modele, (_, ligne, ajout) in MODELES.items():
        nom = f"admin:{modele.replace('.', '_')}"
        if modele != "candidatures.candidature":
            raisons |= {f"{nom}_history": _DJANGO, f"{nom}_delete": _FERME}
            raisons |= {} if ajout else {f"{nom}_add": _FERME}
        raisons |= {} if ligne else {f"{nom}_change": _RENVOI}
    for modele in _BIBLIOTHEQUES.split():
        raisons |= {
            f"admin:{modele}_{ecran}": _BIBLIOTHEQUE
            for ecran in ("changelist", "add", "change", "history", "delete")
        }
    lues = {page.nom for page in INSTRUCTION}
    return {nom: raison for nom, raison in raisons.items() if nom not in lues}


#: Addresses that have no line above, and why.
SANS_PAGE: Mapping[str, str] = {
    "sante": _DONNEES,
    "robots": _FICHIER,
    "favicon": _FICHIER,
    "pilotage:api": _DONNEES,
    "pilotage:api-formations": _DONNEES,
    "pilotage:api-formations-csv": _FICHIER,
    "socle:fichier": _FICHIER,
    "socle:metriques": _DONNEES,
    "labellisation:signer-annexe": _FICHIER,
    "candidatures:saisie": _DONNEES,
    "candidatures:propositions": _DONNEES,
    "candidatures:piece-place": _DONNEES,
    "candidatures:suggestions": _DONNEES,
    "candidatures:lieux": _DONNEES,
    "comptes:organismes": _DONNEES,
    "suivi:session-redater": "as suivi:session-reporter, for a session dated before its convention",
    "openid_login": _RENVOI,
    "openid_callback": _RENVOI,
    "labellisation:signer-document": _FICHIER,
    "admin:login": _RENVOI,
    "admin:logout": _RENVOI,
    "admin:password_change": _RENVOI,
    "admin:password_change_done": _DJANGO,
    "admin:autocomplete": _DONNEES,
    "admin:jsi18n": _FICHIER,
    "admin:view_on_site": _RENVOI,
    "admin:app_list": _DJANGO,
    "admin:instruction_verdict": _RENVOI,
    "admin:instruction_avancement": _DONNEES,
    "admin:instruction_page": _FICHIER,
    "admin:instruction_statistiques_csv": _FICHIER,
    "admin:instruction_soumettre": _ETAT,
    "account_email_verification_sent": _ETAPE,
    "account_confirm_login_code": _ETAPE,
    "account_confirm_password_reset_code": _ETAPE,
    "account_complete_password_reset": _ETAPE,
    "account_set_password": "only for an account without password: none is made so yet",
    "mfa_authenticate": _ETAPE,
    "mfa_reauthenticate": _ETAPE,
    "mfa_activate_totp": _ETAPE,
    "mfa_reauthenticate_webauthn": _ETAPE,
    "mfa_list_webauthn": _ETAPE,
    "mfa_add_webauthn": _ETAPE,
    "mfa_edit_webauthn": _ETAPE,
    "mfa_remove_webauthn": _ETAPE,
    "mfa_deactivate_totp": _ETAPE,
    "mfa_view_recovery_codes": _ETAPE,
    "mfa_generate_recovery_codes": _ETAPE,
    "mfa_download_recovery_codes": _FICHIER,
    **_admin_without(),
    **dict.fromkeys(ACTES, "an act (POST)"),
}
