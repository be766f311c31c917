"""The emulator's CloudWatch, corrected, takes metrics in and gives them back as AWS documents it."""

import io
import json
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.emulators import REQUIRED, arn_of, clients, function_role, running
from tests.processes import until

pytestmark = REQUIRED

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with running(tmp_path_factory.mktemp("emulator")) as address:
        yield address


@pytest.fixture(scope="module")
def client(endpoint):
    return clients(endpoint)


@pytest.fixture(scope="module")
def cloudwatch(client):
    return client("cloudwatch")


@pytest.fixture(scope="module")
def log(client):
    """Write lines to a log group."""
    logs = client("logs")
    logs.create_log_group(logGroupName="/tasks")
    logs.create_log_stream(logGroupName="/tasks", logStreamName="one")

    def write(*lines, group="/tasks"):
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line if isinstance(line, str) else json.dumps(line)} for line in lines]
        logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)

    return write


def line(values, *, namespace, at=None, dimensions=(("Environment",),), units=None, **members):
    """Return a log line with embedded metrics."""
    units = units or {}
    metrics = [{"Name": name} | ({"Unit": units[name]} if name in units else {}) for name in values]
    directive = {"Namespace": namespace, "Dimensions": [list(names) for names in dimensions], "Metrics": metrics}
    at = at or datetime.now(UTC)
    metadata = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "Environment": "test", **members, **values}


def series(cloudwatch, namespace):
    found = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    return {(m["MetricName"], tuple((d["Name"], d["Value"]) for d in m["Dimensions"])) for m in found}


def statistic(cloudwatch, namespace, name, stat="Sum", **dimensions):
    """Return the statistic over the last hour."""
    asked = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "StartTime": datetime.now(UTC) - timedelta(hours=1),
        "EndTime": datetime.now(UTC) + MINUTE,
        "Period": 7200,
    }
    kind = "Statistics" if stat in {"Sum", "Average", "Minimum", "Maximum", "SampleCount"} else "ExtendedStatistics"
    points = cloudwatch.get_metric_statistics(**asked, **{kind: [stat]})["Datapoints"]
    return points[0].get(stat, points[0].get("ExtendedStatistics", {}).get(stat)) if points else None


def test_every_set_of_dimensions_in_a_log_line_makes_a_series(cloudwatch, log):
    dimensions = [["Environment"], ["Environment", "Stage"], []]
    log(line({"Time": 3}, namespace="Sets", dimensions=dimensions, Stage="parse"))
    both = (("Environment", "test"), ("Stage", "parse"))
    assert series(cloudwatch, "Sets") == {("Time", ()), ("Time", both[:1]), ("Time", both)}
    assert statistic(cloudwatch, "Sets", "Time", Environment="test", Stage="parse") == 3


