"""The sections of the dossier that hold one row of typed columns each (R9).

Names of fields are the keys of the deposited snapshot: pre-checks and statistics read them. Every
column may be empty in a draft; ``candidatures.domain.completude`` says what a deposit needs.
Amounts are in cents, shares in whole percent, durations in the unit that the name says.
"""

from typing import Any

from django.db import models

VIDE: dict[str, Any] = {"blank": True, "default": ""}
NUL: dict[str, Any] = {"null": True, "blank": True}


class Section(models.Model):
    """One row per dossier."""

    candidature = models.OneToOneField(
        "candidatures.Candidature", on_delete=models.CASCADE, primary_key=True, related_name="%(class)s"
    )

    class Meta:
        abstract = True


class SectionStructure(Section):
    """1. Structure: who carries the formation, its quality certificate, its duties (criteria 8 to 10)."""

    class Qualite(models.TextChoices):
        QUALIOPI = "QUALIOPI", "Certificat Qualiopi valide"
        LABEL = "LABEL", "Label qualité reconnu par France Compétences"
        CONTRAT = "CONTRAT", "Contrat avec un certificateur, audit à venir"

    class Categorie(models.TextChoices):
        ACTIONS_FORMATION = "ACTIONS_FORMATION", "Actions de formation"
        APPRENTISSAGE = "APPRENTISSAGE", "Actions de formation par apprentissage"

    raison_sociale = models.CharField("raison sociale", max_length=200, **VIDE)
    siret = models.CharField("SIRET", max_length=14, **VIDE)
    forme_juridique = models.CharField("forme juridique", max_length=20, **VIDE)
    nda = models.CharField("numéro de déclaration d’activité (NDA)", max_length=11, **VIDE)
    adresse = models.CharField("adresse", max_length=255, **VIDE)
    code_postal = models.CharField("code postal", max_length=5, **VIDE)
    commune = models.CharField("commune (code INSEE)", max_length=5, **VIDE)
    representant_nom = models.CharField("nom du représentant légal", max_length=100, **VIDE)
    representant_prenom = models.CharField("prénom du représentant légal", max_length=100, **VIDE)
    representant_fonction = models.CharField("fonction du représentant légal", max_length=100, **VIDE)
    representant_courriel = models.EmailField("courriel du représentant légal", **VIDE)
    contact_nom = models.CharField("personne à contacter", max_length=150, **VIDE)
    contact_courriel = models.EmailField("courriel du contact", **VIDE)
    contact_telephone = models.CharField("téléphone du contact", max_length=20, **VIDE)

    qualite = models.CharField("situation au regard de la qualité", max_length=20, choices=Qualite, **VIDE)
    qualite_label = models.CharField("nom du label qualité", max_length=200, **VIDE)
    qualite_certificateur = models.CharField("certificateur ou labellisateur", max_length=200, **VIDE)
    qualite_numero = models.CharField("numéro du certificat", max_length=60, **VIDE)
    qualite_categorie = models.CharField("catégorie d’actions", max_length=20, choices=Categorie, **VIDE)
    qualite_valide_jusqu_au = models.DateField("valide jusqu’au", **NUL)
    qualite_attestation_le = models.DateField("date de l’attestation du certificateur", **NUL)
    audit_prevu_le = models.DateField("date d’audit prévue", **NUL)

    attestation_fiscale_le = models.DateField("date de l’attestation fiscale", **NUL)
    attestation_sociale_le = models.DateField("date de l’attestation sociale", **NUL)
    obligations_reglementaires = models.BooleanField("à jour de ses obligations réglementaires", **NUL)

    sous_traitance = models.BooleanField("la formation est confiée à un sous-traitant", **NUL)
    sous_traitant_raison_sociale = models.CharField("raison sociale du sous-traitant", max_length=200, **VIDE)
    sous_traitant_siret = models.CharField("SIRET du sous-traitant", max_length=14, **VIDE)
    sous_traitant_nda = models.CharField("NDA du sous-traitant", max_length=11, **VIDE)
    sous_traitant_qualiopi = models.CharField("numéro Qualiopi du sous-traitant", max_length=60, **VIDE)
    controle_contenus = models.BooleanField("contrôle de la conception des contenus", default=False)
    controle_ressources = models.BooleanField("contrôle des ressources pédagogiques", default=False)
    controle_recrutement = models.BooleanField("contrôle du recrutement des formateurs", default=False)
    controle_locaux = models.BooleanField("contrôle régulier des locaux", default=False)
    controle_materiels = models.BooleanField("contrôle régulier des matériels", default=False)
    controle_modalites = models.TextField("modalités et fréquence des contrôles", **VIDE)
    labels_anterieurs = models.TextField("labels GEN antérieurs et leur bilan", **VIDE)


