"""What every Embedder promises: the fake, the one that serves, and the reference it is measured by."""

import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.adapters import sentence_embedder
from raglite.adapters.onnx_embedder import PADDED, OnnxEmbedder, alike, verified
from raglite.adapters.sentence_embedder import PARITY, SPEC, SentenceEmbedder, export, main
from raglite.errors import ConfigurationError
from raglite.ports import Embedder
from tests.fakes.embedder import FakeEmbedder

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "build" / "model"
AWKWARD = [
    "",
    " \n\t ",
    "revenue",
    "Total current assets | 2023: $ 1,577 | 2022: (1,234)",
    "财务报表 連結貸借対照表 재무제표 العربية",
    "Capital expenditures were $3.7 billion. " * 80,
    "x" * 5_000,
    "\x00\ufeff\u200b\ud7ff 🙂👩‍👩‍👧",
    "ﬁnancial ½ Ⅷ e\u0301",
    "a",
]


@pytest.fixture(scope="module")
def serving() -> OnnxEmbedder:
    return OnnxEmbedder(MODEL)


@pytest.fixture(scope="module")
def reference() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture(params=["fake", "serving", "reference"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = FakeEmbedder() if request.param == "fake" else request.getfixturevalue(request.param)
    return found


def test_every_text_has_a_vector_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(AWKWARD)
    assert vectors.shape == (len(AWKWARD), embedder.spec.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.spec.dimensions)


def test_a_vector_has_the_same_bytes_in_any_company(embedder: Embedder) -> None:
    texts = [" ".join(f"revenue of segment {n} was {n * 7} million" for n in range(1, size)) for size in range(2, 24)]
    together = embedder.embed(texts)
    assert np.array_equal(embedder.embed(texts[3:4])[0], together[3])
    for start, step in ((0, 2), (1, 3), (5, 7)):
        assert np.array_equal(embedder.embed(texts[start::step]), together[start::step])
    assert np.array_equal(embedder.embed(AWKWARD[::-1])[::-1], embedder.embed(AWKWARD))


def test_several_processors_give_the_same_bytes(serving: OnnxEmbedder) -> None:
    assert np.array_equal(OnnxEmbedder(MODEL, threads=3).embed(AWKWARD), serving.embed(AWKWARD))


def test_related_texts_are_closer_than_others(embedder: Embedder) -> None:
    question, near, far = embedder.embed(
        ["What was total revenue?", "Total revenue was 5 million.", "The lease has a renewal option."]
    )
    assert question @ near > question @ far + 0.1


def test_tokens_are_counted_beyond_the_window(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("total revenue") == 2
    assert embedder.count_tokens("revenue " * 1000) == 1000


def test_text_beyond_the_window_does_not_count(serving: OnnxEmbedder) -> None:
    short = "revenue " * SPEC.max_tokens
    np.testing.assert_allclose(serving.embed([short])[0], serving.embed([short + "lease " * 50])[0], atol=PARITY)


def test_the_serving_model_equals_the_reference(serving: OnnxEmbedder, reference: SentenceEmbedder) -> None:
    difference = np.abs(serving.embed(AWKWARD) - reference.embed(AWKWARD)).max()
    print(f"\nlargest difference of a component over {len(AWKWARD)} texts: {difference:.1e}")
    assert difference <= PARITY
    assert serving.spec == reference.spec == SPEC
    assert [serving.count_tokens(t) for t in AWKWARD] == [reference.count_tokens(t) for t in AWKWARD]


def test_threads_share_the_serving_model(serving: OnnxEmbedder) -> None:
    texts = AWKWARD[:5]
    expected = serving.embed(texts)
    differences: list[float] = []

    def embed() -> None:
        differences.append(float(np.abs(serving.embed(texts) - expected).max()))

    threads = [threading.Thread(target=embed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(differences) == 4
    assert max(differences) <= PARITY


def test_a_question_has_the_vector_of_its_text_alone_or_among_others(embedder: Embedder) -> None:
    alone = embedder.embed(AWKWARD)
    with ThreadPoolExecutor(len(AWKWARD)) as pool:
        together = list(pool.map(embedder.embed_query, AWKWARD))
    assert [one.shape for one in together] == [(embedder.spec.dimensions,)] * len(AWKWARD)
    np.testing.assert_allclose(together, alone, atol=1e-6)


@given(st.lists(st.integers(1, 256), max_size=20))
def test_questions_are_padded_to_little_more_than_their_length(lengths: list[int]) -> None:
    groups = alike(lengths)
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    assert all(max(lengths[p] for p in group) <= PADDED * min(lengths[p] for p in group) for group in groups)


# --- the files on disk --------------------------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a model directory that may be spoilt."""
    for path in MODEL.iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


def test_a_copied_model_verifies(copied: Path) -> None:
    assert verified(copied).spec == SPEC
    assert OnnxEmbedder(copied).embed(["revenue"]).shape == (1, SPEC.dimensions)


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json"])
def test_a_file_with_another_hash_is_refused(copied: Path, name: str) -> None:
    (copied / name).unlink()
    (copied / name).write_bytes(b"{}")
    with pytest.raises(ConfigurationError, match=rf"{name} is not the file spec\.json speaks of.*make setup"):
        OnnxEmbedder(copied)


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json", "spec.json"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ConfigurationError, match=rf"{name}: run `make setup`"):
        OnnxEmbedder(copied)


def test_weights_that_lie_elsewhere_are_refused(copied: Path) -> None:
    (copied / "weights.bin").unlink()
    (copied / "weights.bin").symlink_to(MODEL / "weights.bin")
    with pytest.raises(ConfigurationError, match="escapes model directory"):
        OnnxEmbedder(copied)


@pytest.mark.parametrize("spec", [b"not json", b"{}", json.dumps({"spec": {}, "onnx_sha256": "0"}).encode()])
def test_an_unreadable_spec_is_refused(copied: Path, spec: bytes) -> None:
    (copied / "spec.json").write_bytes(spec)
    with pytest.raises(ConfigurationError, match=r"spec\.json cannot be read"):
        OnnxEmbedder(copied)


# --- the export ---------------------------------------------------------------------------------------------------


def test_an_export_verifies_and_equals_its_reference(reference: SentenceEmbedder, tmp_path: Path) -> None:
    export(reference, tmp_path / "fresh" / "model")
    made = OnnxEmbedder(tmp_path / "fresh" / "model")
    assert np.abs(made.embed(AWKWARD) - reference.embed(AWKWARD)).max() <= PARITY
    assert [path.name for path in (tmp_path / "fresh").iterdir()] == ["model"]
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "fresh" / "model").iterdir()}
    assert all(mode & 0o044 == 0o044 for mode in modes), "an image runs as a user of its own"


def test_an_export_that_differs_from_its_reference_is_not_kept(reference: SentenceEmbedder, tmp_path: Path) -> None:
    class Skewed(SentenceEmbedder):
        def __init__(self) -> None:
            self.model = reference.model

        def embed(self, texts: object) -> np.ndarray:
            return -reference.embed(texts)  # type: ignore[arg-type]  # handed through

    with pytest.raises(ConfigurationError, match="differs from the reference"):
        export(Skewed(), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_verifies_is_not_exported_again() -> None:
    before = (MODEL / "model.onnx").stat().st_mtime_ns
    assert main(["--out", str(MODEL)]) == 0
    assert (MODEL / "model.onnx").stat().st_mtime_ns == before


def test_weights_that_are_not_the_genuine_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / sentence_embedder.PACKAGE
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"forged")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, sentence_embedder.PACKAGE, raising=False)
    assert main(["--out", str(tmp_path / "model")]) == 78
    assert "is not the genuine sentence-transformers/all-MiniLM-L6-v2" in capsys.readouterr().err


# --- what must not be installed or loaded -------------------------------------------------------------------------


def test_the_serving_embedder_needs_no_torch() -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'sentence_transformers', 'transformers'): sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from raglite.adapters.onnx_embedder import OnnxEmbedder\n"
        "print(OnnxEmbedder(Path(sys.argv[1])).embed(['revenue']).shape)\n"
    )
    command = [sys.executable, "-c", program, str(MODEL)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("(1, 384)\n", 0), done.stderr


def test_packages_that_break_others_are_not_installed() -> None:
    assert find_spec("torchvision") is None  # breaks sentence_transformers beside a torch it was not built for
    with pytest.raises(PackageNotFoundError):
        distribution("docling")  # brings a torch of several GB; docling-slim has the same import name
