"""Admin screens that only show: the verbs write."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe


class IntrouvableMixin:
    """A missing or hidden row is a 404, as everywhere else; Django's admin would lead to its home page."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row; whoever may not read the table gets the same 403 for any row."""
        objet = super().get_object(request, object_id, from_field)  # type: ignore[misc]  # ModelAdmin's
        if objet is not None:
            return objet
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # ModelAdmin's
            raise PermissionDenied
        raise Http404("Cette ligne n’existe pas, ou vous est fermée.")


class LectureSeule(IntrouvableMixin, admin.ModelAdmin):
    """Nothing is added, changed or deleted here; the permission ``<app>.view_<model>`` opens it."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: rows come from verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Ask the rules."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}", obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app's heading only to whoever sees something of it."""
        return self.has_view_permission(request)


def nommer(genre: str, identifiant: Any) -> str:
    """Return « kind:id » as a reference is written, or a dash."""
    return f"{genre}:{identifiant}" if genre else "—"


def en_lignes(donnees: dict[str, Any]) -> str:
    """Return what a row holds as JSON, a line for each name."""
    lignes = ((nom, en_mots(valeur)) for nom, valeur in donnees.items())
    return format_html_join(mark_safe("<br>"), "{} : {}", lignes) or "—"


def en_mots(valeur: Any) -> str:
    """Return a value of the journal as a person reads it: no « true », no « null », no brackets."""
    if valeur is None or valeur in ("", [], {}):
        return "—"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, list):
        return ", ".join(en_mots(element) for element in valeur)
    if isinstance(valeur, dict):
        return ", ".join(f"{nom} : {en_mots(element)}" for nom, element in valeur.items())
    return str(valeur)
