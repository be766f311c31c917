"""Whole drills on an estate of fakes: green as it is, red for whatever is spoiled."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raglite.errors import InvalidRequest
from raglite.ports.drills import Estate, Reply
from raglite.recovery.drills.engine import Drill
from raglite.recovery.drills.ground import Ground, NotMended, Pace
from raglite.recovery.drills.report import Rate, Report
from raglite.recovery.drills.sabotages import SABOTAGES
from raglite.recovery.drills.scenario import Sabotage, Scenario
from raglite.recovery.drills.scenarios import SCENARIOS
from raglite.recovery.drills.telling import Limits
from tests.fakes.drills import Cloud

PACE = Pace(
    question=0.01,
    write=0.05,
    poll=0.005,
    settles=0.02,
    searchable=3,
    mended=3,
    holds=0.05,
    good_rounds=3,
    writes=2,
    impatient=0.2,
)
LIMITS = Limits(rto=60, rpo=60)
ON_A_REAL_REINDEX = {"bad-reindex"}


def ground_on(cloud: Cloud, pace: Pace = PACE, **levers: Any) -> Ground:
    def connect(names: Any) -> Estate:
        estate = cloud.estate(names)
        return replace(estate, levers=replace(estate.levers, **levers))

    return Ground(connect, connect(None), "run", pace)


def play(cloud: Cloud, scenario: Scenario, sabotage: Sabotage | None = None, **levers: Any) -> Report:
    return Drill(ground_on(cloud, **levers), scenario, LIMITS, sabotage).run()


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in ON_A_REAL_REINDEX])
def test_a_scenario_on_a_whole_estate_is_green(name: str) -> None:
    report = play(Cloud(), SCENARIOS[name])
    assert (report.faults, report.green, report.wrong) == ((), True, 0)
    assert report.right > 10
    assert report.rto_seconds is not None


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_sabotage_turns_its_scenario_red_by_its_name_and_leaves_a_whole_estate(name: str) -> None:
    cloud, sabotage = Cloud(), SABOTAGES[name]
    report = play(cloud, SCENARIOS[sabotage.scenario], sabotage)
    assert not report.green
    assert sabotage.says in " ".join(report.faults)
    afterwards = ground_on(cloud)
    afterwards.run = "another"
    assert Drill(afterwards, SCENARIOS["task-lost"], LIMITS).run().faults == ()


def test_what_was_lost_with_the_documents_is_counted_from_the_writers_log() -> None:
    report = play(Cloud(), SCENARIOS["documents-lost"])
    assert report.lost_writes >= PACE.writes
    assert report.rpo_seconds > 0


def test_a_loss_of_the_index_loses_no_upload() -> None:
    report = play(Cloud(), SCENARIOS["index-lost"])
    assert (report.lost_writes, report.rpo_seconds) == (0, 0)
    assert report.rto_seconds
    assert report.refused > 0


def test_an_answer_from_another_document_turns_it_red() -> None:
    cloud = Cloud()

    class Liar:
        """Answers rightly until the index is gone, and then of something else."""

        def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
            reply = cloud.estate().levers.door.ask(question, document_id, key)
            if reply.status == 200:
                return reply
            document = {"id": document_id, "key": "other.txt", "version_id": "v0"}
            return Reply(200, {"results": [{"document": document, "page": 1, "excerpt": "something else"}]})

    report = play(cloud, SCENARIOS["index-lost"], door=Liar())
    assert report.wrong > 0
    assert "no answer was wrong" in " ".join(report.faults)


def test_a_disaster_that_reaches_nothing_turns_it_red() -> None:
    class Unheeded:
        """A fault proxy that nobody's connection goes through."""

        def refuse(self) -> None: ...

        def calm(self) -> None: ...

        def troubled(self) -> int:
            return 7

    report = play(Cloud(), SCENARIOS["index-partitioned"], faults=Unheeded())
    assert [fault for fault in report.faults if "it reached nothing" in fault]


def test_a_questioner_that_ends_early_turns_it_red() -> None:
    cloud = Cloud()
    door = cloud.estate().levers.door
    asked = []

    class Breaking:
        def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
            asked.append(question)
            if len(asked) == 20:
                raise ZeroDivisionError
            return door.ask(question, document_id, key)

    report = play(cloud, SCENARIOS["task-lost"], door=Breaking())
    assert "the questioner ended early: ZeroDivisionError" in " ".join(report.faults)


