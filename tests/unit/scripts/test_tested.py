"""Which run's evidence and images may be deployed: that of a push to main, and no pull request's."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scripts.checkers.tested import main, objections

OURS = "example/raglite"
COMMIT = "c" * 40
PUSHED = {
    "path": ".github/workflows/ci-cd.yml",
    "event": "push",
    "head_branch": "main",
    "head_sha": COMMIT,
    "head_repository": {"full_name": OURS},
}


LAST = "d" * 40
KNOWN: dict[str, object] = {
    f"/repos/{OURS}/actions/runs/7": PUSHED,
    f"/repos/{OURS}/actions/runs/9": PUSHED | {"head_sha": "e" * 40},
    f"/repos/{OURS}/git/ref/heads/main": {"object": {"sha": LAST}},
    f"/repos/{OURS}/compare/{COMMIT}...{LAST}": {"status": "ahead"},
    f"/repos/{OURS}/compare/{'e' * 40}...{LAST}": {"status": "diverged"},
}


class GitHub(BaseHTTPRequestHandler):
    """Knows two runs, what is on main, and who asks."""

    def do_GET(self) -> None:
        known = self.path in KNOWN and self.headers["Authorization"] == "Bearer token"
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps(KNOWN.get(self.path)).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's own name
        """Say nothing."""


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    server = HTTPServer(("127.0.0.1", 0), GitHub)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GITHUB_REPOSITORY", OURS)
    monkeypatch.setenv("GITHUB_TOKEN", "token")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    yield tmp_path / "output"
    server.shutdown()
    server.server_close()


def test_the_run_of_a_push_to_main_gives_its_commit_to_the_jobs_that_follow(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUN_ID", "7")
    assert main() == 0
    assert output.read_text() == f"commit={COMMIT}\n"


def test_a_push_of_a_tag_that_is_called_main_is_no_push_to_main(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUN_ID", "9")
    assert main() == 1
    assert f"commit {'e' * 40} is not on main" in capsys.readouterr().out
    assert not output.exists()


@pytest.mark.parametrize("number", ["8", "", "7/../8", "7?a=b"])
def test_what_is_no_run_of_ours_is_refused(
    number: str, output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUN_ID", number)
    assert main() == 1
    assert capsys.readouterr().out.startswith("The run could not be looked up: ")
    assert not output.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"event": "pull_request"}, "event is pull_request, not push"),
        ({"event": "workflow_dispatch"}, "event is workflow_dispatch, not push"),
        ({"head_branch": "side"}, "branch is side, not main"),
        ({"path": ".github/workflows/weekly.yml"}, "workflow is .github/workflows/weekly.yml, not"),
        ({"head_repository": {"full_name": "somebody/raglite"}}, f"repository is somebody/raglite, not {OURS}"),
        ({"head_repository": None}, f"repository is None, not {OURS}"),
    ],
)
def test_a_run_that_others_could_have_written_is_refused(change: dict[str, object], says: str) -> None:
    (said,) = objections(PUSHED | change, OURS)
    assert says in said


def test_a_run_whose_workflow_github_names_with_its_branch_is_known() -> None:
    assert objections(PUSHED | {"path": ".github/workflows/ci-cd.yml@main"}, OURS) == []
