"""The texts of conventions, loaded from readable files (R23)."""

import tomllib
from pathlib import Path

from django.db import transaction

from labellisation.models import Convention, TexteConvention
from socle.erreurs import ErreurMetier

FICHIER = Path(__file__).resolve().parent.parent / "donnees" / "convention.toml"


@transaction.atomic
def load_text(fichier: Path = FICHIER) -> str:
    """Load a version of the convention's text; returns the line that the command prints.

    Errors: ``ErreurMetier`` if the file changes a version that a convention uses.
    """
    donnees = tomllib.loads(fichier.read_text(encoding="utf-8"))
    articles = [
        {"code": article["code"], "titre": article["titre"], "texte": article["texte"].strip()}
        for article in donnees["articles"]
    ]
    existant = TexteConvention.objects.filter(version=donnees["version"]).first()
    valeurs = {"titre": donnees["titre"], "articles": articles, "en_vigueur_du": donnees["en_vigueur_du"]}
    if existant and all(getattr(existant, champ) == valeur for champ, valeur in valeurs.items()):
        return f"convention\u00a0: texte {existant.version} inchangé"
    if existant and Convention.objects.filter(texte=existant).exists():
        raise ErreurMetier(f"Le texte {existant.version} a déjà servi\u00a0: écrivez une nouvelle version.")
    texte, _ = TexteConvention.objects.update_or_create(version=donnees["version"], defaults=valeurs)
    return f"convention\u00a0: texte {texte.version} chargé, {len(articles)} articles"
