"""Judges requests: the emulator's own evaluation of policies, asked for what AWS would ask for."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from local.emulator.iam.journal import ROLE, Journal

Body = Mapping[str, Any]
STARTS_TASKS = "ecs:RunTask"
CLUSTERED = {STARTS_TASKS, "ecs:ListTasks"}
USES_OF_KEYS = {  # what a service asks of KMS in the caller's name
    "s3:PutObject": "kms:GenerateDataKey",
    "s3:GetObject": "kms:Decrypt",
    "s3:GetObjectVersion": "kms:Decrypt",
    "secretsmanager:GetSecretValue": "kms:Decrypt",
}

JUDGED_BY_BODY = {"ecs", "events", "logs", "dynamodb"}
WRITES_ITEMS = {f"dynamodb:{name}" for name in ("UpdateItem", "PutItem", "DeleteItem", "ConditionCheckItem")}
ENCRYPTION = ("x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm")
MISSING = 404

log = logging.getLogger(__name__)

_asked: ContextVar[Body | None] = ContextVar("asked", default=None)  # a request's body, S3's headers
_caller: ContextVar[tuple[str, str] | None] = ContextVar("caller", default=None)  # access key and region
_decided: ContextVar[tuple[str, str] | None] = ContextVar("decided", default=None)


class UnknownOperator(Exception):
    """A policy has a condition that IAM would not have taken; the emulator leaves out the statement, a Deny too."""


@dataclass(frozen=True)
class Call:
    """One action on one resource, with what a policy's conditions may ask for."""

    access_key: str
    action: str
    service: str
    region: str
    resource: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Knowledge:
    """What the emulator knows: a task definition, a resource's KMS key, the ARN behind an access key, the account.

    `refuse` makes a refusal of a sentence.
    """

    definition: Callable[[str], Mapping[str, Any]]
    key_of: Callable[[str, str], str]
    principal: Callable[[str], str]
    account: Callable[[], str]
    refuse: Callable[[str], Any]