def test_arrays_units_several_metrics_and_several_directives_are_taken(cloudwatch, log):
    both = line({"Latency": [10, 20, 60], "Errors": 1}, namespace="Many", units={"Latency": "Milliseconds"})
    both["_aws"]["CloudWatchMetrics"] += line({"Latency": 0}, namespace="Other")["_aws"]["CloudWatchMetrics"]
    log(both)
    assert statistic(cloudwatch, "Many", "Latency", "Average", Environment="test") == 30
    assert statistic(cloudwatch, "Many", "Errors", Environment="test") == 1
    assert statistic(cloudwatch, "Other", "Latency", "SampleCount", Environment="test") == 3
    told = cloudwatch.get_metric_statistics(
        Namespace="Many",
        MetricName="Latency",
        Dimensions=[{"Name": "Environment", "Value": "test"}],
        StartTime=datetime.now(UTC) - MINUTE * 5,
        EndTime=datetime.now(UTC) + MINUTE,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert [(point["Maximum"], point["Unit"]) for point in told] == [(60, "Milliseconds")]


def test_a_metric_lies_in_the_minute_that_its_line_names(cloudwatch, log):
    before = datetime.now(UTC).replace(second=30, microsecond=0) - MINUTE * 10
    log(line({"Old": 5}, namespace="Moments", at=before))
    asked = {
        "Id": "m",
        "MetricStat": {"Metric": metric("Moments", "Old", Environment="test"), "Period": 60, "Stat": "Sum"},
    }
    told = data(cloudwatch, asked)["m"]
    assert told == {before.replace(second=0): 5}


def test_what_is_malformed_is_left_out_and_counted(cloudwatch, log):
    good = line({"Kept": 1, "Text": "fast", "Truth": True}, namespace="Bad")
    nowhere = line({"Lost": 1}, namespace="Bad", dimensions=[["Nowhere"]])
    ancient = line({"Ancient": 1}, namespace="Bad", at=datetime.now(UTC) - timedelta(days=15))
    without = line({"Unknown": 1}, namespace="Bad")
    del without["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    log(good, nowhere, ancient, without, json.dumps(good)[:-1], '{"_aws": "somebody else\'s"}', "plain text")
    assert series(cloudwatch, "Bad") == {("Kept", (("Environment", "test"),))}
    assert statistic(cloudwatch, "AWS/Logs", "EMFValidationErrors", LogGroupName="/tasks") == 4  # two of the first line
    assert statistic(cloudwatch, "AWS/Logs", "EMFParsingErrors", LogGroupName="/tasks") == 2


def test_a_functions_lines_are_read_and_its_runs_counted_whoever_invokes_it(cloudwatch, client):
    printed = json.dumps(line({"Ran": 1}, namespace="Function"))
    code = f"def handle(event, context):\n    print({printed!r})\n    assert 'Records' in event\n"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", code)
    functions, sqs = client("lambda"), client("sqs")
    role = function_role(client("iam"), "metered", "sqs:*", "logs:*")
    named = {"FunctionName": "metered", "Runtime": "python3.11", "Handler": "handler.handle", "Role": role}
    functions.create_function(**named, Code={"ZipFile": package.getvalue()})
    url = sqs.create_queue(QueueName="hints")["QueueUrl"]
    functions.create_event_source_mapping(EventSourceArn=arn_of(sqs, url), FunctionName="metered")
    functions.invoke(FunctionName="metered")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    until(lambda: statistic(cloudwatch, "Function", "Ran", Environment="test") == 2, "both runs' metrics came")

    def told(name, stat="Sum"):
        return statistic(cloudwatch, "AWS/Lambda", name, stat, FunctionName="metered")

    until(lambda: told("Invocations") == 2, "both runs were counted")
    assert (told("Errors"), told("Duration", "SampleCount")) == (1, 2)
    assert repr(told("Errors", "Minimum")) == "0.0"


def test_ten_thousand_lines_are_read_within_seconds(cloudwatch, log):
    began = time.monotonic()
    for _ in range(20):
        log(*[line({"Errors": 1, "Latency": 12.5}, namespace="Load")] * 500)
    took = time.monotonic() - began
    print(f"\n10,000 lines in {took:.2f} s")
    assert statistic(cloudwatch, "Load", "Errors", Environment="test") == 10_000
    assert took < 20


def metric(namespace, name, **dimensions):
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def data(cloudwatch, *queries, minutes=30, **more):
    """Return values by moment, by the query's id; of an id with several series, by its label."""
    now = datetime.now(UTC).replace(second=0, microsecond=0) + MINUTE
    asked = {"MetricDataQueries": list(queries), "StartTime": now - MINUTE * minutes, "EndTime": now, **more}
    results = cloudwatch.get_metric_data(**asked)["MetricDataResults"]
    told = [(r["Id"], r["Label"], dict(zip(r["Timestamps"], r["Values"], strict=True))) for r in results]
    many = len({id_ for id_, *_ in told}) < len(told)
    return {(label if many else id_): values for id_, label, values in told}


def put(cloudwatch, name, values, *, namespace="Math", **more):
    """Put one value for each of the last minutes, None for none."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for age, value in enumerate(reversed(values)):
        if value is not None:
            datum = {"MetricName": name, "Timestamp": now - MINUTE * age, "Value": value, **more}
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])


def test_expressions_are_evaluated_over_the_points_that_there_are(cloudwatch):
    put(cloudwatch, "bad", [None, 2, 0, 5])
    put(cloudwatch, "all", [10, 20, 0, None])
    base = [
        {"Id": id_, "ReturnData": False, "MetricStat": {"Metric": metric("Math", name), "Period": 60, "Stat": "Sum"}}
        for id_, name in (("b", "bad"), ("a", "all"))
    ]
    expressions = {
        "ratio": "100 * b / a",
        "filled": "FILL(b, 0)",
        "guarded": "IF(FILL(a, 0) >= 20, 100 * b / a, -1)",
        "sum": "SUM([a, b])",
        "most": "MAX(METRICS())",
        "both": "b > 1 AND a > 1",
        "repeated": "FILL(a, REPEAT)",
    }
    queries = [{"Id": id_, "Expression": text} for id_, text in expressions.items()]
    told = data(cloudwatch, *base, *queries, minutes=4, ScanBy="TimestampAscending")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    shown = {id_: [told[id_].get(now - MINUTE * age) for age in (3, 2, 1, 0)] for id_ in expressions}
    assert shown == {
        "ratio": [None, 10, None, None],
        "filled": [0, 2, 0, 5],
        "guarded": [-1, 10, -1, -1],
        "sum": [10, 22, 0, 5],
        "most": [10, 20, 0, 5],
        "both": [0, 1, 0, 0],
        "repeated": [10, 20, 0, 0],
    }


def test_points_come_newest_first_unless_asked_otherwise(cloudwatch):
    put(cloudwatch, "order", [1, 2, 3])
    query = {"Id": "m", "MetricStat": {"Metric": metric("Math", "order"), "Period": 60, "Stat": "Sum"}}
    assert list(data(cloudwatch, query)["m"].values()) == [3, 2, 1]
    assert list(data(cloudwatch, query, ScanBy="TimestampAscending")["m"].values()) == [1, 2, 3]


def test_a_search_yields_each_series_under_what_tells_it_apart(cloudwatch):
    for stage, value in (("parse", 3), ("embed", 4)):
        dimensions = [{"Name": "Environment", "Value": "test"}, {"Name": "Stage", "Value": stage}]
        put(cloudwatch, "StageTime", [value], namespace="Found", Dimensions=dimensions)
    put(cloudwatch, "StageTime", [9], namespace="Found", Dimensions=[{"Name": "Environment", "Value": "test"}])
    search = "SEARCH('{Found,Environment,Stage} MetricName=\"StageTime\" AND Environment=\"test\"', 'Sum', 60)"
    told = data(cloudwatch, {"Id": "e", "Expression": search})
    assert {label: list(values.values()) for label, values in told.items()} == {"parse": [3], "embed": [4]}


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [("ANOMALY_DETECTION_BAND(b)", "no function"), ("b +", "not an expression"), ("nobody * 2", "no query's id")],
)
def test_what_is_not_built_is_refused_aloud(cloudwatch, expression, sentence):
    base = {"Id": "b", "MetricStat": {"Metric": metric("Math", "bad"), "Period": 60, "Stat": "Sum"}}
    with pytest.raises(ClientError, match=sentence):
        data(cloudwatch, base, {"Id": "e", "Expression": expression})


def test_extended_statistics_are_those_of_the_values_themselves(cloudwatch):
    datum = {"MetricName": "latency", "Values": [float(n) for n in range(1, 101)], "Counts": [1.0] * 100}
    cloudwatch.put_metric_data(Namespace="Extended", MetricData=[datum])
    names = ["p50", "p95", "p99.9", "TC(90:)", "TC(:90)", "PR(:5)", "TM(90:100)", "tm50", "TS(80%:)", "wm98", "IQM"]
    told = {name: statistic(cloudwatch, "Extended", "latency", name) for name in names}
    assert told == {
        "p50": 50,
        "p95": 95,
        "p99.9": 100,
        "TC(90:)": 10,
        "TC(:90)": 90,
        "PR(:5)": 5,
        "TM(90:100)": 95.5,
        "tm50": 25.5,
        "TS(80%:)": sum(range(81, 101)),
        "wm98": (sum(range(1, 99)) + 2 * 98) / 100,
        "IQM": 50.5,
    }


def test_a_statistic_set_has_no_percentiles_but_its_sum(cloudwatch):
    whole = {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 9}
    cloudwatch.put_metric_data(Namespace="Extended", MetricData=[{"MetricName": "set", "StatisticValues": whole}])
    assert statistic(cloudwatch, "Extended", "set", "Average") == 5
    assert statistic(cloudwatch, "Extended", "set", "p95") is None


def test_a_queue_tells_what_waits_what_comes_and_what_goes(cloudwatch, client):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="watched")["QueueUrl"]
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)

    def told(name, stat="Sum"):
        return statistic(cloudwatch, "AWS/SQS", name, stat, QueueName="watched")

    until(lambda: (told("ApproximateAgeOfOldestMessage", "Maximum") or 0) > 1, "the queue was looked at")
    assert told("ApproximateNumberOfMessagesVisible", "Maximum") == 2
    assert [told(f"NumberOfMessages{what}") for what in ("Sent", "Received", "Deleted")] == [3, 1, 1]


def test_a_message_that_moves_to_the_dead_letter_queue_was_not_sent_there(cloudwatch, client):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="watched-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    work = sqs.create_queue(QueueName="failing", Attributes={"VisibilityTimeout": "0", "RedrivePolicy": redrive})[
        "QueueUrl"
    ]
    sqs.send_message(QueueUrl=work, MessageBody="x")
    for _ in range(2):
        sqs.receive_message(QueueUrl=work)

    def told(name, stat):
        return statistic(cloudwatch, "AWS/SQS", name, stat, QueueName="watched-dead")

    until(lambda: told("ApproximateNumberOfMessagesVisible", "Maximum") == 1, "the dead letter was seen")
    assert told("NumberOfMessagesSent", "Sum") is None


class Replica(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.05)
        self.send_response({"/healthz": 200 if self.server.ready else 503, "/broken": 500}.get(self.path, 200))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def balanced(client):
    """Yield a replica behind a load balancer, and how CloudWatch names balancer and target group."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replica)
    server.ready = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    elb = client("elbv2")
    balancer = elb.create_load_balancer(Name="metered", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
    health = {"HealthCheckPath": "/healthz", "UnhealthyThresholdCount": 2, "HealthCheckIntervalSeconds": 5}
    group = elb.create_target_group(Name="metered", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip", **health)
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    port = server.server_address[1]
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "127.0.0.1", "Port": port}])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    balancer_arn = balancer["LoadBalancerArn"]
    elb.create_listener(LoadBalancerArn=balancer_arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    whole = {"LoadBalancer": balancer_arn.partition("loadbalancer/")[2]}
    yield server, whole, whole | {"TargetGroup": arn.rpartition(":")[2]}
    server.shutdown()
    server.server_close()


def test_a_load_balancer_tells_requests_answers_times_and_healthy_targets(cloudwatch, endpoint, balanced):
    server, whole, group = balanced

    def told(name, stat="Sum", of=whole):
        return statistic(cloudwatch, "AWS/ApplicationELB", name, stat, **of)

    until(lambda: told("HealthyHostCount", "Maximum", group) == 1, "the target is healthy")
    for path in ("/", "/", "/broken"):
        httpx.get(f"{endpoint}/_alb/metered{path}")
    server.ready = False
    until(lambda: told("UnHealthyHostCount", "Maximum", group) == 1, "the target is unhealthy")
    server.shutdown()
    server.server_close()
    assert httpx.get(f"{endpoint}/_alb/metered/").status_code == 502
    names = ["RequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"]
    assert [told(name) for name in names] == [4, 2, 1, 1]
    assert [told(name, of=group) for name in names] == [4, 2, 1, None]
    assert 0.05 <= told("TargetResponseTime", "Minimum") < 5


def test_a_service_and_its_cluster_tell_how_many_tasks_there_are(cloudwatch, client):
    ecs = client("ecs")
    ecs.create_cluster(clusterName="counted")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])
    ecs.create_service(cluster="counted", serviceName="s", taskDefinition="f", desiredCount=2)
    ecs.run_task(cluster="counted", taskDefinition="f")

    def told(name, **dimensions):
        return statistic(cloudwatch, "ECS/ContainerInsights", name, "Maximum", ClusterName="counted", **dimensions)

    until(lambda: told("TaskCount") == 3, "the cluster was looked at")
    assert told("DesiredTaskCount", ServiceName="s") == 2
    assert told("RunningTaskCount", ServiceName="s") == 2