class SectionFormation(Section):
    """2. Formation: the job, the certification, access without academic prerequisite (criteria 1, 2, 4)."""

    intitule = models.CharField("intitulé de la formation", max_length=200, **VIDE)
    famille = models.ForeignKey(
        "referentiels.FamilleMetier", on_delete=models.PROTECT, related_name="+", **NUL
    )
    #: Criterion 1 reads the family and the main métier; the label, the catalogue and the statistics read the
    #: family. The other métiers are there to be read: their number is small and fixed, each is a column.
    metier = models.ForeignKey(
        "referentiels.Metier", verbose_name="métier", on_delete=models.PROTECT, related_name="+", **NUL
    )
    autre_metier_1 = models.ForeignKey(
        "referentiels.Metier", verbose_name="autre métier", on_delete=models.PROTECT, related_name="+", **NUL
    )
    autre_metier_2 = models.ForeignKey(
        "referentiels.Metier",
        verbose_name="deuxième autre métier",
        on_delete=models.PROTECT,
        related_name="+",
        **NUL,
    )
    autre_metier_3 = models.ForeignKey(
        "referentiels.Metier",
        verbose_name="troisième autre métier",
        on_delete=models.PROTECT,
        related_name="+",
        **NUL,
    )
    rome = models.CharField("code ROME", max_length=5, **VIDE)
    certification_code = models.CharField("code RNCP ou RS", max_length=12, **VIDE)
    certification_intitule = models.CharField("intitulé de la certification", max_length=255, **VIDE)
    certification_proprietaire = models.BooleanField("le porteur est propriétaire de la certification", **NUL)
    certificateur_nom = models.CharField("nom du certificateur", max_length=200, **VIDE)
    accord_valide_jusqu_au = models.DateField("accord de partenariat valide jusqu’au", **NUL)
    renouvellement = models.BooleanField("demande de renouvellement d’un label", **NUL)
    label_renouvele = models.CharField("label à renouveler", max_length=60, **VIDE)
    prerequis_academique = models.BooleanField("un diplôme ou un niveau scolaire est exigé", **NUL)
    selection_motivation = models.BooleanField("la motivation est le critère principal de sélection", **NUL)
    engagement_apprenant = models.TextField("engagement demandé à l’apprenant", **VIDE)
    pedagogie = models.TextField("pédagogie active et adaptée", **VIDE)


class SectionProgramme(Section):
    """3. Programme: hours, months and modes, immersion excluded (criterion 3)."""

    duree_mois = models.PositiveSmallIntegerField("durée en mois, hors immersion", **NUL)
    rythme_hebdomadaire = models.PositiveSmallIntegerField("heures par semaine", **NUL)
    entrees_permanentes = models.BooleanField("entrées et sorties permanentes", **NUL)
    justification_heures = models.TextField(
        "cohérence des heures avec les compétences et les publics", **VIDE
    )
    processus_conception = models.TextField("processus de conception du parcours", **VIDE)
    lieux_collectifs = models.BooleanField("lieux d’accueil collectifs proposés", **NUL)
    lieux_collectifs_description = models.TextField("lieux d’accueil collectifs", **VIDE)
    accompagnement_decrochage = models.TextField("accompagnement des apprenants en risque d’abandon", **VIDE)


class SectionImmersion(Section):
    """4. Immersion (criterion 5)."""

    class Type(models.TextChoices):
        STAGE = "STAGE", "Stage"
        PROJET = "PROJET", "Projet professionnalisant pour un client externe"
        APPRENTISSAGE = "APPRENTISSAGE", "Alternance\u00a0: contrat d’apprentissage"
        PROFESSIONNALISATION = "PROFESSIONNALISATION", "Alternance\u00a0: contrat de professionnalisation"

    type_immersion = models.CharField("type d’immersion", max_length=20, choices=Type, **VIDE)
    heures = models.PositiveSmallIntegerField("heures d’immersion", **NUL)
    semaines = models.PositiveSmallIntegerField("semaines d’immersion", **NUL)
    periodes = models.PositiveSmallIntegerField("nombre de périodes", **NUL)
    calendrier = models.TextField("moment de l’immersion dans le parcours", **VIDE)


