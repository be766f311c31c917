"""The service's tasks, as ECS and the network know them."""

from collections.abc import Mapping
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.errors import ConfigurationError
from raglite.ports.drills import RunningTask, Undo

CLUSTER, SERVICE, CONTAINER = "raglite-cluster", "raglite-service", "raglite"
WHAT = f"service {SERVICE}"
# What ECS says of a definition and takes from nobody.
READ_ONLY = frozenset(
    "taskDefinitionArn revision status requiresAttributes compatibilities registeredAt registeredBy "
    "deregisteredAt".split()
)
FIRST = 1  # a rule's number, before every other
EVERYTHING = {"Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}


class EcsLevers:
    """ServiceTasks of the one cluster and service that Terraform declares."""

    def __init__(self, ecs: Any, ec2: Any) -> None:
        self._ecs = ecs
        self._ec2 = ec2

    @classmethod
    def connect(cls) -> "EcsLevers":
        """Return levers by the standard AWS environment; nothing is sent yet."""
        with connecting("ECS"):
            return cls(boto3.client("ecs", config=CLIENT_CONFIG), boto3.client("ec2", config=CLIENT_CONFIG))

    def running(self) -> tuple[RunningTask, ...]:
        """Return those that run."""
        with translated("ECS", WHAT):
            arns = self._ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE, desiredStatus="RUNNING")["taskArns"]
            tasks = self._ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        return tuple(RunningTask(one["taskArn"], _subnet(one)) for one in tasks if one["lastStatus"] == "RUNNING")

    def stop(self, task: str) -> None:
        """End a task."""
        with translated("ECS", WHAT):
            self._ecs.stop_task(cluster=CLUSTER, task=task, reason="a drill")

    def is_steady(self) -> bool:
        """Whether as many tasks run as are wanted, all of one release that is done with rolling out.

        A release that was given up may still be named, without any task.
        """
        found = self._described()
        at_work = [one for one in found["deployments"] if one["status"] == "PRIMARY" or _tasks(one)]
        whole = found["runningCount"] == found["desiredCount"] == len(self.running())
        return bool(whole and len(at_work) == 1 and at_work[0]["rolloutState"] == "COMPLETED")

    def release(self, variables: Mapping[str, str]) -> str:
        """Deploy the release in force with other environment variables, and return the deployment's id."""
        with translated("ECS", WHAT):
            in_force = self._described()["taskDefinition"]
            known = self._ecs.describe_task_definition(taskDefinition=in_force)["taskDefinition"]
            body = {name: value for name, value in known.items() if name not in READ_ONLY}
            body["containerDefinitions"] = [_with(one, variables) for one in body["containerDefinitions"]]
            arn = self._ecs.register_task_definition(**body)["taskDefinition"]["taskDefinitionArn"]
            self._ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=arn)
        return str(next(one["id"] for one in self._described()["deployments"] if one["status"] == "PRIMARY"))

    def rollout(self, deployment: str) -> str:
        """Return how far a deployment is: IN_PROGRESS, COMPLETED, FAILED, or gone."""
        states = {one["id"]: one["rolloutState"] for one in self._described()["deployments"]}
        return str(states.get(deployment, "gone"))

    def isolate(self, zone: str) -> Undo:
        """Deny a subnet all network by rules of its access list; returns what lets it in again."""
        with translated("EC2", f"subnet {zone}"):
            which = [{"Name": "association.subnet-id", "Values": [zone]}]
            lists = self._ec2.describe_network_acls(Filters=which)["NetworkAcls"]
            if not lists:
                raise ConfigurationError(f"The subnet {zone} has no access list.")
            made = self._ec2.create_network_acl(VpcId=lists[0]["VpcId"])["NetworkAcl"]["NetworkAclId"]
            for egress in (False, True):
                self._ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=FIRST, Egress=egress, **EVERYTHING)
            association = next(one for one in lists[0]["Associations"] if one["SubnetId"] == zone)
            now = self._associated(association["NetworkAclAssociationId"], made)

        def let_in() -> None:
            with translated("EC2", f"subnet {zone}"):
                self._associated(now, association["NetworkAclId"])
                self._ec2.delete_network_acl(NetworkAclId=made)

        return let_in

    def _associated(self, association: str, access_list: str) -> str:
        changed = self._ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=access_list)
        return str(changed["NewAssociationId"])

    def _described(self) -> Mapping[str, Any]:
        with translated("ECS", WHAT):
            services = self._ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        if not services:
            raise ConfigurationError(f"There is no {WHAT} in the cluster {CLUSTER}.")
        found: Mapping[str, Any] = services[0]
        return found


def _tasks(deployment: Mapping[str, Any]) -> int:
    return sum(int(deployment[name]) for name in ("desiredCount", "runningCount", "pendingCount"))


def _subnet(task: Mapping[str, Any]) -> str:
    details = (detail for one in task.get("attachments", ()) for detail in one.get("details", ()))
    return next((detail["value"] for detail in details if detail["name"] == "subnetId"), "")


def _with(container: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    if container["name"] != CONTAINER:
        return dict(container)
    kept = [pair for pair in container.get("environment", ()) if pair["name"] not in variables]
    return {**container, "environment": [*kept, *({"name": n, "value": v} for n, v in variables.items())]}
