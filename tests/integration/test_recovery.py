"""A backup of the running estate, and every way back from it, over the real adapters and with real kills."""

import pytest

from tests.fakes.parser import report
from tests.integration.estate import Estate, eventually
from tests.integration.stores import Cited, Stores

COLOURS = {"plain": "vermilion", "replaced": "ochre", "back": "teal", "kept": "magenta"}
QUESTIONS = tuple(f"What is the colour of the seal of {name.title()} Orchards?" for name in COLOURS)
ANSWERED = 120  # seconds from an upload until it is answered from, task start included
FEWEST = 4  # of eight points at which it must have been killed at work

pytestmark = pytest.mark.timeout(1200)


def text(name: str, colour: str) -> bytes:
    company = f"{name.title()} Orchards"
    return report(
        f"{company}, Inc.",
        2022,
        f"The colour of the seal of {company} is {colour}. It was cast in one piece.",
        f"Revenue of {company} was {len(name)} million.",
    )


def key(name: str) -> str:
    return f"recovery/{name}.txt"


def searchable(estate: Estate, *versions: str) -> bool:
    states = {one["version_id"]: one["state"] for one in estate.documents()}
    return all(states.get(version) == "searchable" for version in versions)


@pytest.fixture(scope="module")
def live(estate: Estate) -> Stores:
    """Fill the estate: one replaced, one deleted, one deleted and brought back."""
    for name, colour in (("replaced", "red"), ("back", "blue"), ("deleted", "white")):
        version = estate.put(key(name), text(name, colour))
    eventually(lambda: searchable(estate, version), ANSWERED, "the first versions are searchable")
    estate.delete(key("deleted"))
    estate.delete(key("back"))
    newest = [estate.put(key(name), text(name, colour)) for name, colour in COLOURS.items()]
    eventually(lambda: searchable(estate, *newest), ANSWERED, "the newest versions are searchable")
    eventually(
        lambda: estate.cli("reconcile", "--grace", "0", "--json", check=False).returncode == 0, ANSWERED, "agreed"
    )
    return Stores.of(estate)


@pytest.fixture(scope="module")
def backup(live: Stores) -> str:
    made = live.cli("backup", "create")
    print(f"\nbackup: {made}")
    assert live.cli("backup", "verify", made["backup"], "--deep")["faults"] == []
    return str(made["backup"])


@pytest.fixture(scope="module")
def golden(live: Stores) -> list[Cited]:
    cited = live.answers(*QUESTIONS)
    for of, (name, colour) in zip(cited, COLOURS.items(), strict=True):
        assert (of[0][0], colour in of[0][3]) == (key(name), True)
    return cited


@pytest.fixture(scope="module")
def second(live: Stores) -> Stores:
    return Stores.beside(live.estate, "2")


def test_everything_comes_back_though_it_is_killed_again_and_again(
    live: Stores, backup: str, golden: list[Cited], second: Stores
) -> None:
    killed = live.kills("restore", "--backup", backup, *second.options, at=second.milestones)
    print(f"\nkilled at: {killed}")
    assert len(killed) >= FEWEST
    done = live.cli("restore", "--backup", backup, *second.options)
    print(f"restored: {done}")
    assert (done["whole"], done["faults"]) == (True, [])
    assert live.cli("restore", "--backup", backup, *second.options, "--verify-only")["faults"] == []
    assert second.answers(*QUESTIONS) == golden
    assert second.history() == live.history()
    assert second.digest() == live.digest()


def test_a_restored_estate_is_backed_up_and_restored_with_the_first_ids(
    live: Stores, golden: list[Cited], second: Stores
) -> None:
    made = second.cli("backup", "create")
    third = Stores.beside(live.estate, "3")
    done = second.cli("restore", "--backup", str(made["backup"]), *third.options)
    assert done["faults"] == []
    assert third.history() == live.history()
    assert third.answers(*QUESTIONS) == golden


def test_a_store_that_is_not_empty_is_refused(live: Stores, backup: str, second: Stores) -> None:
    second.client("s3").put_object(Bucket=second.documents, Key="foreign.txt", Body=b"somebody's")
    refused = live.cli("restore", "--backup", backup, *second.options, exit_code=65)
    assert "holds of foreign.txt what backup" in refused["said"]


def test_one_document_comes_back_as_its_newest_version(live: Stores, backup: str) -> None:
    name = key("kept")
    estate = live.estate
    estate.delete(name)
    eventually(
        lambda: all(one["state"] == "deleted" for one in estate.documents() if one["key"] == name), ANSWERED, "deleted"
    )
    done = live.cli("restore", "--backup", backup, "--document", name)
    assert done["written"]["versions"] == 1
    newest = live.history()[name][0][0]
    eventually(lambda: searchable(estate, newest), ANSWERED, "the document is searchable again")
    assert live.answers(QUESTIONS[3])[0][0][:2] == (name, newest)


def test_a_lost_index_comes_back_up_to_date_and_live(live: Stores, backup: str) -> None:
    estate = live.estate
    before = live.answers(*QUESTIONS)
    live.drop_collections()
    assert estate.post("/api/query", {"query": QUESTIONS[0]}).status_code == 503
    done = live.cli("restore", "--backup", backup, "--to-collection", "raglite-again")
    print(f"index: {done}")
    assert done["faults"] == []
    assert live.answers(*QUESTIONS) == before
    eventually(lambda: estate.post("/api/query", {"query": QUESTIONS[0]}).status_code == 200, 30, "it answers again")
    assert live.cli("reconcile", "--grace", "0")["findings"] == []
    version = estate.put(key("after"), text("after", "amber"))
    eventually(lambda: searchable(estate, version), ANSWERED, "an upload after it is searchable")


def test_a_lost_registry_is_restored_with_what_came_after_the_backup(live: Stores, backup: str) -> None:
    late = live.estate.put(key("late"), text("late", "ivory"))
    eventually(lambda: searchable(live.estate, late), ANSWERED, "what came late is searchable")
    asked = (*QUESTIONS, "What is the colour of the seal of Late Orchards?")
    before = live.answers(*asked)
    fourth = Stores.beside(live.estate, "4")
    done = live.cli("restore", "--backup", backup, "--to-registry", fourth.registry)
    print(f"registry: {done}")
    assert done["faults"] == []
    over = Stores(live.estate, live.documents, live.parsed, fourth.registry, live.collection)
    # What was indexed again has one more edition, which other documents' ranks may feel; what is cited is the same.
    after = over.answers(*asked)
    assert [of[0] for of in after] == [of[0] for of in before]
    assert [sorted(of) for of in after] == [sorted(of) for of in before]
