"""A file that is handed in: joined to a place, or in the place of another one."""

from django import forms
from django.conf import settings

from socle.fichiers import TYPES
from socle.typographie import taille_lisible

AIDE = f"PDF, image, ou document bureautique. {taille_lisible(settings.GEN_FICHIER_MAX)} au plus."
#: What the browser offers to choose; the content alone decides.
_ACCEPTE = ",".join(f".{extension}" for type_ in TYPES.values() for extension in type_.extensions)


class ChampFichier(forms.FileField):
    """A file; the verb looks at what it is and what it weighs, the page's script only at its size."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(allow_empty_file=True, max_length=None, help_text=AIDE, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        """Tell the browser what is taken."""
        maximum = settings.GEN_FICHIER_MAX
        return {"accept": _ACCEPTE, "data-octets": str(maximum), "data-octets-mots": taille_lisible(maximum)}


class RemplacementForm(forms.Form):
    """One file."""

    use_required_attribute = False
    fichier = ChampFichier(label="Nouveau fichier", error_messages={"required": "Choisissez un fichier."})
