"""A zone of the corrected emulator is lost as one of AWS's is when its network denies everything."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.deployed import asking, deployed, emulator_and_engine
from tests.emulators import REQUIRED, clients
from tests.processes import until

pytestmark = [REQUIRED, pytest.mark.timeout(240)]


@dataclass
class Network:
    """A VPC with a subnet in each of two zones."""

    ec2: Any
    vpc: str
    subnets: tuple[str, str]

    @classmethod
    def make(cls, ec2):
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        blocks = {"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"}
        made = [ec2.create_subnet(VpcId=vpc, CidrBlock=b, AvailabilityZone=zone) for zone, b in blocks.items()]
        return cls(ec2, vpc, tuple(one["Subnet"]["SubnetId"] for one in made))

    def acl_of(self, subnet):
        """Return the ACL that a subnet has, and the id of their association."""
        found = self.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        (acl,) = found["NetworkAcls"]
        (association,) = (one for one in acl["Associations"] if one["SubnetId"] == subnet)
        return acl, association["NetworkAclAssociationId"]

    def give(self, subnet, acl):
        _, association = self.acl_of(subnet)
        return self.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)["NewAssociationId"]

    def new_acl(self):
        """Make an ACL, which denies everything as long as it has no rules of its own."""
        return self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with emulator_and_engine(tmp_path_factory.mktemp("emulator")) as address:
        yield address


@pytest.fixture
def network(endpoint):
    return Network.make(clients(endpoint)("ec2"))


@pytest.fixture(scope="module")
def spread(endpoint):
    """Return a service of two tasks, and the network that it lies in."""
    network = Network.make(clients(endpoint)("ec2"))
    return deployed(endpoint, network.subnets), network


def places(service):
    """Return how many running tasks lie in each subnet."""
    running = [task for task in service.tasks() if task["lastStatus"] == "RUNNING"]
    details = [{one["name"]: one["value"] for one in task["attachments"][0]["details"]} for task in running]
    return Counter(one["subnetId"] for one in details)


def test_every_subnet_has_its_networks_default_acl_which_lets_everything_pass(network):
    (acl, association), (other, _) = (network.acl_of(subnet) for subnet in network.subnets)
    assert acl["IsDefault"]
    assert acl["NetworkAclId"] == other["NetworkAclId"]
    assert {one["SubnetId"] for one in acl["Associations"]} == set(network.subnets)
    assert network.acl_of(network.subnets[0])[1] == association, "it stays the same one"


def test_another_acl_takes_the_place_of_the_one_before(network):
    first, second = network.subnets
    before, _ = network.acl_of(first)
    acl = network.new_acl()
    association = network.give(first, acl)
    found, named = network.acl_of(first)
    assert (found["NetworkAclId"], named) == (acl, association)
    assert {(one["RuleNumber"], one["RuleAction"], one["Egress"]) for one in found["Entries"]} == {
        (32767, "deny", False),
        (32767, "deny", True),
    }
    assert [one["SubnetId"] for one in network.acl_of(second)[0]["Associations"]] == [second]
    with pytest.raises(ClientError, match="DependencyViolation"):
        network.ec2.delete_network_acl(NetworkAclId=acl)
    network.give(first, before["NetworkAclId"])
    network.ec2.delete_network_acl(NetworkAclId=acl)


def test_an_association_that_there_is_not_is_refused(network):
    with pytest.raises(ClientError, match=r"InvalidAssociationID\.NotFound"):
        network.ec2.replace_network_acl_association(AssociationId="aclassoc-0", NetworkAclId=network.new_acl())


def test_tasks_are_spread_over_the_zones_and_say_which_they_are_in(spread):
    service, network = spread
    until(lambda: places(service) == Counter(network.subnets), "one task runs in each zone", within=60)
    assert {task["availabilityZone"] for task in service.tasks()} == {"us-east-1a", "us-east-1b"}


def test_a_task_that_runs_alone_is_placed_with_its_like(spread):
    service, network = spread
    where = {"awsvpcConfiguration": {"subnets": list(network.subnets)}}
    ecs, definition = service.client("ecs"), service.first
    asked = [
        ecs.run_task(cluster="cluster", taskDefinition=definition, networkConfiguration=where, count=2, group="alone")
        for _ in range(2)
    ]
    started = [task for answer in asked for task in answer["tasks"]]
    assert Counter(task["availabilityZone"] for task in started) == {"us-east-1a": 2, "us-east-1b": 2}
    for task in started:
        ecs.stop_task(cluster="cluster", task=task["taskArn"])


def test_a_lost_zones_tasks_are_not_reached_and_are_replaced_in_the_others_until_it_is_back(spread):
    service, network = spread
    lost, left = network.subnets
    until(lambda: service.health() == ["healthy", "healthy"], "both are asked", within=60)
    before, _ = network.acl_of(lost)
    network.give(lost, network.new_acl())
    begun = time.monotonic()
    found = [httpx.get(f"{service.url}/", timeout=30) for _ in range(2)]  # in turn: one of both is in the lost zone
    assert sorted(one.status_code for one in found) == [200, 504]
    assert time.monotonic() - begun >= 10, "the load balancer waits for a connection"
    until(lambda: service.health().count("healthy") == 1, "it is seen to be unhealthy")
    with asking(service.url) as answers:
        until(lambda: places(service) == Counter({left: 2}), "it is replaced in the other zone", within=60)
        until(lambda: service.health() == ["healthy", "healthy"], "both are healthy", within=30)
    assert {status for status, _ in answers} == {200}
    assert "failed ELB health checks" in service.said()
    network.give(lost, before["NetworkAclId"])
    service.client("ecs").update_service(cluster="cluster", service="service", desiredCount=4)
    until(lambda: service.health() == ["healthy"] * 4, "the new ones are reached", within=30)
    assert places(service) == Counter({left: 2, lost: 2})


def test_a_zone_that_is_back_before_its_tasks_are_given_up_keeps_them(spread):
    service, network = spread
    before, _ = network.acl_of(network.subnets[0])
    tasks = {task["taskArn"] for task in service.tasks()}
    network.give(network.subnets[0], network.new_acl())
    until(lambda: "unhealthy" in service.health(), "it is seen to be unhealthy")
    network.give(network.subnets[0], before["NetworkAclId"])
    until(lambda: set(service.health()) == {"healthy"}, "all are healthy again")
    assert {task["taskArn"] for task in service.tasks()} == tasks
