"""What a document costs beside what a user would run instead: mcp-server-qdrant and haiku.rag, each in its own process.

`make bench-peers`: the same chunks and the same embedder on as many processors, in alternated order. Ours is an ingest
task as it is, its index the stand-in in another process; theirs are open and warm, and called without HTTP.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import pytest

from local.twin.programs import MODEL
from raglite.ingestion.indexing import Vectors, embed
from raglite.model import Chunk, ChunkKind
from tests.load.bench.machine import Machine
from tests.load.bench.others import Others
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Ratio, interleaved, order
from tests.load.bench.results import Result, save
from tests.load.beside import FIRST, ONE_PAGE, PAGES, TURNS, UNCHANGED, Costs, Documents, Version
from tests.load.estate import Estate, running
from tests.load.filing import filing
from tests.load.peers.peers import HAIKU_RAG, MCP_SERVER_QDRANT
from tests.load.raw import Raw
from tests.load.test_peers_benchmark import RESULTS, ROUNDS

OURS = "raglite"
PEERS = {"mcp-server-qdrant": MCP_SERVER_QDRANT, "haiku.rag": HAIKU_RAG}
CHEAPER = Bound(at_least=5)
AS_FAST_AS_THE_MODEL = Bound(at_least=0.9)
BOUNDS = 2 * len(PEERS) + 1
SLICES, SLICE = FOR_A_BOUND, 12  # turns of the embedders, and passages in each
UNSEEN = 1_000_000  # a seed that no round has

pytestmark = pytest.mark.timeout(7200)

Measured = Mapping[str, Sequence[Costs]]
Bounded = tuple[Ratio, Bound | None]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with running(tmp_path_factory.mktemp("documents")) as started:
        yield started


@pytest.fixture(scope="module")
def documents(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> list[Documents]:
    folder = tmp_path_factory.mktemp("filings")
    return [Documents.of(folder, seed, estate.services.embedder) for seed in range(ROUNDS)]


@pytest.fixture(scope="module")
def measured(
    estate: Estate, documents: list[Documents], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Measured, Result]:
    """Every side takes each document in all three turns, in every round in another order."""
    machine, others = Machine.before(), Others()
    costs: dict[str, list[Costs]] = {name: [] for name in (OURS, *PEERS)}
    with others.watched():
        for number, given in enumerate(documents):
            for name in order(list(costs), number):
                peer, key = PEERS.get(name), f"{number}/filing.pdf"
                costs[name].append(Costs.of_peer(peer, given) if peer else Costs.of_ours(estate, given, key))
                print(number, name, costs[name][-1])
        embedding = _embedding(estate, tmp_path_factory.mktemp("embedded"))
    numbers = _numbers(costs) | {"others' share of the processors meanwhile, percent": others.percent}
    result = _result(costs, embedding, machine.after(), numbers)
    save(result, RESULTS)
    told(result)
    return costs, result


def _embedding(estate: Estate, folder: Path) -> Ratio:
    """Let our stage and the bare model embed the same passages in turns, of a document that is not indexed."""
    services = estate.services
    long = Version.written(folder / "long.pdf", filing(2 * PAGES, seed=UNSEEN), services.embedder)
    passages = [one for one in long.chunks if one.kind is ChunkKind.CHUNK and one.page > 1]  # all have one cover
    raw = Raw(MODEL, services.embedder.spec.max_tokens, os.cpu_count() or 1)

    def of(number: int) -> list[Chunk]:
        return passages[number * SLICE :][:SLICE] if number >= 0 else passages[-SLICE:]

    def stage(number: int) -> None:
        hashes = [one.content_hash for one in of(number)]
        vectors = Vectors(dict(services.index.vectors("long.pdf", hashes)))
        embed(of(number), vectors, services.embedder)
        assert vectors.computed == SLICE

    def bare(number: int) -> None:
        raw.embed([one.embedding_text for one in of(number)])

    seconds = interleaved({"stage": stage, "bare": bare}, SLICES)
    name = "embedding: passages a second / the bare model's"
    return Ratio.of(name, seconds["bare"], seconds["stage"], better="higher")


def _beside(peer: str, costs: Measured) -> Iterator[Bounded]:
    """Yield what a peer costs / what ours does; in the change's bound neither reads a PDF."""

    def ratio(what: str, theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
        return Ratio.of(f"{what}: {peer} / {OURS}", theirs, ours, better="higher")

    ours, theirs = costs[OURS], costs[peer]
    for turn, bound in ((UNCHANGED, CHEAPER), (ONE_PAGE, CHEAPER), (FIRST, None)):
        name = turn if turn == UNCHANGED else f"{turn}, from the chunks on"
        yield ratio(name, [one.seconds[turn] for one in theirs], [one.seconds[turn] for one in ours]), bound
    for turn in (ONE_PAGE, FIRST):
        reading = [one.reading[turn] for one in ours]
        both = [
            [one.seconds[turn] + spent for one, spent in zip(side, reading, strict=True)] for side in (theirs, ours)
        ]
        yield ratio(f"{turn}, both reading the PDF as fast as {OURS}", *both), None
        yield ratio(f"{turn}, {OURS} alone reading it", [one.seconds[turn] for one in theirs], both[1]), None
    for turn in TURNS:
        whole = [[one.start[turn] + one.reading[turn] + one.seconds[turn] for one in side] for side in (theirs, ours)]
        yield ratio(f"{turn}, a process started for it", *whole), None


def _result(costs: Measured, embedding: Ratio, machine: Machine, numbers: Mapping[str, float]) -> Result:
    bounded = [*(pair for peer in PEERS for pair in _beside(peer, costs)), (embedding, AS_FAST_AS_THE_MODEL)]
    sides = {name: [(f"{name}, {turn}", [one.seconds[turn] for one in each]) for turn in TURNS]
             for name, each in costs.items()}  # fmt: skip
    return Result(
        name="peers-documents",
        measures=f"Seconds until a filing of {PAGES} pages is searchable, from its chunks on",
        stand_in=True,
        series={name: tuple(seconds) for side in sides.values() for name, seconds in side},
        machine=machine,
        ratios=tuple(ratio for ratio, _ in bounded),
        judged=tuple(bound.judge(ratio) for ratio, bound in bounded if bound),
        numbers=numbers,
    )


def _numbers(costs: Measured) -> dict[str, float]:
    ours = costs[OURS]
    memory = {f"{name}, peak, MB": max(one.megabytes for one in each) for name, each in costs.items()}
    start = {f"{name}, start, s": median(one.start[FIRST] for one in each) for name, each in costs.items()}
    reading = {f"{OURS}, reading the PDF, {turn}, s": median(one.reading[turn] for one in ours) for turn in TURNS}
    embedded = {f"{name}, embedded, {turn}": median(one.embeddings[turn] for one in each)
                for name, each in costs.items() for turn in TURNS}  # fmt: skip
    reader = {f"{OURS}, peak of its reader, MB": max(one.reader_megabytes for one in ours)}
    return {name: float(value) for name, value in {**memory, **reader, **start, **reading, **embedded}.items()}


def told(result: Result) -> None:
    print()
    for name, seconds in result.series.items():
        print(f"{name:50s} {median(seconds):8.3f} s")
    for ratio in result.ratios:
        print(f"{ratio.name:85s} {ratio.told}")
    for name, value in result.numbers.items():
        print(f"{name:50s} {value:8.2f}")


# --- what the numbers must be -------------------------------------------------------------------------------------


def test_each_side_knows_again_what_it_says_it_does(measured: tuple[Measured, Result]) -> None:
    """Ours embeds what is new; haiku.rag all of a document that differs; mcp-server-qdrant everything, and keeps it."""
    costs, _ = measured
    qdrant, haiku = (costs[name] for name in PEERS)
    for ours, stored, imported in zip(costs[OURS], qdrant, haiku, strict=True):
        chunks = stored.held[FIRST]
        assert ours.embeddings[UNCHANGED] == imported.embeddings[UNCHANGED] == 0
        assert ours.embeddings[ONE_PAGE] <= 2 * chunks // PAGES
        assert imported.embeddings[ONE_PAGE] == imported.held[ONE_PAGE]
        assert stored.held[UNCHANGED] == 2 * chunks == 2 * stored.embeddings[UNCHANGED]
        assert stored.held[ONE_PAGE] == 2 * chunks + stored.embeddings[ONE_PAGE]


@pytest.mark.parametrize("number", range(BOUNDS))
def test_a_document(measured: tuple[Measured, Result], number: int) -> None:
    judged = measured[1].judged[number]
    print(judged.sentence)
    assert judged.holds, judged.sentence
