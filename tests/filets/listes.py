"""Every list of the portal, and how many queries it asks with one item and with three.

``liste(address, who reads, queries with 1 item, with 3, object)``. The counts are literal: a list that asks
more says so here. What is no list stands in ``PAS_DES_LISTES`` and ``PAS_DES_LISTES_ADMIN``: an address
that is in none of them fails the test, until somebody says what it is.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Liste:
    """A list as somebody reads it.

    ``motif`` finds the items, each by what tells it from the others; its group ``nombre``, when it has
    one, is a number that the page says of them. ``elements`` are the items shown before and after.
    """

    adresse: str
    persona: str
    un: int
    trois: int
    objet: str = ""
    requete: str = ""
    motif: str = r"essai-\d"
    elements: tuple[int, int] = (1, 3)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.adresse + self.requete, self.objet, f"({self.persona})")))

    def count(self, page: str) -> int:
        """Return how many items a page shows."""
        trouves = list(re.finditer(self.motif, page, re.DOTALL))
        if trouves and "nombre" in trouves[0].groupdict():
            return int(trouves[0]["nombre"])
        return len({trouve[0] for trouve in trouves})


def liste(adresse: str, persona: str, un: int, trois: int, objet: str = "", **autres: object) -> Liste:
    """Write a line of the table."""
    return Liste(adresse, persona, un, trois, objet, **autres)


def _carte(titre: str) -> str:
    """Return what finds the number of a card of the home page."""
    return rf"{titre}</a></h3>(?:(?!</h3>).)*?no-icon\">(?P<nombre>\d+)<"


#: The sessions of a label have a date and no name: each leads to its page.
SESSIONS = r"/suivi/sessions/[0-9a-f-]{36}/\""

SITE = (
    liste("accueil", "porteur", 6, 6, motif=_carte("Dossiers déposés"), elements=(5, 11)),
    liste("accueil", "instructeur", 6, 6, motif=_carte("Ma file"), elements=(5, 13)),
    liste("accueil", "membre", 4, 4),
    liste("accueil", "direction", 10, 10, motif=_carte("Irrecevabilités à notifier")),
    liste("candidatures:appel", "anonyme", 5, 5, motif=r"Relevé \d+", elements=(3, 5)),
    liste("pilotage:formations", "anonyme", 4, 4),
    liste(
        "pilotage:chiffres",
        "anonyme",
        3,
        3,
        motif=r"Structures</dt><dd><span class=\"gen-chiffre\">(?P<nombre>\d+)",
        elements=(2, 4),
    ),
    liste("pilotage:api-formations", "anonyme", 1, 1),
    liste("pilotage:api-formations-csv", "anonyme", 1, 1),
    liste("pilotage:tableau", "direction", 9, 9),
)
COMPTE = (
    liste("comptes:mon-compte", "porteur", 4, 4),
    liste("comptes:mon-compte", "multiple", 4, 4),
    liste("comptes:structures", "multiple", 3, 3),
    liste("comptes:structure-agir", "multiple", 3, 3),
    liste("comptes:structure", "porteur", 9, 9, "structure"),
    liste("comptes:structure-transmettre", "porteur", 6, 6, "structure"),
    liste("comptes:mes-acces", "porteur", 8, 8),
    liste("comptes:mes-acces", "multiple", 8, 8),
    liste("mfa_index", "porteur", 5, 5),
    liste("mfa_list_webauthn", "porteur", 4, 4),
)
DOSSIERS = (
    liste("candidatures:liste", "porteur", 5, 5),
    liste("candidatures:liste", "instructeur", 6, 6),
    liste("candidatures:liste", "membre", 6, 6),
    liste("candidatures:liste", "région", 6, 6),
    liste("candidatures:liste", "direction", 6, 6),
    liste("candidatures:liste", "porteur", 5, 5, requete="?etat=brouillon"),
    # A dossier's own lists: partners in the section, and in the whole that is read before the deposit.
    liste("candidatures:section", "porteur", 7, 7, "partenaires"),
    liste("candidatures:recapitulatif", "porteur", 25, 25, "brouillon"),
    liste("candidatures:messages", "porteur", 8, 8, "dossier déposé"),
)
COMITE = (
    liste("labellisation:comite", "direction", 8, 8),
    liste("labellisation:comite", "membre", 5, 5),
    liste("labellisation:convoquer", "direction", 5, 5),
    liste("labellisation:seance", "direction", 15, 15, "séance convoquée"),
    liste("labellisation:seance", "membre", 10, 10, "séance convoquée"),
    liste("labellisation:seance", "direction", 12, 12, "séance ouverte"),
    liste("labellisation:seance", "membre", 9, 9, "séance ouverte"),
    liste("labellisation:seance", "direction", 12, 12, "séance close"),
    liste("labellisation:seance", "membre", 11, 11, "séance close"),
    liste(
        "labellisation:seance-dossier",
        "direction",
        19,
        19,
        "séance ouverte",
        motif=r"<dt>Votes</dt><dd>(?P<nombre>\d+) pour",
        elements=(3, 5),
    ),
    liste(
        "labellisation:notifier",
        "direction",
        9,
        9,
        "séance close",
        motif=r"À notifier&nbsp;: (?P<nombre>\d+)",
    ),
    liste("labellisation:notifier", "direction", 8, 8, "séance notifiée"),
)
SUIVI = (
    liste("labellisation:conventions", "porteur", 5, 5),
    liste("labellisation:conventions", "direction", 6, 6),
    liste("suivi:formations", "porteur", 9, 9),
    liste("suivi:formations", "direction", 10, 10),
    liste("suivi:formation", "porteur", 11, 11, "label"),
    liste("suivi:formation", "porteur", 11, 11, "label", motif=SESSIONS, elements=(4, 6)),
    liste("suivi:session", "porteur", 9, 9, "session"),
    liste("suivi:session", "direction", 12, 12, "session"),
)
INSTRUCTION = (
    liste("admin:instruction_file", "instructeur", 12, 12),
    liste("admin:instruction_file", "instructeur", 11, 11, requete="?liste=a-examiner"),
    liste("admin:instruction_file", "direction", 12, 12),
    liste("admin:instruction_repartition", "direction", 14, 14, requete="?tache=RECEVABILITE"),
    liste(
        "admin:instruction_statistiques",
        "direction",
        11,
        11,
        motif=r">(?P<nombre>\d+) dossiers?</a>&nbsp;: ",
        elements=(15, 45),
    ),
    liste("admin:instruction_dossier", "instructeur", 22, 22, "dossier déposé"),
    liste("admin:instruction_messages", "direction", 17, 17, "dossier déposé"),
    liste("admin:instruction_affectations", "direction", 8, 8, "dossier déposé"),
    liste("admin:exploitation", "administrateur", 16, 16, motif=r"Travaux abandonnés \((?P<nombre>\d+)\)"),
    # Django's own page, the same for all the tables.
    liste("admin:referentiels_crous_history", "administrateur", 6, 6, "crous"),
)
LISTES = (*SITE, *COMPTE, *DOSSIERS, *COMITE, *SUIVI, *INSTRUCTION)

#: The tables of the admin: model -> who reads it, queries with one row and with three (``?pk__in=``).
ADMIN: dict[str, tuple[str, int, int]] = {
    "candidatures.candidature": ("instructeur", 11, 11),
    "suivi.session": ("direction", 9, 9),
    "suivi.attestationdemarrage": ("direction", 8, 8),
    "suivi.reclamation": ("direction", 6, 6),
    "comptes.structure": ("administrateur", 5, 5),
    "comptes.utilisateur": ("administrateur", 6, 6),
    "comptes.roleattribue": ("administrateur", 5, 5),
    "comptes.voircomme": ("administrateur", 5, 5),
    "comptes.secondfacteur": ("administrateur", 5, 5),
    "socle.evenement": ("administrateur", 5, 5),
    "socle.courriel": ("administrateur", 5, 5),
    "socle.travail": ("administrateur", 6, 6),
    "socle.echeance": ("administrateur", 8, 8),
    "socle.document": ("administrateur", 6, 6),
    "referentiels.region": ("instructeur", 6, 6),
    "referentiels.departement": ("instructeur", 7, 7),
    "referentiels.commune": ("instructeur", 6, 6),
    "referentiels.zonagecommune": ("instructeur", 6, 6),
    "referentiels.famillemetier": ("instructeur", 7, 7),
    "referentiels.metier": ("instructeur", 7, 7),
    "referentiels.metieremergent": ("administrateur", 8, 8),
    "referentiels.besoinregional": ("instructeur", 9, 9),
    "referentiels.grille": ("instructeur", 6, 6),
    "referentiels.indicateur": ("instructeur", 8, 8),
    "referentiels.membregip": ("administrateur", 7, 7),
    "referentiels.crous": ("administrateur", 7, 7),
    "referentiels.cariforef": ("administrateur", 7, 7),
    "referentiels.certification": ("instructeur", 6, 6),
    "referentiels.coderome": ("instructeur", 6, 6),
    "referentiels.editionreferentiel": ("instructeur", 6, 6),
    "referentiels.organismeformation": ("instructeur", 5, 5),
}
#: Which rows of a table are compared: all of one kind, so that only their number differs.
LIGNES: dict[str, dict[str, object]] = {
    "socle.evenement": {"verbe": "candidature.deposee"},
    "socle.courriel": {"gabarit": "candidature_deposee"},
    "socle.travail": {"genre": "document.rendre"},
    "socle.echeance": {"genre": "suivi.attestation_demarrage"},
    "socle.document": {"genre": "candidatures.recu"},
    "candidatures.candidature": {"etat": "DEPOSEE"},
    "comptes.roleattribue": {"role": "comite"},
    "comptes.secondfacteur": {"type": "webauthn"},
    "comptes.structure": {"raison_sociale__startswith": "essai"},
}

#: Addresses of the site that show no list: texts, forms, one object, what a machine reads.
PAS_DES_LISTES = (
    "accessibilite",
    "mentions-legales",
    "envoi-trop-lourd",
    "donnees-personnelles",
    "sante",
    "robots",
    "favicon",
    "socle:metriques",
    "socle:fichier",
    "socle:document",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reauthenticate",
    "account_email",
    "account_email_verification_sent",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "account_request_login_code",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    # Ten codes, in one row.
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "openid_callback",
    "comptes:second-facteur",
    "comptes:voir-comme-terminee",
    "comptes:structure-creer",
    "comptes:structure-modifier",
    "comptes:structure-inviter",
    "comptes:structure-quitter",
    "comptes:responsable-demander",
    "comptes:invitation",
    "candidatures:creer",
    "candidatures:verifier",
    # Ten lines at most; tests/candidatures/test_suggestions.py counts its queries, for each kind.
    "candidatures:suggestions",
    "candidatures:lieux",
    # As many; tests/comptes/test_structures.py counts its queries.
    "comptes:organismes",
    # Two blocks at most; tests/candidatures/test_propositions.py counts its queries.
    "candidatures:propositions",
    # One dossier; what grows in it is measured on the summary and on the instructor's screen.
    "candidatures:dossier",
    "candidatures:retirer",
    "candidatures:piece-place",
    "candidatures:piece-remplacer",
    # One convention, two annexes and two signatures.
    "labellisation:convention",
    "labellisation:lever-condition",
    "labellisation:retirer-label",
    "labellisation:signer-lien",
    "labellisation:signer-document",
    "labellisation:signer-annexe",
    "suivi:echeance",
    "suivi:prevoir",
    "suivi:session-referencer",
    "suivi:session-demarrer",
    "suivi:session-redater",
    "suivi:session-reporter",
    "suivi:session-terminer",
    "suivi:apprenant-ajouter",
    "suivi:apprenant",
    "suivi:reclamation",
    "suivi:reclamation-recue",
    "pilotage:verifier",
    "pilotage:verification",
    "pilotage:api",
)
#: The same of the admin.
PAS_DES_LISTES_ADMIN = (
    "admin:index",
    "admin:app_list",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
    "admin:jsi18n",
    # Opened to nobody: no field of the portal's forms asks for it.
    "admin:autocomplete",
    "admin:view_on_site",
    "/admin/<url>",
    "admin:exploitation_acte",
    "admin:comptes_structure_nommer",
    "admin:comptes_structure_rejeter",
    "admin:comptes_utilisateur_activation",
    "admin:comptes_utilisateur_voir_comme",
    "admin:comptes_secondfacteur_retirer",
    "admin:instruction_verdict",
    "admin:instruction_avancement",
    "admin:instruction_page",
    "admin:instruction_note_corriger",
    "admin:instruction_complements",
    "admin:instruction_recevable",
    "admin:instruction_irrecevable",
    "admin:instruction_decision",
    "admin:instruction_motifs",
    "admin:instruction_rouvrir",
    # One at most for each instructor; tests/labellisation/test_decision_recevabilite.py counts its queries.
    "admin:instruction_delegations",
    "admin:instruction_lien",
    # The figures of instruction_statistiques, as a file.
    "admin:instruction_statistiques_csv",
    "admin:instruction_notation",
    "admin:instruction_soumettre",
    "admin:instruction_harmonisation",
    "admin:instruction_piece",
    # Tables of the libraries, opened to nobody.
    "admin:dsfr_dsfrconfig_changelist",
    "admin:auth_group_changelist",
    "admin:account_emailaddress_changelist",
    "admin:socialaccount_socialaccount_changelist",
    "admin:socialaccount_socialapp_changelist",
    "admin:socialaccount_socialtoken_changelist",
)
#: One object of a table of the admin, and the old address that leads to it.
FICHE = re.compile(r"admin:\w+_(?:add|change|delete|history)|/admin/\w+/\w+/<object_id>/")
