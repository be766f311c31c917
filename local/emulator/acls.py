"""Network ACLs as a VPC has them: every subnet has one, and what none of its rules allows does not pass.

The emulator writes ACLs down, associates none with a subnet, and lets everything pass.
Source: docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html.
"""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from local.emulator.theirs import Theirs

USED = "network_acls subnets ACTION_MAP error"
LAST = 32767  # the number of the rule `*`, which denies
EVERYWHERE = {"0.0.0.0/0"}
OF_SUBNETS = "association.subnet-id"  # a filter
Json = dict[str, Any]
Handler = Callable[[Mapping[str, Any]], Any]


class Acls:
    """The emulator's own records, completed."""

    def __init__(self, ec2: ModuleType) -> None:
        self._ec2 = Theirs(ec2, USED)
        self._lock = threading.Lock()

    def correct(self) -> None:
        """Answer for network ACLs from now on."""
        corrected: dict[str, Callable[[Handler], Handler]] = {
            "CreateNetworkAcl": self._create,
            "DescribeNetworkAcls": self._describe,
            "DeleteNetworkAcl": self._delete,
            "ReplaceNetworkAclAssociation": self._associate,
        }
        for name, corrects in corrected.items():
            self._ec2.ACTION_MAP[name] = corrects(self._ec2.ACTION_MAP[name])

    def cut_off(self) -> frozenset[str]:
        """Return the subnets, in every region, into which or out of which nothing may go."""
        self._complete()
        lost = [acl for _, acl in self._records("network_acls") if lets_nothing_pass(acl["Entries"])]
        return frozenset(one["SubnetId"] for acl in lost for one in acl["Associations"])

    def zone_of(self, subnet: str) -> str | None:
        """Return the availability zone of a subnet; None if there is no such subnet."""
        return next((one["AvailabilityZone"] for key, one in self._records("subnets") if key[-1] == subnet), None)

    def _records(self, table: str) -> list[tuple[tuple[str, ...], Json]]:
        """Return a table's records of every account and region; the last part of a key is the id."""
        return list(getattr(self._ec2, table)._data.items())  # noqa: SLF001  nothing else reads more than one region

    def _complete(self) -> None:
        """Give every subnet without an ACL its VPC's default one, and every ACL its last rules."""
        with self._lock:
            acls, subnets = self._records("network_acls"), self._records("subnets")
            known = {key[-1] for key, _ in subnets}
            for _, acl in acls:
                acl["Associations"] = [one for one in acl["Associations"] if one["SubnetId"] in known]
                if all(entry["RuleNumber"] != LAST for entry in acl["Entries"]):
                    acl["Entries"] += [_last(egress) for egress in (False, True)]
            held = {one["SubnetId"] for _, acl in acls for one in acl["Associations"]}
            for (*scope, subnet), described in subnets:
                default = (acl for (*of, _), acl in acls if (of, acl["VpcId"]) == (scope, described["VpcId"]))
                if subnet not in held and (found := next((acl for acl in default if acl["IsDefault"]), None)):
                    number = f"aclassoc-{secrets.token_hex(9)[:17]}"
                    found["Associations"].append({"NetworkAclAssociationId": number, "SubnetId": subnet})

    def _create(self, create: Handler) -> Handler:
        def created(params: Mapping[str, Any]) -> Any:
            answer = create(params)
            self._complete()
            return answer

        return created

    def _describe(self, describe: Handler) -> Handler:
        def described(params: Mapping[str, Any]) -> Any:
            self._complete()
            asked = _filtered(params, OF_SUBNETS)
            if asked is None:
                return describe(params)
            acls = [
                number
                for number, acl in self._ec2.network_acls.items()
                if asked & {one["SubnetId"] for one in acl["Associations"]}
            ]
            ids = {f"NetworkAclId.{place}": [number] for place, number in enumerate(acls or ["acl-none"], 1)}
            return describe({**params, **ids})

        return described

    def _delete(self, delete: Handler) -> Handler:
        def deleted(params: Mapping[str, Any]) -> Any:
            self._complete()
            number = _one(params, "NetworkAclId")
            if (self._ec2.network_acls.get(number) or {}).get("Associations"):
                return self._ec2.error("DependencyViolation", f"networkAcl '{number}' has dependencies.", 400)
            return delete(params)

        return deleted

    def _associate(self, associate: Handler) -> Handler:
        def associated(params: Mapping[str, Any]) -> Any:
            self._complete()
            number, acl = _one(params, "AssociationId"), _one(params, "NetworkAclId")
            every = [one for known in self._ec2.network_acls.values() for one in known["Associations"]]
            before = next((one for one in every if one["NetworkAclAssociationId"] == number), None)
            if before is None:
                sentence = f"The association ID '{number}' does not exist"
                return self._ec2.error("InvalidAssociationID.NotFound", sentence, 400)
            answer = associate(params)
            if acl in self._ec2.network_acls:  # theirs has forgotten which subnet it was
                self._ec2.network_acls[acl]["Associations"][-1]["SubnetId"] = before["SubnetId"]
            return answer

        return associated


def lets_nothing_pass(entries: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether everything is denied on the way in, or everything on the way out.

    Rules count by their number, and the first that fits decides. An ACL keeps no connections in mind: where nothing
    comes out, nothing is answered.
    """
    return any(_denies_all(entries, egress=egress) for egress in (False, True))


def _denies_all(entries: Sequence[Mapping[str, Any]], *, egress: bool) -> bool:
    for entry in sorted(entries, key=lambda one: int(one["RuleNumber"])):
        if (
            entry["Egress"] is not egress or entry.get("CidrBlock") is None
        ):  # what is only for IPv6 reaches no task here
            continue
        if entry["RuleAction"] == "allow":
            return False
        if entry["Protocol"] == "-1" and entry["CidrBlock"] in EVERYWHERE:
            return True
    return True


def _last(egress: bool) -> Json:
    return {"RuleNumber": LAST, "Protocol": "-1", "RuleAction": "deny", "Egress": egress, "CidrBlock": "0.0.0.0/0"}


def _one(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _filtered(params: Mapping[str, Any], name: str) -> set[str] | None:
    """Return the values of a filter; None if it is not asked for."""
    place = next((key for key in params if key.startswith("Filter.") and _one(params, key) == name), None)
    if place is None:
        return None
    values = place.removesuffix("Name") + "Value."
    return {_one(params, key) for key in params if key.startswith(values)}
