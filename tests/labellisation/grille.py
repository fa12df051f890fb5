"""A small scoring grid on the tests' call, and dossiers at each step of the scoring."""

from candidatures.domain.affectations import assign
from candidatures.models import Affectation, Candidature
from comptes.models import Utilisateur
from labellisation.domain.notation import save_levels, start_notation, submit_notation
from labellisation.models import Notation
from referentiels.models import Grille, Indicateur, NiveauIndicateur
from tests.candidatures.fabriques import instructeur
from tests.labellisation import fabriques

JUSTIFICATIONS = {numero: f"Justification du critère {numero}." for numero in range(1, 7)}
#: Two indicators a criterion; the companies' one is the heaviest of criterion 1.
CODES = tuple(f"{numero}.{rang}" for numero in range(1, 7) for rang in (1, 2))


def grille_complete(grille: Grille) -> Grille:
    """Give a grid its indicators and their five levels, once."""
    if Indicateur.objects.filter(critere__grille=grille).exists():
        return grille
    for critere in grille.criteres_selection.order_by("numero"):
        for rang in (1, 2):
            entreprises = (critere.numero, rang) == (1, 2)
            indicateur = Indicateur.objects.create(
                critere=critere,
                code=f"{critere.numero}.{rang}",
                ordre=rang,
                intitule=f"Indicateur {critere.numero}.{rang}",
                poids=3 if entreprises else 1,
                est_partenariats_entreprises=entreprises,
            )
            NiveauIndicateur.objects.bulk_create(
                NiveauIndicateur(
                    indicateur=indicateur, niveau=niveau, phrase=f"On constate le niveau {niveau}."
                )
                for niveau in range(5)
            )
    return grille


def dossier_a_noter(*notateurs: Utilisateur) -> Candidature:
    """Return a dossier declared recevable, with these people in charge of its scoring."""
    candidature = fabriques.dossier_recevable()
    grille_complete(candidature.appel.grille)
    direction = fabriques.direction()
    for personne in notateurs:
        assign(
            candidature=candidature,
            instructeur=personne,
            tache=Affectation.Tache.NOTATION,
            acteur=direction,
        )
    return candidature


def uniforme(niveau: int, **autres: int) -> dict[str, int]:
    """Return one level everywhere, but ``c1_2=4``."""
    return dict.fromkeys(CODES, niveau) | {
        code.removeprefix("c").replace("_", "."): valeur for code, valeur in autres.items()
    }


def notation_en_cours(
    candidature: Candidature, personne: Utilisateur, niveau: int = 3, phrase: str = "", **autres: int
) -> Notation:
    """Return a complete notation, not submitted."""
    notation = start_notation(candidature=candidature, acteur=personne)
    justifications = {numero: phrase or texte for numero, texte in JUSTIFICATIONS.items()}
    return save_levels(
        notation=notation, niveaux=uniforme(niveau, **autres), justifications=justifications, acteur=personne
    )


def notation_soumise(
    candidature: Candidature, personne: Utilisateur, niveau: int = 3, phrase: str = "", **autres: int
) -> Notation:
    """Return a submitted notation."""
    notation = notation_en_cours(candidature, personne, niveau, phrase, **autres)
    return submit_notation(notation=notation, acteur=personne)


def harmonisation_demandee(personne: Utilisateur) -> Candidature:
    """Return a dossier whose two notations are far apart, the first by ``personne``."""
    seconde = instructeur()
    candidature = dossier_a_noter(personne, seconde)
    notation_soumise(candidature, personne, 4)
    notation_soumise(candidature, seconde, 1)
    candidature.refresh_from_db()
    return candidature
