"""The annexes of a convention: what the two documents print, and whether they are still what was signed.

The deposited dossier and the call's text are annexed to the convention (R22, R23): each is a document
of its own, made before the convention, which prints the SHA-256 of their files.
"""

from dataclasses import asdict
from typing import Any

from candidatures.domain.lecture import SectionLisible, sections_lisibles
from candidatures.domain.queries import releve_affiche
from candidatures.models import Appel, Depot
from labellisation.models import AnnexeConvention, Convention
from referentiels.domain.cahiers import specifications
from referentiels.domain.queries import needs_of
from referentiels.models import Region
from socle import fichiers
from socle.erreurs import ErreurMetier
from socle.models import Document


def dossier_data(depot: Depot) -> dict[str, Any]:
    """Return what the annex « dossier » prints: the eleven sections of the frozen snapshot."""
    instantane = depot.instantane
    return {
        "reference": instantane["reference"],
        "intitule": instantane["intitule"],
        "structure": instantane["structure"].get("raison_sociale", ""),
        "depose_le": depot.arrivee,
        "depot": depot.numero,
        "empreinte": depot.empreinte,
        "sections": [_section(section) for section in sections_lisibles(instantane)],
    }


def _section(section: SectionLisible) -> dict[str, Any]:
    tableau = section.tableau
    return {
        "numero": section.numero,
        "titre": section.titre,
        "reponses": [[reponse.label, reponse.valeur] for reponse in section.reponses],
        "tableau": {"titre": tableau.titre, "lignes": tableau.lignes} if tableau else None,
        "pieces": [
            {"type": piece.type, "nom": piece.nom, "sha256": piece.sha256} for piece in section.pieces
        ],
    }


def specifications_data(appel: Appel) -> dict[str, Any]:
    """Return what the annex « cahier des charges » prints: the call's text and its reference tables.

    Errors: ``ErreurMetier`` when no file holds the text of the call: a convention without it would
    lack a mandatory annex.
    """
    grille = appel.grille
    cahier = specifications(grille.appel_code)
    if cahier is None:
        raise ErreurMetier(f"Le texte du cahier des charges de l’appel {grille.appel_code} n’est pas chargé.")
    return {
        "titre": cahier.titre,
        "source": cahier.source,
        "appel": appel.titre,
        "grille": grille.version,
        "parties": [asdict(partie) for partie in cahier.parties],
        "recevabilite": _criteria(grille.criteres_recevabilite),
        "selection": _criteria(grille.criteres_selection),
        "besoins": _needs(),
        "releves": [
            {
                "releve": releve_affiche(releve),
                "debut_au_plus_tard": releve.debut_au_plus_tard,
                "debut_au_plus_tot": releve.debut_au_plus_tot,
                "resultats_avant": releve.resultats_avant,
            }
            for releve in appel.releves.order_by("numero")
        ],
        "ouvert_le": appel.ouvert_le,
    }


def _criteria(criteres: Any) -> list[dict[str, Any]]:
    return list(criteres.order_by("numero").values("numero", "intitule", "precisions"))


def _needs() -> list[dict[str, Any]]:
    """Return the observed needs of each region, in the order of the text (R45)."""
    regions = Region.objects.filter(besoins__isnull=False).distinct().order_by("nom")
    return [
        {"region": region.nom, "besoins": [besoin.texte for besoin in needs_of(region)]} for region in regions
    ]


def printed_annexes(convention: Convention) -> list[dict[str, str]]:
    """Return the annexes as the convention prints them: title and hash of the file, in their order."""
    return [
        {"titre": annexe.document.titre, "sha256": annexe.document.sha256}
        for annexe in annexes_of(convention)
    ]


def annexes_of(convention: Convention) -> list[AnnexeConvention]:
    """Return the annexes of a convention in their order, with their files."""
    return list(convention.annexes.select_related("document__fichier").order_by("-nature"))


def titles_of_annexes(convention: Convention) -> list[tuple[AnnexeConvention, str]]:
    """Return each annex with the words of its link: « Annexe 1 : dossier de candidature »."""
    return [
        (annexe, f"Annexe {rang}\u00a0: {annexe.get_nature_display().lower()}")
        for rang, annexe in enumerate(annexes_of(convention), start=1)
    ]


def annexes_made(convention: Convention) -> bool:
    """Tell whether both annexes have their file."""
    annexes = annexes_of(convention)
    return {annexe.nature for annexe in annexes} == set(AnnexeConvention.Nature) and all(
        annexe.document.est_produit for annexe in annexes
    )


def altered(convention: Convention) -> list[str]:
    """Return the titles of the documents that are no more what the convention prints (R23).

    The stored bytes are read again: a file changed or replaced is seen, and so is an annex whose
    hash is not the printed one.
    """
    document = convention.document
    if document is None:
        return []
    imprimees = {ligne["titre"]: ligne["sha256"] for ligne in document.donnees.get("annexes", ())}
    attendues = [(annexe.document, imprimees.get(annexe.document.titre)) for annexe in annexes_of(convention)]
    return [
        attendu.titre
        for attendu, empreinte in [*attendues, (document, document.sha256)]
        if empreinte != _hash_of_bytes(attendu)
    ]


def _hash_of_bytes(document: Document) -> str:
    if document.fichier is None:
        return ""
    with document.fichier.contenu.open("rb") as contenu:
        return fichiers.sha256_of(contenu)
