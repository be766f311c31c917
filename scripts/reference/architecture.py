"""The drawings in docs/explanation/architecture.md."""

from scripts.reference import estate, rooms
from scripts.reference.markdown import ROOT
from scripts.reference.marked import Parts, filled

PAGE = ROOT / "docs" / "explanation" / "architecture.md"
PARTS: Parts = {
    "rooms": rooms.diagram,
    "imports": rooms.imported,
    "vendors": rooms.vendors,
    "modules": estate.diagram,
    "resources": estate.contents,
}


def page() -> str:
    """Return the page."""
    return filled(PAGE, PARTS)
