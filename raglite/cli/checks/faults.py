"""The faults that the doctor tells apart: a stable code, what is wrong, and the command that puts it right."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from raglite.cli.exits import Exit

HERE = 'eval "$(.venv/bin/python -m local env)"'  # where the estate is on this machine
UP = f"make up && {HERE}"
OUTPUT = "terraform -chdir=infra/terraform output -raw"
MODEL = "rm -f build/model/spec.json && make setup  # or say where it is: export RAGLITE_MODEL_DIR=DIRECTORY"
DEPLOY = "make plan deploy ENVIRONMENT={settings.environment}"
DEAD_LETTERS = "aws sqs get-queue-url --queue-name raglite-ingestion-dead-letters --query QueueUrl --output text"


class Fault(StrEnum):
    """Codes: scripts may rely on them."""

    WRONG_PACKAGES = "wrong-packages"
    UNKNOWN_SETTING = "unknown-setting"
    WRONG_SETTING = "wrong-setting"
    MISSING_SETTING = "missing-setting"
    PROXY = "proxy-catches-loopback"
    NO_CREDENTIALS = "no-credentials"
    NO_REGION = "no-region"
    AWS_UNREACHABLE = "aws-unreachable"
    CREDENTIALS_REFUSED = "credentials-refused"
    BUCKET = "bucket-unusable"
    VERSIONING_OFF = "versioning-off"
    EVENTS_OFF = "events-off"
    RULE_OFF = "rule-off"
    REGISTRY = "registry-unusable"
    QUEUE_MISSING = "queue-missing"
    DEAD_LETTERS = "dead-letters"
    TASK_DEFINITION = "task-definition-missing"
    API_KEYS_UNSET = "api-keys-unset"
    MODEL_MISSING = "model-missing"
    MODEL_WRONG = "model-wrong"
    QDRANT_UNREACHABLE = "qdrant-unreachable"
    QDRANT_REFUSES = "qdrant-refuses"
    COLLECTION_MISSING = "collection-missing"
    COLLECTION_LOST = "collection-lost"
    OTHER_MODEL = "other-model"
    REGISTRY_BEHIND = "registry-behind"
    SERVICE_UNREACHABLE = "service-unreachable"
    NO_SERVICE = "no-raglite-service"
    NOT_READY = "service-not-ready"
    API_KEY_MISSING = "api-key-missing"
    API_KEY_REFUSED = "api-key-refused"
    CLOCK_OFF = "clock-off"
    DISK_FULL = "disk-full"
    NO_ANSWER = "no-answer"
    TIMED_OUT = "timed-out"
    UNFORESEEN = "unforeseen"


class Kind(NamedTuple):
    """What a fault means, what puts it right, and the exit code. `{settings.x}` is a setting's value."""

    meaning: str
    fix: str
    exit: Exit = Exit.SETTING


