"""The bucket of private files: made when it is missing, and only then."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import override_settings

STOCKAGE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": "essai",
        "endpoint_url": "http://127.0.0.1:1",
        "access_key": "a",
        "secret_key": "b",
        "region_name": "eu",
    },
}


@pytest.fixture
def s3(settings: Any) -> Iterator[Stubber]:
    """A client whose answers the test gives; a request that it does not expect fails."""
    with override_settings(STORAGES={**settings.STORAGES, "default": STOCKAGE}):
        stockage: Any = default_storage
        with Stubber(stockage.connection.meta.client) as stub:
            yield stub
            stub.assert_no_pending_responses()


def test_given_a_bucket_when_prepared_then_nothing_is_made(s3: Stubber, capsys: Any) -> None:
    s3.add_response("head_bucket", {}, {"Bucket": "essai"})
    call_command("prepare_storage")
    assert "est là" in capsys.readouterr().out


def test_given_no_bucket_when_prepared_then_made(s3: Stubber, capsys: Any) -> None:
    s3.add_client_error("head_bucket", "404", http_status_code=404)
    s3.add_response("create_bucket", {}, {"Bucket": "essai"})
    call_command("prepare_storage")
    assert "créé" in capsys.readouterr().out


def test_given_a_refusal_when_prepared_then_it_fails_aloud(s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(ClientError):
        call_command("prepare_storage")


def test_given_a_local_folder_when_prepared_then_nothing_to_do(capsys: Any) -> None:
    call_command("prepare_storage")
    assert "rien à préparer" in capsys.readouterr().out
