"""`python -m scripts.image base|build|archive|load|push`."""

import argparse
import sys
from pathlib import Path

from scripts.image import base
from scripts.image.build import MB, build
from scripts.image.docker import ImageError
from scripts.image.push import ARCHIVE, archive, load, push


def main(arguments: list[str] | None = None) -> int:
    """Return an exit code: 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m scripts.image", description=__doc__)
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("--record", type=Path, help="push: only what this promotion rests on")
    chosen = parser.parse_args(arguments)
    try:
        VERBS[chosen.verb](chosen)
    except ImageError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


def _base(_: argparse.Namespace) -> None:
    made = base.make()
    print(f"{base.TAG}: {made.name}, {made.kind}")


def _build(_: argparse.Namespace) -> None:
    for image in build():
        weight, limit = image["bytes"] / MB, image["limit_bytes"] / MB
        print(
            f"{image['tag']:24s}{weight:4.0f} MB of at most {limit:.0f}, {image['sbom_components']} components,"
            f" built in {image['build_seconds']:.0f} s"
        )


def _archive(_: argparse.Namespace) -> None:
    archive()
    print(ARCHIVE)


def _load(_: argparse.Namespace) -> None:
    load()
    print(f"loaded {ARCHIVE}")


def _push(chosen: argparse.Namespace) -> None:
    for repository, digest in push(chosen.record).items():
        print(f"{repository}@{digest}")


VERBS = {"base": _base, "build": _build, "archive": _archive, "load": _load, "push": _push}

if __name__ == "__main__":
    sys.exit(main())
