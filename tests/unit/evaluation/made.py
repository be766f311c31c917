"""Made-up questions, answers, figures and documents."""

from decimal import Decimal
from typing import Any

from raglite.evaluation.corpus import Corpus, named
from raglite.evaluation.evidence import Evidence
from raglite.evaluation.runs import Question, RankedPage, RunLine
from raglite.model import DocumentVersion, Figure, Operand, StatedFigure, VersionState

READY = {"model": "ok", "index": "ok"}


def question(name: str, page: int = 1, doc: str = "acme.pdf", **more: Any) -> Question:
    return Question(id=name, question=f"What is {name}?", doc=doc, evidence_pages=(page,), **more)


def line(name: str, *pages: int, doc: str = "acme", **more: Any) -> RunLine:
    return RunLine(id=name, ranked=tuple(RankedPage(doc=doc, page=page) for page in pages), **more)


def version(name: str, **more: Any) -> DocumentVersion:
    known = {"pages_parsed": 10, "chunks": 40, "embeddings_computed": 20, "embeddings_reused": 10}
    return DocumentVersion(
        key=name,
        version_id=f"{name}-1",
        **({"state": VersionState.SEARCHABLE, "content_sha256": f"sha of {name}"} | known | more),
    )


def documents(*versions: DocumentVersion, embedding: str | None = "minilm") -> Corpus:
    listed = named(versions or [version("acme.pdf")], {})
    return Corpus(documents=listed, parts=READY, embedding=embedding)


def evidence(questions: list[Question], run: list[RunLine], **more: Any) -> Evidence:
    return Evidence(questions, run, **({"corpus": documents()} | more))


def operand(**more: Any) -> Operand:
    stated = StatedFigure(
        page=1, table=0, row=2, column=1, label="Revenue", column_header="2023", text="1,577", value=Decimal(1577),
        **({"unit": "USD", "scale": 10**6, "verified": True} | more),
    )  # fmt: skip
    return Operand(
        name="revenue[FY2023]", stated=stated, key="acme.pdf", version_id="v", uri="raglite://", label="p. 1"
    )


def figure(value: str, unit: str = "USD", **more: Any) -> Figure:
    return Figure(
        metric="revenue",
        company="Acme Corp",
        period="FY2023",
        value=Decimal(value),
        unit=unit,
        formula="revenue[FY2023]",
        operands=(operand(**more),),
        notes=("Restated a year later.",),
    )
