"""What became of a relevé's dossiers: each number leads to its list; the same as CSV."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from candidatures.models import Releve
from labellisation.admin.acces import demand_instruction, page
from labellisation.domain import filtres
from labellisation.domain.file_instruction import to_instruct
from labellisation.domain.statistiques import Delais, Ligne, Statistiques, statistics_of
from socle import horloge
from socle.tableur import write_csv

VERDICTS = ("Conforme", "Non conforme", "Sans objet", "Différent du pré-contrôle")
EXAMEN = ("Dossiers", "À déclarer", "Recevables", "Irrecevables")
DELAIS = ("Délai médian (jours)", "Neuf dossiers sur dix (jours)")


@require_safe
def statistiques(request: HttpRequest) -> HttpResponse:
    """Show the figures of a relevé: the one asked for, else the last one that has dossiers."""
    demand_instruction(request)
    offerts = filtres.releves()
    valeur, avertissement = _asked(request, offerts)
    return page(
        request,
        "statistiques",
        "Statistiques d’un relevé",
        releves=offerts,
        valeur=valeur,
        libelle=dict(offerts)[valeur],
        avertissement=avertissement,
        liste=reverse("admin:candidatures_candidature_changelist"),
        stats=_figures(request, valeur),
        colonnes_verdicts=VERDICTS,
        colonnes_examen=(*EXAMEN, *DELAIS),
    )


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the same figures, as they are counted for this person."""
    demand_instruction(request)
    valeur, _ = _asked(request, filtres.releves())
    reponse = HttpResponse(content_type="text/csv; charset=utf-8")
    reponse["Content-Disposition"] = 'attachment; filename="statistiques-releve.csv"'
    # So that a spreadsheet reads the accents.
    reponse.write("\ufeff")
    write_csv(reponse, ("tableau", "ligne", "mesure", "valeur"), _cells(_figures(request, valeur)))
    return reponse


def _asked(request: HttpRequest, offerts: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the relevé asked for, and what is said of a value that is none."""
    demande = request.GET.get("releve", "")
    if demande in dict(offerts):
        return demande, ""
    return _last_one(request), filtres.ignored(["relevé"]) if demande else ""


def _last_one(request: HttpRequest) -> str:
    """Return the last relevé with dossiers whose bound has passed, else the one that takes them now."""
    siens = Exists(to_instruct(request.user).filter(releve_examen=OuterRef("pk")))
    pleins = Releve.objects.filter(siens).annotate(passe=Q(borne__lte=horloge.now()))
    dernier = pleins.order_by("-passe", "-borne").first()
    return str(dernier.pk) if dernier else filtres.AUCUN


def _figures(request: HttpRequest, valeur: str) -> Statistiques:
    releve = None if valeur == filtres.AUCUN else Releve.objects.get(pk=valeur)
    return statistics_of(user=request.user, releve=releve)


def _cells(stats: Statistiques) -> Iterator[tuple[Any, ...]]:
    yield "ensemble", "", "Dossiers", stats.total.valeur
    yield from (("ensemble", "", mesure, valeur) for mesure, valeur in _days(stats.delais))
    tableaux: Iterable[tuple[str, list[Ligne], tuple[str, ...]]] = (
        ("état", stats.etats, ("Dossiers",)),
        ("critère", stats.criteres, VERDICTS),
        ("instructeur", stats.instructeurs, EXAMEN),
        ("région", stats.regions, EXAMEN),
    )
    for tableau, lignes, mesures in tableaux:
        for ligne in lignes:
            for mesure, nombre in zip(mesures, ligne.nombres, strict=True):
                yield tableau, ligne.libelle, mesure, nombre.valeur
            yield from ((tableau, ligne.libelle, mesure, jours) for mesure, jours in _days(ligne.delais))


def _days(delais: Delais | None) -> list[tuple[str, str]]:
    """Return the delays that are known; a tenth is said of no fewer than ten dossiers."""
    if delais is None:
        return []
    jours = zip(DELAIS, (delais.mediane, delais.neuf_sur_dix), strict=True)
    return [(mesure, f"{valeur:.1f}".replace(".", ",")) for mesure, valeur in jours if valeur is not None]
