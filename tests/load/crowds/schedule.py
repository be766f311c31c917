"""When a user's questions are due, and which they are. Nothing that the service does moves them."""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from pathlib import Path

from raglite.errors import ConfigurationError
from scripts.sample.markup import asked
from scripts.sample.writing import documents, written


def chance(seed: int, user: int) -> random.Random:
    """Return a user's own dice: the same for the same seed, whoever else asks."""
    return random.Random(f"{seed}:{user}")  # noqa: S311  for a load, not for a secret


def coming(begin: float, rate: float, questions: Sequence[str], dice: random.Random) -> Iterator[tuple[float, str]]:
    """Yield when the next question is due and its text, without end: a Poisson process from `begin` on.

    Its gaps are exponential, as those are of many people who do not know of each other.
    """
    gaps = (dice.expovariate(each) for each in repeat(rate))
    for due in accumulate(gaps, initial=begin + next(gaps)):
        yield due, dice.choice(questions)


def read_questions(path: Path | None) -> tuple[str, ...]:
    """Return the `question` of each line of a JSONL file, or the sample corpus's; ConfigurationError without any."""
    if path is None:
        return sample_questions()
    try:
        lines = filter(str.strip, path.read_text(encoding="utf-8").splitlines())
        found = tuple(str(json.loads(line)["question"]) for line in lines)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"QUESTIONS: {path} is no file of lines with a `question` each ({error!r}): name another."
        ) from error
    if not found:
        raise ConfigurationError(f"QUESTIONS: {path} holds no question: name another.")
    return found


def sample_questions() -> tuple[str, ...]:
    """Return what `python -m scripts.sample_corpus` asks of the documents that it writes."""
    lines = (line for document in documents() for line in written(document).splitlines() if line.startswith("? "))
    return tuple(dict.fromkeys(found.text for found in (asked(line[2:]) for line in lines) if found.text))
