"""Evidence as it lies in a folder; what cannot be read, or is not as it was written, speaks against promotion."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from raglite.errors import InvalidRequest
from raglite.release.evidence import DIGEST, SCHEMA_VERSION, Evidence, Sealed, digest_of
from raglite.release.refusals import Refusal, Why


def read_folder(folder: Path) -> tuple[tuple[Evidence, ...], tuple[Refusal, ...]]:
    """Return the evidence of every JSON file below a folder, and why others are none; InvalidRequest if it is none."""
    if not folder.is_dir():
        raise InvalidRequest(f"{folder} is no folder of evidence: `make evidence` writes build/evidence.")
    found = [read_one(path, Evidence) for path in sorted(folder.rglob("*.json"))]
    evidence = tuple(one for one in found if isinstance(one, Evidence))
    return evidence, tuple(one for one in found if isinstance(one, Refusal))


def read_one(path: Path, shape: type[Sealed]) -> Sealed | Refusal:
    """Return what a sealed file holds, or why it is none."""
    try:
        document = _object(path)
        if unsound := unsealed(path, document):
            return unsound
        return shape.model_validate_json(json.dumps(document), strict=True)  # "0" and true are no numbers
    except ValidationError as error:
        fault = error.errors()[0]
        what = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    except (OSError, ValueError, RecursionError) as error:
        what = str(error)
    return Refusal(Why.UNREADABLE, f"{path} is no evidence ({what}): remove it, or measure again.")


def unsealed(path: Path, document: Mapping[str, Any]) -> Refusal | None:
    """Return why a file's form or digest is not what this version wrote; None if it is."""
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        return Refusal(
            Why.UNKNOWN_SCHEMA,
            f"{path} is written in form {version}, this raglite knows form {SCHEMA_VERSION}: measure again.",
        )
    if document.get(DIGEST) != digest_of(document):
        return Refusal(Why.EDITED, f"{path} was changed after it was written: measure again, never correct evidence.")
    return None


def _object(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004  what is wrong with the file, as json says it
    return document
