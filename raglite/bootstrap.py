"""The only place that names adapters: Settings -> Services, every part replaceable by keyword.

Parts are built when they are first used, and their vendors imported then: the service never loads a parser, the ingest
task never loads a web framework.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from raglite.adapters.without_grpc import without_grpc
from raglite.deferred import deferred_build
from raglite.errors import ConfigurationError
from raglite.observability.audit_trail import AuditTrail, check
from raglite.observability.budget import Counter
from raglite.observability.traces import TraceStore
from raglite.ports import Clock, Services
from raglite.ports.drills import Estate, Infrastructure, Levers, Names
from raglite.ports.recovery import Recovery
from raglite.settings import Settings
from raglite.telemetry import MODEL_LOAD


class _Late:
    """Stands for a part until it is first used, then builds it, once, whichever thread comes first."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._built: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if self._built is None:
            with self._lock:
                if self._built is None:
                    self._built = self._build()
        return getattr(self._built, name)


def bootstrap(settings: Settings, **overrides: Any) -> Services:
    """Return the services for these settings; `overrides` replaces parts by their names in `Services`."""
    builders = {
        "documents": _documents,
        "registry": _registry,
        "parser": _parser,
        "telemetry": _telemetry,
        "credentials": _credentials,
        "tasks": _tasks,
        "submissions": _submissions,
    }
    parts: dict[str, Any] = {name: _Late(partial(build, settings)) for name, build in builders.items()} | overrides
    parts.setdefault("audit", _Late(partial(_audit, settings, parts["telemetry"])))
    parts.setdefault("index", _Late(partial(_index, settings, parts["telemetry"])))
    parts.setdefault("embedder", _Late(partial(_embedder, settings, parts["telemetry"])))
    return Services(**parts)


def recovery(settings: Settings, **overrides: Any) -> Recovery:
    """Return what these settings' backups need; `overrides` replaces parts by their names in `Recovery`."""
    builders = {
        "store": _backups,
        "signer": _signer,
        "registry": _registry_archive,
        "documents": _documents_archive,
        "parsed": _parsed_archive,
        "index": _snapshots,
        "secrets": _secret_versions,
    }
    return Recovery(**{name: _Late(partial(build, settings)) for name, build in builders.items()} | overrides)


def _documents(settings: Settings) -> Any:
    from raglite.adapters.s3_documents import S3Documents

    _require(settings, "documents_bucket", "parsed_bucket")
    return S3Documents.connect(settings.documents_bucket, settings.parsed_bucket)


def _registry(settings: Settings, clock: Clock | None = None) -> Any:
    from raglite.adapters.dynamodb_registry import DynamoDBRegistry

    return DynamoDBRegistry.connect(settings.registry_table, clock)


def _parser(settings: Settings) -> Any:
    from raglite.adapters.docling_parser import DoclingParser, ParseLimits

    limits = ParseLimits(
        max_bytes=settings.max_document_bytes,
        max_pages=settings.max_pages,
        max_characters=settings.max_characters,
        seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_bytes,
        max_unpacked_bytes=settings.max_unpacked_bytes,
        threads=settings.processors,
    )
    return DoclingParser(limits)


def _embedder(settings: Settings, telemetry: Any) -> Any:
    from raglite.adapters.onnx_embedder import OnnxEmbedder

    embedder = OnnxEmbedder(settings.model_dir, settings.processors)
    telemetry.metric(MODEL_LOAD, embedder.load_seconds)
    return embedder


def _index(settings: Settings, telemetry: Any) -> Any:
    with deferred_build(), without_grpc():
        from raglite.adapters.qdrant_connection import connected
        from raglite.adapters.qdrant_index import PASSAGES, QdrantIndex
        from raglite.adapters.qdrant_passages import Passages
        from raglite.adapters.qdrant_search import QdrantSearch

    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    client = connected(settings.qdrant_url, api_key, settings.qdrant_seconds)
    parameters = settings.collection_parameters
    search = QdrantSearch(client, Passages(PASSAGES), telemetry, parameters)
    return QdrantIndex(client, settings.collection, search, parameters)


def _telemetry(settings: Settings) -> Any:
    from raglite.adapters.xray_telemetry import XrayTelemetry

    host = urlsplit(settings.qdrant_url).hostname or ""
    return XrayTelemetry(settings.environment, remotes={host: "Qdrant"})


def _audit(settings: Settings, telemetry: Any) -> Any:
    if not settings.audit_bucket:
        from raglite.adapters.audit_log import JsonAuditLog

        return JsonAuditLog()
    from raglite.adapters.cloudwatch_audit import CloudWatchAuditLog, Pace, Places

    pace = Pace(patience=settings.audit_patience_seconds, anchor=settings.audit_anchor_seconds)
    places = Places(settings.audit_records_group, settings.audit_texts_group, settings.audit_bucket)
    return CloudWatchAuditLog.connect(places, telemetry, pace)


def audit_trail(settings: Settings) -> AuditTrail:
    """Return what these settings' audit log has left."""
    from raglite.adapters.cloudwatch_trail import CloudWatchTrail

    if not settings.audit_bucket:
        names = "RAGLITE_AUDIT_RECORDS_GROUP, RAGLITE_AUDIT_TEXTS_GROUP and RAGLITE_AUDIT_BUCKET"
        raise ConfigurationError(f"There is no audit log to read: set {names}.")
    return CloudWatchTrail.connect(settings.audit_records_group, settings.audit_texts_group, settings.audit_bucket)


def traces() -> TraceStore:
    """Return the traces of the account that the standard AWS environment names."""
    from raglite.adapters.xray_traces import XrayTraces

    return XrayTraces.connect()


