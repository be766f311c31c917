"""Where the emulator behaves otherwise than AWS and this architecture relies on AWS's way, it is corrected here.

Private names are replaced. Each is asserted first, so that a newer emulator fails at start instead of misbehaving.
"""

import contextvars
import importlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from local.emulator import rollouts
from local.emulator.attempts import Attempts
from local.emulator.balancing import HealthyInTurn, address_of, to_the_listener_that_serves
from local.emulator.draining import Flights, count_flights, drain_before_stopping
from local.emulator.iam.installing import authorise_as_iam_does
from local.emulator.iam.journal import Journal
from local.emulator.monitoring import installing
from local.emulator.monitoring.functions import count_invocations
from local.emulator.monitoring.load_balancers import Targets, count_requests
from local.emulator.monitoring.messages import count_messages
from local.emulator.monitoring.series import Store
from local.emulator.monitoring.tasks import Tasks
from local.emulator.monitoring.vended import Queues, record_from
from local.emulator.stopping import announce_when_stopped
from local.emulator.theirs import Theirs
from local.emulator.zones import Zones, teach

REMEMBERED_TOKENS = 10_000
ECS_TABLES = ("_tasks", "_services", "_clusters", "_get_docker")
IDLE_FOR = 100.0  # seconds; Go's client closes after 90 by itself
ENCODED = {"Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"}


def apply(*, save: bool, decisions: Path | None = None) -> None:
    """Correct everything; each decision on a call's permission becomes a line of the file `decisions`."""
    authorise_as_iam_does(Journal(decisions), _replace)
    keep_idle_connections()
    announce_stopped_tasks()
    zones = teach(_service("ec2"), _service("ecs"), _service("alb"), _replace)
    honour_client_tokens()
    name_versions_in_events()
    encode_listed_keys()
    health = balance_over_healthy_targets(zones)
    name_load_balancers_by_an_address_that_answers()
    start_tasks_together()
    forget_tasks_of_an_earlier_emulator()
    watch_as_cloudwatch_does(health)
    roll_out_as_ecs_does(health)
    if keeper := os.environ.get("SECRETS_ENDPOINT"):
        give_tasks_secrets_of(keeper)
    if not save:
        never_save()


def serve() -> None:
    """Serve until told to stop."""
    emulator = importlib.import_module("ministack.app")
    _replace(emulator, "app", Attempts(_the(emulator, "app")))
    emulator.main()


def keep_idle_connections() -> None:
    """A request that arrives while its connection is closed as idle is done but not answered, and so made twice.

    The emulator sets 75 s on its own configuration afterwards, which is to count for nothing.
    """
    config = _the(importlib.import_module("hypercorn.config"), "Config")
    _replace(config, "keep_alive_timeout", property(lambda _: IDLE_FOR, lambda _, __: None))


def announce_stopped_tasks() -> None:
    """ECS tells EventBridge of every task that stops; the emulator tells nobody."""
    ecs, events = _service("ecs"), _service("eventbridge")
    sanitize, put_events = _the(ecs, "_sanitize"), _the(events, "_put_events")

    def announce(task: Mapping[str, Any]) -> None:
        event = {"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Resources": [task["taskArn"]]}
        put_events({"Entries": [event | {"Detail": json.dumps(sanitize(task))}]}, allow_aws_source=True)

    announce_when_stopped(ecs, announce, _replace)


def honour_client_tokens() -> None:
    """RunTask starts a task once per client token, and a task without a group belongs to its family's."""
    ecs, responses = _service("ecs"), importlib.import_module("ministack.core.responses")
    actions = _the(ecs, "_ACTION_MAP")
    actions["RunTask"] = ClientTokens(actions["RunTask"], _the(responses, "error_response_json"))


