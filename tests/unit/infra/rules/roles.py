"""Which IAM actions each role of ours needs: what its code calls, and what AWS does in its name."""

from functools import cache

from tests.unit.infra.rules.calls import ROOT, Calls, Process, called_by

# What AWS does with a role beside, or instead of, the code that runs under it.
LAMBDA = {
    "logs:CreateLogStream": "Lambda writes the function's log",
    "logs:PutLogEvents": "Lambda writes the function's log",
    "xray:PutTraceSegments": "Lambda sends the function's segments",
    "xray:PutTelemetryRecords": "Lambda sends the function's segments",
}
QUEUE = dict.fromkeys(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), "Lambda reads the queue")
DEAD_LETTERS = {"sqs:SendMessage": "Lambda keeps what the function failed at"}
SIDECAR = dict.fromkeys(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "the X-Ray daemon beside the container")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
EXECUTION = {
    "ecr:GetAuthorizationToken": "ECS logs in to the registry",
    **dict.fromkeys(PULL, "ECS pulls the image"),
    **dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents"), "ECS writes the container's log"),
    "secretsmanager:GetSecretValue": "ECS puts the secret into the container's environment",
    "kms:Decrypt": "the secret is encrypted",
}
DECRYPTS = {"kms:Decrypt": "S3 or Secrets Manager decrypts what is read"}
ENCRYPTS = {"kms:GenerateDataKey": "S3 encrypts what is put"}
NOTICES = {"s3:ListBucket": "without it S3 answers 403, not 404, for an object that is not there"}


@cache
def processes() -> tuple[Process, Process, Process]:
    """What runs in the tasks, and what an auditor runs (`raglite audit`)."""
    return (
        Process("raglite.server.__main__"),
        Process("raglite.ingestion.pipeline", "raglite.ingestion.reconcile"),
        Process("raglite.observability.audit_trail"),
    )


@cache
def calls_by_role() -> dict[str, Calls]:
    """What each role of ours needs, by its name."""
    service, ingest, auditor = processes()
    return {
        "raglite-ingestion-trigger": {**LAMBDA, **QUEUE, **called_by_file("ingestion_trigger.py")},
        "raglite-canary": {**LAMBDA, **DECRYPTS, **called_by_file("canary.py")},
        "raglite-service-task": {**SIDECAR, **DECRYPTS, **ENCRYPTS, **NOTICES, **service.calls},
        "raglite-ingest-task": {**SIDECAR, **DECRYPTS, **ENCRYPTS, **NOTICES, **ingest.calls},
        "raglite-auditor": auditor.calls,
        "raglite-service-execution": EXECUTION,
        "raglite-ingest-execution": EXECUTION,
        "raglite-backup": {},  # AWS keeps its policies
    }


def called_by_file(name: str) -> Calls:
    return called_by((ROOT / "lambda" / name).read_text(), f"lambda/{name}")
