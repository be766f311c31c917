"""The emulator's alarms, corrected, go off when AWS's would, and tell those who subscribed."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from local.emulator.monitoring.alarming import Point, judge
from tests.emulators import REQUIRED, arn_of, clients, let_in, running
from tests.processes import until

PERIOD = 10  # seconds; the shortest there is
MISSING, IGNORE, BREACHING, NOT_BREACHING = TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with running(tmp_path_factory.mktemp("emulator")) as endpoint:
        yield clients(endpoint)


@pytest.fixture(scope="module")
def cloudwatch(client):
    return client("cloudwatch")


# The two tables of "Configuring how CloudWatch alarms treat missing data", row by row: 0 is within the threshold, X is
# not, - is missing; the newest is on the right. KEEP: the alarm stays as it is.
KEEP = None
TABLES = {
    (3, "0-X-X"): ("OK", "OK", "OK", "OK"),
    (3, "0----"): ("OK", "OK", "OK", "OK"),
    (3, "-----"): ("INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    (3, "0XX-X"): ("ALARM", "ALARM", "ALARM", "ALARM"),
    (3, "--X--"): ("ALARM", KEEP, "ALARM", "OK"),
    (2, "0-X-X"): ("ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "00X0X"): ("ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0-X--"): ("OK", "OK", "ALARM", "OK"),
    (2, "----0"): ("OK", "OK", "ALARM", "OK"),
    (2, "---X-"): ("ALARM", KEEP, "ALARM", "OK"),
    # What its text says of premature transitions: not ALARM at once. That too little is known is what is left.
    (3, "----X"): ("INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    (3, "---X-"): ("INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
}


@pytest.mark.parametrize(("row", "states"), TABLES.items(), ids=str)
def test_missing_points_are_treated_as_awss_tables_say(row, states):
    to_alarm, drawn = row
    points = [Point(age, 0, 0, sign == "X") for age, sign in enumerate(reversed(drawn), 1) if sign != "-"]
    assert tuple(judge(points, 3, to_alarm, treat) for treat in TREATMENTS) == states


class Metric:
    """A metric of its own, at high resolution, whose last whole period has just ended."""

    def __init__(self, cloudwatch, name, **dimensions):
        self.cloudwatch, self.name = cloudwatch, name
        self.dimensions = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        self.end = int(time.time() // PERIOD) * PERIOD

    def put(self, *values, **dimensions):
        """Put values into the last periods, the newest last; None for none, a list for several."""
        for age, given in enumerate(reversed(values), 1):
            if given is None:
                continue
            datum = {
                "MetricName": self.name,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()] or self.dimensions,
                "Timestamp": datetime.fromtimestamp(self.end - PERIOD * age, UTC) + timedelta(seconds=3),
                "StorageResolution": 1,
                "Values": given if isinstance(given, list) else [given],
            }
            self.cloudwatch.put_metric_data(Namespace="Alarmed", MetricData=[datum])

    def stat(self, id_, stat="Sum"):
        metric = {"Namespace": "Alarmed", "MetricName": self.name, "Dimensions": self.dimensions}
        return {"Id": id_, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": stat}}

    def alarm(self, name=None, **more):
        asked = {
            "AlarmName": name or self.name,
            "Namespace": "Alarmed",
            "MetricName": self.name,
            "Dimensions": self.dimensions,
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            **more,
        }
        if "ExtendedStatistic" in more:
            del asked["Statistic"]
        self.cloudwatch.put_metric_alarm(**asked)


def described(cloudwatch, name):
    alarms = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return (alarms["MetricAlarms"] + alarms["CompositeAlarms"])[0]


def becomes(cloudwatch, name, state, within=20):
    until(lambda: described(cloudwatch, name)["StateValue"] == state, f"{name} is {state}", within)


def fresh_period():
    """Wait until there is time enough in the present period to put values into the last ones and see them judged."""
    until(lambda: 2.5 < time.time() % PERIOD < 5, "a period has just begun")


@REQUIRED
def test_an_alarm_sees_its_own_dimensions_only_and_adds_up_each_period_for_itself(cloudwatch):
    fresh_period()
    mine = Metric(cloudwatch, "apart", Environment="test")
    mine.put(4, 4)
    mine.put(50, Environment="other")
    mine.put(50, Environment="test", Stage="parse")
    mine.alarm("no-sum-over-periods")
    mine.alarm("at-threshold", ComparisonOperator="GreaterThanOrEqualToThreshold", Threshold=4)
    becomes(cloudwatch, "at-threshold", "ALARM", within=5)
    becomes(cloudwatch, "no-sum-over-periods", "OK", within=5)


@REQUIRED
def test_an_alarm_goes_off_without_anybody_asking_and_calms_down_when_the_values_do(cloudwatch):
    fresh_period()
    metric = Metric(cloudwatch, "calming")
    metric.alarm()
    becomes(cloudwatch, "calming", "OK", within=5)
    metric.put([3, 3])
    becomes(cloudwatch, "calming", "ALARM", within=5)
    told = described(cloudwatch, "calming")
    assert "Threshold Crossed: 1 datapoint [6.0 (" in told["StateReason"]
    assert json.loads(told["StateReasonData"])["recentDatapoints"] == [6.0]
    becomes(cloudwatch, "calming", "OK", within=45)  # the range is three periods long
    states = [
        json.loads(item["HistoryData"])
        for item in cloudwatch.describe_alarm_history(AlarmName="calming")["AlarmHistoryItems"]
    ]
    assert [state["newState"]["stateValue"] for state in states] == ["OK", "ALARM", "OK", "INSUFFICIENT_DATA"]


@REQUIRED
def test_so_many_of_so_many_points_have_to_breach(cloudwatch):
    fresh_period()
    metric = Metric(cloudwatch, "two-of-three")
    metric.put(9, 1, 9)
    metric.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    metric.alarm("three-of-three", EvaluationPeriods=3)
    becomes(cloudwatch, "two-of-three", "ALARM", within=5)
    becomes(cloudwatch, "three-of-three", "OK", within=5)


@REQUIRED
def test_each_treatment_of_missing_data_gives_its_own_state(cloudwatch):
    fresh_period()
    metric = Metric(cloudwatch, "silent")
    for treat in TREATMENTS:
        metric.alarm(f"silent-{treat}", TreatMissingData=treat)
    becomes(cloudwatch, "silent-breaching", "ALARM", within=5)
    becomes(cloudwatch, "silent-notBreaching", "OK", within=5)
    states = [described(cloudwatch, f"silent-{treat}")["StateValue"] for treat in (MISSING, IGNORE)]
    assert states == ["INSUFFICIENT_DATA", "INSUFFICIENT_DATA"]


@REQUIRED
def test_a_percentile_is_one_of_all_values_of_the_period(cloudwatch):
    fresh_period()
    metric = Metric(cloudwatch, "slow")
    metric.put([*[1.0] * 94, *[100.0] * 6])
    metric.alarm("p95", ExtendedStatistic="p95")
    metric.alarm("p94", ExtendedStatistic="p94")
    metric.alarm("many-slow", ExtendedStatistic="TC(5:)")
    becomes(cloudwatch, "p95", "ALARM", within=5)
    becomes(cloudwatch, "many-slow", "ALARM", within=5)
    becomes(cloudwatch, "p94", "OK", within=5)


RATIO = "IF(FILL(total, 0) >= 10, 100 * bad / total, 0)"


@REQUIRED
def test_an_expression_is_kept_described_and_evaluated(cloudwatch):
    fresh_period()
    bad, total = Metric(cloudwatch, "bad"), Metric(cloudwatch, "total")
    for metrics, name, values in (((bad, total), "enough", (5, 50)), ((bad, total), "few", (2, 9))):
        asked = [{"Id": "rate", "Expression": RATIO, "Label": "rate"}]
        for metric, id_, value in zip(metrics, ("bad", "total"), values, strict=True):
            metric.put(value, Case=name)
            query = metric.stat(id_)
            query["MetricStat"]["Metric"]["Dimensions"] = [{"Name": "Case", "Value": name}]
            asked.append(query)
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Metrics=asked,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
    becomes(cloudwatch, "enough", "ALARM", within=5)
    becomes(cloudwatch, "few", "OK", within=5)
    kept = described(cloudwatch, "enough")["Metrics"]
    assert [(query["Id"], query.get("Expression")) for query in kept] == [
        ("rate", RATIO),
        ("bad", None),
        ("total", None),
    ]
    assert kept[1]["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "Case", "Value": "enough"}]


class Query:
    """Speaks the query protocol, as the Terraform provider does; boto3 speaks JSON."""

    def __init__(self, client):
        self.model, self.endpoint = client.meta.service_model, client.meta.endpoint_url

    def call(self, name, **asked):
        operation = self.model.operation_model(name)
        form = create_serializer("query").serialize_to_request(asked, operation)["body"]
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/monitoring/aws4_request"}
        answer = httpx.post(self.endpoint, data=form, headers=signed)
        told = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
        return create_parser("query").parse(told, operation.output_shape)


@REQUIRED
def test_the_query_protocol_keeps_everything_that_an_alarm_has(cloudwatch):
    metric, query = Metric(cloudwatch, "spoken", Environment="a&b"), Query(cloudwatch)
    asked = {
        "AlarmName": "spoken",
        "AlarmDescription": 'says "<&>"',
        "ActionsEnabled": False,
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:t"],
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 1.5,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
        "Metrics": [
            metric.stat("m1", "p95"),
            {"Id": "e", "Expression": "m1 * 2", "Label": "twice", "ReturnData": True},
        ],
    }
    query.call("PutMetricAlarm", **asked)
    becomes(cloudwatch, "spoken", "ALARM")
    told = query.call("DescribeAlarms", AlarmNames=["spoken"])["MetricAlarms"][0]
    assert {name: told[name] for name in asked} == asked
    assert told == described(cloudwatch, "spoken")
    refused = query.call("PutMetricAlarm", **asked | {"DatapointsToAlarm": 9})["Error"]
    assert (refused["Code"], refused["Message"][:17]) == ("ValidationError", "DatapointsToAlarm")


@REQUIRED
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"Period": 15}, "10, 20, 30 or a multiple of 60"),
        ({"Period": 3600, "EvaluationPeriods": 200}, "longer than a day"),
        ({"DatapointsToAlarm": 2}, "between 1 and EvaluationPeriods"),
        ({"TreatMissingData": "good"}, "one of the four ways"),
        ({"ExtendedStatistic": "median"}, "statistic"),
        ({"Unit": "Seconds"}, "Unit"),
        ({"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}, "Threshold"),
    ],
)
def test_an_alarm_that_could_not_be_evaluated_is_refused(cloudwatch, more, sentence):
    with pytest.raises(ClientError, match=sentence):
        Metric(cloudwatch, "refused").alarm(**more)


@REQUIRED
@pytest.mark.parametrize("expression", ["SUM(m)", "[m, m]", "ANOMALY_DETECTION_BAND(m)", "RATE(m)"])
def test_an_expression_that_yields_no_single_series_or_is_not_built_is_refused(cloudwatch, expression):
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.put_metric_alarm(
            AlarmName="refused",
            Metrics=[Metric(cloudwatch, "m").stat("m"), {"Id": "e", "Expression": expression, "ReturnData": True}],
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
        )


class Listener(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.headers["x-amz-sns-message-type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def listener():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def topic(client, request):
    """Yield a topic with a queue, and a function that returns the alarm messages which came to the queue."""
    sns, sqs, heard = client("sns"), client("sqs"), []
    name = request.node.name[:60]
    arn, url = sns.create_topic(Name=name)["TopicArn"], sqs.create_queue(QueueName=name)["QueueUrl"]
    let_in(sqs, url, arn)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=arn_of(sqs, url))

    def messages():
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        heard.extend(json.loads(message["Body"]) for message in got)
        return heard

    return arn, messages


@REQUIRED
def test_an_alarm_that_goes_off_tells_queues_and_servers_in_awss_words(client, cloudwatch, topic, listener):
    arn, messages = topic
    endpoint = f"http://127.0.0.1:{listener.server_address[1]}"
    client("sns").subscribe(TopicArn=arn, Protocol="http", Endpoint=endpoint)
    until(lambda: listener.heard, "the subscription asks to be confirmed")
    kind, asked = listener.heard.pop()
    assert kind == "SubscriptionConfirmation"
    client("sns").confirm_subscription(TopicArn=arn, Token=asked["Token"])
    fresh_period()
    metric = Metric(cloudwatch, "told", Environment="test")
    metric.put([3, 4])
    metric.alarm(AlarmActions=[arn], AlarmDescription="Too much", Threshold=5)
    until(messages, "the queue got the message", within=10)
    (envelope,) = messages()
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", arn)
    assert envelope["Subject"] == 'ALARM: "told" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    reason, changed = message.pop("NewStateReason"), message.pop("StateChangeTime")
    assert "7.0" in reason
    assert datetime.fromisoformat(changed).tzinfo is not None
    assert message.pop("AlarmConfigurationUpdatedTimestamp")
    assert message == {
        "AlarmName": "told",
        "AlarmDescription": "Too much",
        "AWSAccountId": "000000000000",
        "NewStateValue": "ALARM",
        "OldStateValue": "INSUFFICIENT_DATA",
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:told",
        "AlarmActions": [arn],
        "OKActions": [],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "told",
            "Namespace": "Alarmed",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [{"value": "test", "name": "Environment"}],
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 5,
            "TreatMissingData": "notBreaching",
        },
    }
    until(lambda: listener.heard, "the server got the message")
    assert [(kind, json.loads(body["Message"])["AlarmName"]) for kind, body in listener.heard] == [
        ("Notification", "told")
    ]


@REQUIRED
def test_a_composite_alarm_follows_its_children_and_tells_of_them(cloudwatch, topic):
    arn, messages = topic
    fresh_period()
    one, other = Metric(cloudwatch, "long"), Metric(cloudwatch, "short")
    one.alarm()
    other.alarm()
    becomes(cloudwatch, "short", "OK", within=5)
    cloudwatch.put_composite_alarm(AlarmName="burn", AlarmRule='ALARM("long") AND ALARM("short")', AlarmActions=[arn])
    one.put(9)
    becomes(cloudwatch, "long", "ALARM", within=5)
    assert described(cloudwatch, "burn")["StateValue"] == "OK"
    other.put(9)
    becomes(cloudwatch, "burn", "ALARM", within=5)
    until(messages, "the message came")
    (message,) = [json.loads(envelope["Message"]) for envelope in messages()]
    assert (message["AlarmName"], message["OldStateValue"], message["NewStateValue"]) == ("burn", "OK", "ALARM")
    assert message["AlarmRule"] == 'ALARM("long") AND ALARM("short")'
    assert [child["State"]["Value"] for child in message["TriggeringChildren"]]


@REQUIRED
def test_a_state_that_was_set_by_hand_lasts_until_the_next_evaluation(cloudwatch, topic):
    arn, messages = topic
    Metric(cloudwatch, "by-hand").alarm(AlarmActions=[arn])
    becomes(cloudwatch, "by-hand", "OK")
    cloudwatch.set_alarm_state(AlarmName="by-hand", StateValue="ALARM", StateReason="a drill")
    until(messages, "the message came")
    assert [json.loads(envelope["Message"])["NewStateReason"] for envelope in messages()] == ["a drill"]
    becomes(cloudwatch, "by-hand", "OK")
