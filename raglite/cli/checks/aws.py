"""AWS: who asks, the buckets and their events, the registry, the ingest task, the secret."""

import socket
from urllib.parse import urlsplit

from raglite.cli.checks.check import Found, fault
from raglite.cli.checks.faults import DEPLOY, Fault
from raglite.cli.checks.machine import endpoints
from raglite.cli.outside import Outside
from raglite.errors import ConfigurationError, NotFound, TransientError
from raglite.ports.setup import Unseen

MANY = 100
CONNECT = 2.0  # seconds
UNVERSIONED = "null"  # S3's version id of an object stored while versioning is off
MISSING = "missing"


def credentials(reach: Outside) -> str:
    """Credentials and a region can be found."""
    unset = reach.setup.unset()
    if "credentials" in unset:
        raise fault(Fault.NO_CREDENTIALS, "There are no AWS credentials.", reach)
    if unset:
        raise fault(Fault.NO_REGION, "No AWS region is set.", reach)
    return "there are some, and a region"


def reachable(reach: Outside) -> str:
    """The addresses that stand for AWS are listened at, and AWS knows who asks."""
    for variable, url in endpoints().items():
        if not _listens(url):
            raise fault(Fault.AWS_UNREACHABLE, f"Nobody answers at {url} ({variable}).", reach, variable=variable)
    try:
        return f"asked by {reach.setup.caller()}"
    except TransientError as error:
        variable = next(iter(endpoints()), "AWS_ENDPOINT_URL")
        raise fault(Fault.AWS_UNREACHABLE, error, reach, variable=variable) from error


def documents_bucket(reach: Outside) -> str:
    """The documents bucket can be listed with these credentials."""
    try:
        first = next(reach.services.documents.inventory(), None)
    except ConfigurationError as error:
        raise _unusable(reach, error, "documents_bucket") from error
    return f"{reach.settings.documents_bucket} can be listed" + ("" if first else "; it is empty")


def versioning(reach: Outside) -> str:
    """The bucket keeps versions: it says so, or the newest object of the first key has an id."""
    bucket = reach.settings.documents_bucket
    try:
        if not reach.setup.keeps_versions(bucket):
            raise fault(Fault.VERSIONING_OFF, f"The bucket {bucket} keeps no versions.", reach)
    except Unseen:
        first = next(reach.services.documents.inventory(), None)
        if first is None:
            raise
        if first[0].version_id == UNVERSIONED:
            sentence = f"{first[0].key} has no version id: {bucket} keeps no versions. Upload it again afterwards."
            raise fault(Fault.VERSIONING_OFF, sentence, reach) from None
    return "on"


def events(reach: Outside) -> str:
    """The bucket tells EventBridge of uploads."""
    bucket = reach.settings.documents_bucket
    if not reach.setup.tells_events(bucket):
        raise fault(Fault.EVENTS_OFF, f"The bucket {bucket} does not tell EventBridge of uploads.", reach)
    return "EventBridge is told of uploads"


def rules(reach: Outside) -> str:
    """The rules that hear of documents are on."""
    for rule, state in reach.setup.deaf_rules().items():
        found = fault(
            Fault.RULE_OFF, f"The rule {rule} is {state.lower()}: nobody hears of documents.", reach, rule=rule
        )
        raise found if state != MISSING else Found(found.fault, str(found), _deploy(reach))
    return "uploads and deletions are heard of"


def parsed_bucket(reach: Outside) -> str:
    """The parsed bucket can be read: asked for a document that nobody has, it says so."""
    try:
        reach.services.documents.load_parsed("raglite-doctor", "none")
    except NotFound:
        return f"{reach.settings.parsed_bucket} can be read"
    except ConfigurationError as error:
        raise _unusable(reach, error, "parsed_bucket") from error
    sentence = f"{reach.settings.parsed_bucket} holds what nobody has put there: is it ours?"
    raise _unusable(reach, sentence, "parsed_bucket")


def registry(reach: Outside) -> str:
    """The table and its index of waiting keys can be read."""
    commit, waiting = reach.services.registry.commit_number(), len(reach.services.registry.waiting(MANY))
    shown = f"{MANY} or more" if waiting == MANY else str(waiting)
    return f"{reach.settings.registry_table} is at commit {commit}, keys that wait for ingestion: {shown}"


def hints(reach: Outside) -> str:
    """No hint about a key was given up."""
    try:
        dead = reach.setup.dead_letters()
    except NotFound as error:
        raise fault(Fault.QUEUE_MISSING, error, reach) from error
    if dead:
        told = "1 hint about a document" if dead == 1 else f"{dead} hints about documents"
        raise fault(Fault.DEAD_LETTERS, f"{told} could not be handled.", reach)
    return "none was given up"


def ingest_task(reach: Outside) -> str:
    """There is a task to start for keys that wait."""
    try:
        return reach.setup.ingest_task()
    except NotFound as error:
        raise fault(Fault.TASK_DEFINITION, error, reach) from error


def secret(reach: Outside) -> str:
    """The secret that lists the API keys has a value."""
    name = reach.settings.api_keys_secret
    try:
        if reach.setup.has_value(name):
            return f"{name} has a value"
    except NotFound as error:
        raise fault(Fault.API_KEYS_UNSET, error, reach) from error
    raise fault(Fault.API_KEYS_UNSET, f"The secret {name} has no value: the service lets nobody in.", reach)


def _unusable(reach: Outside, sentence: object, setting: str) -> Found:
    return fault(Fault.BUCKET, sentence, reach, name=f"RAGLITE_{setting.upper()}", output=setting)


def _deploy(reach: Outside) -> str:
    return DEPLOY.format(settings=reach.settings)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT).close()
    except OSError:
        return False
    return True
