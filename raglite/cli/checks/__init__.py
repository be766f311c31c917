"""What can be wrong with an installation, one check each. None changes anything."""

from raglite.cli.checks import aws, machine, search, service
from raglite.cli.checks.check import Check
from raglite.cli.checks.faults import Fault

CHECKS = (
    Check("packages", machine.packages, Fault.WRONG_PACKAGES),
    Check("setting names", machine.names, Fault.UNKNOWN_SETTING),
    Check("setting values", machine.values, Fault.WRONG_SETTING),
    Check("settings", machine.settings, Fault.MISSING_SETTING),
    Check("proxy", machine.proxy, Fault.PROXY),
    Check("AWS credentials", aws.credentials, Fault.NO_CREDENTIALS),
    Check("AWS", aws.reachable, Fault.CREDENTIALS_REFUSED, Fault.AWS_UNREACHABLE, ("AWS credentials",)),
    Check("documents bucket", aws.documents_bucket, Fault.BUCKET, needs=("settings", "AWS")),
    Check("versioning", aws.versioning, Fault.VERSIONING_OFF, needs=("documents bucket",)),
    Check("events", aws.events, Fault.EVENTS_OFF, needs=("documents bucket",)),
    Check("rules", aws.rules, Fault.RULE_OFF, needs=("AWS",)),
    Check("parsed bucket", aws.parsed_bucket, Fault.BUCKET, needs=("settings", "AWS")),
    Check("registry", aws.registry, Fault.REGISTRY, needs=("AWS",)),
    Check("hints", aws.hints, Fault.QUEUE_MISSING, needs=("AWS",)),
    Check("ingest task", aws.ingest_task, Fault.TASK_DEFINITION, needs=("AWS",)),
    Check("API keys", aws.secret, Fault.API_KEYS_UNSET, needs=("AWS",)),
    Check("model", search.model, Fault.MODEL_WRONG),
    Check("Qdrant", search.qdrant, Fault.QDRANT_REFUSES, Fault.QDRANT_UNREACHABLE),
    Check("index", search.index, Fault.OTHER_MODEL, Fault.QDRANT_UNREACHABLE, ("Qdrant", "model")),
    Check("agreement", search.agreement, Fault.REGISTRY_BEHIND, Fault.QDRANT_UNREACHABLE, ("index", "registry")),
    Check("service", service.service, Fault.SERVICE_UNREACHABLE, Fault.SERVICE_UNREACHABLE),
    Check("API key", service.api_key, Fault.API_KEY_REFUSED, needs=("service",)),
    Check("clock", service.clock, Fault.CLOCK_OFF),
    Check("disk", machine.disk, Fault.DISK_FULL),
)
