"""What services do in a role's name, on emulator and engine together: nothing that its policy does not allow."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.test_emulator_iam import ACCOUNT, ONLY_TLS, REGION, ROLES, Clients, document, trust
from tests.emulators import REQUIRED, arn_of, clients, running
from tests.engines import serving
from tests.processes import until

pytestmark = REQUIRED

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/raglite-ingest:1"
GROUP = "/raglite/group"
SAYS = "import boto3, os; print(os.environ['GIVEN'], boto3.client('sts').get_caller_identity()['Arn'], flush=True)"
HANDLER = "def handle(event, context):\n    print('handled')\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    home = tmp_path_factory.mktemp("twin")
    with running(home, "--docker", f"unix://{home}/engine.sock") as endpoint:
        variables = (f"AWS_ENDPOINT_URL={endpoint}", f"AWS_DEFAULT_REGION={REGION}")
        with serving("process", home, endpoint, *variables):
            client = clients(endpoint)
            client("ecs").create_cluster(clusterName="cluster")
            client("logs").create_log_group(logGroupName=GROUP)
            client("iam").create_role(RoleName="task", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
            yield client


@pytest.fixture(scope="module")
def secret(client: Clients) -> str:
    return str(client("secretsmanager").create_secret(Name="given", SecretString="a-value")["ARN"])


def starter(client: Clients, secret: str, *missing: str) -> str:
    """Make an execution role that may do what is needed to start a task, but for the actions in `missing`."""
    needed = {
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchCheckLayerAvailability": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/raglite-ingest",
        "ecr:BatchGetImage": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/raglite-ingest",
        "ecr:GetDownloadUrlForLayer": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/raglite-ingest",
        "secretsmanager:GetSecretValue": secret,
        "logs:CreateLogStream": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*",
        "logs:PutLogEvents": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*",
    }
    name = f"starts-{len(missing)}-{''.join(missing).replace(':', '-')}"
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
    for number, (action, resource) in enumerate(needed.items()):
        if action not in missing:
            policy = document("Allow", action, resource)
            client("iam").put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=policy)
    return f"{ROLES}/{name}"


def run(client: Clients, secret: str, execution_role: str) -> dict[str, Any]:
    """Run a task and return it once it has stopped."""
    options = {"awslogs-group": GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "task"}
    container = {
        "name": "main",
        "image": IMAGE,
        "command": ["python", "-c", SAYS],
        "secrets": [{"name": "GIVEN", "valueFrom": secret}],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    ecs = client("ecs")
    ecs.register_task_definition(
        family="told",
        taskRoleArn=f"{ROLES}/task",
        executionRoleArn=execution_role,
        containerDefinitions=[container],
    )
    task = ecs.run_task(cluster="cluster", taskDefinition="told")["tasks"][0]["taskArn"]

    def described() -> dict[str, Any]:
        return dict(ecs.describe_tasks(cluster="cluster", tasks=[task])["tasks"][0])

    until(lambda: described()["lastStatus"] == "STOPPED", "the task has stopped")
    return described()


def lines(client: Clients, task: str) -> list[str]:
    events = client("logs").filter_log_events(logGroupName=GROUP)["events"]
    return [event["message"] for event in events if event["logStreamName"].endswith(task.rpartition("/")[2])]


def test_a_task_starts_in_its_execution_role_and_acts_in_its_own(client: Clients, secret: str) -> None:
    task = run(client, secret, starter(client, secret))["taskArn"]
    until(lambda: lines(client, task) != [], "its line came")
    name = task.rpartition("/")[2]
    assert lines(client, task) == [f"a-value arn:aws:sts::{ACCOUNT}:assumed-role/task/{name}"]


@pytest.mark.parametrize("missing", ["secretsmanager:GetSecretValue", "logs:PutLogEvents", "ecr:BatchGetImage"])
def test_without_a_permission_of_the_execution_role_a_task_stops_and_says_which(
    client: Clients, secret: str, missing: str
) -> None:
    task = run(client, secret, starter(client, secret, missing))
    assert "ResourceInitializationError" in task["stoppedReason"]
    assert f"not authorized to perform: {missing}" in task["stoppedReason"]
    assert lines(client, task["taskArn"]) == []


def test_a_function_gets_no_message_that_its_role_may_not_take_and_writes_where_it_may(client: Clients) -> None:
    sqs, functions, iam = client("sqs"), client("lambda"), client("iam")
    only_tls = document("Deny", "sqs:*", "*", ONLY_TLS, Principal="*")
    queue = sqs.create_queue(QueueName="work", Attributes={"Policy": only_tls})["QueueUrl"]
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    code = {"ZipFile": package.getvalue()}
    functions.create_function(
        FunctionName="taker", Runtime="python3.11", Handler="handler.handle", Role=role, Code=code
    )
    functions.create_event_source_mapping(EventSourceArn=arn_of(sqs, queue), FunctionName="taker")
    client("logs").create_log_group(logGroupName="/aws/lambda/taker")

    def waiting() -> dict[str, str]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return dict(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"])

    def handled() -> int:
        events = client("logs").filter_log_events(logGroupName="/aws/lambda/taker")["events"]
        return sum("handled" in event["message"] for event in events)

    sqs.send_message(QueueUrl=queue, MessageBody="one")
    until(lambda: waiting()["ApproximateNumberOfMessagesNotVisible"] == "1", "Lambda has looked at it")
    functions.invoke(FunctionName="taker", Payload=b"{}")
    assert (sum(map(int, waiting().values())), handled()) == (1, 0)

    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/taker:*"
    may = [document("Allow", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arn_of(sqs, queue))]
    may.append(document("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], group))
    for number, policy in enumerate(may):
        iam.put_role_policy(RoleName="function", PolicyName=str(number), PolicyDocument=policy)
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    until(lambda: handled() == 1, "the second message is handled and its line written")
    assert json.loads(waiting()["ApproximateNumberOfMessagesNotVisible"]) == 1
