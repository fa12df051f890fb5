"""The filters of ``socle.typographie``, loaded in every template."""

from django import template

from socle import typographie

register = template.Library()

for _filtre in (
    typographie.duree,
    typographie.heure,
    typographie.heure_secondes,
    typographie.date_longue,
    typographie.date_simple,
    typographie.instant_paris,
    typographie.instant_paris_secondes,
    typographie.espace_milliers,
    typographie.euros,
    typographie.siret_lisible,
    typographie.taille_lisible,
    typographie.pluriel_fr,
):
    register.filter(_filtre.__name__, _filtre)
