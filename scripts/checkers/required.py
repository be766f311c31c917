"""Whether everything that a merge waits for has succeeded: `NEEDS='${{ toJSON(needs) }}' make required`.

A job that was skipped or cancelled has shown nothing, so it counts as a failure.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any


def wanting(needs: Mapping[str, Any]) -> list[str]:
    """Return a sentence for every job that did not succeed; there must be jobs."""
    if not needs:
        return ["There is no job to wait for: NEEDS is empty."]
    return [f"{name}: {job.get('result')}" for name, job in needs.items() if job.get("result") != "success"]


def main() -> int:
    """Return 1 if a job is wanting."""
    said = wanting(json.loads(os.environ.get("NEEDS") or "{}"))
    print("\n".join(said) or "everything has succeeded")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
