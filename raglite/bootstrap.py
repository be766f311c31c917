"""The place that names adapters: Settings -> Services, every part replaceable by keyword.

Parts are built when they are first used, and their vendors imported then: the service never loads a parser, the ingest
task never loads a web framework. What only drills need is in recovery/drills/bootstrap.py.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from raglite.adapters.without_grpc import without_grpc
from raglite.deferred import deferred_build
from raglite.errors import ConfigurationError
from raglite.observability.audit_trail import AuditTrail
from raglite.observability.budget import Counter
from raglite.observability.traces import TraceStore
from raglite.observability.views import Views
from raglite.ports import Clock, Services
from raglite.ports.recovery import Recovery
from raglite.ports.setup import Setup
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
        "registry": registry,
        "parser": _parser,
        "telemetry": _telemetry,
        "credentials": _credentials,
        "tasks": _tasks,
        "submissions": _submissions,
        "images": _images,
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

    require(settings, "documents_bucket", "parsed_bucket")
    return S3Documents.connect(settings.documents_bucket, settings.parsed_bucket)


def registry(settings: Settings, clock: Clock | None = None) -> Any:
    """Return the registry, by another clock than the machine's if one is given."""
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


def views(settings: Settings) -> Views:
    """Return what these settings' estate shows of itself."""
    return Views(traces=traces(), metrics=_metrics(settings))


def traces() -> TraceStore:
    """Return the traces of the account that the standard AWS environment names."""
    from raglite.adapters.xray_traces import XrayTraces

    return XrayTraces.connect()


def setup() -> Setup:
    """Return what the account of the standard AWS environment says of itself."""
    from raglite.adapters.aws_setup import AwsSetup

    return AwsSetup.connect()


def metric_counts(settings: Settings) -> Counter:
    """Return how to count events of these settings' environment."""
    return _metrics(settings).counted  # type: ignore[no-any-return]  # the adapter's, which has this one method


def _metrics(settings: Settings) -> Any:
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


def _images(_: Settings) -> Any:
    from raglite.adapters.pdf_page_images import PdfPageImages

    return PdfPageImages()


def require(settings: Settings, *names: str) -> None:
    """Raise ConfigurationError unless all of these are set."""
    for name in names:
        if not getattr(settings, name):
            raise ConfigurationError(f"Set RAGLITE_{name.upper()} to the {name.rpartition('_')[2]}'s name.")


def _backups(settings: Settings) -> Any:
    from raglite.adapters.s3_backups import S3Backups

    require(settings, "backups_bucket")
    return S3Backups.connect(settings.backups_bucket)


def _signer(settings: Settings) -> Any:
    from raglite.adapters.kms_signer import KmsSigner

    require(settings, "backups_key")
    return KmsSigner.connect(settings.backups_key)


def _registry_archive(settings: Settings) -> Any:
    from raglite.adapters.dynamodb_archive import DynamoDBArchive

    return DynamoDBArchive.connect(settings.registry_table)


def _documents_archive(settings: Settings) -> Any:
    from raglite.adapters.s3_archive import S3DocumentsArchive

    require(settings, "documents_bucket", "parsed_bucket")
    return S3DocumentsArchive.connect(settings.documents_bucket, settings.parsed_bucket)


def _parsed_archive(settings: Settings) -> Any:
    from raglite.adapters.s3_archive import S3ParsedArchive

    require(settings, "parsed_bucket")
    return S3ParsedArchive.connect(settings.parsed_bucket)


def _snapshots(settings: Settings) -> Any:
    from raglite.adapters.qdrant_snapshots import QdrantSnapshots

    api_key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    urls = settings.qdrant_nodes or (settings.qdrant_url,)
    return QdrantSnapshots.connect(urls, api_key, settings.collection, settings.qdrant_seconds)


def _secret_versions(settings: Settings) -> Any:
    from raglite.adapters.secret_versions import SecretsManagerVersions

    return SecretsManagerVersions.connect(settings.api_keys_secret.rpartition("/")[0])
