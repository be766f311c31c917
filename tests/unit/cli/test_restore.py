"""`raglite restore`: what people and scripts are told, and with which exit code."""

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ports import Services
from raglite.ports.recovery import Recovery
from raglite.settings import Settings
from tests.fakes.archives import FakeIndexArchive
from tests.fakes.index import FakeServer
from tests.unit.recovery.estates import PLAIN, Estate, Stores, answer

TO_ALL = ("--to-documents", "d2", "--to-parsed", "p2", "--to-registry", "r2", "--to-collection", "raglite-2")


class Operator:
    """Runs `raglite restore` where the estate's stores bear the settings' names, and others are `made` or the live."""

    def __init__(self, estate: Estate, live: Stores | None = None) -> None:
        self.estate, self.live = estate, live or estate.stores
        self.made = Stores.empty(estate.world, "w")

    def __call__(self, *options: str) -> Result:
        reach = Outside(self._connect, recovery_by=self._recovery, pause=self.estate.world.clock.advance)
        return CliRunner().invoke(app, ["restore", *options], obj=reach)

    def told(self, *options: str, exit_code: int = 0) -> Any:
        result = self(*options, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def _stores(self, settings: Settings) -> Stores:
        stores = self.live
        if settings.documents_bucket == "d2":
            stores = replace(stores, documents=self.made.documents)
        if settings.registry_table == "r2":
            stores = replace(stores, registry=self.made.registry, tables=self.made.tables)
        return replace(stores, server=self.made.server) if settings.collection == "raglite-2" else stores

    def _connect(self, settings: Settings) -> Services:
        return self._stores(settings).services(self.estate.world)

    def _recovery(self, settings: Settings) -> Recovery:
        index = FakeIndexArchive(self._stores(settings).server, "live")
        return replace(self.estate.recovery(self._stores(settings)), index=index)


@pytest.fixture
def estate() -> Estate:
    estate = Estate().fill()
    estate.back_up(alias="raglite")
    return estate


def test_everything_is_restored_and_said_to_be_whole(estate: Estate) -> None:
    operator = Operator(estate)
    result = operator(*TO_ALL)
    assert result.exit_code == 0, result.output
    assert "whole, at commit" in result.stdout
    assert answer(operator.made.services(estate.world)) == answer(estate.stores.services(estate.world))


def test_json_says_what_was_written_and_nothing_else_goes_to_stdout(estate: Estate) -> None:
    told = Operator(estate).told(*TO_ALL)
    assert (told["whole"], told["faults"], told["synchronized"]) == (True, [], 0)
    assert told["written"]["versions"] == 7
    assert told["bytes"] > 0
    assert told["points"] > 0


def test_what_is_not_whole_is_said_with_exit_code_10(estate: Estate) -> None:
    operator = Operator(estate)
    operator.told(*TO_ALL)
    operator.made.documents.erase(PLAIN, "v3")
    told = operator.told(*TO_ALL, "--verify-only", exit_code=10)
    assert told["faults"][0] == f"{PLAIN}, version v3: is missing in the bucket documents."
    result = operator(*TO_ALL, "--verify-only")
    assert f"FAULT {PLAIN}, version v3: is missing" in result.stdout
    assert "not whole" in result.stdout


def test_a_lost_registry_is_restored_beside_what_is_live(estate: Estate) -> None:
    operator = Operator(estate)
    told = operator.told("--to-registry", "r2")
    assert told["faults"] == []
    assert operator.made.registry.records == estate.world.registry.records


def test_a_lost_index_is_restored_and_live(estate: Estate) -> None:
    operator = Operator(estate, replace(estate.stores, server=FakeServer()))
    told = operator.told("--to-collection", "again")
    assert (told["faults"], told["targets"]) == ([], {"collection": "again"})
    assert operator.live.server.aliases["live"] == "again"


def test_registry_and_index_are_restored_beside_the_live_documents(estate: Estate) -> None:
    operator = Operator(estate)
    estate.world.documents.put(PLAIN, b"")  # after the backup, and nobody heard of it
    told = operator.told("--to-registry", "r2", "--to-collection", "raglite-2")
    assert (told["faults"], told["quarantined"], told["synchronized"]) == ([], [PLAIN], 1)


def test_registry_and_index_are_rebuilt_from_the_documents_without_any_backup(estate: Estate) -> None:
    operator = Operator(estate)
    estate.store.parts.clear()
    told = operator.told("--from", "documents", "--to-registry", "r2", "--to-collection", "raglite-2")
    assert (told["backup"], told["faults"]) == (None, [])


def test_one_document_is_brought_back_once(estate: Estate) -> None:
    operator = Operator(estate)
    estate.delete(PLAIN)
    assert operator.told("--document", PLAIN)["written"]["versions"] == 1
    assert "has these bytes already" in operator("--document", PLAIN).stdout


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--to-documents", "d2"),
        ("--document", "a", "--to-registry", "r2"),
        ("--from", "documents", "--to-registry", "r2"),
    ],
)
def test_what_no_way_leads_to_is_refused_with_the_ways_there_are(estate: Estate, options: tuple[str, ...]) -> None:
    result = Operator(estate)(*options)
    assert result.exit_code == 65
    assert "can be restored:" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--to-registry", "raglite-registry"),
        ("--to-collection", "raglite"),
        (*TO_ALL[2:], "--to-documents", "documents"),
    ],
)
def test_what_is_in_use_is_not_restored_into(estate: Estate, options: tuple[str, ...]) -> None:
    result = Operator(estate)(*options)
    assert result.exit_code == 65
    assert "is in use" in result.stderr


def test_a_backup_that_is_not_there_is_refused(estate: Estate) -> None:
    estate.store.parts.clear()
    result = Operator(estate)(*TO_ALL)
    assert (result.exit_code, "There is no backup" in result.stderr) == (65, True)
    result = Operator(estate)(*TO_ALL, "--backup", "20260101T000000Z-00000000")
    assert (result.exit_code, "is missing" in result.stderr) == (65, True)
