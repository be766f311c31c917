"""A task must stand in a network, be reached through the load balancer, and by nobody else."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.unit.infra.estate import Estate, Values

ANYWHERE = {"0.0.0.0/0", "::/0"}
# MiB by CPU units: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
SIZES = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4096 + 1, 1024)),
    1024: set(range(2048, 8192 + 1, 1024)),
    2048: set(range(4096, 16384 + 1, 1024)),
    4096: set(range(8192, 30720 + 1, 1024)),
    8192: set(range(16384, 61440 + 1, 4096)),
    16384: set(range(32768, 122880 + 1, 8192)),
}


def fargate_services_have_their_network(estate: Estate) -> Iterator[str]:
    """Private, in two zones, and with a security group: Fargate takes no other network mode."""
    zones = {subnet["id"]: subnet["availability_zone"] for subnet in estate.kind("aws_subnet").values()}
    for address, service in _fargate_services(estate):
        [network] = service["network_configuration"] or [{"subnets": (), "security_groups": ()}]
        if len({zones.get(subnet) for subnet in network["subnets"]}) < 2 or not network["security_groups"]:
            yield f"{address} stands in no network of two zones with a security group"
        if network.get("assign_public_ip") or {*network["subnets"]} & _public_subnets(estate):
            yield f"{address} can be reached from outside"


def tasks_have_a_way_out(estate: Estate) -> Iterator[str]:
    """To the registry of their image, to AWS and to Qdrant, none of which would show in a plan."""
    leading_out = _leading_out(estate)
    for address, service in _fargate_services(estate):
        for network in service["network_configuration"] or ():
            if {*network["subnets"]} - leading_out:
                yield f"{address}: no NAT gateway leads out of its subnets"


def fargate_tasks_have_a_size_and_an_address(estate: Estate) -> Iterator[str]:
    for address, task in estate.kind("aws_ecs_task_definition").items():
        if "FARGATE" in (task["requires_compatibilities"] or ()):
            if task["network_mode"] != "awsvpc":
                yield f"{address}: Fargate takes no network mode but awsvpc"
            if int(task["memory"] or 0) not in SIZES.get(int(task["cpu"] or 0), ()):
                yield f"{address}: Fargate has no size of {task['cpu']} CPU units and {task['memory']} MiB"


def target_groups_are_listened_for(estate: Estate) -> Iterator[str]:
    """ECS refuses a service whose target group has no load balancer, and Fargate's tasks are targets by address."""
    heard = {_target(action) for one in estate.kind("aws_lb_listener").values() for action in one["default_action"]}
    groups = {group["arn"]: group for group in estate.kind("aws_lb_target_group").values()}
    for address, service in _fargate_services(estate):
        for balanced in service["load_balancer"] or ():
            arn = balanced["target_group_arn"]
            if arn not in heard:
                yield f"{address}: no listener sends anybody to its target group"
            if groups[arn]["target_type"] != "ip":
                yield f"{address}: its targets must be addresses"


def load_balancers_reach_their_tasks(estate: Estate) -> Iterator[str]:
    for address, service in _fargate_services(estate):
        inside = {group for network in service["network_configuration"] or () for group in network["security_groups"]}
        for balanced in service["load_balancer"] or ():
            for outside in _balancer_groups(estate) if inside else ():
                edges = _edges(estate, "egress", outside, inside), _edges(estate, "ingress", inside, outside)
                if any(balanced["container_port"] not in edge for edge in edges):
                    yield f"{address}: the load balancer cannot reach port {balanced['container_port']}"


def only_the_load_balancer_is_open_to_anybody(estate: Estate) -> Iterator[str]:
    heard = {listener["port"] for listener in estate.kind("aws_lb_listener").values()}
    public = {group for groups in _balancer_groups(estate) for group in groups}
    for address, edge in estate.kind("aws_vpc_security_group_ingress_rule").items():
        if {edge["cidr_ipv4"], edge["cidr_ipv6"]} & ANYWHERE:
            if edge["security_group_id"] not in public:
                yield f"{address} lets anybody in"
            elif (edge["from_port"], edge["to_port"]) not in {(port, port) for port in heard}:
                yield f"{address} opens a port that nobody listens on"
    for address, group in estate.kind("aws_security_group").items():
        for edge in group["ingress"] or ():
            if ANYWHERE & {*edge["cidr_blocks"], *edge["ipv6_cidr_blocks"]}:
                yield f"{address} lets anybody in"


RULES = (
    fargate_services_have_their_network,
    tasks_have_a_way_out,
    fargate_tasks_have_a_size_and_an_address,
    target_groups_are_listened_for,
    load_balancers_reach_their_tasks,
    only_the_load_balancer_is_open_to_anybody,
)


def _fargate_services(estate: Estate) -> Iterator[tuple[str, Values]]:
    """All but those that say otherwise: what capacity providers start names no launch type."""
    services = estate.kind("aws_ecs_service").items()
    yield from ((address, one) for address, one in services if one["launch_type"] not in ("EC2", "EXTERNAL"))


def _public_subnets(estate: Estate) -> set[str]:
    """Those whose route to anywhere is an internet gateway."""
    return _routed(estate, "gateway_id", {gateway["id"] for gateway in estate.kind("aws_internet_gateway").values()})


def _leading_out(estate: Estate) -> set[str]:
    """Those whose route to anywhere is a NAT gateway that itself stands in a public one."""
    public = _public_subnets(estate)
    gateways = estate.kind("aws_nat_gateway").values()
    return _routed(estate, "nat_gateway_id", {one["id"] for one in gateways if one["subnet_id"] in public})


def _routed(estate: Estate, by: str, gateways: set[str]) -> set[str]:
    """The subnets that have a route to anywhere by one of these gateways."""
    tables = {
        table["id"]
        for table in estate.kind("aws_route_table").values()
        if any(route[by] in gateways and route["cidr_block"] in ANYWHERE for route in table["route"])
    }
    associated = estate.kind("aws_route_table_association").values()
    return {one["subnet_id"] for one in associated if one["route_table_id"] in tables}


def _target(action: Mapping[str, Any]) -> str | None:
    return action["target_group_arn"] if action["type"] == "forward" else None


def _balancer_groups(estate: Estate) -> Iterator[set[str]]:
    yield from ({*balancer["security_groups"]} for balancer in estate.kind("aws_lb").values())


def _edges(estate: Estate, way: str, of: set[str], to: set[str]) -> set[int]:
    """The ports that some group of `of` may use with some group of `to`."""
    edges = estate.kind(f"aws_vpc_security_group_{way}_rule").values()
    open_to = (e for e in edges if e["security_group_id"] in of and e["referenced_security_group_id"] in to)
    return {port for edge in open_to for port in range(edge["from_port"], edge["to_port"] + 1)}
