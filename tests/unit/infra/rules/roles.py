"""Which IAM actions each role of ours needs: what its code calls, and what AWS does in its name."""

from functools import cache

from tests.unit.infra.rules.calls import PARTS, RECOVERY, ROOT, Calls, Process, called_by

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
DRAWS = {"s3:GetObjectVersion": "s3_streams.downloaded reads the version that it is told"}
NOTICES = {"s3:ListBucket": "without it S3 answers 403, not 404, for an object that is not there"}
AUDITS = dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents", "s3:PutObject"), "records, texts and anchors")
LOCKED = {"s3:GetObjectRetention": "without it S3 shows no lock in the head of an object"}
KEEPS = {"s3:PutObject": "boto3's upload_file", "s3:GetObjectVersion": "of what a listing names", **LOCKED}
FILLS = {"dynamodb:BatchWriteItem": "boto3's batch_writer", "s3:PutObject": "boto3's upload_file"}
STARTS = dict.fromkeys(("ecs:RunTask", "iam:PassRole"), "EventBridge starts its rules' tasks")


@cache
def processes() -> dict[str, Process]:
    """What runs in the tasks, what an auditor runs (`raglite audit`), and who restores."""
    either = {part: (*PARTS.get(part, ()), *RECOVERY.get(part, ())) for part in PARTS | RECOVERY}
    restoring = [f"raglite.recovery.restoring.{way}" for way in ("ways", "rebuilding")]
    return {
        "service": Process("raglite.server.__main__"),
        "ingest": Process("raglite.ingestion.pipeline", "raglite.ingestion.reconcile"),
        "auditor": Process("raglite.observability.audit_trail"),
        "backup": Process("raglite.recovery.backup", parts=PARTS | RECOVERY),
        "prune": Process("raglite.recovery.pruning", parts=RECOVERY),
        "restore": Process(*restoring, "raglite.ingestion.pipeline", parts=either),
    }


@cache
def calls_by_role() -> dict[str, Calls]:
    """What each role of ours needs, by its name."""
    calls = {name: process.calls for name, process in processes().items()}
    stored = {**DECRYPTS, **ENCRYPTS}
    return {
        "raglite-ingestion-trigger": {**LAMBDA, **QUEUE, **called_by_file("ingestion_trigger.py")},
        "raglite-canary": {**LAMBDA, **DECRYPTS, **called_by_file("canary.py")},
        "raglite-service-task": {**SIDECAR, **DECRYPTS, **ENCRYPTS, **NOTICES, **DRAWS, **calls["service"]},
        "raglite-ingest-task": {**SIDECAR, **DECRYPTS, **ENCRYPTS, **NOTICES, **calls["ingest"]},
        "raglite-auditor": calls["auditor"],
        "raglite-service-execution": EXECUTION,
        "raglite-ingest-execution": EXECUTION,
        "raglite-backup-task": {**SIDECAR, **stored, **AUDITS, **KEEPS, **calls["backup"]},
        "raglite-prune-task": {**SIDECAR, **stored, **AUDITS, **LOCKED, **calls["prune"]},
        "raglite-restore": {**stored, **AUDITS, **FILLS, **NOTICES, **calls["restore"]},
        "raglite-backup-schedule": STARTS,
        "raglite-prune-schedule": STARTS,
        "raglite-backup-execution": EXECUTION,
        "raglite-prune-execution": EXECUTION,
        "raglite-backup": {},  # AWS keeps its policies
    }


def called_by_file(name: str) -> Calls:
    return called_by((ROOT / "lambda" / name).read_text(), f"lambda/{name}")
