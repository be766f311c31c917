"""What the vector store promises as a whole: on the fake, and on the stand-in for Qdrant."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from qdrant_client import QdrantClient

from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.qdrant_snapshots import QdrantSnapshots
from raglite.errors import ConfigurationError, DependencyUnavailable, InvalidBackup
from raglite.ports import Holding, VectorIndex
from raglite.ports.recovery import CollectionState, IndexArchive
from tests.broken_server import broken_server, response
from tests.contracts.test_vector_index import A1, A2, B1, KEY, SPEC, point, published, stand_in
from tests.fakes.archives import FakeIndexArchive
from tests.fakes.index import FakeIndex

__all__ = ["stand_in"]  # a fixture
OTHER = SPEC.model_copy(update={"model": "another"})


class Place:
    """An index and its server as a whole. `alias` leads to the live collection."""

    def __init__(self, index: VectorIndex, archive: IndexArchive, alias: str) -> None:
        self.index, self.archive, self.alias = index, archive, alias


@pytest.fixture(params=["fake", "stand-in"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        index = FakeIndex()
        yield Place(index, FakeIndexArchive(index.server), "live")
        return
    url, alias = request.getfixturevalue("stand_in"), f"whole{abs(hash(request.node.name))}"
    yield Place(QdrantIndex.connect(url, KEY, alias), QdrantSnapshots.connect((url,), KEY, alias), alias)


@pytest.fixture
def live(place: Place) -> CollectionState:
    """Fill a collection: a replaced version, a plain one, and points that nobody has published."""
    place.index.begin(SPEC)
    place.index.prepare(SPEC)
    published(place.index, A1, 1, "first", "second")
    published(place.index, A2, 2, "third")
    place.index.supersede(A2.key, A2, 2)
    place.index.write([point(B1, 0, "unpublished")])
    found = place.archive.live()
    assert found is not None
    return found


def taken(place: Place, state: CollectionState, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    return list(place.archive.snapshot(state.name, folder))


def test_the_live_collection_is_described_with_all_that_snapshots_omit(place: Place, live: CollectionState) -> None:
    assert (live.spec, live.points) == (SPEC, 4)
    assert place.alias in live.aliases
    assert {"document", "committed"} <= set(live.payload_indexes)
    assert live.parameters
    assert place.archive.state(live.name) == live


def test_without_a_live_collection_there_is_none(place: Place) -> None:
    assert (place.archive.live(), place.archive.state("nothing")) == (None, None)


def test_stamps_and_what_is_visible_are_counted(place: Place, live: CollectionState) -> None:
    assert place.archive.newest_stamp(live.name) == 2
    counts = [place.archive.visible(live.name, commit) for commit in range(4)]
    assert counts == [0, 2, 1, 1]
    assert (place.archive.visible(live.name, 1, A1.key), place.archive.visible(live.name, 1, B1.key)) == (2, 0)
    assert place.archive.digest(live.name, 1) == place.index.digest(1)


@pytest.mark.parametrize("newest", [1, 5, 8, 1000])
def test_the_newest_stamp_is_found_wherever_it_is(place: Place, newest: int) -> None:
    place.index.begin(SPEC)
    place.index.prepare(SPEC)
    state = place.archive.live()
    assert state is not None
    assert place.archive.newest_stamp(state.name) == 0
    published(place.index, A1, newest, "one")
    assert place.archive.newest_stamp(state.name) == newest


def test_a_collection_comes_back_from_its_snapshots_under_another_name(
    place: Place, live: CollectionState, tmp_path: Path
) -> None:
    snapshots = taken(place, live, tmp_path / "snapshots")
    before = {commit: place.index.digest(commit) for commit in (1, 2)}
    held = set(place.index.holdings())
    published(place.index, B1, 3)
    place.index.discard(A1.key, A1.version_id)
    built = place.archive.recover(live, f"{place.alias}-again", snapshots)
    again = place.index.beside(built.name)
    assert (built.name, built.spec) == (f"{place.alias}-again", SPEC)
    assert {commit: again.digest(commit) for commit in (1, 2)} == before
    assert set(again.holdings()) == held
    state = place.archive.state(built.name)
    assert state == replace(live, name=built.name, aliases=())


def test_what_is_half_recovered_is_replaced(place: Place, live: CollectionState, tmp_path: Path) -> None:
    snapshots = taken(place, live, tmp_path / "snapshots")
    name = place.archive.recover(live, f"{place.alias}-again", snapshots).name
    place.index.beside(name).discard(A1.key, A1.version_id)
    place.archive.recover(live, name, snapshots)
    assert set(place.index.beside(name).holdings()) == set(place.index.holdings())
    assert Holding(B1, None, None, 1) in place.index.beside(name).holdings()


def test_a_damaged_snapshot_is_refused(place: Place, live: CollectionState, tmp_path: Path) -> None:
    (snapshot,) = taken(place, live, tmp_path / "snapshots")
    whole = snapshot.read_bytes()
    place_of_text = whole.index(b"unpublished")
    for broken in (whole[:place_of_text] + b"U" + whole[place_of_text + 1 :], whole[: len(whole) // 2], b"junk"):
        snapshot.write_bytes(broken)
        with pytest.raises(InvalidBackup, match="cannot read the snapshot"):
            place.archive.recover(live, f"{place.alias}-again", [snapshot])


def test_a_snapshot_of_another_embedding_spec_is_refused(stand_in: str, tmp_path: Path) -> None:
    index, archive = QdrantIndex.connect(stand_in, KEY, "spec"), QdrantSnapshots.connect((stand_in,), KEY, "spec")
    index.begin(SPEC)
    state = archive.live()
    assert state is not None
    snapshots = list(archive.snapshot(state.name, tmp_path))
    with pytest.raises(InvalidBackup, match="another embedding spec"):
        archive.recover(replace(state, spec=OTHER), "spec-again", snapshots)


def test_no_snapshot_is_left_at_the_server(stand_in: str, tmp_path: Path) -> None:
    index, archive = QdrantIndex.connect(stand_in, KEY, "tidy"), QdrantSnapshots.connect((stand_in,), KEY, "tidy")
    index.begin(SPEC)
    index.prepare(SPEC)
    state = archive.live()
    assert state is not None
    list(archive.snapshot(state.name, tmp_path))
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    assert client.list_snapshots(state.name) == []


def test_no_snapshot_is_left_at_the_server_that_could_not_be_fetched(stand_in: str, tmp_path: Path) -> None:
    index, archive = QdrantIndex.connect(stand_in, KEY, "broken"), QdrantSnapshots.connect((stand_in,), KEY, "broken")
    name = index.begin(SPEC).name
    with pytest.raises(FileNotFoundError):
        list(archive.snapshot(name, tmp_path / "no such folder"))
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    assert client.list_snapshots(name) == []


class Hoarding(httpx.BaseTransport):
    """The way to a node that keeps what it was given, as Qdrant does."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self._way = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/upload"):
            self.kept.add("0.snapshot")
        elif request.method == "GET" and path.endswith("/snapshots"):
            return httpx.Response(200, json={"result": [{"name": one} for one in self.kept]})
        elif request.method == "DELETE" and path.rpartition("/")[2] in self.kept:
            self.kept.remove(path.rpartition("/")[2])
            return httpx.Response(200, json={"result": True})
        return self._way.handle_request(request)


