"""Write the sample corpus: made-up companies' reports, questions.jsonl with the pages that answer, and bad/.

    python -m scripts.sample_corpus --out build/sample

The same bytes each time. Where each fact stands is noted while the page is made, so the ground truth needs no reading.
"""

import argparse
from pathlib import Path

from scripts.sample import broken
from scripts.sample.markup import asked, read
from scripts.sample.questions import Questions
from scripts.sample.typesetting import typeset
from scripts.sample.writing import documents, written


def write_corpus(out: Path) -> str:
    """Write everything below `out` and return a sentence that says what."""
    (out / "bad").mkdir(parents=True, exist_ok=True)
    questions, listed = Questions(), documents()
    for document in listed:
        name, text = document["file"], written(document)
        made = _paper(name, text, questions) if name.endswith(".pdf") else _plain(name, text, questions)
        (out / name).write_bytes(made)
    (out / "questions.jsonl").write_text(questions.lines(), encoding="utf-8")
    bad = broken.files()
    for name, content in bad.items():
        (out / "bad" / name).write_bytes(content)
    return f"{len(listed)} documents, {len(questions.asked)} questions and {len(bad)} broken files in {out}"


def _paper(name: str, text: str, questions: Questions) -> bytes:
    report = read(text)
    for number, page in enumerate(report.pages, 1):
        for question in page.asked:
            questions.note(question, name, number)
    return typeset(report)


def _plain(name: str, text: str, questions: Questions) -> bytes:
    """Formats without pages have one, page 1."""
    lines = text.splitlines()
    for line in lines:
        if line.startswith("? "):
            questions.note(asked(line[2:]), name, 1)
    return "".join(f"{line}\n" for line in lines if not line.startswith("? ")).encode()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sample_corpus", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where to write; made if it is not there"
    )
    print(write_corpus(parser.parse_args().out))


if __name__ == "__main__":
    main()