class SectionPublics(Section):
    """5. Publics (criteria 4, 6, 7; selection criteria 3 and 4)."""

    apprenants_par_session = models.PositiveSmallIntegerField("apprenants par session", **NUL)
    apprenants_par_an = models.PositiveSmallIntegerField("apprenants par an", **NUL)
    apprenants_gen_par_session = models.PositiveSmallIntegerField(
        "dont personnes des publics de la GEN, par session", **NUL
    )
    part_femmes = models.PositiveSmallIntegerField("part de femmes visée (%)", **NUL)
    part_qpv_zrr = models.PositiveSmallIntegerField("part de résidents de QPV ou ZRR visée (%)", **NUL)
    part_qpv = models.PositiveSmallIntegerField("dont résidents de QPV (%)", **NUL)
    part_zrr = models.PositiveSmallIntegerField("dont résidents de ZRR (%)", **NUL)
    part_infra_bac = models.PositiveSmallIntegerField("part de niveau bac ou inférieur visée (%)", **NUL)
    part_demandeurs_emploi = models.PositiveSmallIntegerField("part de demandeurs d’emploi visée (%)", **NUL)
    part_moins_26 = models.PositiveSmallIntegerField("part de moins de 26 ans visée (%)", **NUL)
    sourcing_femmes = models.TextField("actions de sourcing vers les femmes", **VIDE)
    sourcing_qpv_zrr = models.TextField("actions de sourcing vers les QPV et les ZRR", **VIDE)
    processus_selection = models.TextField("processus de sélection", **VIDE)
    gratuite = models.BooleanField("gratuite pour les publics cibles, certification comprise", **NUL)


class SectionEquipe(Section):
    """7. Équipe (selection criterion 2)."""

    apprenants_par_formateur = models.PositiveSmallIntegerField("apprenants par formateur", **NUL)
    criteres_recrutement = models.TextField("critères de recrutement des formateurs sous-traitants", **VIDE)


class SectionAccompagnement(Section):
    """8. Accompagnement (R17, selection criterion 5)."""

    heures_social = models.PositiveSmallIntegerField("heures d’accompagnement social", **NUL)
    heures_professionnel = models.PositiveSmallIntegerField("heures d’accompagnement professionnel", **NUL)
    heures_pedagogique = models.PositiveSmallIntegerField("heures de soutien pédagogique", **NUL)
    personnes = models.TextField("personnes en charge", **VIDE)
    dispositifs = models.TextField("dispositifs mobilisés", **VIDE)


class SectionBudget(Section):
    """9. Budget et pérennisation (criterion 7, selection criterion 6). Amounts in cents."""

    cout_par_apprenant = models.PositiveBigIntegerField("coût par apprenant (centimes)", **NUL)
    reste_a_charge = models.PositiveBigIntegerField("reste à charge de l’apprenant (centimes)", **NUL)
    demandes_subvention = models.TextField("demandes de subvention", **VIDE)
    marches_publics = models.TextField("marchés publics visés", **VIDE)
    veille = models.TextField("veille légale et technique", **VIDE)
    part_sorties_positives = models.PositiveSmallIntegerField(
        "sorties positives visées à trois mois (%)", **NUL
    )
    objectifs_insertion = models.TextField("objectifs d’insertion et leur suivi", **VIDE)
    satisfaction = models.TextField("mesure de la satisfaction et amélioration continue", **VIDE)


class SectionEngagements(Section):
    """11. Engagements, validated by a responsable of the structure."""

    respect_cahier_des_charges = models.BooleanField("respect du cahier des charges", default=False)
    exactitude = models.BooleanField("exactitude des informations", default=False)
    referencement = models.BooleanField("référencement des sessions", default=False)
    remontee_donnees = models.BooleanField("remontée des données de suivi", default=False)