class ClientTokens:
    """RunTask with `clientToken`: the same request again gets the first answer, another one a ConflictException."""

    def __init__(self, run_task: Callable[[dict[str, Any]], Any], error: Callable[[str, str, int], Any]) -> None:
        self._run_task, self._error = run_task, error
        self._answers: OrderedDict[str, tuple[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, data: dict[str, Any]) -> Any:
        """Answer a RunTask request."""
        family = str(data.get("taskDefinition", "")).rpartition("/")[2].partition(":")[0]
        data = {"group": f"family:{family}", **data}
        token = data.pop("clientToken", None)
        if not token:
            return self._run_task(data)
        asked = json.dumps(data, sort_keys=True)
        with self._lock:
            before, answer = self._answers.get(token, (asked, None))
            if before != asked:
                return self._error("ConflictException", "The client token was used with other parameters.", 400)
            if answer is None:
                answer = self._run_task(data)
                self._remember(token, asked, answer)
            return answer

    def _remember(self, token: str, asked: str, answer: Any) -> None:
        if answer[0] == 200:  # noqa: PLR2004  HTTP's OK: a refused request may come again
            self._answers[token] = asked, answer
        while len(self._answers) > REMEMBERED_TOKENS:
            self._answers.popitem(last=False)


def name_versions_in_events() -> None:
    """S3's EventBridge events carry the object's version id; the emulator knows it but leaves it out."""
    s3, events = _service("s3"), _service("eventbridge")
    fire, dispatch = _the(s3, "_fire_s3_event"), _the(events, "_dispatch_event")
    version: contextvars.ContextVar[str | None] = contextvars.ContextVar("version", default=None)

    def fire_with_version(*rest: Any, **named: Any) -> None:
        token = version.set(named.get("version_id"))
        try:
            fire(*rest, **named)
        finally:
            version.reset(token)

    def dispatch_with_version(event: dict[str, Any], view: Any = None) -> None:
        if version.get() and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version.get()
            event = event | {"Detail": json.dumps(detail)}
        dispatch(event, view)

    _replace(s3, "_fire_s3_event", fire_with_version)
    _replace(events, "_dispatch_event", dispatch_with_version)


def encode_listed_keys() -> None:
    """Listed versions have encoded keys if asked for; the emulator ignores it, and XML cannot hold every key."""
    s3 = _service("s3")
    listing, body, asked = _the(s3, "_list_object_versions"), _the(s3, "_xml_body"), _the(s3, "_qp")
    encoded: contextvars.ContextVar[bool] = contextvars.ContextVar("encoded", default=False)

    def list_encoded(bucket: str, query: dict[str, Any]) -> Any:
        token = encoded.set(asked(query, "encoding-type") == "url")
        try:
            return listing(bucket, query)
        finally:
            encoded.reset(token)

    def body_encoded(root: ET.Element) -> bytes:
        if encoded.get():
            for element in root.iter():
                if element.tag in ENCODED and element.text:
                    element.text = quote(element.text)
            ET.SubElement(root, "EncodingType").text = "url"
        whole: bytes = body(root)
        return whole

    _replace(s3, "_list_object_versions", list_encoded)
    _replace(s3, "_xml_body", body_encoded)


def balance_over_healthy_targets(zones: Zones) -> HealthyInTurn:
    """A load balancer asks healthy targets in turn; the emulator picks any registered one at random."""
    alb = _service("alb")
    chooser = HealthyInTurn(_by_arn(_the(alb, "_tgs")), _by_arn(_the(alb, "_targets")), zones.is_cut_off)
    _replace(alb, "random", chooser)
    _the(alb, "_ACTION_MAP")["DescribeTargetHealth"] = tells_health(alb, chooser)
    chooser.start()
    return chooser


def tells_health(alb: ModuleType, health: HealthyInTurn) -> Callable[[Any], Any]:
    """Return an answer to DescribeTargetHealth; the emulator calls every target healthy."""
    theirs = Theirs(alb, "p tgs targets xml parse_targets_param describe_target_health")
    describe = theirs.describe_target_health

    def told(params: Any) -> Any:
        arn, asked = theirs.p(params, "TargetGroupArn"), {one["Id"] for one in theirs.parse_targets_param(params)}
        if theirs.tgs.get(arn, {}).get("TargetType") != "ip":
            return describe(params)
        found = [target for target in theirs.targets.get(arn, ()) if not asked or target["Id"] in asked]
        described = "".join(
            f"<member><Target><Id>{one['Id']}</Id><Port>{address_of(one)[1]}</Port></Target>"
            f"<TargetHealth><State>{health.state(one)}</State></TargetHealth></member>"
            for one in found
        )
        listed = f"<TargetHealthDescriptions>{described}</TargetHealthDescriptions>"
        return theirs.xml(200, "DescribeTargetHealth", listed)

    return told


def name_load_balancers_by_an_address_that_answers() -> None:
    """A load balancer is reached under its DNS name; the emulator's looks like AWS's and leads nowhere.

    It is the address of all its listeners, and means the one that serves.
    """
    alb = _service("alb")
    described, port = _the(alb, "_lb_xml"), os.environ["GATEWAY_PORT"]
    _replace(alb, "_lb_xml", lambda lb: described({**lb, "DNSName": f"127.0.0.1:{port}/_alb/{lb['LoadBalancerName']}"}))
    dispatch, listeners = _the(alb, "dispatch_request"), _the(alb, "_listeners")
    _replace(alb, "dispatch_request", to_the_listener_that_serves(dispatch, listeners))


def start_tasks_together() -> None:
    """A service's first task alone resolves its image's tag in a registry; there is none here to wait for."""
    _replace(_service("ecs"), "_deployment_needs_first_task", lambda *_: False)


def forget_tasks_of_an_earlier_emulator() -> None:
    """Tasks that ended with the emulator which ran them are still listed as running when its state is restored."""
    ecs = _service("ecs")
    restore = _the(ecs, "_restore_state")
    _replace(ecs, "_restore_state", lambda state: restore({**state, "tasks": {}}))


def watch_as_cloudwatch_does(health: HealthyInTurn) -> None:
    """CloudWatch takes metrics from logs and services and evaluates alarms; the emulator does hardly any of it."""
    store, cloudwatch = Store(), _service("cloudwatch")
    sqs, alb, ecs = _service("sqs"), _service("alb"), _service("ecs")
    for module, names in ((sqs, ("_queues",)), (alb, ("_targets", "_listeners", "_rules")), (ecs, ECS_TABLES)):
        for name in names:
            _the(module, name)
    installing.extract_from_logs(store, _service("cloudwatch_logs"), _replace)
    installing.tell_subscribers(cloudwatch, _service("sns"), _replace)
    count_messages(store, sqs, _replace)
    count_requests(store, alb, _replace)
    count_invocations(store, _service("lambda_svc"), _replace)
    installing.answer_for_metrics_and_alarms(store, cloudwatch, _replace).start()
    record_from([Queues(sqs._queues), Targets(alb, health), Tasks(ecs)], store)  # noqa: SLF001  asserted above


def roll_out_as_ecs_does(health: HealthyInTurn) -> None:
    """Deployments go by health checks and alarms, and tasks that stop answer first what they were asked."""
    ecs, alb, cloudwatch = _service("ecs"), _service("alb"), _service("cloudwatch")
    flights, groups = Flights(), _by_arn(_the(alb, "_tgs"))
    _the(alb, "_tg_attrs")
    count_flights(flights, alb, _replace)
    drain_before_stopping(flights, ecs, alb, _replace)
    tables = (_the(cloudwatch, "_alarms"), _the(cloudwatch, "_composite_alarms"))
    rollouts.take_over(
        ecs, rollouts.Balancing(health.is_healthy, groups), rollouts.alarms_in(*tables), _replace
    ).start()


def give_tasks_secrets_of(endpoint: str) -> None:
    """Tasks are given values of secrets that are kept at another address; the emulator asks only itself."""
    client = importlib.import_module("boto3").client("secretsmanager", endpoint_url=endpoint)
    _replace(
        _service("secretsmanager"),
        "resolve_secret_string",
        lambda secret, *_: client.get_secret_value(SecretId=secret)["SecretString"],
    )


def never_save() -> None:
    """The twin starts from a snapshot and gives up its data at the end: writing it all out would only take time."""
    _replace(importlib.import_module("ministack.app"), "save_all", lambda _services: None)


def _by_arn(table: Any) -> Callable[[], dict[str, Any]]:
    scoped = table._data  # noqa: SLF001  of every account and region; the arn is the last part of its keys
    return lambda: {key[-1]: value for key, value in list(scoped.items())}


def _service(name: str) -> ModuleType:
    return importlib.import_module(f"ministack.services.{name}")


def _the(module: ModuleType | type, name: str) -> Any:
    if not hasattr(module, name):
        raise SystemExit(
            f"{module.__name__} has no {name}: this emulator is not the pinned one, see local/constraints.txt."
        )
    return getattr(module, name)


def _replace(module: ModuleType | type, name: str, new: Any) -> None:
    _the(module, name)
    setattr(module, name, new)
