"""Draw the deployed dashboards as one HTML page.

    python -m scripts.dashboards --out build/dashboards/index.html

The environment's AWS settings say whose: `make dashboards` takes the twin's, any other account works as well.
"""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from scripts.dashboards.boards import look
from scripts.dashboards.cloudwatch import CloudWatch, NoDashboard, Source, now
from scripts.dashboards.page import page

NAMES = ("RAGLite-Production", "RAGLite-Objectives", "RAGLite-Ingestion")


def draw(source: Source, out: Path) -> str:
    """Write the page and return a sentence that says what is on it.

    Raises:
        NoDashboard: if one of the dashboards does not exist.
    """
    made = now()
    boards = [look(source.dashboard(name), source, made) for name in NAMES]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(boards, source, made))
    drawn = [one for board in boards for one in board.widgets if one.widget.kind == "metric"]
    empty = [one.widget.title for one in drawn if one.empty]
    without = f", {len(empty)} of them without a point: {', '.join(empty)}" if empty else ""
    return f"{out}: {len(boards)} dashboards, {len(drawn)} widgets of metrics{without}"


def main(arguments: list[str] | None = None) -> int:
    """Return an exit code: 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m scripts.dashboards", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/dashboards/index.html"), help="the page's file")
    given = parser.parse_args(arguments)
    try:
        print(draw(CloudWatch(), given.out))
    except (NoDashboard, BotoCoreError, ClientError) as error:
        print(f"dashboards: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
