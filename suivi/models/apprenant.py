from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Apprenant(Agregat):
    """One learner of one session (R29). Never the NIR, no health free text.

    Unknown stays empty and is never counted as "no" (R15a).
    """

    class Sexe(models.TextChoices):
        FEMME = "F", "Femme"
        HOMME = "H", "Homme"

    class Niveau(models.IntegerChoices):
        SANS = 1, "Sans diplôme ou brevet"
        CAP = 3, "CAP, BEP"
        BAC = 4, "Baccalauréat"
        BAC_2 = 5, "Bac + 2"
        BAC_3 = 6, "Bac + 3 ou 4"
        BAC_5 = 7, "Bac + 5 et plus"

    class SituationAvant(models.TextChoices):
        DEMANDEUR_MOINS_12 = "DE_MOINS_12", "Demandeur d’emploi depuis moins de 12 mois"
        DEMANDEUR_PLUS_12 = "DE_PLUS_12", "Demandeur d’emploi depuis 12 mois ou plus"
        NEET = "NEET", "Ni en emploi, ni en études, ni en formation"
        INACTIF = "INACTIF", "Inactif"
        SALARIE = "SALARIE", "Salarié"
        INDEPENDANT = "INDEPENDANT", "Indépendant"
        ETUDIANT = "ETUDIANT", "Étudiant"

    class Zone(models.TextChoices):
        OUI = "OUI", "Oui"
        NON = "NON", "Non"
        A_VERIFIER = "A_VERIFIER", "À vérifier"

    class SourceZone(models.TextChoices):
        CALCUL = "CALCUL", "Calcul du portail"
        PREUVE = "PREUVE", "Preuve (sig.ville.gouv.fr)"
        DECLARATION = "DECLARATION", "Déclaration"

    class Issue(models.TextChoices):
        TERMINEE = "TERMINEE", "Formation terminée"
        ABANDON = "ABANDON", "Abandon"
        EXCLUSION = "EXCLUSION", "Exclusion"

    class MotifSortie(models.TextChoices):
        EMPLOI = "EMPLOI", "Reprise d’emploi"
        AUTRE_FORMATION = "AUTRE_FORMATION", "Entrée dans une autre formation"
        DEMENAGEMENT = "DEMENAGEMENT", "Déménagement"
        FINANCIER = "FINANCIER", "Raison financière"
        PERSONNEL = "PERSONNEL", "Raison personnelle"
        ORIENTATION = "ORIENTATION", "Erreur d’orientation"
        DISCIPLINE = "DISCIPLINE", "Manquement au règlement"
        INCONNU = "INCONNU", "Inconnu"

    class Certification(models.TextChoices):
        TOTALE = "TOTALE", "Obtenue en totalité"
        PARTIELLE = "PARTIELLE", "Obtenue en partie"
        ECHEC = "ECHEC", "Non obtenue"
        NON_PRESENTEE = "NON_PRESENTEE", "Non présentée"

    class Situation(models.TextChoices):
        CDI = "CDI", "CDI"
        CDD_6_PLUS = "CDD_6_PLUS", "CDD de 6 mois ou plus"
        CDD_6_MOINS = "CDD_6_MOINS", "CDD de moins de 6 mois"
        ALTERNANCE = "ALTERNANCE", "Alternance"
        INTERIM = "INTERIM", "Intérim"
        ENTREPRISE = "ENTREPRISE", "Création d’entreprise"
        ETUDES = "ETUDES", "Poursuite d’études ou de formation"
        MAINTIEN = "MAINTIEN", "Maintien dans l’emploi"
        DEMANDEUR = "DEMANDEUR", "Demandeur d’emploi"
        INACTIF = "INACTIF", "Inactif"
        INJOIGNABLE = "INJOIGNABLE", "Injoignable"

    session = models.ForeignKey("suivi.Session", on_delete=models.PROTECT, related_name="apprenants")
    nom = models.CharField("nom", max_length=100)
    prenoms = models.CharField("prénoms", max_length=100)
    sexe = models.CharField("sexe", max_length=1, choices=Sexe, blank=True)
    naissance = models.DateField("date de naissance", null=True, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    rue = models.CharField("adresse à l’entrée", max_length=255)
    code_postal = models.CharField("code postal", max_length=5)
    commune = models.ForeignKey("referentiels.Commune", on_delete=models.PROTECT, related_name="+")
    qpv = models.CharField("réside en QPV", max_length=12, choices=Zone, blank=True)
    qpv_code = models.CharField("code du QPV", max_length=12, blank=True)
    qpv_version = models.CharField("version de la carte", max_length=10, blank=True)
    qpv_source = models.CharField("source", max_length=12, choices=SourceZone, blank=True)
    qpv_etabli_le = models.DateField("établi le", null=True, blank=True)
    zrr = models.CharField("réside en ZRR", max_length=12, choices=Zone, blank=True)
    zrr_version = models.CharField("version du zonage", max_length=10, blank=True)
    zrr_source = models.CharField("source", max_length=12, choices=SourceZone, blank=True)
    zrr_etabli_le = models.DateField("établi le", null=True, blank=True)
    niveau = models.PositiveSmallIntegerField("niveau à l’entrée", choices=Niveau, null=True, blank=True)
    situation_avant = models.CharField(
        "situation avant l’entrée", max_length=20, choices=SituationAvant, blank=True
    )
    rqth = models.BooleanField("reconnaissance de travailleur handicapé", null=True, blank=True)
    prescripteur = models.CharField("prescripteur", max_length=150, blank=True)
    financeur = models.CharField("financeur", max_length=150, blank=True)
    aide_crous = models.BooleanField("bénéficie de l’aide du CROUS", null=True, blank=True)
    entree = models.DateField("date d’entrée")
    fin_prevue = models.DateField("fin prévue", null=True, blank=True)
    sortie = models.DateField("sortie réelle", null=True, blank=True)
    issue = models.CharField("issue", max_length=12, choices=Issue, blank=True)
    motif_sortie = models.CharField("motif de sortie", max_length=20, choices=MotifSortie, blank=True)
    certification = models.CharField("certification", max_length=15, choices=Certification, blank=True)
    situation_sortie = models.CharField("situation à la sortie", max_length=15, choices=Situation, blank=True)
    situation_3_mois = models.CharField("situation à 3 mois", max_length=15, choices=Situation, blank=True)
    situation_6_mois = models.CharField("situation à 6 mois", max_length=15, choices=Situation, blank=True)
    metier_numerique = models.BooleanField("dans un métier du numérique", null=True, blank=True)

    class Meta:
        verbose_name = "apprenant"
        verbose_name_plural = "apprenants"
        ordering = ("nom", "prenoms", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("session", "nom", "prenoms", "naissance"), name="apprenant_unique_par_session"
            ),
            models.CheckConstraint(
                condition=Q(sortie__isnull=True) | Q(sortie__gte=models.F("entree")),
                name="apprenant_sortie_apres_entree",
                violation_error_message="La sortie vient après l’entrée.",
            ),
        ]
