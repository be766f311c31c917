"""A typesetter for tests: text as words with their places, in letters of about the widths that printed ones have."""

from random import Random

from raglite.ingestion.pages.lines import Word

NARROW, CAPITAL, DIGIT, OTHER, SPACE = 0.28, 0.72, 0.556, 0.52, 0.278  # widths in heights of the type

LABELS = (
    "Revenue|Cost of sales|Gross profit|Distribution costs|Administrative expenses|Operating profit|Finance income"
    "|Finance costs|Profit before tax|Income tax expense|Profit for the year|Cash and cash equivalents|Inventories"
    "|Property, plant and equipment, net|Deferred tax assets|Total current assets|Share capital|Retained earnings"
    "|Europe|Northern markets|Rest of the world|Basic earnings per share|Other|Share-based payments expense"
    "|Share of profit of associates and joint ventures accounted for using the equity method"
    "|Net cash provided by (used in) operating activities|Impairment of goodwill and other intangible assets"
).split("|")


def width(text: str, size: float) -> float:
    """Return how wide a text is in a type of `size` points."""
    return size * sum(
        DIGIT if letter.isdigit() or letter in "$\u20ac\u00a3\u2013"
        else NARROW if letter in ".,;:()|!'ijltfI- "
        else CAPITAL if letter.isupper() or letter in "%mw\u2014"
        else OTHER
        for letter in text
    )  # fmt: skip


def printed(text: str, at: tuple[float, float], size: float, *, bold: bool = False, to: float = 0) -> list[Word]:
    """Return a line of text as words from its upper left corner on; with `to`, spaces are stretched to end there."""
    texts, (left, top), space = text.split(" "), at, SPACE * size
    if to and len(texts) > 1:
        space = max(space, (to - left - sum(width(one, size) for one in texts)) / (len(texts) - 1))
    words = []
    for one in texts:
        words.append(Word(one, left, top, left + width(one, size), top + size, bold))
        left += width(one, size) + space
    return words


def wrapped(texts: list[str], room: float, size: float) -> list[str]:
    """Return words as lines that are no wider than `room`, but for a word that is."""
    found = [texts[0]]
    for text in texts[1:]:
        longer = f"{found[-1]} {text}"
        found[-1:] = [longer] if width(longer, size) <= room else [found[-1], text]
    return found


def amount(random: Random) -> str:
    """Return a figure as statements print it, sometimes in brackets."""
    text = f"{random.choice([random.randint(1, 99), random.randint(100, 9_999), random.randint(10_000, 9_999_999)]):,}"
    return f"({text})" if random.random() < 0.2 else text
