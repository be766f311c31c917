"""What commands and prose name, held against what there is. Each check returns its faults as sentences."""

import importlib.util
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from raglite.cli.app import app
from raglite.settings import PREFIX, Settings
from tests.blocks import ROOT
from tests.unit.documentation.shell import Command, commands_in, functions_in

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = frozenset(" ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split())
HELP = dict(re.findall(r"^([a-z0-9_-]+):.*?##(.*)$", MAKEFILE, re.MULTILINE))
DECLARED = frozenset(re.findall(r"^([A-Z_]+) \?=", MAKEFILE, re.MULTILINE))
SETTINGS = frozenset(f"{PREFIX}{name}".upper() for name in Settings.model_fields)
OURS = ("raglite", "scripts", "local", "tests", "lambda", "infra", "dashboards", "docs")
MADE = re.compile(r"(^|/)(build|\.terraform|\.local)/|\.tfstate|\.tfplan$")  # by commands, so not in the repository
# Programs that pages say are needed, or that every machine has.
PROGRAMS = frozenset(
    "aws cat chromium cp curl cut docker git grep jq make mkdir python3 rm sed sha256sum source tee".split()
)
FILE = re.compile(rf"(?<![\w./$}}-])(?:{'|'.join(OURS)})/[\w.*/{{}}<>-]*[\w/*]")
SECRET = re.compile(r"raglite/[a-z-]+\*?$")  # of Secrets Manager
_RAGLITE = {"raglite", ".venv/bin/raglite"}
_PYTHON = {"python", "python3", ".venv/bin/python"}


def of_a_block(text: str, functions: Iterable[str] = ()) -> list[str]:
    """Check a whole block of commands."""
    checks: tuple[Callable[[Command], list[str]], ...] = (taken, made, known_module, _programs(text, functions))
    faults = [fault for command in commands_in(text) for check in checks for fault in check(command)]
    return [*syntax(text), *faults, *missing_files(text), *unknown_settings(text)]


def of_a_remark(text: str) -> list[str]:
    """Check a piece of code in prose: it need not be complete, but what it names must be there."""
    called = commands_in(text)[:1] if re.match(r"(make|raglite|python|\.venv/bin/\w+) ", text) else []
    checks = (options_known, made, known_module)
    return [
        *(fault for command in called for check in checks for fault in check(command)),
        *missing_files(text),
        *unknown_settings(text),
    ]


def syntax(text: str) -> list[str]:
    """Let bash read it without running it."""
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    return done.stderr.splitlines() if done.returncode else []


@cache
def command_line() -> Any:
    """Return `raglite`, to which files need not be there: a page names its reader's."""
    whole = typer.main.get_command(app)
    waiting: list[Any] = [whole]
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "commands", {}).values()
        for parameter in one.params:
            if hasattr(parameter.type, "exists"):
                parameter.type.exists = False
    return whole


def understood(arguments: list[str]) -> Any:
    """Return the command of `raglite` that these arguments call; raises as the command line would refuse them."""
    command = command_line()
    rest = arguments
    while hasattr(command, "commands"):
        if rest[:1] and rest[0] in {name for one in command.params for name in one.opts}:
            return command  # such as --show-completion, which ends what it stands in
        if not rest or rest[0] not in command.commands:
            raise ValueError(f"raglite has no {' '.join(arguments)}")
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(arguments[0], list(rest), resilient_parsing=False)
    return command


def taken(command: Command) -> list[str]:
    """A call of `raglite` is one that its command line takes."""
    if command.name not in _RAGLITE:
        return []
    try:
        understood(list(command.arguments))
    except Exception as refusal:  # noqa: BLE001  typer keeps the classes of its refusals to itself
        return [f"`{command}`: {getattr(refusal, 'message', None) or refusal}"]
    return []


def options_known(command: Command) -> list[str]:
    """A call of `raglite` in prose names verbs and options that there are."""
    if command.name not in _RAGLITE:
        return []
    found = command_line()
    rest = [word for word in command.arguments if word != "..."]
    while hasattr(found, "commands") and rest and not rest[0].startswith("-"):
        if rest[0] not in found.commands:
            return [f"`{command}`: there is no {rest[0]}"]
        found, rest = found.commands[rest[0]], rest[1:]
    known = {option for one in found.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    return [f"`{command}`: there is no {word}" for word in rest if re.match(r"-+[a-z]", word) and word not in known]


def made(command: Command) -> list[str]:
    """A call of `make` names targets that there are, and variables that are told of."""
    if command.name != "make":
        return []
    words = [word for word in command.arguments if word != "..."]
    given = {name: value for name, is_given, value in (word.partition("=") for word in words) if is_given}
    targets = [word for word in words if "=" not in word and not word.startswith(("-", "."))]
    told = DECLARED.union(*(re.findall(r"\b([A-Z_]+)=", HELP.get(target, "")) for target in targets))
    unknown = [target for target in targets if target not in TARGETS]
    untold = sorted({*given, *command.variables} - told)
    return [
        *(f"`{command}`: there is no target {target}" for target in unknown),
        *(f"`{command}`: `make help` does not tell of {name}=" for name in untold),
    ]


def known_module(command: Command) -> list[str]:
    """A call of `python -m` names a module that there is, and options that stand in its source."""
    if command.name not in _PYTHON or command.arguments[:1] != ("-m",):
        return []
    module, *rest = command.arguments[1:]
    files = _sources(module)
    package = module.split(".")[0]
    if not files:
        is_there = package not in OURS and importlib.util.find_spec(package)
        return [] if is_there else [f"`{command}`: there is no module {module}"]
    source = "".join(path.read_text() for path in files)
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return [f"`{command}`: {module} has no {option}" for option in options if option not in source]


def _sources(module: str) -> list[Path]:
    """Return the files of a module of ours, or of the package that it runs."""
    path = ROOT.joinpath(*module.split("."))
    return [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.glob("*.py"))


def missing_files(text: str) -> list[str]:
    """Every path into the repository leads somewhere; capitals and marks stand for what a reader puts in."""
    return [f"`{named}` is not there" for named in FILE.findall(text) if not _is_there(named)]


def _is_there(named: str) -> bool:
    if MADE.search(named) or SECRET.match(named):
        return True
    pattern = re.sub(r"<[^>]*>|\{[^}]*\}|\b[A-Z]{2,}\b|\bNNNN\b|\bXXXX\b", "*", named.rstrip("/"))
    return any(True for _ in ROOT.glob(pattern))


def unknown_settings(text: str) -> list[str]:
    """Every setting that is named is one."""
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", text))
    return [f"there is no setting {name}" for name in sorted(named - SETTINGS)]


def _programs(text: str, functions: Iterable[str]) -> Callable[[Command], list[str]]:
    known = PROGRAMS | _shell_words() | functions_in(text) | set(functions) | _RAGLITE | _PYTHON

    def check(command: Command) -> list[str]:
        is_known = command.name in known or "/" in command.name or command.name.startswith(("$", "["))
        return [] if is_known else [f"`{command}`: no page says what {command.name} is"]

    return check


@cache
def _shell_words() -> frozenset[str]:
    done = subprocess.run(["bash", "-c", "compgen -b -k"], text=True, capture_output=True, check=True)
    return frozenset(done.stdout.split())


def remarks(tokens: Iterable[Any]) -> Iterator[str]:
    """Yield the code in prose."""
    for token in tokens:
        yield from (child.content for child in token.children or () if child.type == "code_inline")