def test_a_new_upload_must_be_answered_from() -> None:
    cloud = Cloud()
    door = cloud.estate().levers.door
    known: set[str | None] = set()
    struck: list[Ground] = []

    class Forgetful:
        """Knows no document that it has not heard of before the disaster."""

        def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
            if not struck:
                known.add(document_id)
            return door.ask(question, document_id, key) if document_id in known else Reply(503, {}, "Who is that?")

    scenario = replace(SCENARIOS["task-lost"], disaster=struck.append)
    report = play(cloud, scenario, door=Forgetful())
    assert "a new upload is answered from" in " ".join(report.faults)


def test_a_plan_that_differs_afterwards_turns_it_red() -> None:
    cloud = Cloud()
    queue = SCENARIOS["queue-lost"]

    def lose_and_drift(ground: Ground) -> None:
        queue.disaster(ground)
        cloud.drifted = frozenset({"aws_sqs_queue.by_hand delete"})

    report = play(cloud, replace(queue, disaster=lose_and_drift))
    assert report.faults == ("the plan is as before: aws_sqs_queue.by_hand delete",)


def test_an_outage_or_a_loss_beyond_its_limit_turns_it_red() -> None:
    report = Drill(ground_on(Cloud()), SCENARIOS["environment-lost"], Limits(rto=0.0001, rpo=0.0001)).run()
    told = " ".join(report.faults)
    assert "RTO of at most 0.0001 s: it took" in told
    assert "RPO of at most 0.0001 s:" in told


def test_an_estate_that_is_not_well_before_is_left_alone() -> None:
    cloud = Cloud(deaf=True)
    with pytest.raises(NotMended, match="the drill's first documents are searchable"):
        Drill(ground_on(cloud, replace(PACE, searchable=0.05)), SCENARIOS["task-lost"], LIMITS).run()
    assert len(cloud.tasks) == 2


def test_a_failed_backup_means_that_nothing_is_broken() -> None:
    class NoBackup:
        def run(self, words: Any, *_: Any) -> Any:
            cloud.files.clear()
            return replace(Cloud().estate().levers.commands.run(words), exit_code=75, told=None, said="S3 is away")

    cloud = Cloud()
    with pytest.raises(NotMended, match="S3 is away"):
        play(cloud, SCENARIOS["index-lost"], commands=NoBackup())
    assert "live" in cloud.server.aliases


@pytest.mark.parametrize(("name", "lever"), [("queue-lost", "infrastructure"), ("index-slow", "faults")])
def test_what_cannot_be_played_here_is_refused_before_anything_is_touched(name: str, lever: str) -> None:
    cloud = Cloud()
    with pytest.raises(InvalidRequest, match=r"docs/how-to/drills\.md"):
        play(cloud, SCENARIOS[name], **{lever: None})
    assert list(cloud.buckets["documents"].inventory()) == []


def test_the_keys_that_a_drill_made_are_gone_afterwards() -> None:
    cloud = Cloud()
    play(cloud, SCENARIOS["secret-leaked"])
    assert set(cloud.keys) == {"settings"}


def test_what_would_not_end_by_itself_is_taken_back_even_when_the_way_back_fails() -> None:
    cloud = Cloud()
    partitioned = SCENARIOS["index-partitioned"]

    def fail(_: Ground) -> None:
        raise NotMended("the operator went home")

    report = play(cloud, replace(partitioned, mend=fail))
    assert "mended: the operator went home" in report.faults
    assert not cloud.refusing


def test_the_rate_is_measured_and_its_extrapolation_is_called_one() -> None:
    rate = Rate(what="backup", bytes=10_000_000, seconds=2)
    assert (rate.megabytes_per_second, rate.extrapolated_hours) == (5, 100_000 / 5 / 3600)
    report = play(Cloud(), SCENARIOS["index-lost"]).as_json()
    assert all("hours_for_100_gb_EXTRAPOLATED" in one for one in report["rates"])


def test_every_sabotage_belongs_to_a_scenario_and_the_page_names_them_all() -> None:
    page = Path("docs/how-to/drills.md").read_text(encoding="utf-8")
    assert {one.scenario for one in SABOTAGES.values()} <= set(SCENARIOS)
    assert len(SABOTAGES) >= 10
    assert [name for name in (*SCENARIOS, *SABOTAGES) if f"`{name}`" not in page] == []
