"""What stands on one side of a gutter, taken for itself: prose, a table with its own labels, or something else."""

import statistics
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from raglite.ingestion.pages.lines import Line, Run

FEWEST_LINES = 5  # of prose
FEWEST_BESIDE = 3  # lines that stand beside one another, and rows of a table
INDENT = 2.5  # line heights by which a line may begin further right
FEWEST_WORDS = 3  # of a line of prose
FILLED = 0.75  # of its column's width that a line of prose fills
LEAST_FILLED = 0.4  # of the lines of a column of prose, its headings and its tables counted
LONGEST_MARK = 4  # characters of a bullet or a number before an item of a list
LOWER_CASE = 0.45  # of the words of prose, and of the lines below a filled one, begin so; names and titles do not
NARROW = 2.5  # line heights: what is narrower is the marks or the numbers of a list
APART = 0.3  # line heights that two paragraphs of a column stand further apart than two lines


@dataclass(frozen=True)
class Side:
    """Lines left or right of a gutter; `nearest` is the run of each that is next to it: the last or the first."""

    lines: tuple[Line, ...]
    nearest: int

    @cached_property
    def _column(self) -> tuple[float, float]:
        """Return where the lines next to the gutter begin, and how wide they are; ragged ends are left out."""
        runs = [self._near(line) for line in self.lines]
        left = statistics.median_low(run.left for run in runs)
        rights = sorted(run.right for run in runs if self._is_in(run, left))
        return left, rights[int(0.9 * len(rights))] - left

    def _near(self, line: Line) -> Run:
        """Return the run next to the gutter; the mark of a list is none."""
        runs = line.runs[1:] if len(line.runs) > 1 and is_mark(line.runs[0]) else line.runs
        return runs[self.nearest]

    def _is_in(self, run: Run, left: float) -> bool:
        return abs(run.left - left) < INDENT * self.lines[0].height

    def _is_filled(self, line: Line) -> bool:
        left, width = self._column
        run = self._near(line)
        return self._is_in(run, left) and len(run.words) >= FEWEST_WORDS and run.right - left >= FILLED * width

    @cached_property
    def is_prose(self) -> bool:
        """Tell whether the column next to the gutter is prose: filled lines, in lower case, that go on in the next."""
        filled = [line for line in self.lines if self._is_filled(line)]
        words = [word.text[0] for line in filled for word in self._near(line).words]
        on = [self._near(line).text[0] for above, line in pairwise(self.lines) if self._is_filled(above)]
        return (
            len(filled) >= max(FEWEST_LINES, LEAST_FILLED * len(self.lines))
            and sum(map(str.islower, words)) >= LOWER_CASE * len(words)
            and sum(map(str.isupper, on)) <= (1 - LOWER_CASE) * len(on)
        )

    @cached_property
    def is_table(self) -> bool:
        """Tell whether there are rows with labels of their own."""
        return sum(1 for line in self.lines if begins(line.runs[0]) and line.runs[-1].is_value) >= FEWEST_BESIDE

    @cached_property
    def is_own(self) -> bool:
        """Tell whether this is prose or a table."""
        return self.is_prose or self.is_table

    @cached_property
    def stands_alone(self) -> bool:
        """Tell whether this can be read by itself: more than the marks, the numbers or the boxes of a list."""
        widths = [max(run.right - run.left for run in line.runs) / line.height for line in self.lines]
        wide = sum(1 for width in widths if width > NARROW)
        return self.is_own or wide >= max(FEWEST_LINES, len(self.lines) / 2)

    @cached_property
    def starts(self) -> tuple[Line, ...]:
        """Return the lines that begin something: a paragraph, a row of a table, what stands below a gap."""
        if self.is_table and not self.is_prose:
            return tuple(line for line in self.lines if line.runs[-1].is_value)
        goes_on = self._is_filled if self.is_prose else bool
        below = [line for above, line in pairwise(self.lines) if self._is_apart(above, line) or not goes_on(above)]
        return (*self.lines[:1], *below)

    def _is_apart(self, above: Line, line: Line) -> bool:
        return line.top - above.bottom > self._leading + APART * line.height

    @cached_property
    def _leading(self) -> float:
        """Return the usual distance between two lines."""
        return statistics.median(line.top - above.bottom for above, line in pairwise(self.lines))


def begins(run: Run) -> bool:
    """Tell whether a run is words, and no figure."""
    return not run.is_value and any(letter.isalpha() for letter in run.text)


def is_mark(run: Run) -> bool:
    """Tell whether a run may be a bullet, or the number or letter before an item of a list."""
    return len(run.text) <= LONGEST_MARK
