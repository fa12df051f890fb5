"""What the dossier asks since 0007: count what the drafts now lack (as 0006 did).

A partner that promised hires by their number alone commits to hire: its box is ticked, in every dossier, as
``instantane.current`` reads the deposits of before.
"""

from typing import Any

from django.db import migrations
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

#: Each is one gap of the draft's section: the section, and what is not answered.
ABSENTES = (
    ("structure", Q(candidature__sectionstructure__qualite="LABEL", candidature__sectionstructure__qualite_label="")),
    ("publics", Q(candidature__sectionpublics__part_qpv=None)),
    ("publics", Q(candidature__sectionpublics__part_zrr=None)),
    ("budget", Q(candidature__sectionbudget__part_sorties_positives=None)),
)
NATURES = ("recrutement", "contenu", "immersion", "embauches", "financement", "accompagnement", "autre")
#: Each is one gap of every row of the table of partners.
ABSENTES_DES_LIGNES = (Q(partenariat=""), Q(**{f"engage_{nature}": False for nature in NATURES}))


def tick(apps: Any, schema_editor: Any) -> None:
    """Tell by the box what the number of promised hires told."""
    partenaires = apps.get_model("candidatures", "Partenaire").objects
    partenaires.filter(embauches_promises__gt=0).update(engage_embauches=True)


def count(apps: Any, schema_editor: Any) -> None:
    """Add the new gaps; a section that was complete and is no longer is under way again."""
    for etats, nombre in _lacking(apps):
        etats.update(manques=F("manques") + nombre)
    _drafts(apps).filter(avancement="TERMINEE", manques__gt=0).update(avancement="EN_COURS")


def forget(apps: Any, schema_editor: Any) -> None:
    """Backwards."""
    sections = {section for section, _ in ABSENTES} | {"partenaires"}
    for etats, nombre in _lacking(apps):
        etats.update(manques=F("manques") - nombre)
    _drafts(apps).filter(section__in=sections, avancement="EN_COURS", manques=0).update(avancement="TERMINEE")


def _drafts(apps: Any) -> Any:
    etats = apps.get_model("candidatures", "EtatSection").objects
    return etats.filter(candidature__etat="BROUILLON")


def _lacking(apps: Any) -> Any:
    """Yield the states of sections that lack something, and how much of it."""
    for section, absente in ABSENTES:
        yield _drafts(apps).filter(absente, section=section), 1
    lignes = apps.get_model("candidatures", "Partenaire").objects.order_by()
    for absente in ABSENTES_DES_LIGNES:
        siennes = lignes.filter(absente, candidature=OuterRef("candidature")).values("candidature")
        nombre = Subquery(siennes.annotate(nombre=Count("pk")).values("nombre"))
        yield _drafts(apps).filter(section="partenaires"), Coalesce(nombre, 0)


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0007_champs_du_dossier"),
    ]

    operations = [
        migrations.RunPython(tick, migrations.RunPython.noop),
        migrations.RunPython(count, forget),
    ]
