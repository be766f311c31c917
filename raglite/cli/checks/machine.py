"""This machine: its packages, its environment, its disk."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # not in typeshed

from raglite.cli.checks.check import Found, fault
from raglite.cli.checks.faults import Fault
from raglite.cli.outside import Outside
from raglite.errors import ConfigurationError
from raglite.settings import LOOPBACK, PREFIX, Settings, unknown

DISTRIBUTION = "raglite-aws"
GIB = 1024**3
LEAST_DISK = GIB  # bytes: the largest document that is accepted, its parsed pages, and the model
REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.+]+)$")  # without a marker: extras are not everybody's
ENDPOINT = "AWS_ENDPOINT_URL"


def packages(reach: Outside) -> str:
    """Python and the packages are those that the release names."""
    wrong = [*_wrong_python(), *_wrong_packages()]
    if wrong:
        raise fault(Fault.WRONG_PACKAGES, f"This release needs {'; '.join(wrong)}.", reach)
    return f"Python {platform.python_version()}, and the packages of release {version(DISTRIBUTION)}"


def names(reach: Outside) -> str:
    """All RAGLITE_* names are settings."""
    strange = unknown(os.environ)
    if not strange:
        return "all RAGLITE_* names are settings"
    told = [f"{name} is no setting{f'; {meant} is' if meant else ''}" for name, meant in strange.items()]
    fixes = [
        fault(Fault.UNKNOWN_SETTING, "", reach, name=name, meant=meant).fix if meant else f"unset {name}"
        for name, meant in strange.items()
    ]
    raise Found(Fault.UNKNOWN_SETTING, f"{', '.join(told)}.", "; ".join(fixes))


def values(reach: Outside) -> str:
    """All settings have values that they can have."""
    try:
        Settings.of_known_names()
    except ConfigurationError as error:
        wrong = re.findall(rf"{PREFIX}\w+", str(error)) or [f"{PREFIX}{one.upper()}" for one in _fields(str(error))]
        raise fault(Fault.WRONG_SETTING, error, reach, names=" ".join(dict.fromkeys(wrong))) from error
    return f"environment {reach.settings.environment}"


def settings(reach: Outside) -> str:
    """The two settings that have no default are set."""
    unset = [name for name in ("documents_bucket", "parsed_bucket") if not getattr(reach.settings, name)]
    if unset:
        called = [f"{PREFIX}{name.upper()}" for name in unset]
        sentence = f"Set {' and '.join(called)} to the bucket's name."
        raise fault(Fault.MISSING_SETTING, sentence, reach, name=called[0], output=unset[0])
    return f"service {reach.settings.api_url}, index {reach.settings.qdrant_url}"


def proxy(reach: Outside) -> str:
    """What is on this machine is not asked for by a proxy."""
    proxies = getproxies_environment()
    caught = [
        url.hostname
        for url in map(urlsplit, _addresses(reach))
        if url.hostname in LOOPBACK
        and (url.scheme in proxies or "all" in proxies)
        and not proxy_bypass_environment(url.hostname or "", proxies)
    ]
    if caught:
        kept = [name for name in proxies.get("no", "").split(",") if name]
        hosts = ",".join(dict.fromkeys([*kept, *sorted(LOOPBACK)]))
        sentence = f"{caught[0]} is this machine, and a proxy is set for it: requests would go astray."
        raise fault(Fault.PROXY, sentence, reach, hosts=hosts)
    return "none before this machine" if proxies else "none is set"


def disk(reach: Outside) -> str:
    """There is room for temporary files."""
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free < LEAST_DISK:
        sentence = f"{place} has {free / GIB:.1f} GiB free, {LEAST_DISK / GIB:.0f} are needed."
        raise fault(Fault.DISK_FULL, sentence, reach)
    return f"{free / GIB:.1f} GiB free in {place}"


def endpoints() -> dict[str, str]:
    """Return the variables that say where AWS is, with their addresses."""
    return {name: url for name, url in sorted(os.environ.items()) if name.startswith(ENDPOINT) and url}


def _addresses(reach: Outside) -> list[str]:
    return [reach.settings.api_url, reach.settings.qdrant_url, *endpoints().values()]


def _fields(sentence: str) -> list[str]:
    return [word for word in re.findall(r"\w+", sentence) if word in Settings.model_fields]


def _wrong_python() -> Iterator[str]:
    needed = metadata(DISTRIBUTION)["Requires-Python"]
    bounds = re.findall(r"(>=|<)([\d.]+)", needed)
    here = _numbers(platform.python_version())
    for sign, bound in bounds:
        if (here < _numbers(bound)) if sign == ">=" else (here >= _numbers(bound)):
            yield f"Python {needed}, not {platform.python_version()}"
            return


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _wrong_packages() -> Iterator[str]:
    for stated in filter(None, map(REQUIREMENT.match, requires(DISTRIBUTION) or ())):
        name, needed = stated.groups()
        try:
            found = version(name)
        except PackageNotFoundError:
            yield f"{name} {needed}, which is missing"
        else:
            if found.partition("+")[0] != needed:
                yield f"{name} {needed}, not {found}"
