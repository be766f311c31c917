"""What an index holds, as files that any side of a comparison can read: the passages, their vectors, the questions."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from qdrant_client import QdrantClient, models

PAGE = 500
KEPT = ("key", "page", "section", "header", "text")


def export(url: str, collection: str, questions: Sequence[str], folder: Path) -> int:
    """Write chunks.jsonl, vectors.npy and questions.jsonl; returns how many passages there are. Pages are none."""
    folder.mkdir(parents=True, exist_ok=True)
    client = QdrantClient(url=url, check_compatibility=False)
    records = sorted(_passages(client, collection), key=lambda one: (one.payload or {})["key"])
    with (folder / "chunks.jsonl").open("w") as lines:
        lines.writelines(json.dumps(_chunk(one)) + "\n" for one in records)
    np.save(folder / "vectors.npy", np.asarray([_dense(one) for one in records], dtype=np.float32))
    asked = ({"id": str(number), "question": question} for number, question in enumerate(questions))
    (folder / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    return len(records)


def _passages(client: QdrantClient, collection: str) -> list[models.Record]:
    chosen = models.Filter(must=[models.FieldCondition(key="kind", match=models.MatchValue(value="chunk"))])
    found: list[models.Record] = []
    offset: Any = None
    while True:
        records, offset = client.scroll(collection, chosen, limit=PAGE, offset=offset, with_vectors=["dense"])
        found += records
        if offset is None:
            return found


def _chunk(record: models.Record) -> dict[str, Any]:
    payload = record.payload or {}
    kept = {name: payload[name] for name in KEPT}
    above = f"{payload['header']}\n" if payload["header"] else ""
    return {"id": str(record.id), **kept, "embedding_text": f"{above}{payload['text']}"}


def _dense(record: models.Record) -> list[float]:
    named: Any = record.vector
    return list(named["dense"])
