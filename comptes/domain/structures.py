"""Structures: created by whoever will answer for them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from comptes.domain.acces import require
from comptes.models import Appartenance, FormeJuridique, RoleMembre, Structure, Utilisateur
from referentiels.identifiants import valider_nda, valider_siret
from socle import journal, revisions
from socle.erreurs import DonneesInvalides
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock

#: What a responsable may change. A new SIRET is another establishment: it needs GEN's help.
CHAMPS_MODIFIABLES = (
    "raison_sociale",
    "forme_juridique",
    "nda",
    "adresse",
    "code_postal",
    "commune",
    "commune_code",
    "departement",
    "telephone",
    "email",
    "representant_prenom",
    "representant_nom",
    "representant_fonction",
    "representant_email",
)
CHAMPS = ("siret", *CHAMPS_MODIFIABLES)
OBLIGATOIRES = (
    "raison_sociale",
    "adresse",
    "code_postal",
    "commune",
    "representant_prenom",
    "representant_nom",
    "representant_fonction",
    "representant_email",
)


@transaction.atomic
def create_structure(
    *, acteur: Acteur, donnees: dict[str, Any], responsable: Utilisateur | None = None
) -> Structure:
    """Create a structure; its creator becomes its first responsable.

    ``responsable`` names that person when the portal itself acts. Effects: the structure, a
    membership, events ``structure.creee`` and ``membre.arrive`` in the structure's chain.
    Errors: ``ActeurRefuse``; ``DonneesInvalides`` by field (R14: SIRET and NDA).
    """
    require(acteur, "comptes.create_structure")
    membre = responsable or acteur
    if not isinstance(membre, Utilisateur):
        raise DonneesInvalides({"responsable": ["Indiquez la personne responsable de la structure."]})
    structure = Structure(**_clean(donnees, CHAMPS))
    _save_new(structure)
    journal.record("structure.creee", sujet=structure, acteur=acteur, visibilite=Visibilite.PORTEUR)
    add_member(structure=structure, utilisateur=membre, role=RoleMembre.RESPONSABLE, acteur=acteur)
    return structure


def _save_new(structure: Structure) -> None:
    """Write the row; two people who type the same SIRET at once get the same sentence as one later."""
    if Structure.objects.filter(siret=structure.siret).exists():
        raise DonneesInvalides({"siret": [SIRET_PRIS]})
    try:
        with transaction.atomic():
            structure.save(force_insert=True)
    except IntegrityError as erreur:
        if not Structure.objects.filter(siret=structure.siret).exists():
            raise
        raise DonneesInvalides({"siret": [SIRET_PRIS]}) from erreur


@transaction.atomic
def edit_structure(*, acteur: Acteur, structure: Structure, donnees: dict[str, Any]) -> Structure:
    """Change the record of a structure.

    Effects: the fields of ``donnees`` that differ, their old and new values (revisions), event
    ``structure.modifiee`` naming the fields. Errors: ``ActeurRefuse``, ``DonneesInvalides``.
    """
    require(acteur, "comptes.edit_structure", structure)
    lock(structure)
    propres = _clean(donnees, CHAMPS_MODIFIABLES, structure)
    changements = {
        champ: (getattr(structure, champ), valeur)
        for champ, valeur in propres.items()
        if getattr(structure, champ) != valeur
    }
    if not changements:
        return structure
    for champ, (_, nouveau) in changements.items():
        setattr(structure, champ, nouveau)
    structure.save(update_fields=list(changements))
    revisions.record_changes(structure, acteur=acteur, contexte="fiche", changements=changements)
    journal.record(
        "structure.modifiee",
        sujet=structure,
        acteur=acteur,
        donnees={"champs": sorted(changements)},
        visibilite=Visibilite.PORTEUR,
    )
    return structure


def add_member(*, structure: Structure, utilisateur: Utilisateur, role: str, acteur: Acteur) -> Appartenance:
    """Write a membership and its event, inside the transaction of a verb that has checked the right."""
    appartenance = Appartenance.objects.create(structure=structure, utilisateur=utilisateur, role=role)
    journal.record(
        "membre.arrive",
        sujet=appartenance,
        acteur=acteur,
        donnees={"utilisateur": str(utilisateur.pk), "role": str(role)},
        visibilite=Visibilite.PORTEUR,
    )
    utilisateur.forget_roles()
    return appartenance


SIRET_PRIS = (
    "Une structure est déjà inscrite avec ce SIRET. Si c’est la vôtre, "
    "demandez une invitation à l’un de ses responsables."
)


def department_of(code_postal: str, commune_code: str = "") -> str:
    """Return the department's code, from the commune's when it is known."""
    if commune_code:
        return commune_code[:3] if commune_code.startswith(("97", "98")) else commune_code[:2]
    if code_postal.startswith(("97", "98")):
        return code_postal[:3]
    if code_postal.startswith("20"):
        return "2A" if code_postal < "20200" else "2B"
    return code_postal[:2]


def _clean(
    donnees: dict[str, Any], champs: tuple[str, ...], depart: Structure | None = None
) -> dict[str, Any]:
    """Return clean values of the known fields, or raise ``DonneesInvalides`` with every error."""
    if inconnus := set(donnees) - set(champs):
        raise DonneesInvalides({champ: ["Ce champ ne se modifie pas."] for champ in sorted(inconnus)})
    propres = {champ: str(valeur).strip() for champ, valeur in donnees.items()}
    complet = {champ: getattr(depart, champ) for champ in champs} if depart else {}
    complet |= propres
    erreurs = _missing(complet) | _identifiers(propres, champs)
    if complet.get("forme_juridique") not in FormeJuridique.values:
        erreurs["forme_juridique"] = ["Choisissez la forme juridique dans la liste."]
    if not (complet.get("code_postal", "").isdigit() and len(complet["code_postal"]) == 5):
        erreurs.setdefault("code_postal", ["Saisissez un code postal de 5 chiffres, par exemple 69003."])
    if erreurs:
        raise DonneesInvalides(erreurs)
    if not complet.get("departement") or {"code_postal", "commune_code"} & set(propres):
        propres["departement"] = department_of(complet["code_postal"], complet.get("commune_code", ""))
    return propres


def _column_name(champ: str) -> str:
    return str(Structure._meta.get_field(champ).verbose_name)  # type: ignore[union-attr]  # no relation here


def _missing(complet: dict[str, Any]) -> dict[str, list[str]]:
    return {
        champ: [f"Renseignez ce champ\u00a0: {_column_name(champ)}."]
        for champ in OBLIGATOIRES
        if not complet.get(champ)
    }


def _identifiers(propres: dict[str, Any], champs: tuple[str, ...]) -> dict[str, list[str]]:
    """Check SIRET and NDA (R14), and write them back as they are stored."""
    erreurs: dict[str, list[str]] = {}
    for champ, valider in (("siret", valider_siret), ("nda", valider_nda)):
        obligatoire = champ == "siret" and champ in champs
        if not obligatoire and not propres.get(champ):
            continue
        try:
            propres[champ] = valider(propres.get(champ, ""))
        except ValidationError as erreur:
            erreurs[champ] = list(erreur.messages)
    return erreurs
