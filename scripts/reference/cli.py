"""docs/reference/cli.md: every verb, its options and its exit codes. `python -m scripts.reference.cli` writes it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from raglite.cli.app import app
from raglite.cli.checks.faults import KINDS
from raglite.cli.door import verb_of
from raglite.cli.exits import MEANINGS, OF
from raglite.settings import PREFIX

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
HEAD = """# The command line

<!-- Written by `python -m scripts.reference.cli` from raglite/cli/. -->
<!-- commands: read, because they are examples of calls: documents, questions and estates are the reader's -->

`--help` of `raglite` and of each verb says the same. [In the terminal](../how-to/terminal.md) tells of completion,
JSON, colours and exit codes in scripts. No option is read from the environment; settings are, by their `RAGLITE_*`
names, and AWS's own variables. With `--json` stdout is one JSON document or, where there is an error, empty.
"""
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "upload": ("raglite upload ~/reports --prefix filings --wait", "raglite upload acme-2023.pdf --wait --json"),
    "query": (
        'raglite query "What was Acme\'s capital expenditure in fiscal 2023?"',
        'raglite query "What was revenue?" --company Acme --year 2023 --json',
    ),
    "figure": ('raglite figure Acme "current ratio" FY2023',),
    "documents": ("raglite documents --all", "raglite documents --json | jq '.totals'"),
    "replay": ("raglite replay reports/acme-2023.pdf", "raglite replay --all-quarantined"),
    "reconcile": ("raglite reconcile", "raglite reconcile --repair --wait"),
    "reindex": ("raglite reindex --prepare --golden questions.jsonl", "raglite reindex", "raglite reindex --drop-old"),
    "doctor": ("raglite doctor", "raglite doctor --json | jq -r '.checks[] | select(.fix) | .fix'"),
    "slo": ("raglite slo --window 7d",),
    "trace": ("raglite trace --last", "raglite trace --document reports/acme-2023.pdf"),
    "promote": ("raglite promote --to staging --record build/promotion/staging.json",),
    "restore": ("raglite restore --to-collection raglite-again", "raglite restore --document reports/acme-2023.pdf"),
    "drill": ("raglite drill", "raglite drill index-lost --json"),
    "eval": (
        "raglite eval --questions questions.jsonl --html build/eval.html",
        "raglite eval --questions questions.jsonl --json - | jq '.verdict'",
    ),
    "alarms test": ("raglite alarms test tests/data/alarms/burn.toml --plan build/alarms/estate.jsonl",),
    "audit verify": ("raglite audit verify --since 2026-03-31",),
    "audit show": ("raglite audit show --since 2026-03-31 --texts",),
    "backup create": ("raglite backup create",),
    "backup list": ("raglite backup list --json",),
    "backup verify": ("raglite backup verify --deep --max-age 24",),
    "backup prune": ("raglite backup prune --days 30",),
    "validate": ("raglite validate --environment staging --html build/validation.html",),
    "feedback give": ('raglite feedback give 1-67891233-abcdef012345678912345678 9 --comment "the right page"',),
    "feedback report": ("raglite feedback report --since 2026-03-01",),
}


def verbs(command: Any = None, path: str = "raglite") -> Iterator[tuple[str, Any]]:
    """Yield every verb with its command, in the order of the help."""
    top: Any = command or typer.main.get_command(app)
    for name, one in top.commands.items():
        if hasattr(one, "commands"):
            yield from verbs(one, f"{path} {name}")
        else:
            yield verb_of(f"{path} {name}"), one


def page() -> str:
    """Return the page."""
    parts = [HEAD, *_codes(), *_faults()]
    for verb, command in verbs():
        parts += _verb(verb, command)
    return "\n".join(parts).rstrip("\n") + "\n"


def _codes() -> list[str]:
    rows = ((str(int(code)), meaning) for code, meaning in MEANINGS.items())
    text = "Every verb ends with one of these. What a code says of one verb beyond that stands with the verb."
    return ["## Exit codes", "", text, "", *_table(("code", "means"), rows)]


def _faults() -> list[str]:
    rows = (
        (f"`{fault}`", kind.meaning, _code(_filled(kind.fix)), str(int(kind.exit))) for fault, kind in KINDS.items()
    )
    text = (
        "What `raglite doctor` tells apart. The codes stay the same. Words in capitals are yours to fill in; in a "
        "finding, names and values are those of the installation."
    )
    return ["## Faults that the doctor finds", "", text, "", *_table(("code", "what is wrong", "fix", "exit"), rows)]


def _filled(fix: str) -> str:
    """Return a fix with variables for settings, and in capitals what a finding names."""
    fix = re.sub(r"\{settings\.(\w+)\}", lambda found: f"${PREFIX}{found[1].upper()}", fix)
    fix = re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), fix)
    return fix.replace("{{", "{").replace("}}", "}")


def _verb(verb: str, command: Any) -> Iterator[str]:
    context = command.make_context(f"raglite {verb}", [], resilient_parsing=True)
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["raglite", verb, *command.collect_usage_pieces(context)])
    yield from (f"## raglite {verb}", "", *_paragraphs(command.help), f"```text\n{usage}\n```", "")
    if arguments:
        rows = ((_code(one.make_metavar(context)), _default(one), one.help or "") for one in arguments)
        yield from _table(("argument", "default", "is"), rows)
    if options:
        yield from _table(
            ("option", "value", "default", "does"),
            ((_names(one), _value(one, context), _default(one), one.help or "") for one in options),
        )
    if verb in EXAMPLES:
        yield from ("```sh", *EXAMPLES[verb], "```", "")
    if verb in OF:
        yield from _table(("exit code", "means"), ((str(int(code)), meaning) for code, meaning in OF[verb].items()))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (" ".join(paragraph.split()), "")


def _names(option: Any) -> str:
    return ", ".join(_code(name) for name in (*option.opts, *option.secondary_opts))


def _value(option: Any, context: Any) -> str:
    if option.is_flag:
        return ""
    bounds = getattr(option.type, "_describe_range", lambda: "")()
    value = _code(" ".join(word for word in (option.make_metavar(context), bounds) if word))
    return f"{value}, repeatable" if option.multiple else value


def _default(parameter: Any) -> str:
    """Return what holds if nothing is given, as the help shows it."""
    if isinstance(parameter.show_default, str):
        return _code(parameter.show_default)
    value = parameter.default
    if parameter.required:
        return "required"
    if value is None or value == "" or value is False:
        return ""
    values = value if isinstance(value, list) else [value]
    return ", ".join(_code(str(one.value if isinstance(one, Enum) else one)) for one in values)


def _code(text: str) -> str:
    return f"`{text}`"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a table and an empty line."""
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *rows]
    return [*(f"| {' | '.join(map(_cell, cells))} |" for cells in lines), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
