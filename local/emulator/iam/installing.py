"""Puts this IAM into the emulator, before its own."""

import hashlib
import importlib
import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from local.emulator.ecs_targets import start_tasks_of_rules
from local.emulator.iam import deciding
from local.emulator.iam.deciding import Authorisation, Knowledge
from local.emulator.iam.journal import Journal
from local.emulator.iam.services import LONGEST_SESSION, Services
from local.emulator.monitoring.vended import Replace
from local.emulator.theirs import Theirs

KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"

log = logging.getLogger(__name__)


def authorise_as_iam_does(journal: Journal, replace: Replace) -> None:
    """Judge what the emulator judges by less than AWS does, or not at all.

    Calls come over plain HTTP, on the loopback only: they count as made over TLS, without which every bucket and queue
    here refuses everything.
    """
    evaluator, actions, app = _module("core.iam_evaluator"), _module("core.iam_actions"), _module("app")
    theirs = Theirs(
        evaluator,
        "enforce resolve_caller_identity evaluate_trust_policy evaluate_single_condition check_credentials "
        "resolve_condition_key "
        "CONDITION_OPS AuthError",
    )
    formed = Theirs(actions, "extract_resource_arn access_denied_response")
    origin = Theirs(app, "pin_request_origin").pin_request_origin
    known = _knowledge(theirs.resolve_caller_identity, lambda why: theirs.AuthError("AccessDenied", why))
    authorisation = Authorisation(theirs.enforce, known, journal)
    replace(evaluator, "enforce", authorisation)
    replace(evaluator, "check_credentials", authorisation.naming_all(theirs.check_credentials))
    judge_condition = deciding.knowing_operators(theirs.evaluate_single_condition, theirs.CONDITION_OPS)
    replace(evaluator, "_evaluate_single_condition", judge_condition)
    replace(evaluator, "_resolve_condition_key", deciding.naming_roles(theirs.resolve_condition_key))
    replace(evaluator, "evaluate_trust_policy", deciding.trusting_services(theirs.evaluate_trust_policy))
    replace(actions, "extract_resource_arn", deciding.keeping_bodies(formed.extract_resource_arn))
    replace(actions, "access_denied_response", deciding.naming_what_was_refused(formed.access_denied_response))
    replace(evaluator, "_request_origin", ContextVar("origin", default=("127.0.0.1", True)))  # of the services' threads
    replace(app, "pin_request_origin", lambda address, _secure: origin(address, True))  # noqa: FBT003  the emulator's signature
    services = Services(authorisation, _session, Theirs(_module("core.responses"), "get_region").get_region)
    _judge_tasks(services, replace)
    _judge_functions(services, replace)
    _judge_reads(authorisation, replace)
    start_tasks_of_rules(_module("services.eventbridge"), _module("services.ecs"), services, replace)


def _knowledge(identify: Any, refuse: Callable[[str], Any]) -> Knowledge:
    describe = Theirs(_module("services.ecs"), "ACTION_MAP").ACTION_MAP["DescribeTaskDefinition"]
    s3 = Theirs(_module("services.s3"), "bucket_default_sse_headers")
    secrets = Theirs(_module("services.secretsmanager"), "resolve")

    def definition(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(describe({"taskDefinition": name})[2]).get("taskDefinition", {})
        return found

    def key_of(service: str, resource: str) -> str:
        if service == "s3":
            bucket = resource.rpartition(":")[2].partition("/")[0]
            return str(s3.bucket_default_sse_headers(bucket).get(KEY_HEADER, ""))
        return str((secrets.resolve(resource)[1] or {}).get("KmsKeyId") or "")

    def principal(access_key: str) -> str:
        return str((identify(access_key) or {}).get("userArn", ""))

    account = Theirs(_module("core.responses"), "get_account_id").get_account_id
    return Knowledge(definition, key_of, principal, account, refuse)


def _session(role: str, name: str) -> str:
    """Take a role as the emulator does for its functions, and return the access key."""
    name, account = name[:LONGEST_SESSION], role.split(":")[4]
    digest = hashlib.sha256(f"{role} {name}".encode()).hexdigest()
    access_key = f"ASIA{digest[:16].upper()}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}",
        "UserId": name,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SecretAccessKey": digest,
        "SessionToken": digest,
    }
    Theirs(_module("services.sts"), "register_session").register_session(access_key, session)
    return access_key


def _judge_tasks(services: Services, replace: Replace) -> None:
    """A task whose execution role lacks something does not start, and says what."""
    ecs = _module("services.ecs")
    theirs = Theirs(ecs, "start_task_worker SecretResolutionError")
    start, refused = theirs.start_task_worker, theirs.SecretResolutionError

    def start_if_allowed(task: Mapping[str, Any], definition: Mapping[str, Any], *rest: Any) -> Any:
        if _enforced() and (reason := services.forbid_start(task, definition)):
            raise refused(reason)
        return start(task, definition, *rest)

    replace(ecs, "_start_task_worker", start_if_allowed)


def _judge_functions(services: Services, replace: Replace) -> None:
    """Lambda leaves alone the messages that a function's role may not take, and lines that it may not write."""
    functions = _module("services.lambda_svc")
    theirs = Theirs(functions, "run_sqs_batch emit_lambda_logs")
    run, emit = theirs.run_sqs_batch, theirs.emit_lambda_logs

    def run_if_allowed(mapping: Mapping[str, Any], function: Mapping[str, Any], *rest: Any) -> Any:
        if _enforced() and (reason := services.forbid_batch(function["config"], mapping["EventSourceArn"])):
            log.warning("%s: its messages stay in the queue", reason)
            return None
        return run(mapping, function, *rest)

    def emit_if_allowed(function: Mapping[str, Any], *rest: Any, **named: Any) -> Any:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        if _enforced() and (reason := services.forbid_logs(config, group)):
            log.warning("%s: its lines are lost", reason)
            return None
        return emit(function, *rest, **named)

    replace(functions, "_run_sqs_batch", run_if_allowed)
    replace(functions, "_emit_lambda_logs", emit_if_allowed)


def _judge_reads(authorisation: Authorisation, replace: Replace) -> None:
    """S3 tells that an object is missing to who may list the bucket."""
    s3 = _module("services.s3")
    theirs = Theirs(s3, "get_object head_object ensure_bucket error")

    def exists(bucket: str) -> bool:
        return theirs.ensure_bucket(bucket) is not None

    def deny(why: str) -> Any:
        return theirs.error("AccessDenied", why, 403)

    for name, read in (("_get_object", theirs.get_object), ("_head_object", theirs.head_object)):
        replace(s3, name, authorisation.telling_listers(read, exists, deny))


def _enforced() -> bool:
    return bool(_module("app").AUTH)


def _module(name: str) -> Any:
    return importlib.import_module(f"ministack.{name}")
