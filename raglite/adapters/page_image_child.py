"""The process that draws one page of a PDF and may die of it: `python -m raglite.adapters.page_image_child`.

It reads its terms as JSON from its arguments and its task as a line of JSON from its input, and leaves the picture in
the folder it was started in. It dies with the thread that started it. Somebody waits for it, so that it imports nothing
that takes time.
"""

import json
import sys
from pathlib import Path

import pypdfium2

from raglite.adapters.parse_limits import RESULT, ParseLimits, hold_to

ABSENT = 3  # the exit status that says there is no such page, as pdf_page_images knows it
WIDTH = 1400  # pixels: a page fills half of a wide screen, twice as dense as CSS counts
LONGEST = 4000  # pixels of either side: a page may be as narrow or as wide as its author likes
QUALITY = 80  # of WebP, 0 to 100: small print stays sharp, and a page has some 100 KB


def main(arguments: list[str]) -> int:
    """Do the task that comes, on the terms of the one argument; 0 if a picture was left."""
    terms = json.loads(arguments[0])
    hold_to(ParseLimits(**terms["limits"]), terms["parent"])
    drawing = json.loads(sys.stdin.buffer.readline())
    try:
        draw(Path(drawing["path"]), drawing["page"], RESULT)
    except (pypdfium2.PdfiumError, IndexError) as error:
        sys.stderr.write(f"{error}\n")
        return ABSENT
    return 0


def draw(path: Path, number: int, into: Path) -> None:
    """Write the 1-based page of a file as WebP; PdfiumError or IndexError if there is none."""
    document = pypdfium2.PdfDocument(path)
    if not 1 <= number <= len(document):
        raise IndexError(f"There is no page {number}.")
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(WIDTH / width, LONGEST / max(width, height))
    page.render(scale=scale).to_pil().save(into, "WEBP", quality=QUALITY)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