def test_what_a_node_was_given_is_not_left_there(stand_in: str, tmp_path: Path) -> None:
    index, transport = QdrantIndex.connect(stand_in, KEY, "hoard"), Hoarding()
    node = httpx.Client(base_url=stand_in, headers={"api-key": KEY}, transport=transport)
    archive = QdrantSnapshots(QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False), "hoard", [node])
    index.begin(SPEC)
    state = archive.live()
    assert state is not None
    archive.recover(state, "hoard-again", list(archive.snapshot(state.name, tmp_path)))
    assert transport.kept == set()


def test_a_backup_of_more_nodes_than_there_are_is_refused(stand_in: str, tmp_path: Path) -> None:
    index, archive = QdrantIndex.connect(stand_in, KEY, "nodes"), QdrantSnapshots.connect((stand_in,), KEY, "nodes")
    index.begin(SPEC)
    index.prepare(SPEC)
    state = archive.live()
    assert state is not None
    (one,) = archive.snapshot(state.name, tmp_path)
    with pytest.raises(ConfigurationError, match="snapshots of 2 nodes"):
        archive.recover(state, "nodes-again", [one, one])


def node_of(peers: int, peer: int) -> httpx.Client:
    """Return a client of one node of a cluster, which knows all of them."""
    told = {"status": "enabled", "peer_id": peer, "peers": {str(number): {} for number in range(peers)}}
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"result": told}))
    return httpx.Client(base_url="http://qdrant", transport=answer)


@pytest.mark.parametrize("peers", [[0], [0, 1], [0, 1, 1], [0, 1, 2, 2]])
def test_a_cluster_of_which_not_every_node_is_named_once_gives_no_snapshot(
    stand_in: str, tmp_path: Path, peers: list[int]
) -> None:
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    nodes = [node_of(3, peer) for peer in peers]
    with pytest.raises(ConfigurationError, match="3 nodes: name the URL of each, once, in RAGLITE_QDRANT_NODES"):
        list(QdrantSnapshots(client, "nodes", nodes).snapshot("nodes", tmp_path))


def test_one_server_that_is_named_twice_gives_no_snapshot(stand_in: str, tmp_path: Path) -> None:
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    alone = [httpx.Client(base_url=stand_in, headers={"api-key": KEY}) for _ in range(2)]
    with pytest.raises(ConfigurationError, match="name the URL of each, once"):
        list(QdrantSnapshots(client, "nodes", alone).snapshot("nodes", tmp_path))


def test_a_server_that_breaks_off_is_asked_again_later(stand_in: str, tmp_path: Path) -> None:
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    with broken_server(response(b"{}", length=100)) as url:
        archive = QdrantSnapshots(client, "broken", [httpx.Client(base_url=url)])
        with pytest.raises(DependencyUnavailable, match="broke off about broken"):
            list(archive.snapshot("broken", tmp_path))
    archive = QdrantSnapshots(client, "broken", [httpx.Client(base_url="http://127.0.0.1:1")])
    with pytest.raises(DependencyUnavailable, match="broke off"):
        list(archive.snapshot("broken", tmp_path))
    archive = QdrantSnapshots(client, "broken", [httpx.Client(base_url=stand_in)])
    with pytest.raises(ConfigurationError, match="API key"):
        list(archive.snapshot("broken", tmp_path))
