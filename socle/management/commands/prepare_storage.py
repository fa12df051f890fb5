"""``manage.py prepare_storage``: the bucket of private files, made if it is not there."""

from typing import Any

from botocore.exceptions import ClientError
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from storages.backends.s3 import S3Storage

#: What S3-compatible servers answer for a bucket that does not exist.
ABSENT = ("404", "NoSuchBucket")


class Command(BaseCommand):
    """Make the bucket; does nothing for a local folder, nor for a bucket that exists."""

    help = "Crée le compartiment S3 des fichiers privés s’il manque."

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the bucket, and make it if the answer is that there is none."""
        stockage: Any = default_storage
        # A lazy object: its class is asked, not its type.
        if not issubclass(stockage.__class__, S3Storage):
            self.stdout.write("Les fichiers sont dans un dossier local : rien à préparer.")
            return
        client = stockage.connection.meta.client
        try:
            client.head_bucket(Bucket=stockage.bucket_name)
        except ClientError as erreur:
            if erreur.response["Error"]["Code"] not in ABSENT:
                raise
            client.create_bucket(Bucket=stockage.bucket_name)
            self.stdout.write(f"Compartiment {stockage.bucket_name} créé.")
            return
        self.stdout.write(f"Le compartiment {stockage.bucket_name} est là.")
