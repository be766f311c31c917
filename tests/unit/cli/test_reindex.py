"""`raglite reindex`: what people and scripts are told, and with which exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ingestion.chunking import CHUNKER_VERSION, HEADER_VERSION
from raglite.model import EmbeddingSpec
from raglite.settings import Settings
from tests.fakes.embedder import SPEC, FakeEmbedder
from tests.fakes.index import FakeIndex
from tests.fakes.services import World
from tests.unit.ingestion.two_collections import KEYS, Release, built, history

OURS = SPEC.model_copy(update={"chunker_version": CHUNKER_VERSION, "header_version": HEADER_VERSION})
QUESTION = {"id": "q1", "question": "What is the rim of the plain seal like?"}


class Operator:
    """Runs `raglite reindex` of a release."""

    def __init__(self, old: Release, spec: EmbeddingSpec = OURS) -> None:
        self.world, self.spec = old.world, spec
        self.connected: list[Path] = []

    def __call__(self, *options: str) -> Result:
        return CliRunner().invoke(
            app, ["reindex", *options], obj=Outside(self._connect, pause=self.world.clock.advance)
        )

    def told(self, *options: str) -> Any:
        result = self("--json", *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def _connect(self, settings: Settings) -> Any:
        self.connected.append(settings.model_dir)
        return self.world.services(index=FakeIndex(self.world.index.server), embedder=FakeEmbedder(self.spec))


@pytest.fixture
def old() -> Release:
    release = Release(World(), SPEC)
    history(release)
    return release


def test_it_says_what_was_compared_and_what_to_do_next(old: Release) -> None:
    result = Operator(old)()
    assert result.exit_code == 0
    held = old.world.index.beside(built(old.world, OURS).name).holdings()
    assert f"{len({one.edition for one in held})} editions, {sum(one.points for one in held)} points" in result.stdout
    assert "is the live collection since commit" in result.stdout
    assert "Deploy the ingest task of its release" in result.stdout
    assert "deploy the service" not in result.stdout


def test_another_model_needs_the_service_deployed(old: Release) -> None:
    assert "Now deploy the service" in Operator(old, OURS.model_copy(update={"model": "another"}))().stdout


def test_a_program_is_told_the_same(old: Release) -> None:
    told = Operator(old).told()
    assert (told["switched"], told["faults"], told["after"]["spec"]) == (True, [], OURS.digest)
    assert told["verified"]["visible_before"] == told["verified"]["visible_after"] > 0
    assert told["verified"]["probes"] == 4
    assert "is the live collection already" in Operator(old).told()["next"][0]


def test_what_was_prepared_is_switched_to_by_the_next_run(old: Release) -> None:
    operator = Operator(old)
    assert not operator.told("--prepare")["switched"]
    done = operator.told()
    assert (done["switched"], done["embedded"]) == (True, 0)


def test_faults_are_named_and_end_with_a_code_of_their_own(old: Release) -> None:
    version = old.world.documents.versions(KEYS[2])[0].version_id
    old.world.documents.forget(KEYS[2], version)
    result = Operator(old)()
    assert result.exit_code == 10
    assert f"FAULT {KEYS[2]}: the parsed pages of version {version} are gone" in result.stdout
    assert "Nothing was switched" in result.stdout


def test_golden_questions_are_asked(old: Release, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps(QUESTION | {"doc": "plain.pdf", "evidence_pages": [9]}))
    result = Operator(old)("--golden", str(golden))
    assert (result.exit_code, "FAULT golden question q1" in result.stdout) == (10, True)
    golden.write_text(json.dumps(QUESTION | {"doc": "plain.pdf", "evidence_pages": [2]}))
    assert Operator(old).told("--golden", str(golden))["verified"]["golden"] == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"answerable": False}, "no question that names its pages"),
        ({}, "names no gold page"),
        ({"question": " ", "doc": "plain.pdf", "evidence_pages": [2]}, "no words for q1"),
    ],
)
def test_golden_questions_that_show_nothing_are_refused_before_anything_is_built(
    old: Release, tmp_path: Path, line: dict[str, Any], complaint: str
) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps(QUESTION | line))
    result = Operator(old)("--golden", str(golden))
    assert (result.exit_code, complaint in result.stderr) == (65, True), result.output
    assert old.world.registry.roster().generation == 0


def test_a_golden_question_without_an_answer_is_not_asked(old: Release, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    lines = [QUESTION | {"doc": "plain.pdf", "evidence_pages": [2]}, {**QUESTION, "id": "q2", "answerable": False}]
    golden.write_text("\n".join(map(json.dumps, lines)))
    assert Operator(old).told("--golden", str(golden))["verified"]["golden"] == 1


def test_back_drop_and_abandon_say_what_they_did(old: Release) -> None:
    operator = Operator(old)
    operator.told("--prepare")
    assert operator.told("--abandon")["dropped"]["spec"] == OURS.digest
    operator.told()
    assert operator.told("--back")["after"]["spec"] == SPEC.digest
    assert "is removed" in operator("--drop-old").stdout
    assert operator("--drop-old").exit_code == 65
    assert operator("--back").exit_code == 65
    assert operator("--abandon").exit_code == 65


def test_options_that_contradict_each_other_are_refused(old: Release) -> None:
    result = Operator(old)("--back", "--drop-old")
    assert (result.exit_code, "Choose one" in result.stderr) == (65, True)


def test_a_spec_that_speaks_of_another_chunker_is_refused(old: Release) -> None:
    result = Operator(old, SPEC)()
    assert (result.exit_code, "run `make setup`" in result.stderr) == (78, True)


def test_another_model_directory_may_be_named(old: Release, tmp_path: Path) -> None:
    operator = Operator(old)
    operator.told("--to-spec", str(tmp_path))
    assert operator.connected == [tmp_path]


def test_while_another_is_at_work_it_is_to_be_tried_again(old: Release) -> None:
    operator = Operator(old)
    operator.told("--prepare")
    roster = old.world.registry.roster()
    old.world.registry.enroll(roster.next(owner="another", expires=old.world.clock.now()))
    result = operator()
    assert (result.exit_code, "Another reindex is at work" in result.stderr) == (75, True)
    old.world.clock.advance(1)
    assert operator.told()["switched"]
