"""What is excused, each with its reason: tests that need not run, and shapes of AWS that may be relied on."""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.release.evidence import DEFAULT

Sentence = Annotated[str, Field(min_length=10)]
Rows = TypeVar("Rows", bound=BaseModel)


class Skip(Frozen):
    """A test that may be skipped: `test` is its node id, in which * stands for anything."""

    test: str = Field(min_length=1)
    why: Sentence


class Waiver(Frozen):
    """A capability that only has the shape of AWS's, and may be relied on up to and including a day."""

    capability: str = Field(min_length=1)
    date: dt.date
    owner: str = Field(min_length=1)
    reason: Sentence
    expires: dt.date

    @property
    def ends(self) -> dt.datetime:
        """The last moment of its last day, in UTC."""
        return dt.datetime.combine(self.expires, dt.time.max, dt.UTC)


class Reliance(Frozen):
    """Which capabilities tests rest on, beyond what they show themselves."""

    test: str = Field(min_length=1)
    on: tuple[str, ...] = Field(min_length=1)


class Allowances(Frozen):
    """`levels` says of each capability, on each target, whether it is `real`, a `shape` or `absent`."""

    skips: tuple[Skip, ...]
    waivers: tuple[Waiver, ...]
    reliances: tuple[Reliance, ...]
    levels: Mapping[str, Mapping[str, str]]

    def excuses(self, test: str) -> bool:
        """Tell whether a test may be skipped."""
        return any(matches(skip.test, test) for skip in self.skips)

    def waiver(self, capability: str) -> Waiver | None:
        """Return the waiver of a capability that holds longest; None if there is none."""
        found = [waiver for waiver in self.waivers if waiver.capability == capability]
        return max(found, key=lambda waiver: waiver.expires, default=None)


def matches(pattern: str, test: str) -> bool:
    """Tell whether a node id is of a pattern, in which only * is special: node ids have brackets of their own."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), test, re.DOTALL) is not None


def read_allowances(root: Path, capabilities: Path | None = None) -> Allowances:
    """Read a repository's files; ConfigurationError says what is wrong with one."""
    return Allowances(
        skips=tuple(_rows(root / "tests/data/skips.toml", "skip", Skip)),
        waivers=tuple(_rows(root / "local/waivers.toml", "waiver", Waiver)),
        reliances=read_reliances(root),
        levels=_levels(capabilities or root / "local/capabilities.json"),
    )


def read_reliances(root: Path) -> tuple[Reliance, ...]:
    """Read a repository's table; ConfigurationError says what is wrong with it."""
    return tuple(_rows(root / "tests/data/relies.toml", "relies", Reliance))


def relied_on(tests: Iterable[str], reliances: Iterable[Reliance]) -> tuple[str, ...]:
    """Return the capabilities that tests rest on, in order of their names."""
    ran = list(tests)
    return tuple(sorted({name for one in reliances if any(matches(one.test, test) for test in ran) for name in one.on}))


def _rows(path: Path, table: str, kind: type[Rows]) -> list[Rows]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        if unknown := found.keys() - {table}:
            raise ConfigurationError(f"{path} has {', '.join(sorted(unknown))}: only [[{table}]] may stand there.")
        return [kind.model_validate(row) for row in found.get(table, [])]
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): name the repository with --root."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = " ".join(map(str, fault["loc"]))
        raise ConfigurationError(f"{path}, [[{table}]] {where}: {fault['msg']}.") from error


def _levels(path: Path) -> dict[str, dict[str, str]]:
    try:
        ledger = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: {DEFAULT: str(entry["level"])}
            | {target: str(found["level"]) for target, found in entry.get("targets", {}).items()}
            for name, entry in ledger.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{path} is no ledger of capabilities ({error}): name it with --capabilities."
        ) from error
