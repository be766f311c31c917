"""The workflows: what they may, what they run, and that nothing is merged past them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from raglite.release.evidence import Kind
from raglite.release.policy import STEPS
from scripts.checkers.required import wanting
from scripts.deploy.rollout import ROLLS_OUT_WITHIN

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
PINNED = re.compile(r"^\s*(?:- )?uses: (?:\./\S+|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
MAKE = re.compile(
    r"make ((?:[a-z0-9-]+ ?)+|\$\{\{ matrix\.(?:target|run) \}\})(?: KINDS=(?:\$\{\{ matrix\.kind \}\}|drill))?"
)
TEXTS = {path.name: path.read_text() for path in sorted(FOLDER.iterdir())}
WORKFLOWS = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
TARGETS = set(re.findall(r"^([a-z0-9_-]+)(?: [a-z0-9_ -]+)?:", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {
    name
    for line in re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in line.split()
}


def credentials(body: dict[str, Any]) -> list[dict[str, str]]:
    return [step["with"] for step in body.get("steps", []) if "configure-aws-credentials" in step.get("uses", "")]


JOBS = [
    pytest.param(name, job, body, id=f"{name}-{job}")
    for name, workflow in WORKFLOWS.items()
    for job, body in workflow["jobs"].items()
]


def triggers(workflow: dict[Any, Any]) -> dict[str, Any]:
    return workflow[True]  # YAML 1.1 reads `on` as true


def matrix(body: dict[str, Any], name: str) -> list[str]:
    made = body["strategy"]["matrix"]
    return made.get(name) or [entry[name] for entry in made["include"]]


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is(name: str) -> None:
    used = [line for line in TEXTS[name].splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.match(line)] == []
    assert used


@pytest.mark.parametrize(("name", "job", "body"), JOBS)
def test_a_job_runs_make_targets_that_there_are_and_nothing_else(name: str, job: str, body: dict[str, Any]) -> None:
    for step in body.get("steps", []):
        if "run" not in step:
            continue
        found = MAKE.fullmatch(step["run"].strip())
        assert found, f"{name}: {job} runs {step['run']!r}"
        words = found[1].split()
        if "matrix." in found[1]:
            axis = "target" if "target" in found[1] else "run"
            words = [entry.split()[0] for entry in matrix(body, axis)]
        assert set(words) <= TARGETS, f"{name}: {job}"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    assert WORKFLOWS[name]["concurrency"]
    assert "pull_request_target" not in triggers(WORKFLOWS[name])
    assert "secrets" not in re.sub(r"#.*", "", TEXTS[name])


@pytest.mark.parametrize(("name", "job", "body"), JOBS)
def test_a_job_asks_for_no_more_than_its_kind_needs(name: str, job: str, body: dict[str, Any]) -> None:
    asked = body.get("permissions", {})
    assert "write" not in {level for scope, level in asked.items() if scope != "id-token"}
    deploys = bool(credentials(body)) or body.get("uses", "").endswith("deploy.yml")
    assert ("id-token" in asked) is deploys


def test_two_jobs_take_credentials() -> None:
    taking = [(name, job) for name, job, body in (param.values for param in JOBS) if credentials(body)]
    assert taking == [("deploy.yml", "plan"), ("deploy.yml", "apply")]


@pytest.mark.parametrize(("name", "job", "body"), [param for param in JOBS if credentials(param.values[2])])
def test_a_job_with_credentials_belongs_to_an_environment_and_has_no_static_key(
    name: str, job: str, body: dict[str, Any]
) -> None:
    assert "${{ inputs.environment }}" in body["environment"]
    (given,) = credentials(body)
    assert given.keys() - {"role-duration-seconds"} == {"role-to-assume", "aws-region"}


def test_a_deployment_that_comes_to_nothing_has_time_and_credentials_to_go_back() -> None:
    apply = WORKFLOWS["deploy.yml"]["jobs"]["apply"]
    (given,) = credentials(apply)
    setting_up_and_applying_twice = 30 * 60
    needed = 2 * ROLLS_OUT_WITHIN + setting_up_and_applying_twice
    assert needed <= apply["timeout-minutes"] * 60 <= int(given["role-duration-seconds"])


def test_no_comment_switches_a_checker_off() -> None:
    assert [name for name, text in TEXTS.items() if re.search(r"#\s*(zizmor|shellcheck)\b", text)] == []


def test_whose_run_it_is_is_settled_before_its_code_and_its_artifacts_are_used() -> None:
    jobs = dict(WORKFLOWS["deploy.yml"]["jobs"])
    steps = jobs.pop("tested")["steps"]
    assert [step.get("with", {}).get("ref") for step in steps] == [None, None]
    assert steps[-1]["run"] == "make tested"
    for job in jobs.values():
        assert "tested" in job["needs"]
        assert job["steps"][0]["with"]["ref"] == "${{ needs.tested.outputs.commit }}"


def test_a_commit_on_main_is_tested_while_another_waits_for_its_review() -> None:
    assert WORKFLOWS["ci-cd.yml"]["concurrency"] == {
        "group": "ci-${{ github.event_name == 'pull_request' && github.ref || github.sha }}",
        "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    }


def test_the_plan_that_is_applied_is_the_one_that_was_reviewed() -> None:
    plan, apply = WORKFLOWS["deploy.yml"]["jobs"]["plan"], WORKFLOWS["deploy.yml"]["jobs"]["apply"]
    uploaded = [step["with"]["name"] for step in plan["steps"] if "upload-artifact" in step.get("uses", "")]
    downloaded = [step["with"]["name"] for step in apply["steps"] if "download-artifact" in step.get("uses", "")]
    assert uploaded == downloaded == ["plan-${{ inputs.environment }}"]
    assert plan["environment"] != apply["environment"]
    assert "plan" in apply["needs"]


def test_evidence_comes_before_credentials() -> None:
    steps = WORKFLOWS["deploy.yml"]["jobs"]["plan"]["steps"]
    words = [step.get("run", step.get("uses", "")).partition("@")[0] for step in steps]
    assert words.index("make promote") < words.index("aws-actions/configure-aws-credentials")


def test_nothing_is_merged_or_deployed_past_a_job() -> None:
    jobs = WORKFLOWS["ci-cd.yml"]["jobs"]
    assert set(jobs["required"]["needs"]) == set(jobs) - {"required", "staging"}
    assert jobs["required"]["if"] == "always()"
    assert jobs["staging"]["needs"] == "required"


def test_drills_are_kept_for_longer_than_the_time_between_two_runs_whatever_came_of_them() -> None:
    workflow = WORKFLOWS["drills.yml"]
    steps = workflow["jobs"]["drills"]["steps"]
    (kept,) = [one for one in steps if one.get("with", {}).get("name") == "drill-history"]
    made = next(one for one in steps if one.get("run") == "make drill-history")
    assert kept["if"] == made["if"] == "always()"
    assert kept["with"]["retention-days"] == 90
    assert triggers(workflow)["schedule"] == [{"cron": "47 4 * * 2"}]
    assert steps[2]["env"]["ALL"] == "1"


def test_secrets_are_sought_in_the_whole_history() -> None:
    checkout = WORKFLOWS["ci-cd.yml"]["jobs"]["evidence"]["steps"][0]
    assert checkout["with"]["fetch-depth"] == 0


def test_every_kind_of_evidence_that_can_be_made_is_made_in_ci() -> None:
    kinds = {Kind(name) for name in matrix(WORKFLOWS["ci-cd.yml"]["jobs"]["evidence"], "kind")}
    assert kinds == {kind for kind, steps in STEPS.items() if {step.split()[0] for step in steps} <= TARGETS}


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped", None])
def test_a_job_that_did_not_succeed_is_wanting(result: str | None) -> None:
    assert wanting({"a": {"result": "success"}, "b": {"result": result}}) == [f"b: {result}"]


def test_all_that_succeeded_is_enough_and_nothing_is_not() -> None:
    assert wanting({"a": {"result": "success"}}) == []
    assert wanting({}) == ["There is no job to wait for: NEEDS is empty."]
