"""The tables of the dossier: rows that can be added, ordered and deleted (R9)."""

from django.db import models

from candidatures.models.sections import NUL, VIDE
from socle.models.base import Agregat


class Mode(models.TextChoices):
    """Where a module or a session takes place."""

    PRESENTIEL = "PRESENTIEL", "En présentiel"
    DISTANCIEL = "DISTANCIEL", "À distance"
    TELEPRESENTIEL = "TELEPRESENTIEL", "En téléprésentiel"
    MIXTE = "MIXTE", "Mixte"


class Ligne(Agregat):
    """A row of a table of the dossier."""

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.CASCADE, related_name="%(class)ss"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        abstract = True
        ordering = ("ordre", "cree_le", "id")


class Site(Ligne):
    """A training site (section 2)."""

    nom = models.CharField("nom du site", max_length=150, **VIDE)
    adresse = models.CharField("adresse", max_length=255, **VIDE)
    code_postal = models.CharField("code postal", max_length=5, **VIDE)
    commune = models.ForeignKey("referentiels.Commune", on_delete=models.PROTECT, related_name="+", **NUL)
    en_qpv = models.BooleanField("site en quartier prioritaire (QPV)", **NUL)
    en_zrr = models.BooleanField("site en zone de revitalisation rurale (ZRR)", **NUL)


class Module(Ligne):
    """A module of the programme (section 3). Hours without immersion."""

    titre = models.CharField("titre", max_length=200, **VIDE)
    competences = models.TextField("compétences visées", **VIDE)
    enseignements = models.TextField("enseignements", **VIDE)
    evaluation = models.TextField("modalités d’évaluation", **VIDE)
    heures = models.PositiveSmallIntegerField("heures", **NUL)
    mode = models.CharField("modalité", max_length=20, choices=Mode, **VIDE)
    part_distance = models.PositiveSmallIntegerField("part à distance (%)", **NUL)


class Partenaire(Ligne):
    """A partner cited by the dossier (section 6): what it commits to, and where the partnership stands."""

    class Type(models.TextChoices):
        PRESCRIPTEUR = "PRESCRIPTEUR", "Prescripteur"
        ENTREPRISE = "ENTREPRISE", "Entreprise"
        FINANCEUR = "FINANCEUR", "Financeur"
        ACCOMPAGNEMENT = "ACCOMPAGNEMENT", "Accompagnement"

    class Partenariat(models.TextChoices):
        CONCLU = "CONCLU", "Conclu"
        PREVU = "PREVU", "En préparation"

    nom = models.CharField("nom du partenaire", max_length=200, **VIDE)
    type_partenaire = models.CharField("type", max_length=20, choices=Type, **VIDE)
    contact_nom = models.CharField("personne à contacter", max_length=150, **VIDE)
    contact_courriel = models.EmailField("courriel", **VIDE)
    contact_telephone = models.CharField("téléphone", max_length=20, **VIDE)
    engage_recrutement = models.BooleanField("recrutement des publics", default=False)
    engage_contenu = models.BooleanField("contenu de la formation défini ensemble", default=False)
    engage_immersion = models.BooleanField("accueil en immersion", default=False)
    engage_embauches = models.BooleanField("promesses d’embauche", default=False)
    engage_financement = models.BooleanField("financement", default=False)
    engage_accompagnement = models.BooleanField("accompagnement des apprenants", default=False)
    engage_autre = models.BooleanField("autre engagement", default=False)
    engagement = models.TextField("ce que le partenaire s’engage à faire", **VIDE)
    embauches_promises = models.PositiveSmallIntegerField("embauches promises", **NUL)
    partenariat = models.CharField("partenariat", max_length=10, choices=Partenariat, **VIDE)
    partenariat_depuis = models.DateField("conclu le", **NUL)
    partenariat_jusqu_au = models.DateField("jusqu’au", **NUL)
    partenariat_renouvellement = models.TextField("perspectives de renouvellement", **VIDE)


class Formateur(Ligne):
    """A trainer (section 7)."""

    class Statut(models.TextChoices):
        SALARIE = "SALARIE", "Salarié"
        SOUS_TRAITANT = "SOUS_TRAITANT", "Sous-traitant"

    nom = models.CharField("nom", max_length=150, **VIDE)
    role = models.CharField("rôle", max_length=150, **VIDE)
    statut = models.CharField("statut", max_length=20, choices=Statut, **VIDE)
    parcours = models.TextField("parcours professionnel", **VIDE)


class LigneBudget(Ligne):
    """A line of the provisional budget of one session (section 9). Amount in cents."""

    class Sens(models.TextChoices):
        CHARGE = "CHARGE", "Charge"
        RESSOURCE = "RESSOURCE", "Ressource"

    sens = models.CharField("sens", max_length=10, choices=Sens, **VIDE)
    libelle = models.CharField("poste ou financeur", max_length=200, **VIDE)
    montant = models.PositiveBigIntegerField("montant (centimes)", **NUL)


class SessionPrevue(Ligne):
    """A planned session (section 10)."""

    debut = models.DateField("date de début", **NUL)
    fin = models.DateField("date de fin, immersion comprise", **NUL)
    lieu = models.CharField("lieu", max_length=200, **VIDE)
    places = models.PositiveSmallIntegerField("places", **NUL)
    mode = models.CharField("modalité", max_length=20, choices=Mode, **VIDE)
