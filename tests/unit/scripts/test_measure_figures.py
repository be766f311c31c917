"""From a PDF that was never seen to a figure that is right and proven."""

import json
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen import canvas

from scripts.measure_figures import main

COVER = (
    "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
    "FORM 10-K",
    "ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934",
    "For the fiscal year ended December 31, 2022",
    "Orchard Mills, Inc.",
    "(Exact name of registrant as specified in its charter)",
)
TITLE = ("Orchard Mills, Inc.", "CONSOLIDATED STATEMENTS OF INCOME", "(In millions)", "Year ended December 31,")
ROWS = (
    ("", "2022", "2021"),
    ("Net sales", "5,120", "4,870"),
    ("Cost of sales", "3,072", "2,970"),
    ("Gross profit", "2,048", "1,900"),
    ("Selling, general and administrative expenses", "1,024", "980"),
    ("Operating income", "1,024", "920"),
    ("Interest expense", "64", "70"),
    ("Income before income taxes", "960", "850"),
    ("Provision for income taxes", "240", "210"),
    ("Net income", "720", "640"),
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    drawing = canvas.Canvas(str(folder / "orchard.pdf"))
    for number, line in enumerate(COVER):
        drawing.drawString(72, 700 - 20 * number, line)
    drawing.showPage()
    for number, line in enumerate(TITLE):
        drawing.drawCentredString(300, 740 - 14 * number, line)
    for number, (label, *figures) in enumerate(ROWS):
        drawing.drawString(72, 670 - 14 * number, label)
        for right, text in zip((430, 520), figures, strict=True):
            drawing.drawRightString(right, 670 - 14 * number, text)
    drawing.save()
    return folder


def run(docs: Path, *questions: tuple[str, str]) -> int:
    lines = [json.dumps({"id": str(at), "question": q, "answer": a}) for at, (q, a) in enumerate(questions)]
    asked = docs.parent / "questions.jsonl"
    asked.write_text("\n".join(lines))
    pictures, cache = docs.parent / "pictures", docs.parent / "cache"
    return main(["--questions", str(asked), "--docs", str(docs), "--cache", str(cache), "--pictures", str(pictures)])


def test_right_and_proven_figures_pass_and_their_cells_are_marked(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = (
        ("What was the revenue of Orchard Mills in fiscal 2022? Answer in USD millions.", "$5120.00"),
        ("What was Orchard Mills' gross margin in FY2022?", "40%"),
        ("What was the net income growth of Orchard Mills from 2021 to 2022?", "12.5%"),
        ("Who audits Orchard Mills?", "Nobody"),
    )
    assert run(docs, *questions) == run(docs, *questions) == 0
    assert "questions for a number 3, given a figure 3, right 3, verified 3" in capsys.readouterr().out
    with Image.open(docs.parent / "pictures" / "orchard-2.png") as picture:
        assert (255, 0, 0) in {color for _, color in picture.getcolors(1 << 24) or ()}


def test_a_wrong_figure_fails(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(docs, ("What was the revenue of Orchard Mills in 2022? Answer in millions.", "$5121")) == 1
    assert "WRONG" in capsys.readouterr().out


def test_too_few_figures_fail(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(docs, ("What was the goodwill of Orchard Mills in 2022? Answer in millions.", "$51")) == 1
    assert "withheld: not_found 1" in capsys.readouterr().out
