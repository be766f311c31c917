"""The only place that names adapters: Settings -> Services, every part replaceable by keyword.

Parts are built when they are first used, and their vendors imported then: the service never loads a parser, the ingest
task never loads a web framework.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from raglite.errors import ConfigurationError
from raglite.observability.audit_trail import AuditTrail
from raglite.observability.budget import Counter
from raglite.observability.traces import TraceStore
from raglite.ports import Services
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
        "index": _index,
        "telemetry": _telemetry,
        "credentials": _credentials,
        "tasks": _tasks,
    }
    parts: dict[str, Any] = {name: _Late(partial(build, settings)) for name, build in builders.items()} | overrides
    parts.setdefault("audit", _Late(partial(_audit, settings, parts["telemetry"])))
    parts.setdefault("embedder", _Late(partial(_embedder, settings, parts["telemetry"])))
    return Services(**parts)


def _documents(settings: Settings) -> Any:
    from raglite.adapters.s3_documents import S3Documents

    for name in ("documents_bucket", "parsed_bucket"):
        if not getattr(settings, name):
            raise ConfigurationError(f"Set RAGLITE_{name.upper()} to the bucket's name.")
    return S3Documents.connect(settings.documents_bucket, settings.parsed_bucket)


def _registry(settings: Settings) -> Any:
    from raglite.adapters.dynamodb_registry import DynamoDBRegistry

    return DynamoDBRegistry.connect(settings.registry_table)


def _parser(settings: Settings) -> Any:
    from raglite.adapters.docling_parser import DoclingParser, ParseLimits

    limits = ParseLimits(
        max_bytes=settings.max_document_bytes,
        max_pages=settings.max_pages,
        max_characters=settings.max_characters,
        seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_bytes,
        max_unpacked_bytes=settings.max_unpacked_bytes,
    )
    return DoclingParser(limits)


def _embedder(settings: Settings, telemetry: Any) -> Any:
    from raglite.adapters.onnx_embedder import OnnxEmbedder

    embedder = OnnxEmbedder(settings.model_dir, settings.embedding_threads)
    telemetry.metric(MODEL_LOAD, embedder.load_seconds)
    return embedder


def _index(settings: Settings) -> Any:
    from raglite.adapters.qdrant_index import QdrantIndex

    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    return QdrantIndex.connect(settings.qdrant_url, api_key, settings.collection, settings.qdrant_seconds)


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
    from raglite.adapters.secrets_manager import SecretsManagerCredentials

    return SecretsManagerCredentials.connect(settings.api_keys_secret)


def _tasks(_: Settings) -> Any:
    from raglite.adapters.eventbridge_tasks import EventBridgeTasks

    return EventBridgeTasks.connect()
