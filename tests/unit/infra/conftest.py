"""One mocked apply for all tests of the estate, whichever worker comes first."""

import fcntl
import json
import os

import pytest

from tests.unit.infra.estate import Estate
from tests.unit.infra.rules.roles import calls_by_role


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    cache = shared / "estate.json"
    with (shared / "estate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cache.exists():
            applied = Estate.applied(tmp_path_factory.mktemp("terraform"))
            cache.write_text(json.dumps(applied.resources))
    return Estate(json.loads(cache.read_text()), calls_by_role())


@pytest.fixture(scope="session")
def arns(estate: Estate) -> dict[str, str]:
    """What the tests ask permissions for."""
    return {
        "documents": estate['module.documents["1"].module.documents.aws_s3_bucket.private']["arn"],
        "parsed": estate['module.documents["1"].module.parsed.aws_s3_bucket.private']["arn"],
        "registry": estate['module.registry["1"].aws_dynamodb_table.registry']["arn"],
        "api keys": estate["module.secrets.aws_secretsmanager_secret.api_keys"]["arn"],
        "qdrant": estate["module.secrets.aws_secretsmanager_secret.qdrant"]["arn"],
        "key": estate["module.secrets.aws_kms_key.raglite"]["arn"],
        "backups": estate["module.backup.module.bucket.aws_s3_bucket.private"]["arn"],
        "backups key": estate["module.backup.aws_kms_key.encrypting"]["arn"],
        "signing key": estate["module.backup.aws_kms_key.signing"]["arn"],
        "queue": estate["module.ingestion.aws_sqs_queue.ingestion"]["arn"],
        "ingest task": estate["module.ingestion.module.task.aws_ecs_task_definition.task"]["arn_without_revision"],
    }
