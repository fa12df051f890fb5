"""French typography for pages, e-mails and PDFs: one way to write an hour, a date, a number.

Missing values (``None`` or an empty string) come out empty, so that a template may show them as is.
"""

from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from socle.horloge import paris

INSECABLE = "\u00a0"
FINE = "\u202f"
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def heure(valeur: datetime | time | None) -> str:
    """Return « 14 h 32 », on the Paris wall clock."""
    if not valeur:
        return ""
    local = _local(valeur)
    return f"{local.hour}{INSECABLE}h{INSECABLE}{local.minute:02d}"


def heure_secondes(valeur: datetime | time | None) -> str:
    """Return « 14 h 32 min 05 s », for receipts."""
    if not valeur:
        return ""
    return f"{heure(valeur)}{INSECABLE}min{INSECABLE}{_local(valeur).second:02d}{INSECABLE}s"


def duree(secondes: int | None) -> str:
    """Return « 2 jours et 5 heures », « 3 heures et 12 minutes », « 12 minutes »: the two largest units."""
    if secondes is None:
        return ""
    jours, reste = divmod(secondes, 86_400)
    heures, reste = divmod(reste, 3_600)
    unites = [(jours, "jour"), (heures, "heure"), (reste // 60, "minute")]
    dites = [f"{nombre}{INSECABLE}{nom}{pluriel_fr(nombre)}" for nombre, nom in unites if nombre]
    if jours and len(dites) > 1 and not heures:
        dites = dites[:1]
    return " et ".join(dites[:2]) or "moins d’une minute"


def date_longue(valeur: date | None) -> str:
    """Return « lundi 20 septembre 2021 » ; an instant shows its Paris day."""
    if not valeur:
        return ""
    jour = _local(valeur)
    return f"{JOURS[jour.weekday()]} {date_simple(jour)}"


def date_simple(valeur: date | None) -> str:
    """Return « 20 septembre 2021 » ; the first of a month is « 1er »."""
    if not valeur:
        return ""
    jour = _local(valeur)
    numero = "1er" if jour.day == 1 else str(jour.day)
    return f"{numero}{INSECABLE}{MOIS[jour.month - 1]} {jour.year}"


def instant_paris(valeur: datetime | None) -> str:
    """Return « lundi 20 septembre 2021 à 10 h 00, heure de Paris » (R3)."""
    if not valeur:
        return ""
    return f"{date_longue(valeur)} à {heure(valeur)}, heure de Paris"


def instant_paris_secondes(valeur: datetime | None) -> str:
    """Return the same to the second (R11)."""
    if not valeur:
        return ""
    return f"{date_longue(valeur)} à {heure_secondes(valeur)}, heure de Paris"


def espace_milliers(valeur: int | Decimal | str | None) -> str:
    """Return « 12 345 » ; decimals, if any, follow a comma."""
    if valeur is None or valeur == "":
        return ""
    return f"{Decimal(valeur):,f}".replace(",", FINE).replace(".", ",")


def euros(valeur: int | Decimal | str | None) -> str:
    """Return « 12 345 € » or « 12 345,50 € » from an amount in euros."""
    if valeur is None or valeur == "":
        return ""
    montant = Decimal(valeur)
    whole = montant == montant.to_integral_value()
    rounded = montant.quantize(Decimal("1" if whole else "0.01"), ROUND_HALF_UP)
    return f"{espace_milliers(rounded)}{INSECABLE}€"


def taille_lisible(octets: int | None) -> str:
    """Return « 812 octets », « 12 ko », « 1,4 Mo », rounded up as the limits on files are."""
    if octets is None:
        return ""
    if octets < 1024:
        return f"{octets}{INSECABLE}octet{pluriel_fr(octets)}"
    if octets < 1024 * 1024:
        return f"{-(-octets // 1024)}{INSECABLE}ko"
    entiers, dixieme = divmod(-(-octets * 10 // (1024 * 1024)), 10)
    return f"{espace_milliers(entiers)}{f',{dixieme}' if dixieme else ''}{INSECABLE}Mo"


def siret_lisible(valeur: str | None) -> str:
    """Return « 356 000 000 00048 » ; anything else than 14 digits comes back as it is."""
    if not valeur or len(valeur) != 14 or not valeur.isdigit():
        return valeur or ""
    return INSECABLE.join((valeur[:3], valeur[3:6], valeur[6:9], valeur[9:]))


def pluriel_fr(nombre: Any, formes: str = "s") -> str:
    """Return the ending for a number: in French 0 and 1 are singular. « s », « x » or « al,aux »."""
    if nombre is None or nombre == "":
        return ""
    singulier, _, pluriel = formes.rpartition(",")
    return singulier if abs(Decimal(str(nombre))) < 2 else pluriel


def _local(valeur: Any) -> Any:
    """Put an aware instant on the Paris wall clock; dates and times are already local."""
    return paris(valeur) if isinstance(valeur, datetime) else valeur
