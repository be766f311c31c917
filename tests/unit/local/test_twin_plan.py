"""A second plan against the known drift, and the snapshot a twin starts from."""

import hashlib
import json

import pytest

from local.twin import drift
from local.twin.keys import Keys, keys_of
from local.twin.layout import Layout
from local.twin.snapshot import Snapshot, fingerprint
from local.twin.terraform import GENERATIONS, STATE, Terraform

KEYS = Keys("a", "b", "c")


def change(address, actions, before, after, unknown=None):
    return {
        "address": address,
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}},
    }


PLAN = {
    "resource_changes": [
        change("aws_b.changes", ["update"], {"x": 1, "y": 1, "z": 1}, {"x": 2, "y": 1}, {"z": True}),
        change("aws_a.stays", ["no-op"], {"x": 1}, {"x": 1}),
        change("data.aws_c.is_read", ["read"], None, {"x": 1}),
        change("aws_a.is_made", ["create"], None, {"x": 1}),
    ],
    "output_changes": {"moves": {"actions": ["update"]}, "stays": {"actions": ["no-op"]}},
}
FOUND = [
    {"address": "aws_a.is_made", "actions": ["create"], "attributes": []},
    {"address": "aws_b.changes", "actions": ["update"], "attributes": ["x", "z"]},
    {"address": "output.moves", "actions": ["update"], "attributes": []},
]


def test_a_plan_is_read_down_to_the_attributes_that_would_change():
    assert drift.drift_in(PLAN) == FOUND


def test_exactly_the_known_drift_is_equal():
    assert drift.compare(FOUND, FOUND) == {"equal": True, "drift": FOUND, "new": [], "missing": []}


def test_drift_nobody_knew_and_drift_that_did_not_come_are_both_told():
    other = FOUND[1] | {"attributes": ["x"]}
    result = drift.compare(FOUND[:2], [FOUND[0], other])
    assert (result["equal"], result["new"], result["missing"]) == (False, [FOUND[1]], [other])


def test_every_known_drift_says_why():
    entries = json.loads(drift.KNOWN.read_text())["drift"]
    assert [entry["address"] for entry in entries if len(entry["why"]) < 20] == []
    assert drift.known() == sorted(drift.known(), key=lambda entry: entry["address"])


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path)
    layout.make()
    layout.terraform.mkdir()
    (layout.terraform / STATE).write_text("applied")
    (layout.live / "table").write_text("empty")
    return layout


def test_a_snapshot_brings_back_what_was_applied_and_nothing_that_came_later(layout):
    Snapshot(layout, "same").save({"name": "value"})
    (layout.live / "table").write_text("full")
    (layout.live / "document").write_text("uploaded")
    (layout.terraform / STATE).write_text("gone")
    Snapshot(layout, "same").restore()
    assert {path.name: path.read_text() for path in layout.live.iterdir()} == {"table": "empty"}
    assert (layout.terraform / STATE).read_text() == "applied"
    assert Snapshot(layout, "same").outputs == {"name": "value"}


def test_a_snapshot_of_something_else_does_not_fit(layout):
    Snapshot(layout, "one").save({})
    assert Snapshot(layout, "one").fits
    assert not Snapshot(layout, "another").fits


def test_half_a_snapshot_does_not_fit(layout):
    Snapshot(layout, "one").save({})
    description = layout.snapshot / "snapshot.json"
    description.write_text(description.read_text()[:-20])
    assert not Snapshot(layout, "one").fits


def test_another_port_or_key_needs_another_snapshot():
    made = {
        fingerprint(4566, KEYS),
        fingerprint(4567, KEYS),
        fingerprint(4566, Keys("c", "b", "c")),
        fingerprint(4566, KEYS),
    }
    assert len(made) == 3


def test_keys_are_made_once_and_the_service_learns_only_the_hash(layout):
    first = keys_of(layout)
    assert keys_of(layout) == first
    assert layout.keys.stat().st_mode & 0o077 == 0
    assert first.api_key not in first.api_keys_secret()
    assert first.api_key not in repr(first)


def test_keys_that_an_earlier_twin_did_not_need_are_made_beside_the_others(layout):
    first = keys_of(layout)
    layout.keys.write_text(json.dumps({"api_key": first.api_key, "qdrant_api_key": first.qdrant_api_key}))
    again = keys_of(layout)
    assert (again.api_key, again.qdrant_api_key) == (first.api_key, first.qdrant_api_key)
    assert again.canary_key not in {"", first.canary_key}
    assert keys_of(layout) == again


def test_the_canary_may_read_and_is_known_for_one(layout):
    keys = keys_of(layout)
    known = {key["name"]: key for key in json.loads(keys.api_keys_secret())["keys"]}
    assert known["canary"]["scopes"] == ["read", "canary"]
    assert known["canary"]["sha256"] == hashlib.sha256(keys.canary_key.encode()).hexdigest()


@pytest.fixture
def terraform(layout, monkeypatch):
    """Terraform that runs nothing."""
    monkeypatch.setattr(Terraform, "_run", lambda *_, **__: "")
    return Terraform(layout.terraform, layout.logs / "terraform.log", {})


def test_what_was_switched_outlives_another_preparation_and_ends_with_the_estate(terraform):
    terraform.prepare()
    assert json.loads(terraform.generations.read_text()) == {}  # there from the start, so that it can be named
    terraform.switch({"live": {"registry": "2"}, "alarms_roll_back": False})
    terraform.switch({"alarms_roll_back": True})
    terraform.prepare()
    assert json.loads(terraform.generations.read_text()) == {"live": {"registry": "2"}, "alarms_roll_back": True}
    terraform.forget()
    assert json.loads(terraform.generations.read_text()) == {}
    assert GENERATIONS.endswith(".auto.tfvars.json")  # Terraform reads no other by itself


def test_outputs_are_those_of_whoever_applied_last(terraform):
    (terraform.folder / STATE).write_text(json.dumps({"outputs": {"registry_table": {"value": "raglite-registry-2"}}}))
    assert terraform.outputs() == {"registry_table": "raglite-registry-2"}
    terraform.forget()
    assert terraform.outputs() == {}
