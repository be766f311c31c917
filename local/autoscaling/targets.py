"""Scalable targets and scaling policies, kept in one JSON file."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.files import write_json

Body = Mapping[str, Any]
Answer = dict[str, Any]

ACCOUNT = "000000000000"
METRICS = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class Refused(Exception):
    """A request AWS would answer with an error; `code` is the exception's name in the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Targets:
    """The operations Terraform needs, by their names in the API."""

    def __init__(self, path: Path) -> None:
        """Read the state left by an earlier process, if there is any."""
        self._path = path
        empty: dict[str, dict[str, Any]] = {"targets": {}, "policies": {}, "tags": {}}
        self._kept = empty | (json.loads(path.read_text()) if path.exists() else {})
        self.operations: dict[str, Callable[[Body, str], Answer]] = {
            "RegisterScalableTarget": self._register,
            "DescribeScalableTargets": self._describe_targets,
            "DeregisterScalableTarget": self._deregister,
            "PutScalingPolicy": self._put_policy,
            "DescribeScalingPolicies": self._describe_policies,
            "DeleteScalingPolicy": self._delete_policy,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def scalable(self) -> list[tuple[Body, list[Body]]]:
        """Return every target with its policies."""
        policies = list(self._kept["policies"].values())
        return [(t, [p for p in policies if _key(p) == _key(t)]) for t in list(self._kept["targets"].values())]

    def _register(self, body: Body, region: str) -> Answer:
        key = _key(body)
        arn = f"arn:aws:application-autoscaling:{region}:{ACCOUNT}:scalable-target/{uuid.uuid4().hex}"
        new = {"ScalableTargetARN": arn, "CreationTime": time.time(), "SuspendedState": _nothing_suspended()}
        given = {name: value for name, value in body.items() if name != "Tags" and value is not None}
        target = new | self._kept["targets"].get(key, {}) | given
        if not 0 <= target.get("MinCapacity", 0) <= target.get("MaxCapacity", 0):
            raise Refused("ValidationException", "MinCapacity and MaxCapacity must be set, the former not the larger.")
        self._kept["targets"][key] = target
        if body.get("Tags"):
            self._kept["tags"][target["ScalableTargetARN"]] = dict(body["Tags"])
        self._save()
        return {"ScalableTargetARN": target["ScalableTargetARN"]}

    def _describe_targets(self, body: Body, _region: str) -> Answer:
        wanted = set(body.get("ResourceIds") or ())
        found = [t for t in self._of(body, "targets") if not wanted or t["ResourceId"] in wanted]
        return {"ScalableTargets": found}

    def _deregister(self, body: Body, _region: str) -> Answer:
        key = _key(body)
        target = self._target(body)
        self._kept["targets"].pop(key)
        self._kept["tags"].pop(target["ScalableTargetARN"], None)
        policies = self._kept["policies"].items()
        self._kept["policies"] = {name: policy for name, policy in policies if _key(policy) != key}
        self._save()
        return {}

    def _put_policy(self, body: Body, region: str) -> Answer:
        self._target(body)
        _check(body)
        key = f"{_key(body)} {body['PolicyName']}"
        path = (
            f"{uuid.uuid4()}:resource/{body['ServiceNamespace']}/{body['ResourceId']}:policyName/{body['PolicyName']}"
        )
        arn = f"arn:aws:autoscaling:{region}:{ACCOUNT}:scalingPolicy:{path}"
        new = {"PolicyARN": arn, "CreationTime": time.time(), "Alarms": []}
        policy = self._kept["policies"][key] = new | self._kept["policies"].get(key, {}) | dict(body)
        self._save()
        return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}

    def _describe_policies(self, body: Body, _region: str) -> Answer:
        names, resource = set(body.get("PolicyNames") or ()), body.get("ResourceId")
        return {
            "ScalingPolicies": [
                policy
                for policy in self._of(body, "policies")
                if (not names or policy["PolicyName"] in names) and resource in {None, policy["ResourceId"]}
            ]
        }

    def _delete_policy(self, body: Body, _region: str) -> Answer:
        if self._kept["policies"].pop(f"{_key(body)} {body['PolicyName']}", None) is None:
            raise Refused("ObjectNotFoundException", f"No scaling policy found named {body['PolicyName']}.")
        self._save()
        return {}

    def _list_tags(self, body: Body, _region: str) -> Answer:
        return {"Tags": self._tags(body)}

    def _tag(self, body: Body, _region: str) -> Answer:
        self._tags(body).update(body["Tags"])
        self._save()
        return {}

    def _untag(self, body: Body, _region: str) -> Answer:
        tags = self._tags(body)
        for name in body["TagKeys"]:
            tags.pop(name, None)
        self._save()
        return {}

    def _target(self, body: Body) -> dict[str, Any]:
        target: dict[str, Any] | None = self._kept["targets"].get(_key(body))
        if target is None:
            raise Refused("ObjectNotFoundException", f"No scalable target registered for {_key(body)}.")
        return target

    def _tags(self, body: Body) -> dict[str, str]:
        arn = body["ResourceARN"]
        if arn not in {target["ScalableTargetARN"] for target in self._kept["targets"].values()}:
            raise Refused("ResourceNotFoundException", f"No resource {arn}.")
        tags: dict[str, str] = self._kept["tags"].setdefault(arn, {})
        return tags

    def _of(self, body: Body, kind: str) -> list[dict[str, Any]]:
        namespace, dimension = body["ServiceNamespace"], body.get("ScalableDimension")
        return [
            entry
            for entry in self._kept[kind].values()
            if entry["ServiceNamespace"] == namespace and dimension in {None, entry["ScalableDimension"]}
        ]

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._path, self._kept)


def _check(policy: Body) -> None:
    """Refuse what would be kept and never evaluated."""
    tracked = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
    metric = (tracked.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if policy.get("PolicyType") != "TargetTrackingScaling" or metric not in METRICS or "TargetValue" not in tracked:
        raise Refused("ValidationException", f"Only target tracking of {' or '.join(METRICS)} is evaluated here.")


def _key(body: Body) -> str:
    return " ".join(str(body[name]) for name in IDENTITY)


def _nothing_suspended() -> dict[str, bool]:
    names = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    return dict.fromkeys(names, False)
