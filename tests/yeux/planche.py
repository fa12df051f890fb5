"""The pictures that are kept, and the sheet that shows them side by side."""

from html import escape
from pathlib import Path

from playwright.sync_api import Page as Onglet

DOSSIER = Path(__file__).resolve().parents[2] / "build" / "yeux"
STYLE = """body { font: 16px sans-serif; margin: 1rem; }
ul { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; padding: 0; }
li { border: 1px solid #999; padding: .5rem; }
img { display: block; max-height: 30rem; max-width: 22rem; object-fit: cover; object-position: top; }
.faute { border-color: #c00; }
pre { color: #c00; max-width: 22rem; white-space: pre-wrap; }"""


class Planche:
    """Keeps pictures under ``build/yeux/`` and writes ``index.html`` at the end."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier
        self.vues: list[tuple[str, str, int, list[str]]] = []

    def keep(self, onglet: Onglet, cle: str, role: str, largeur: int, fautes: list[str]) -> None:
        """Keep the whole page as it is."""
        self.dossier.mkdir(parents=True, exist_ok=True)
        onglet.screenshot(path=self.dossier / self._name(cle, role, largeur), full_page=True)
        self.vues.append((cle, role, largeur, fautes))

    @staticmethod
    def _name(cle: str, role: str, largeur: int) -> str:
        return f"{cle.strip('=/').replace('/', '_')}__{role}__{largeur}.png"

    def write(self) -> None:
        """Write the sheet: a chapter per page, its pictures by width and role."""
        if not self.vues:
            return
        chapitres: dict[str, list[str]] = {}
        for cle, role, largeur, fautes in sorted(self.vues):
            image = escape(self._name(cle, role, largeur))
            dit = f"<pre>{escape(chr(10).join(fautes))}</pre>" if fautes else ""
            chapitres.setdefault(cle, []).append(
                f'<li{" class=faute" if fautes else ""}><a href="{image}"><img loading="lazy" src="{image}" '
                f'alt="{escape(cle)}"></a>{escape(role)}, {largeur} px{dit}</li>'
            )
        corps = "".join(f"<h2>{escape(cle)}</h2><ul>{''.join(vues)}</ul>" for cle, vues in chapitres.items())
        (self.dossier / "index.html").write_text(
            f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Planche</title>'
            f"<style>{STYLE}</style></head><body><h1>{len(self.vues)} vues</h1>{corps}</body></html>"
        )
