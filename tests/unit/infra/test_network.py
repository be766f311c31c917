"""Whom tasks may speak to, and who may speak to them."""

from tests.unit.infra.estate import Estate


def test_tasks_reach_out_to_tls_and_to_qdrant_and_to_nothing_else(estate: Estate) -> None:
    groups = {one["id"]: one["name"] for one in estate.all("aws_security_group").values()}
    ports: dict[str, list[tuple[str, int, int]]] = {name: [] for name in groups.values()}
    for edge in estate.all("aws_vpc_security_group_egress_rule").values():
        ports[groups[edge["security_group_id"]]].append((edge["ip_protocol"], edge["from_port"], edge["to_port"]))
    outwards = [("tcp", 443, 443), ("tcp", 6333, 6333)]
    assert {name: sorted(edges) for name, edges in ports.items()} == {
        "raglite-service": outwards,
        "raglite-ingest": outwards,
        "raglite-load-balancer": [("tcp", 8000, 8000)],
    }


def test_nothing_gets_a_public_address_by_itself_and_no_group_is_open_by_default(estate: Estate) -> None:
    assert not any(subnet["map_public_ip_on_launch"] for subnet in estate.all("aws_subnet").values())
    assert (
        estate["module.network.aws_default_security_group.closed"]["vpc_id"]
        == estate["module.network.aws_vpc.raglite"]["id"]
    )