@dataclass(frozen=True)
class Authorisation:
    """Stands before the emulator's own `enforce`, which knows principals, signatures and policies."""

    enforce: Callable[..., Any]
    known: Knowledge
    journal: Journal

    def __call__(self, access_key: str, action: str, service: str, region: str, **named: Any) -> Any:
        """Return what forbids a request, None if nothing does; `resource_arn` and `service_context` are named."""
        body, place = _asked.get() or {}, f"{region}:{self.known.account()}"
        told = {**(named.get("service_context") or {}), **conditions_of(action, body, place)}
        _caller.set((access_key, region))
        if service == "s3" and not access_key:  # the emulator would let it pass as the account's root
            return self._refuse("", action, named.get("resource_arn", "*"), "Access Denied")
        call = Call(access_key, action, service, region, named.get("resource_arn", "*"), told)
        if action == STARTS_TASKS:
            return self.first_refusal(self.starting(call, body))
        if service == "logs" and "Tag" not in action:
            call = replace(call, resource=log_stream(place, body.get("logGroupName"), body.get("logStreamName")))
        return self.first_refusal(self.with_its_key(call))

    def first_refusal(self, calls: Iterable[Call]) -> Any:
        """Judge calls until one is refused; return its refusal, None if all are allowed."""
        return next((refusal for one in calls if (refusal := self._decide(one)) is not None), None)

    def with_its_key(self, call: Call) -> Iterator[Call]:
        """Yield a call, and a role's use of the key that encrypts what is read or written."""
        yield call
        action = USES_OF_KEYS.get(call.action)
        if action and ROLE in self.known.principal(call.access_key):
            account, through = self.known.account(), f"{call.service}.{call.region}.amazonaws.com"
            key = self.known.key_of(call.service, call.resource)
            if key:
                told = {"kms:ViaService": through, "kms:CallerAccount": account}
                yield Call(call.access_key, action, "kms", call.region, key, told)

    def naming_all(self, check: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap the emulator's check of calls that it has no action for and lets pass: no policy gives one to a role."""

        def checking(access_key: str, service: str | None = None) -> Any:
            failure, principal = check(access_key, service), self.known.principal(access_key)
            if failure is None and ROLE in principal:
                unnamed = f"{service}:?"
                why = f"{principal} is not authorized to perform: {unnamed}, a call that the emulator has no action for"
                return self._refuse(principal, unnamed, "*", why)
            return failure

        return checking

    def telling_listers(
        self, read: Callable[..., Any], exists: Callable[[str], bool], deny: Callable[[str], Any]
    ) -> Callable[..., Any]:
        """Wrap S3's reading of an object: that there is none is told to who may list the bucket; others are denied."""

        def reading(bucket: str, *rest: Any, **named: Any) -> Any:
            answer = read(bucket, *rest, **named)
            access_key, region = _caller.get() or ("", "")
            if answer[0] != MISSING or not exists(bucket):
                return answer
            principal = self.known.principal(access_key)
            if ROLE not in principal:
                return answer
            listing = Call(access_key, "s3:ListBucket", "s3", region, f"arn:aws:s3:::{bucket}")
            if self.first_refusal([listing]) is None:
                return answer
            return deny(f"{principal} is not authorized to perform: s3:ListBucket on resource: {listing.resource}")

        return reading

    def starting(self, call: Call, body: Body) -> Iterator[Call]:
        """Yield the start of a task, and the handing of both roles that its definition names."""
        definition = self.known.definition(str(body.get("taskDefinition", "")))
        yield replace(call, resource=str(definition.get("taskDefinitionArn", call.resource)))
        roles = {**definition, **body.get("overrides", {})}
        for role in filter(None, (roles.get("taskRoleArn"), roles.get("executionRoleArn"))):
            told = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
            yield Call(call.access_key, "iam:PassRole", "iam", call.region, role, told)

    def _decide(self, call: Call) -> Any:
        named = {"resource_arn": call.resource, "service_context": dict(call.told)}
        principal = self.known.principal(call.access_key)
        _decided.set((call.action, call.resource))
        try:
            refusal = self.enforce(call.access_key, call.action, call.service, call.region, **named)
        except UnknownOperator as error:
            return self._refuse(principal, call.action, call.resource, str(error))
        why = "" if refusal is None else str(getattr(refusal, "decision", "") or refusal.code)
        self.journal.note(principal, call.action, call.resource, why)
        return refusal

    def _refuse(self, principal: str, action: str, resource: str, why: str) -> Any:
        self.journal.note(principal, action, resource, why)
        return self.known.refuse(why)


def conditions_of(action: str, body: Body, place: str) -> dict[str, Any]:
    """Return the condition keys that a request carries and the emulator does not tell; `place` is region:account."""
    if action in CLUSTERED:
        cluster = str(body.get("cluster") or "default")
        return {"ecs:cluster": cluster if cluster.startswith("arn:") else f"arn:aws:ecs:{place}:cluster/{cluster}"}
    if action == "events:PutEvents":
        sources = {str(entry.get("Source")) for entry in body.get("Entries", ())}
        return {"events:source": sources.pop() if len(sources) == 1 else sorted(sources)}
    if action in WRITES_ITEMS:
        return {"dynamodb:LeadingKeys": sorted(leading_keys(body))}
    if action == "s3:PutObject":
        return {f"s3:{name}": body[name] for name in ENCRYPTION if name in body}
    return {}


def leading_keys(body: Body) -> set[str]:
    """Return the partition keys (`pk`) of the items that a request writes, alone or as one transaction."""
    writes = [write for item in body.get("TransactItems", ()) for write in item.values()] or [body]
    items = (write.get("Key") or write.get("Item") or {} for write in writes)
    return {str(value) for item in items for value in item.get("pk", {}).values()}


def log_stream(place: str, group: str | None, stream: str | None) -> str:
    """Return what CloudWatch Logs calls the resource of a call: a stream, whose name may be empty like its group's."""
    return f"arn:aws:logs:{place}:log-group:{group or ''}:log-stream:{stream or ''}"


def keeping_bodies(extract: Callable[..., str]) -> Callable[..., str]:
    """Wrap the emulator's search for a request's resource: what was asked is needed once more for the decision."""

    def extracting(service: str, method: str, path: str, headers: Body, body: bytes, *rest: Any) -> str:
        _asked.set(_read(body) if service in JUDGED_BY_BODY else headers if service == "s3" else {})
        return extract(service, method, path, headers, body, *rest)

    return extracting


def naming_what_was_refused(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the emulator's refusals: they name the action and the resource of the decision, not those of the request."""

    def answering(service: str, action: str, *rest: Any, **named: Any) -> Any:
        action, resource = _decided.get() or (action, named.get("resource_arn", "*"))
        return answer(service, action, *rest, **{**named, "resource_arn": resource})

    return answering


def trusting_services(evaluate: Callable[..., bool]) -> Callable[..., bool]:
    """Wrap the emulator's reading of trust policies: a service that takes a role names its account as the source."""

    def evaluating(policy: Any, caller: str, context: Any = None) -> bool:
        if context is not None and context.principal_type == "Root":  # how the emulator's own services call
            told = {**context.service_context, "aws:sourceaccount": context.principal_account}
            context = replace(context, service_context=told)
        try:
            return evaluate(policy, caller, context)
        except UnknownOperator as error:
            log.error("A trust policy lets nobody in: %s", error)  # noqa: TRY400  the sentence says it all
            return False

    return evaluating


def naming_roles(resolve: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Wrap the emulator's conditions' keys: whoever has taken a role has the role's ARN, not the session's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """

    def resolving(key: str, context: Any) -> Any:
        found = resolve(key, context)
        if key.lower() != "aws:principalarn" or ROLE not in str(found):
            return found
        return str(found).replace(":sts:", ":iam:").replace(ROLE, ":role/").rpartition("/")[0]

    return resolving


def knowing_operators(evaluate: Callable[..., bool], known: Iterable[str]) -> Callable[..., bool]:
    """Wrap the emulator's evaluation of a condition: an operator that there is not is told, as AWS does."""
    there = {"null", *known}

    def evaluating(operator: str, *rest: Any) -> bool:
        plain = operator.lower().removeprefix("forallvalues:").removeprefix("foranyvalue:").removesuffix("ifexists")
        if plain not in there:
            raise UnknownOperator(
                f"MalformedPolicyDocument: {operator} is no condition operator; AWS takes no such policy"
            )
        return evaluate(operator, *rest)

    return evaluating


def _read(body: bytes) -> Body:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}
