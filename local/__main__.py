"""`python -m local up|down|status|env|plan|apply`: the whole estate on this machine, reached as AWS is."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Collection
from typing import Any

import psutil

from local.localstack.target import TARGETS, target_of
from local.twin import drift, faults
from local.twin.engines import ENGINES, containers
from local.twin.estate import STORES, Twin, apply, down, up
from local.twin.layout import HERE, TwinError
from local.twin.processes import Running

MIB = 1024**2


def main(arguments: list[str] | None = None) -> int:
    """Return an exit code: 0, or 1 with a sentence on stderr."""
    verbs: dict[str, tuple[Callable[[bool], int], str]] = {
        "up": (_up, "start the twin, or mend one that runs"),
        "down": (_down, "stop it and give its documents up"),
        "status": (_status, "which processes run"),
        "env": (_env, "print the exports that lead the CLI and AWS SDKs to it"),
        "plan": (_plan, "plan once more and compare with the known drift"),
        "apply": (_apply, "apply once more, with variables as they are set from now on"),
    }
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    chosen = parser.add_subparsers(dest="verb", required=True)
    for name, (_, what) in verbs.items():
        chosen.add_parser(name, help=what).add_argument("--json", action="store_true", help="for machines")
    chosen.choices["up"].add_argument(
        "--engine",
        type=_one_of(ENGINES),
        metavar="|".join(ENGINES),
        default=os.environ.get("ENGINE") or None,
        help="what runs the tasks (default: $ENGINE, else what runs them now, else processes)",
    )
    chosen.choices["up"].add_argument(
        "--aws",
        type=_one_of(TARGETS),
        metavar="|".join(TARGETS),
        default=os.environ.get("TWIN") or None,
        help="who serves AWS (default: $TWIN, else who does now, else the emulator)",
    )
    chosen.choices["up"].add_argument(
        "--faults",
        action="store_true",
        default=faults.asked_for(os.environ),
        help="put an unreliable network between the tasks and the vector store (default: $FAULTS)",
    )
    chosen.choices["apply"].add_argument("variables", nargs="*", type=_variable, metavar="NAME=JSON")
    given = parser.parse_args(arguments)
    try:
        if given.verb == "apply":
            return _apply(given.json, given.variables)
        if given.verb == "up":
            return _up(given.json, given.engine, given.aws, faulty=given.faults)
        return verbs[given.verb][0](given.json)
    except TwinError as error:
        print(f"local: {error}", file=sys.stderr)
        return 1


def _variable(word: str) -> tuple[str, Any]:
    name, is_given, value = word.partition("=")
    try:
        return name, json.loads(value if is_given else "")
    except ValueError:
        raise argparse.ArgumentTypeError(f'{word!r} is no NAME=JSON, such as live=\'{{"registry":"2"}}\'') from None


def _one_of(names: Collection[str]) -> Callable[[str], str]:
    """Return what holds a word to some names; `choices` would not look at a default out of the environment."""

    def chosen(word: str) -> str:
        if word not in names:
            raise argparse.ArgumentTypeError(
                f"{word!r}, as said here or in the environment, is none of {'|'.join(names)}"
            )
        return word

    return chosen


def _up(as_json: bool, engine: str | None = None, aws: str | None = None, *, faulty: bool = False) -> int:
    facts = up(HERE, engine, aws, faulty=faulty)
    if as_json:
        return _print(facts)
    for name in ("mcp_url", "api_url", "api_key", "documents_bucket", "aws_endpoint_url", "qdrant_url"):
        print(f"{name:18s}{facts[name]}")
    print(f"{'took':18s}{', '.join(f'{name} {seconds:.1f} s' for name, seconds in facts['timings'].items())}")
    print('Reach it from a shell with: eval "$(.venv/bin/python -m local env)"')
    return 0


def _down(as_json: bool) -> int:
    count = down(HERE)
    return _print({"stopped": count}) if as_json else _say(f"stopped {count} processes" if count else "nothing ran")


def _status(as_json: bool) -> int:
    roster = Twin.of(HERE).roster
    processes = [_described(running) for running in [*roster.processes, *containers(roster)]]
    if as_json:
        return _print({"processes": processes})
    for entry in processes:
        state = f"{entry['rss_mb']:5d} MB" if entry["alive"] else "dead"
        print(f"{entry['name']:14s}{entry['pid']:8d}  {state:10s}{entry['port'] or '':>6}  {entry['log']}")
        for task in entry["children"]:
            print(f"  {task['command'][:40]:40s}{task['pid']:8d}  {task['rss_mb']:5d} MB")
    return _say("nothing runs: start it with `make up`") if not processes else 0


def _described(running: Running) -> dict[str, Any]:
    process = running.process
    children = [] if process is None else [_child(child) for child in process.children(recursive=True)]
    rss = 0 if process is None else process.memory_info().rss // MIB
    entry = {"name": running.name, "pid": running.pid, "alive": process is not None, "rss_mb": rss}
    return entry | {"port": running.port, "log": running.log, "children": [child for child in children if child]}


def _child(process: psutil.Process) -> dict[str, Any] | None:
    try:
        words = [word.rpartition("/")[2] for word in process.cmdline()]
        return {"pid": process.pid, "command": " ".join(words), "rss_mb": process.memory_info().rss // MIB}
    except psutil.NoSuchProcess:
        return None


def _env(as_json: bool) -> int:
    environment = _running().environment()
    if as_json:
        return _print(environment)
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _plan(as_json: bool) -> int:
    twin = _running()
    with twin.layout.locked():
        result = drift.compare(drift.drift_in(twin.terraform.plan()), drift.known(target=target_of(twin.programs)))
    if as_json:
        _print(result)
    else:
        print(f"{len(result['drift'])} changes, {len(result['new'])} of them unknown")
    for kind in ("new", "missing"):
        for change in result[kind]:
            words = f"{'/'.join(change['actions'])} {change['address']} {' '.join(change['attributes'])}"
            print(f"{kind}: {words}", file=sys.stderr)
    return 0 if result["equal"] else 1


def _apply(as_json: bool, variables: Collection[tuple[str, Any]] = ()) -> int:
    outputs = apply(HERE, dict(variables))
    if as_json:
        return _print(outputs)
    return _say("\n".join(f"{name:18s}{outputs[name]}" for name in STORES))


def _running() -> Twin:
    twin = Twin.of(HERE)
    if not twin.runs:
        raise TwinError("the twin does not run: start it with `make up`.")
    return twin


def _print(content: Any) -> int:
    print(json.dumps(content, indent=1))
    return 0


def _say(sentence: str) -> int:
    print(sentence)
    return 0


if __name__ == "__main__":
    sys.exit(main())
