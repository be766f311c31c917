"""A base image where no registry can be reached: Debian's packages and a copy of the Python that runs this.

It is a stand-in. Nobody scans or rebuilds it for you, so images made from it are never pushed.
"""

import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.image.docker import ImageError, docker

OLDEST = (3, 11, 5)  # what the product's requires-python says
PACKAGES = (
    "ca-certificates",
    "tzdata",
    "libstdc++6",
    "passwd",
)  # besides Debian's essential ones and Python's libraries
LEFT_OUT = {"site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "__pycache__"}
MODULES_LEFT_OUT = (
    "_tkinter",
    "nis",
    "readline",
    "_test",
    "_ctypes_test",
    "xx",
)  # what they need is larger than they are
UNREAD = ("locale/*", "man/*", "info/*", "doc/*")  # below /usr/share
HOOKS = Path("/usr/share/mmdebstrap/hooks/merged-usr")  # keeps perl out: usrmerge would bring 50 MB of it


def make(tag: str) -> None:
    """Make the base image `tag`; ImageError says what is missing on this machine."""
    release = _release()
    if sys.version_info[:3] < OLDEST or sys.version_info[:2] != OLDEST[:2]:
        raise ImageError(f"The base is made with the running Python: run this with 3.11.5 or later, not {sys.version}.")
    if shutil.which("mmdebstrap") is None:
        raise ImageError(
            "No registry answers, and without one the base is made by mmdebstrap: apt-get install mmdebstrap."
        )
    with tempfile.TemporaryDirectory() as scratch:
        prefix, archive = Path(scratch) / "local", Path(scratch) / "base.tar"
        copy_interpreter(Path(sys.base_prefix), prefix)
        _debootstrap(release, prefix, archive)
        name = f"Debian {release} packages and CPython {platform.python_version()}"
        path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = (f"ENV {path}", "LABEL raglite.base=stand-in", f'LABEL org.opencontainers.image.title="{name}"')
        docker("import", *(part for change in changes for part in ("--change", change)), str(archive), tag)


def copy_interpreter(source: Path, target: Path) -> None:
    """Copy program, shared library and standard library of the Python under `source`, as they lie below a prefix."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (target / "bin").mkdir(parents=True)
    shutil.copy2(Path(source / "bin" / version).resolve(), target / "bin" / version)
    for name in ("python", "python3"):
        (target / "bin" / name).symlink_to(version)
    shutil.copytree(Path(sysconfig.get_path("stdlib")), target / "lib" / version, ignore=_left_out, symlinks=True)
    (target / "lib" / version / "site-packages").mkdir()
    for library in (source / "lib").glob(f"lib{version}*.so.*"):
        shutil.copy2(library, target / "lib" / library.name)
        if shutil.which("strip"):
            subprocess.run(["strip", "--strip-unneeded", target / "lib" / library.name], check=True)


def libraries(prefix: Path) -> set[str]:
    """Return the Debian packages of the shared libraries that the Python under `prefix` is linked with."""
    objects = [*(prefix / "bin").glob("python3.*"), *prefix.rglob("*.so"), *prefix.rglob("*.so.*")]
    linked = {found for path in objects for found in re.findall(r"=> (/\S+)", _said("ldd", str(path)))}
    system = {Path(path).resolve().name for path in linked if re.match(r"(/usr)?/lib", path)}
    return {owner for name in sorted(system) for owner in _owners(name)}


def _owners(library: str) -> Iterator[str]:
    for line in _said("dpkg", "--search", f"*/{library}").splitlines():
        package, _, path = line.partition(": ")
        if path.endswith(f"/{library}") and not path.startswith("/opt"):
            yield package.partition(":")[0]


def _left_out(folder: str, names: list[str]) -> set[str]:
    compiled = Path(folder).name == "lib-dynload"
    unwanted = {
        name for name in names if name.startswith("config-") or (compiled and name.startswith(MODULES_LEFT_OUT))
    }
    return unwanted | LEFT_OUT.intersection(names)


def _debootstrap(release: str, prefix: Path, archive: Path) -> None:
    packages = {*PACKAGES, *libraries(prefix)}
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{path}" for path in UNREAD]
    copied = shlex.join(["copy-in", str(prefix / "bin"), str(prefix / "lib"), "/usr/local"])
    command = [
        *("mmdebstrap", "--quiet", "--variant=essential", f"--hook-dir={HOOKS}"),
        *(*excluded, "--dpkgopt=path-include=/usr/share/doc/*/copyright"),
        f"--include={','.join(sorted(packages))}",
        *(f"--customize-hook={copied}", '--customize-hook=chroot "$1" ldconfig'),
        *(release, str(archive)),
    ]
    ended = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ended.returncode:
        raise ImageError(f"mmdebstrap failed, so there is no base image: {ended.stdout.strip()[-2000:]}")


def _release() -> str:
    """Return the release of the Debian this runs on: its libraries are those the copied Python was built with."""
    try:
        found = platform.freedesktop_os_release()
    except OSError:
        found = {}
    if found.get("ID") != "debian":
        raise ImageError("No registry answers, and a base image can be made on Debian only. Make one reachable.")
    return found["VERSION_CODENAME"]


def _said(*command: str) -> str:
    return subprocess.run(command, check=False, text=True, capture_output=True).stdout
