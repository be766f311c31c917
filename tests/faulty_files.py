"""The collections of faulty files in ../shared/data, and what is expected of each."""

import json
from pathlib import Path
from typing import Any

from raglite.errors import ReasonCode

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
COLLECTIONS = ("nasty", "formats")
REPAIRED = {  # the manifest's own reader gives these up, docling reads them
    "bad_structure__pdfjs__Pages-tree-refs.pdf",
    "derived__tail_lost_10Q.pdf",
    "encrypted__pypdf__r6-user-password.pdf",
    "encrypted__qpdf__bad-encryption-length.pdf",
}
REFUSED = {
    "unstructured__empty.xlsx": ReasonCode.NO_TEXT,
    "unstructured__password_protected.xlsx": ReasonCode.PASSWORD_PROTECTED,
    "unstructured__tests-example.xls": ReasonCode.UNSUPPORTED_FORMAT,
    "unstructured__tables-with-incomplete-rows.docx": ReasonCode.UNREADABLE,  # docling stumbles over an XML comment
    "docling__grve_10q_htm.xml": ReasonCode.UNSUPPORTED_FORMAT,
    "docling__legacy_sample.doc": ReasonCode.UNSUPPORTED_FORMAT,
}


def manifest(collection: str) -> list[dict[str, Any]]:
    """Return a collection's rows, none if it is not here."""
    path = DATA / collection / "manifest.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def expectation(row: dict[str, Any]) -> str:
    """Say what is expected of a file, for people."""
    name = Path(row["file"]).name
    if "expect" in row:
        return "ingest" if name in REPAIRED else row["expect"]
    return REFUSED.get(name, "ingest")


def agrees(row: dict[str, Any], reason: ReasonCode | None) -> bool:
    """Tell whether a file was to be refused for that reason, or to be read (None)."""
    name = Path(row["file"]).name
    if "expect" not in row:  # the other formats: each is read unless it is known why not
        return reason is REFUSED.get(name)
    if reason is None:
        return row["expect"] != "refuse" or name in REPAIRED
    return row["expect"] != "ingest" and (reason is ReasonCode.PASSWORD_PROTECTED) == ("user-password" in name)
