"""The history of drills: which runs are kept, whose artifacts are believed, and what the page shows."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from raglite.release.evidence import Evidence, Kind, sealed, write
from scripts.drill_history.__main__ import gathered, main, name_of
from scripts.drill_history.kept import fetch, is_ours, unpack
from scripts.drill_history.page import page

WEEK = datetime(2026, 3, 2, 4, 17, tzinfo=UTC)
NAMES = ("index-lost", "task-lost")
OURS = {"repository_id": 1, "head_repository_id": 1, "head_branch": "main", "id": 70}


def run_of(week: int, kind: Kind = Kind.DRILL, **changed: Any) -> Evidence:
    began = WEEK + timedelta(weeks=week)
    drills = [
        {
            "name": name,
            "failed": began + timedelta(minutes=1),
            "well": began + timedelta(minutes=1, seconds=40 + week),
            "lost_seconds": 0.0,
            "questions": 100,
            "wrong": 0,
            **changed,
        }
        for name in NAMES
    ]
    fields = {
        "kind": kind,
        "git_sha": f"{week:x}" * 40,
        "dirty": [],
        "locks": {},
        "off_lock": {},
        "images": {},
        "tools": {},
        "machine": {"system": "Linux", "architecture": "x86_64", "cpus": 2, "memory_gib": 24},
        "started": began,
        "ended": began + timedelta(minutes=9),
        "steps": [],
        "drills": drills,
    }
    return sealed(Evidence, fields)


def archive(*runs: Evidence, under: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for run in runs:
            files.writestr(f"{under}{name_of(run)}", run.model_dump_json())
        files.writestr("index.html", "an old page")
    return packed.getvalue()


def test_runs_of_both_folders_are_gathered_once_each_oldest_first(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    for folder, week in ((kept, 2), (kept, 1), (new, 3), (new, 1)):
        write(folder / f"{week}.json", run_of(week))
    runs, refused = gathered((new, kept, tmp_path / "nothing"))
    assert [run.started for run in runs] == [run_of(week).started for week in (1, 2, 3)]
    assert refused == []


def test_evidence_of_other_kinds_is_no_drill_and_what_was_edited_is_left_out_by_name(tmp_path: Path) -> None:
    write(tmp_path / "load.json", run_of(1, Kind.LOAD))
    edited = json.loads(run_of(2).model_dump_json())
    edited["drills"][0]["wrong"] = 7
    (tmp_path / "edited.json").write_text(json.dumps(edited))
    runs, refused = gathered([tmp_path])
    assert list(runs) == []
    (sentence,) = refused
    assert "edited.json was changed after it was written" in sentence


def test_the_page_tells_of_every_scenario_s_times_and_of_the_last_run() -> None:
    shown = page([run_of(1), run_of(2)], WEEK)
    assert shown.count("<svg") == 2 + len(NAMES)  # two in the legend
    assert "2 drills, green" in shown
    assert "RTO 41 to 42 s, RPO 0 s" in shown
    assert 'class="wrong"' not in shown


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"wrong": 3}, "3 of 100 answers wrong"),
        ({"questions": 0}, "0 of 0 answers wrong"),
        ({"lost_seconds": 25 * 3600.0}, "25 h of writes lost"),
        ({"well": WEEK + timedelta(days=30)}, "well again after"),
    ],
)
def test_a_last_run_in_which_something_was_wrong_is_red_and_ringed(changed: dict[str, Any], says: str) -> None:
    shown = page([run_of(1), run_of(2, **changed)], WEEK)
    assert "2 drills, red" in shown
    assert says in shown
    assert shown.count('class="wrong"') == len(NAMES)


def test_a_single_run_and_a_name_with_markup_are_drawn_too() -> None:
    shown = page([run_of(1, name="<b>x</b>")], WEEK)
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "<b>x</b>" not in shown


# --- what GitHub keeps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"workflow_run": OURS | {"head_branch": "side"}},
        {"workflow_run": OURS | {"head_repository_id": 2}},
        {"workflow_run": OURS | {"repository_id": None, "head_repository_id": None}},
        {"workflow_run": None},
        {"expired": True},
        {"name": "drill-history-2"},
    ],
)
def test_an_artifact_that_others_could_have_made_or_that_is_gone_is_not_believed(changed: dict[str, Any]) -> None:
    artifact = {"name": "drill-history", "expired": False, "workflow_run": OURS}
    assert is_ours(artifact)
    assert not is_ours(artifact | changed)


def test_files_of_an_archive_stay_within_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    unpack(archive(run_of(1), under="../../"), tmp_path / "in")
    assert [path.name for path in tmp_path.rglob("*.json")] == [name_of(run_of(1))]
    assert (tmp_path / "in" / name_of(run_of(1))).exists()


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Serve what a test puts into the dictionary, by path, and send archives on to another address, as GitHub does."""
    served: dict[str, Any] = {"sent_on_with": []}

    class GitHub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/elsewhere":
                served["sent_on_with"].append(self.headers["Authorization"])
                return self._answer(200, served["archive"])
            if self.headers["Authorization"] != "Bearer token":
                return self._answer(401, b"")
            if self.path.endswith("/zip"):
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                return self.end_headers()
            return self._answer(200, json.dumps({"artifacts": served["artifacts"]}).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's own name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), GitHub)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    served["environment"] = {
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_REPOSITORY": "example/raglite",
        "GITHUB_TOKEN": "token",
    }
    yield served
    server.shutdown()
    server.server_close()


def test_the_newest_history_of_main_is_fetched_and_the_token_is_not_sent_on(
    github: dict[str, Any], tmp_path: Path
) -> None:
    artifact = {"id": 1, "name": "drill-history", "expired": False, "workflow_run": OURS}
    github["artifacts"] = [
        artifact | {"created_at": "2026-03-02"},
        artifact | {"created_at": "2026-03-09", "workflow_run": OURS | {"id": 71}},
        artifact | {"created_at": "2026-03-16", "workflow_run": OURS | {"id": 72, "head_branch": "side"}},
    ]
    github["archive"] = archive(run_of(1), run_of(2))
    assert fetch(github["environment"], tmp_path) == "Earlier drills are those that run 71 kept."
    assert github["sent_on_with"] == [None]
    assert len(gathered([tmp_path])[0]) == 2


def test_the_first_run_has_no_history(github: dict[str, Any], tmp_path: Path) -> None:
    github["artifacts"] = []
    assert fetch(github["environment"], tmp_path) == "No earlier run on main has kept drills: this is the first."


def test_a_history_that_cannot_be_fetched_does_not_begin_anew(
    github: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.drill_history.__main__.HISTORY", tmp_path)
    for name, value in (github["environment"] | {"GITHUB_TOKEN": "another"}).items():
        monkeypatch.setenv(name, value)
    assert main() == 1
    assert "could not be read: HTTP Error 401" in capsys.readouterr().out
