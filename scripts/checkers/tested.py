"""Whether a run's evidence and images may be deployed: `RUN_ID=... make tested`.

Artifacts are taken from whatever run is named, and what a run says of itself proves nothing: the run of a pull request,
a fork's too, executes that request's code. So GitHub is asked which commit the run is of, and who started it. Only a
push to main will do, and only of a commit that is on main: GitHub calls a tag that is pushed the run's branch, too, and
whoever may push could call one main. The commit goes to $GITHUB_OUTPUT: the jobs that follow check out that one.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORKFLOW = ".github/workflows/ci-cd.yml"
MAIN = "main"
SECONDS = 30


def objections(run: Mapping[str, Any], repository: str) -> list[str]:
    """Return a sentence for everything about a run, as GitHub's API tells of it, that forbids to deploy from it."""
    wanted = {
        "workflow": (str(run["path"]).partition("@")[0], WORKFLOW),
        "event": (run["event"], "push"),
        "branch": (run["head_branch"], MAIN),
        "repository": ((run["head_repository"] or {}).get("full_name"), repository),
    }
    return [
        f"Its {what} is {found}, not {expected}: name the run of a push to main that tested the commit."
        for what, (found, expected) in wanted.items()
        if found != expected
    ]


def fetched(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what GitHub knows of the run RUN_ID; ValueError if that is no run's number, OSError if nobody answers."""
    number = environment["RUN_ID"]
    if not (number.isascii() and number.isdigit()):
        raise ValueError(f"RUN_ID is {number!r}: give the number at the end of the run's address.")
    return _asked(environment, f"actions/runs/{number}")


def is_on_main(environment: Mapping[str, str], commit: str) -> bool:
    """Tell whether a commit is main's last one, or one that came before it."""
    last = _asked(environment, f"git/ref/heads/{MAIN}")["object"]["sha"]
    return _asked(environment, f"compare/{commit}...{last}")["status"] in {"ahead", "identical"}


def _asked(environment: Mapping[str, str], what: str) -> Mapping[str, Any]:
    url = f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/{what}"
    headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {environment['GITHUB_TOKEN']}"}
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310  the address is GitHub's own
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310  the same
        found: Mapping[str, Any] = json.load(answer)
    return found


def main() -> int:
    """Return 1, with sentences, unless the run may be deployed from."""
    try:
        run = fetched(os.environ)
        said = objections(run, os.environ["GITHUB_REPOSITORY"])
        if not said and not is_on_main(os.environ, run["head_sha"]):
            said = [f"Its commit {run['head_sha']} is not on {MAIN}: name the run of a push to main."]
    except (ValueError, OSError) as error:
        print(f"The run could not be looked up: {error}")
        return 1
    if said:
        print("\n".join(said))
        return 1
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as output:
        output.write(f"commit={run['head_sha']}\n")
    print(f"{run['head_sha']} was pushed to {MAIN} and tested by this run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
