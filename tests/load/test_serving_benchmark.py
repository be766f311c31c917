"""The benchmark `serving`: what a question costs over MCP, beside what of it cannot be avoided.

One service task over the stand-in, everything told to traces and audit log. Bare is the embedding of the question and
the same request to the index; in the process is the whole recipe without HTTP and MCP.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from raglite.ingestion.live import answer_from_live
from raglite.ports import NO_FILTERS, Principal, SearchRequest
from raglite.retrieval.query import Retriever
from raglite.retrieval.question.understanding import understand
from raglite.retrieval.view import View
from tests.load.asking import Connection, Timed, timed
from tests.load.bench.calibrator import CALIBRATOR, Calibrator
from tests.load.bench.machine import Machine
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Judgement, Ratio, order
from tests.load.bench.results import Result, save
from tests.load.estate import Estate
from tests.load.filled import Documents, generated, holding, real
from tests.load.serving import KEY, Service, serving

ROUNDS = int(os.environ.get("ROUNDS") or FOR_A_BOUND)
ANALYST = Principal("bench", frozenset({"read"}))
ALONE, TOGETHER = 12, 48  # questions a turn, half a second
CLIENTS = 8
OVER_BARE = 2.0  # p50 over MCP / p50 of embedding and search alone, one client
KEPT_OVER_MCP = 0.6  # of the questions a second that the process answers, eight clients
MEGABYTES = 400

pytestmark = pytest.mark.timeout(3600)

Ask = Callable[[str], object]


@dataclass(frozen=True)
class Serving:
    """A running service, the questions, and the three ways to ask them."""

    estate: Estate
    service: Service
    questions: Sequence[str]
    retriever: Retriever
    requests: dict[str, tuple[str, SearchRequest]]

    def over_mcp(self, _: int) -> Ask:
        return Connection(self.service.mcp, KEY).ask

    def in_process(self, _: int) -> Ask:
        return lambda question: self.retriever.query(question, ANALYST)

    def bare(self, _: int) -> Ask:
        services = self.estate.services

        def ask(question: str) -> None:
            text, request = self.requests[question]
            services.embedder.embed_query(text)
            services.index.search(request)

        return ask

    def turn(self, how: Callable[[int], Ask], number: int, size: int, clients: int) -> Timed:
        asked = [self.questions[(number * size + at) % len(self.questions)] for at in range(size)]
        return timed(how, asked, clients)


@pytest.fixture(scope="module")
def documents() -> Documents:
    return real() or generated()


@pytest.fixture(scope="module")
def served(documents: Documents) -> Iterator[Serving]:
    with holding(documents) as estate:
        answer_from_live(estate.services)
        retriever = Retriever(estate.services)
        requests = {question: _request(retriever, question) for question in documents.questions}
        with serving(estate) as service:
            found = Serving(estate, service, documents.questions, retriever, requests)
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
                for how in (found.over_mcp, found.in_process, found.bare):
                    timed(how, documents.questions, CLIENTS)
            yield found


def _request(retriever: Retriever, question: str) -> tuple[str, SearchRequest]:
    view = View.of(retriever.catalog, None, ANALYST.groups)
    understanding = understand(question, view.directory, retriever.words)
    return understanding.text, retriever.request(understanding, view.commit, NO_FILTERS, ANALYST)


@pytest.fixture(scope="module")
def measured(served: Serving) -> Result:
    """Everything in turns, in every round in another order."""
    machine = Machine.before()
    turns: dict[str, Callable[[int], float]] = {
        "MCP, 1": lambda n: served.turn(served.over_mcp, n, ALONE, 1).percentile(0.5),
        "bare, 1": lambda n: served.turn(served.bare, n, ALONE, 1).percentile(0.5),
        "MCP, 8": lambda n: served.turn(served.over_mcp, n, TOGETHER, CLIENTS).whole / TOGETHER,
        "in the process, 8": lambda n: served.turn(served.in_process, n, TOGETHER, CLIENTS).whole / TOGETHER,
        CALIBRATOR: _calibrated,
    }
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # metrics are lines there
        for number in range(ROUNDS):
            for name in order(list(turns), number):
                seconds[name].append(turns[name](number))
    ratios = (
        Ratio.of("MCP / bare, 1 client", seconds["MCP, 1"], seconds["bare, 1"]),
        Ratio.of("over MCP / in the process, questions a second, 8 clients", seconds["in the process, 8"],
                 seconds["MCP, 8"], better="higher"),
        Ratio.of("MCP, 1 client / calibrator", seconds["MCP, 1"], seconds[CALIBRATOR]),
        Ratio.of("MCP, 8 clients / calibrator", seconds["MCP, 8"], seconds[CALIBRATOR]),
    )  # fmt: skip
    bounds = (Bound(at_most=OVER_BARE), Bound(at_least=KEPT_OVER_MCP))
    memory = psutil.Process(served.service.pid).memory_info().rss / 2**20
    judged = [bound.judge(ratio) for bound, ratio in zip(bounds, ratios, strict=False)]
    judged.append(Bound(at_most=MEGABYTES).judge_number("memory of the service, MB", memory))
    found = Result(
        name="serving",
        measures="Seconds of a question: p50 of a turn by one client, the turn by its questions with eight.",
        stand_in=True,
        series={name: tuple(each) for name, each in seconds.items()},
        machine=machine.after(),
        ratios=ratios,
        judged=tuple(judged),
        numbers={"memory, MB": round(memory, 1), "points": float(served.estate.services.index.count())},
    )
    save(found)
    for ratio in ratios:
        print(f"{ratio.name}: {ratio.told}")
    return found


def _calibrated(number: int) -> float:
    begun = time.perf_counter()
    Calibrator()(number)
    return time.perf_counter() - begun


# --- what the numbers must be -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(3))
def test_a_question_costs_little_more_than_what_cannot_be_avoided(measured: Result, number: int) -> None:
    judged: Judgement = measured.judged[number]
    assert judged.holds, judged.sentence