def metric_counts(settings: Settings) -> Counter:
    """Return how to count events of these settings' environment."""
    from raglite.adapters.cloudwatch_metrics import CloudWatchMetrics

    return CloudWatchMetrics.connect(settings.environment)


def _credentials(settings: Settings) -> Any:
    from raglite.adapters.either_credentials import connected
    from raglite.adapters.oauth_issuer import Issuer

    issuer = Issuer(settings.oauth_issuer, settings.resource, settings.oauth_jwks_url, settings.oauth_groups_claim)
    return connected(settings.api_keys_secret, issuer)


def _tasks(_: Settings) -> Any:
    from raglite.adapters.eventbridge_tasks import EventBridgeTasks

    return EventBridgeTasks.connect()


def _submissions(settings: Settings) -> Any:
    from raglite.adapters.dynamodb_submissions import DynamoDBSubmissions

    return DynamoDBSubmissions.connect(settings.registry_table)


def _require(settings: Settings, *names: str) -> None:
    for name in names:
        if not getattr(settings, name):
            raise ConfigurationError(f"Set RAGLITE_{name.upper()} to the {name.rpartition('_')[2]}'s name.")


def _backups(settings: Settings) -> Any:
    from raglite.adapters.s3_backups import S3Backups

    _require(settings, "backups_bucket")
    return S3Backups.connect(settings.backups_bucket)


def _signer(settings: Settings) -> Any:
    from raglite.adapters.kms_signer import KmsSigner

    _require(settings, "backups_key")
    return KmsSigner.connect(settings.backups_key)


def _registry_archive(settings: Settings) -> Any:
    from raglite.adapters.dynamodb_archive import DynamoDBArchive

    return DynamoDBArchive.connect(settings.registry_table)


def _documents_archive(settings: Settings) -> Any:
    from raglite.adapters.s3_archive import S3DocumentsArchive

    _require(settings, "documents_bucket", "parsed_bucket")
    return S3DocumentsArchive.connect(settings.documents_bucket, settings.parsed_bucket)


def _parsed_archive(settings: Settings) -> Any:
    from raglite.adapters.s3_archive import S3ParsedArchive

    _require(settings, "parsed_bucket")
    return S3ParsedArchive.connect(settings.parsed_bucket)


def _snapshots(settings: Settings) -> Any:
    from raglite.adapters.qdrant_snapshots import QdrantSnapshots

    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    urls = settings.qdrant_nodes or (settings.qdrant_url,)
    return QdrantSnapshots.connect(urls, api_key, settings.collection, settings.qdrant_seconds)


def _secret_versions(settings: Settings) -> Any:
    from raglite.adapters.secret_versions import SecretsManagerVersions

    return SecretsManagerVersions.connect(settings.api_keys_secret.rpartition("/")[0])


def drill_estate(settings: Settings, names: Names | None = None) -> Estate:
    """Return the estate that a drill breaks, at other names than the settings' if they are given."""
    names = names or Names(**{name: getattr(settings, name) for name in Names.__dataclass_fields__})
    settings = settings.model_copy(update=asdict(names))
    archives, began = recovery(settings), datetime.now(UTC)
    return Estate(
        names=names,
        services=bootstrap(settings),
        index=archives.index,
        levers=_levers(settings, names),
        skewed=lambda clock: bootstrap(settings, clock=clock, registry=_registry(settings, clock)),
        secrets=archives.secrets,
        audit_faults=(lambda: _audit_faults(settings, began)) if settings.audit_bucket else None,
    )


def infrastructure(settings: Settings) -> Infrastructure | None:
    """Return what makes the estate as it is declared; None where no setting says how."""
    from raglite.adapters.terraform import Terraform

    if not settings.terraform:
        return None
    _require(settings, "terraform_variables")
    return Terraform(settings.terraform, settings.terraform_variables)


def _levers(settings: Settings, names: Names) -> Levers:
    from raglite.adapters.api_keys import ApiKeys
    from raglite.adapters.aws_disasters import AwsDisasters, Clients
    from raglite.adapters.command_line import CommandLine
    from raglite.adapters.ecs_levers import EcsLevers
    from raglite.adapters.fault_proxy import FaultProxy
    from raglite.adapters.other_model import other_model
    from raglite.adapters.qdrant_levers import QdrantLevers
    from raglite.adapters.s3_vandal import S3Vandal
    from raglite.adapters.service_door import ServiceDoor

    _require(settings, "api_key")
    keys = [one.get_secret_value() if one else None for one in (settings.api_key, settings.qdrant_api_key)]
    points = QdrantLevers.connect(settings.qdrant_url, keys[1], names.collection)
    return Levers(
        door=ServiceDoor(settings.api_url, keys[0] or ""),
        tasks=EcsLevers.connect(),
        keys=ApiKeys.connect(settings.api_keys_secret),
        stores=AwsDisasters(Clients.connect(), names, points),
        points=points,
        backups=S3Vandal.connect(settings.backups_bucket),
        commands=CommandLine({f"RAGLITE_{name.upper()}": value for name, value in asdict(names).items()}),
        other_model=partial(other_model, settings.model_dir),
        infrastructure=infrastructure(settings),
        faults=FaultProxy.connect(settings.faults_url) if settings.faults_url else None,
    )


def _audit_faults(settings: Settings, since: datetime) -> tuple[str, ...]:
    checked = check(audit_trail(settings), datetime.now(UTC), since)
    bad = (f"{one.head.chain}: {one.fault}" for one in checked.verdicts if one.fault)
    return (*bad, *(f"{key} lies among the anchors and is none" for key in checked.no_anchors))
