"""What is open while an agent looks at the portal as a person sees it: nothing, unless said so here.

One place, three lists, all closed by default:

- pages: those marked :func:`open_to_view`; every other address answers « fermé » (the admin, files,
  documents, codes, second factor, sessions, signature links, exports);
- permissions: those closed by :func:`close_permissions` are refused to the person while seen;
- rows: ``socle.visibilite`` keeps what the person may see, less what the agent's own declared links
  hide (R36), less the filters registered as ``interne``.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Vue = TypeVar("Vue", bound=Callable[..., Any])

_MARQUE = "ouverte_en_vue"

_fermees: set[str] = set()


def open_to_view(vue: Vue) -> Vue:
    """Mark a page as open under « voir comme »; outermost, above every other decorator."""
    setattr(vue, _MARQUE, True)
    return vue


def is_open(vue: Any) -> bool:
    """Tell whether a view is marked."""
    return bool(getattr(vue, _MARQUE, False))


def close_permissions(*noms: str) -> None:
    """Refuse these permissions to a person while an agent sees the portal as they do."""
    _fermees.update(noms)


def is_closed(permission: str) -> bool:
    """Tell whether a permission is refused under « voir comme »."""
    return permission in _fermees
