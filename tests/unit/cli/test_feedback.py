"""`raglite feedback`: an answer is rated at the service, and what users said is read from the audit log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.observability.audit import Deed, Head, digest
from raglite.telemetry import AuditAction
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine, Respond

TRACE, OTHER = "1-67891233-abcdef012345678912345678", "1-67891233-000000000000000000000000"


@dataclass
class Trail:
    """An audit trail of one chain."""

    head: Head = field(default_factory=lambda: Head("task"))
    lines: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def note(self, action: AuditAction, actor: str, comment: str | None = None, **fields: object) -> None:
        digests = {"comment": digest("salt", comment)} if comment else {}
        record = self.head.follow(datetime(2026, 1, 1, tzinfo=UTC), Deed(action, actor, fields, digests))  # type: ignore[arg-type]  fields are what JSON knows
        self.head = record.head
        self.lines.append(record.line)
        if comment:
            told = {"number": self.head.number, "salt": "salt", "name": "comment", "part": 0, "parts": 1}
            self.kept.append(json.dumps({"chain": "task", "text": comment, **told}))

    def chains(self, _since: datetime | None = None) -> Sequence[str]:
        return ["task"]

    def anchors(self, _since: datetime | None = None) -> Sequence[tuple[str, datetime]]:
        return []

    def records(self, _chain: str) -> Sequence[str]:
        return self.lines

    def texts(self, _chain: str) -> Sequence[str]:
        return self.kept

    def kept_since(self, _now: datetime) -> datetime:
        return datetime.min.replace(tzinfo=UTC)


@pytest.fixture
def trail() -> Trail:
    made = Trail()
    for actor, trace in (("ann", TRACE), ("canary", OTHER)):
        made.note(AuditAction.QUERY, actor, trace_id=trace, outcome="answered")
    return made


def test_a_receipt_is_json_if_asked_for(raglite: CommandLine) -> None:
    trace = json.loads(raglite("query", "What was revenue?", "--json").stdout)["trace_id"]
    given = raglite("feedback", "give", trace, "9", "--json")
    assert given.exit_code == 0
    assert json.loads(given.stdout)["message"] == raglite("feedback", "give", trace, "9").stdout.strip()


def reported(world: World, trail: Trail, *options: str) -> Result:
    world.clock.advance(3600)
    reach = Outside(lambda _: world.services(), trail_by=lambda _: trail)
    return CliRunner().invoke(app, ["feedback", "report", *options], obj=reach)


def test_an_answer_is_rated_at_the_service(raglite: CommandLine, world: World) -> None:
    done = raglite("feedback", "give", TRACE, "9", "--comment", "Well cited.", "--replaced")
    assert (done.exit_code, done.stdout) == (0, "Thank you: the rating is kept with the question's record.\n")
    action, _, fields = world.audit.records[-1]
    assert action is AuditAction.FEEDBACK_GIVEN
    assert (fields["rated"], fields["rating"], fields["replaced"]) == (TRACE, 9, True)
    assert world.audit.texts[-1] == {"comment": "Well cited."}


@pytest.mark.parametrize("given", [("mine", "9"), (TRACE, "0"), (TRACE, "11")])
def test_what_is_no_rating_is_refused_with_what_to_change(raglite: CommandLine, given: tuple[str, str]) -> None:
    refused = raglite("feedback", "give", *given)
    assert refused.exit_code == 65
    assert "Change the request:" in refused.stderr


def test_a_service_of_another_version_is_told(world: World) -> None:
    respond: Respond = lambda _: httpx.Response(200, json={"thanks": True})  # noqa: E731  a response is one line
    refused = CommandLine(world, respond)("feedback", "give", TRACE, "9")
    assert refused.exit_code == 78


def test_the_report_says_how_much_it_is_used_and_what_users_say(world: World, trail: Trail) -> None:
    trail.note(AuditAction.FEEDBACK_GIVEN, "ann", "Well cited.", rated=TRACE, rating=9, replaced=True)
    told = reported(world, trail, "--comments").stdout
    assert "1 question of 1 user, 0.2 a week." in told
    assert "1 rating, 9.0 of 10 in the mean; 100% 8 or better" in told
    assert "Well cited." in told
    assert "Spared looking up by hand: 100% of 1 who said." in told


def test_comments_are_shown_only_if_they_are_asked_for(world: World, trail: Trail) -> None:
    trail.note(AuditAction.FEEDBACK_GIVEN, "ann", "Well cited.", rated=TRACE, rating=9)
    assert "Well cited." not in reported(world, trail).stdout


def test_a_rating_of_no_known_answer_is_complained_of(world: World, trail: Trail) -> None:
    trail.note(AuditAction.FEEDBACK_GIVEN, "ann", rated="1-00000000-000000000000000000000000", rating=1)
    done = reported(world, trail)
    assert "1 rating is not counted" in done.stderr
    assert "Nobody has rated an answer" in done.stdout


def test_the_canary_counts_only_if_nobody_is_left_out(world: World, trail: Trail) -> None:
    with_it = json.loads(reported(world, trail, "--without", "nobody", "--json").stdout)
    without = json.loads(reported(world, trail, "--json").stdout)
    assert (with_it["questions"], without["questions"]) == (2, 1)
    assert (without["satisfaction"], without["replaced"], without["ratings"]) == (None, None, [])
