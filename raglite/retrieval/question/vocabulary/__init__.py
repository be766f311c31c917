"""What analysts call things and what filings print: data, written by hand from the accounting standards' own words.

Nothing here knows a company, a document or a question.
"""

from raglite.retrieval.question.vocabulary.balance import BALANCE
from raglite.retrieval.question.vocabulary.cash import CASH
from raglite.retrieval.question.vocabulary.income import INCOME
from raglite.retrieval.question.vocabulary.industries import INDUSTRIES
from raglite.retrieval.question.vocabulary.metric import Metric, metrics
from raglite.retrieval.question.vocabulary.phrases import (
    ABBREVIATIONS,
    ELSEWHERE,
    FORM_WORDS,
    RATIO_SIDES,
    REASONS,
    STATEMENT_WORDS,
)
from raglite.retrieval.question.vocabulary.ratios import RATIOS
from raglite.retrieval.question.vocabulary.topics import TOPICS, Topic

__all__ = [
    "ABBREVIATIONS",
    "ELSEWHERE",
    "FORM_WORDS",
    "METRICS",
    "OF_SOME_INDUSTRIES",
    "RATIO_SIDES",
    "REASONS",
    "STATEMENT_WORDS",
    "TOPICS",
    "VOCABULARY_VERSION",
    "Metric",
    "Topic",
]

VOCABULARY_VERSION = 2
# What only some industries report: whether a document has it is a question of its own.
OF_SOME_INDUSTRIES = frozenset(metric.id for metric in metrics(INDUSTRIES))
METRICS = {metric.id: metric for table in (INCOME, BALANCE, CASH, RATIOS, INDUSTRIES) for metric in metrics(table)}
