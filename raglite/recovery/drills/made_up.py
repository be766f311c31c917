"""Reports that a drill writes: small, made up, and each with a company and a figure of its own."""

import hashlib
import itertools
from dataclasses import dataclass

FIRST = "Fennel Garnet Kestrel".split()  # few: a question of one must not be answered as if of its namesake
SECOND = "Aldgate Brook Causeway Dell Estuary Furrow Glebe Hollow Inlet Jetty Knoll Lagoon Meadow Narrows".split()
COMPANIES = tuple(f"{one} {other}" for one, other in itertools.product(FIRST, SECOND))
SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One report: the text to upload, and a question that its figure answers."""

    key: str
    text: str
    question: str
    figure: str

    @property
    def body(self) -> bytes:
        """The file."""
        return self.text.encode()

    @property
    def sha256(self) -> str:
        """The file's hash (hex)."""
        return hashlib.sha256(self.body).hexdigest()


def report(run: str, number: int) -> MadeUp:
    """Return the report of a number; the same again for the same run and number, and another for any other."""
    digest = int.from_bytes(hashlib.sha256(f"{run}/{number}".encode()).digest()[:8], "big")
    company = f"{COMPANIES[(digest + number) % len(COMPANIES)]} {number} Ltd"
    figure = f"{10_000 + digest % 89_999:,}"
    text = (
        f"{company} annual report for fiscal year 2023.\n\n"
        f"{company} kept {figure} lanterns in its lighthouses at the end of fiscal year 2023.\n\n"
        f"The keepers of {company} counted every lantern twice and wrote the number down.\n"
    )
    question = f"How many lanterns did {company} keep in its lighthouses at the end of fiscal year 2023?"
    return MadeUp(f"drill/{run}/{number}{SUFFIX}", text, question, figure)
