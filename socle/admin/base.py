"""Admin screens that only show: the verbs write."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest


class LectureSeule(admin.ModelAdmin):
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
