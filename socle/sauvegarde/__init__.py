"""Backup and restore: database, private files and journal heads as one picture of one instant.

A backup is a folder. ``manifeste.json`` names every part with its size and SHA-256 and is written
last, so that a folder without it is no backup; the manifest's own SHA-256 stands beside it and is
printed, to be kept elsewhere. Keys and passwords are not in it.
"""

from socle.sauvegarde.copie import backup
from socle.sauvegarde.format import SauvegardeRefusee
from socle.sauvegarde.lecture import verify
from socle.sauvegarde.restauration import restore

__all__ = ["SauvegardeRefusee", "backup", "restore", "verify"]
