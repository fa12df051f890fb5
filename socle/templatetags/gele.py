"""Filters for frozen data, where dates and instants are ISO texts and scores are hundredths."""

import unicodedata
from datetime import date, datetime

import segno
from django import template

from socle import typographie

register = template.Library()


@register.filter
def jour_iso(texte: str | None) -> str:
    """Return a frozen day in words; nothing for nothing."""
    return typographie.date_simple(date.fromisoformat(texte)) if texte else ""


@register.filter
def instant_iso(texte: str | None) -> str:
    """Return a frozen instant as the Paris wall clock showed it."""
    return typographie.instant_paris(datetime.fromisoformat(texte)) if texte else ""


@register.filter
def jour_instant(texte: str | None) -> str:
    """Return the Paris day of a frozen instant, in words; nothing for nothing."""
    return typographie.date_simple(datetime.fromisoformat(texte)) if texte else ""


@register.filter
def sur_dix(centiemes: int | None) -> str:
    """Return hundredths of a point as « 7,25 »; nothing for nothing (missing is not zero)."""
    if centiemes is None:
        return ""
    return f"{centiemes // 100},{centiemes % 100:02d}"


@register.filter
def a_droite(texte: str) -> bool:
    """Tell whether a text reads from right to left: its first letter says so (Unicode, rule P2)."""
    sens = (unicodedata.bidirectional(lettre) for lettre in texte)
    return next((trouve != "L" for trouve in sens if trouve in ("L", "R", "AL")), False)


@register.filter
def qr_data(texte: str) -> str:
    """Return a QR code of ``texte`` as a ``data:`` SVG image."""
    return segno.make(texte, error="m").svg_data_uri(scale=4, border=4)