KINDS: Mapping[Fault, Kind] = {
    Fault.WRONG_PACKAGES: Kind(
        "Python, or an installed package, is not the one this release is made for", "rm -rf .venv && make setup"
    ),
    Fault.UNKNOWN_SETTING: Kind(
        "a RAGLITE_* variable is no setting: it is misspelt, or of another release",
        'export {meant}="${name}"; unset {name}',
    ),
    Fault.WRONG_SETTING: Kind(
        "a setting has a value that it cannot have", "unset {names}  # or set it as the sentence says"
    ),
    Fault.MISSING_SETTING: Kind(
        "a setting that has no default is not set",
        f"{UP}  # for an estate on AWS: export {{name}}=$({OUTPUT} {{output}})",
    ),
    Fault.PROXY: Kind(
        "a proxy is set, and requests to this very machine would go through it",
        "export NO_PROXY={hosts} no_proxy={hosts}",
    ),
    Fault.NO_CREDENTIALS: Kind("there are no AWS credentials", f"{HERE}  # for an estate on AWS: aws configure"),
    Fault.NO_REGION: Kind("no AWS region is set", f"{HERE}  # for an estate on AWS: aws configure set region REGION"),
    Fault.AWS_UNREACHABLE: Kind(
        "nobody answers at the address that stands for AWS",
        f"{UP}  # to reach AWS itself: unset {{variable}}",
    ),
    Fault.CREDENTIALS_REFUSED: Kind(
        "AWS does not know the credentials (any more)", f"{HERE}  # for an estate on AWS: aws sso login"
    ),
    Fault.BUCKET: Kind(
        "a bucket is not there, or these credentials may not use it",
        f"{HERE}  # for an estate on AWS: export {{name}}=$({OUTPUT} {{output}}), "
        "or take a role that may: docs/reference/iam.md",
    ),
    Fault.VERSIONING_OFF: Kind(
        "the documents bucket keeps no versions",
        "aws s3api put-bucket-versioning --bucket {settings.documents_bucket} "
        "--versioning-configuration Status=Enabled",
    ),
    Fault.EVENTS_OFF: Kind(
        "the documents bucket tells nobody of uploads",
        "aws s3api put-bucket-notification-configuration --bucket {settings.documents_bucket} "
        """--notification-configuration '{{"EventBridgeConfiguration": {{}}}}'""",
    ),
    Fault.RULE_OFF: Kind("a rule that hears of documents is off", "aws events enable-rule --name {rule}"),
    Fault.REGISTRY: Kind(
        "the registry's table is not there, or these credentials may not use it",
        f"{HERE}  # for an estate on AWS: export RAGLITE_REGISTRY_TABLE=$({OUTPUT} registry_table), "
        "or take a role that may: docs/reference/iam.md",
    ),
    Fault.QUEUE_MISSING: Kind("the queue of what could not be handled is not there", DEPLOY),
    Fault.DEAD_LETTERS: Kind(
        "hints about documents could not be handled: some may not have been looked at",
        f"raglite reconcile --repair && aws sqs purge-queue --queue-url $({DEAD_LETTERS})",
    ),
    Fault.TASK_DEFINITION: Kind("there is no ingest task to start", DEPLOY),
    Fault.API_KEYS_UNSET: Kind(
        "the secret that lists the API keys is not there or has no value: the service lets nobody in",
        "aws secretsmanager put-secret-value --secret-id {settings.api_keys_secret} --secret-string file://keys.json"
        "  # docs/how-to/rotate-keys.md",
    ),
    Fault.MODEL_MISSING: Kind("a file of the embedding model is not there", MODEL),
    Fault.MODEL_WRONG: Kind("a file of the embedding model is not the one that it is said to be", MODEL),
    Fault.QDRANT_UNREACHABLE: Kind(
        "Qdrant does not answer",
        f"{UP}  # or say where it is: export RAGLITE_QDRANT_URL=https://HOST:6333",
        Exit.LATER,
    ),
    Fault.QDRANT_REFUSES: Kind(
        "Qdrant refuses the key, or what is asked",
        f"{HERE}  # for an estate on AWS: export RAGLITE_QDRANT_API_KEY=$(aws secretsmanager get-secret-value "
        f"--secret-id $({OUTPUT} qdrant_secret) --query SecretString --output text)",
    ),
    Fault.COLLECTION_MISSING: Kind("there is no collection yet", "raglite upload FILE --wait"),
    Fault.COLLECTION_LOST: Kind(
        "the collection is gone, though documents were published into it",
        "raglite restore --to-collection {settings.collection}-again  # docs/how-to/restore.md",
        Exit.LATER,
    ),
    Fault.OTHER_MODEL: Kind("the collection was built with another model or other chunks", "raglite reindex"),
    Fault.REGISTRY_BEHIND: Kind(
        "the registry is older than the index: it was lost, or is an old copy",
        "raglite restore --to-registry TABLE  # docs/how-to/restore.md",
        Exit.LATER,
    ),
    Fault.SERVICE_UNREACHABLE: Kind(
        "nobody answers where the service should be",
        f"{UP}  # or say where it is: export RAGLITE_API_URL=https://HOST",
        Exit.LATER,
    ),
    Fault.NO_SERVICE: Kind(
        "another program answers where the service should be",
        f"{HERE}  # or say where it is: export RAGLITE_API_URL=https://HOST; "
        "if it finds its port taken: RAGLITE_PORT=FREE python -m raglite.server",
        Exit.LATER,
    ),
    Fault.NOT_READY: Kind(
        "the service is alive, but a part of it is not ready", "curl {settings.api_url}/readyz", Exit.LATER
    ),
    Fault.API_KEY_MISSING: Kind(
        "no API key is set", f"{HERE}  # for an estate on AWS: export RAGLITE_API_KEY=KEY", Exit.DENIED
    ),
    Fault.API_KEY_REFUSED: Kind(
        "the service does not know the API key, or it may not read",
        f"{HERE}  # for an estate on AWS: export RAGLITE_API_KEY=KEY; new keys: docs/how-to/rotate-keys.md",
        Exit.DENIED,
    ),
    Fault.CLOCK_OFF: Kind("this machine's clock is wrong", "sudo timedatectl set-ntp true"),
    Fault.DISK_FULL: Kind(
        "there is too little room for temporary files", "export TMPDIR=/ON/A/LARGER/DISK", Exit.LATER
    ),
    Fault.NO_ANSWER: Kind("something does not answer as hoped", "raglite doctor  # again, in a minute", Exit.LATER),
    Fault.TIMED_OUT: Kind("a check did not come to an end in time", "raglite doctor  # again, in a minute", Exit.LATER),
    Fault.UNFORESEEN: Kind(
        "a check broke off in a way that nobody foresaw",
        "raglite doctor --json >doctor.json  # and report it",
        Exit.FAULT_OF_OURS,
    ),
}
