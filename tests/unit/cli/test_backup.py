"""`raglite backup`: what people and scripts are told, and with which exit code."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.recovery.manifest import DOCUMENTS
from raglite.telemetry import AuditAction
from tests.unit.recovery.backed_up import DAY, BackedUp, estate


class Operator:
    def __init__(self, held: BackedUp) -> None:
        self.held = held

    def __call__(self, *arguments: str) -> Result:
        self.held.world.clock.advance(1)
        reach = Outside(
            lambda _: self.held.world.services(),
            recovery_by=lambda _: self.held.recovery,
            pause=self.held.world.clock.advance,
        )
        return CliRunner().invoke(app, ["backup", *arguments], obj=reach)

    def told(self, *arguments: str, exit_code: int = 0) -> Any:
        result = self(*arguments, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def raglite() -> Operator:
    return Operator(estate())


def test_a_backup_is_made_and_told_with_its_counts_bytes_and_rate(raglite: Operator) -> None:
    told = raglite.told("create")
    assert told["backup"] == next(raglite.held.store.complete())
    assert (told["commit"], told["counts"]["versions"], told["counts"]["points"]) == (4, 4, 8)
    assert (told["new_contents"], told["rounds"], told["vanished"]) == (9, 1, [])
    assert told["new_bytes"] == told["counts"]["bytes"] > 0
    assert told["mb_per_second"] > 0


def test_people_read_it_in_two_lines_and_follow_it_on_stderr(raglite: Operator) -> None:
    result = raglite("create")
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.endswith("is complete, at commit 4.")
    assert "3 keys, 4 versions, 1 markers" in second
    assert "the registry is read at commit 4" in result.stderr


def test_a_damaged_estate_ends_with_65_and_what_to_do(raglite: Operator) -> None:
    raglite.held.world.documents.erase("plain.txt", "v5")
    result = raglite("create")
    assert result.exit_code == 65
    assert "plain.txt in version v5" in result.stderr
    assert "raglite reconcile" in result.stderr


def test_without_an_index_a_backup_is_made_only_if_that_is_asked_for(raglite: Operator) -> None:
    raglite.held.world.index.drop(raglite.held.world.index.name)
    assert raglite("create").exit_code == 65
    assert raglite.told("create", "--without-index")["collections"] == []


def test_backups_are_listed(raglite: Operator) -> None:
    assert "There is no backup" in raglite("list").stdout
    one, two = (raglite.told("create")["backup"] for _ in range(2))
    del raglite.held.store.parts[two, "manifest.sig"]
    found = raglite.told("list")["backups"]
    assert [(row["backup"], row["complete"], row["fault"]) for row in found] == [
        (two, False, "it was not completed"),
        (one, True, None),
    ]
    assert found[1]["counts"]["keys"] == 3
    assert found[1]["locked_until"].startswith("2026-01-31")
    table = raglite("list").stdout
    assert one in table
    assert "it was not completed" in table


def test_the_newest_backup_is_verified_unless_another_is_named(raglite: Operator) -> None:
    assert raglite("verify").exit_code == 66
    one, two = (raglite.told("create")["backup"] for _ in range(2))
    assert raglite.told("verify", "--deep") == {"backup": two, "whole": True, "deep": True, "faults": []}
    assert "is whole" in raglite("verify", one).stdout
    raglite.held.store.parts[one, DOCUMENTS] = b""
    told = raglite.told("verify", one, exit_code=65)
    assert (told["whole"], "documents.jsonl.gz is damaged" in told["faults"][0]) == (False, True)
    assert "documents.jsonl.gz is damaged" in raglite("verify", one).stderr


def test_a_backup_that_is_too_old_is_no_backup(raglite: Operator) -> None:
    raglite.told("create")
    raglite.held.world.clock.advance(2 * DAY)
    assert "are allowed" in raglite.told("verify", "--max-age", "24", exit_code=65)["faults"][0]
    assert raglite("verify", "--max-age", "72").exit_code == 0


def test_old_backups_are_pruned_and_the_audit_log_says_so(raglite: Operator) -> None:
    old = raglite.told("create")["backup"]
    raglite.held.world.clock.advance(31 * DAY)
    raglite.told("create")
    told = raglite.told("prune")
    assert (told["removed"], told["locked"], told["contents"]) == ([old], [], 0)
    assert raglite.held.world.audit.records[-1][0] is AuditAction.BACKUPS_PRUNED
    assert raglite.told("prune")["removed"] == []
    assert [action for action, *_ in raglite.held.world.audit.records].count(AuditAction.BACKUPS_PRUNED) == 1
    assert "0 backups and 0 contents" in raglite("prune", "--days", "1").stdout


def test_settings_that_are_kept_name_no_secret(raglite: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLITE_QDRANT_API_KEY", "hush")
    monkeypatch.setenv("RAGLITE_REVISION", "a" * 40)
    made = raglite.told("create")["backup"]
    assert all(b"hush" not in body and b"analyst" not in body for body in raglite.held.store.parts.values())
    kept = json.loads(raglite.held.store.parts[made, "estate.json"])["settings"]
    assert (kept["documents_bucket"], kept["revision"]) == ("documents", "a" * 40)
