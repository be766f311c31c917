"""The Embedder that serves: onnxruntime and the model's own tokenizer, no torch in the process.

The model directory is made by `make setup` (raglite.adapters.sentence_embedder): model.onnx with its weights.bin beside
it, tokenizer.json, spec.json.
"""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail
from pydantic import ValidationError
from tokenizers import Tokenizer

from raglite.adapters.batches import Batches
from raglite.errors import ConfigurationError
from raglite.model import EmbeddingSpec, Frozen

WEIGHTS = "weights.bin"
MOST = 16  # questions at once: as many as the service answers
PADDED = 1.6  # at most; by itself a token costs about as much more as one of eight together


class ModelFiles(Frozen):
    """spec.json: what the vectors are, and the sha256 (hex) of the exported graph that computes them, and of its data.

    The weights lie in a file of their own, which is mapped: in the graph they would be in memory twice.
    """

    spec: EmbeddingSpec
    onnx_sha256: str
    data_sha256: str


def sha256_of(path: Path) -> str:
    """Return a file's sha256 as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified(model_dir: Path) -> ModelFiles:
    """Return what spec.json says once both files agree with it; ConfigurationError names the file that differs."""
    try:
        files = ModelFiles.model_validate_json((model_dir / "spec.json").read_bytes())
        found = {name: sha256_of(model_dir / name) for name in ("model.onnx", WEIGHTS, "tokenizer.json")}
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"No model file {error.filename}: run `make setup`, or set RAGLITE_MODEL_DIR."
        ) from error
    except ValidationError as error:
        raise ConfigurationError(f"{model_dir / 'spec.json'} cannot be read: run `make setup` again.") from error
    expected = {
        "model.onnx": files.onnx_sha256,
        WEIGHTS: files.data_sha256,
        "tokenizer.json": files.spec.tokenizer_sha256,
    }
    for name, sha256 in expected.items():
        if found[name] != sha256:
            raise ConfigurationError(
                f"{model_dir / name} is not the file spec.json speaks of (sha256 {found[name][:12]}..., "
                f"expected {sha256[:12]}...): remove {model_dir} and run `make setup`."
            )
    return files


class OnnxEmbedder:
    """Texts to unit vectors, thread-safe and deterministic."""

    def __init__(self, model_dir: Path, threads: int = 1) -> None:
        """Load and verify the model; ConfigurationError if it is not there or not the one it claims to be.

        `threads` passages are run at once, each on one processor. `load_seconds` is how long loading took.
        """
        self._threads = threads
        begun = time.monotonic()
        self._spec = verified(model_dir).spec
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = _session(model_dir / "model.onnx", options)
        self._model_dir = model_dir
        self._tokenizer = _tokenizer(model_dir)
        self._tokenizer.enable_truncation(self._spec.max_tokens)
        self._questions = Batches(self._together, MOST)
        self.load_seconds = time.monotonic() - begun

    @property
    def spec(self) -> EmbeddingSpec:
        """Return what makes this embedder's vectors comparable."""
        return self._spec

    @cached_property
    def _counter(self) -> Tokenizer:
        """Counts passages before they are cut: who only asks questions need not read it."""
        return _tokenizer(self._model_dir)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has, special tokens not counted, however long it is."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimensions), rows of length 1.

        Each text is run by itself: in a batch its last bits depend on what is embedded with it, so that a vector used
        again would differ from one computed anew. On a CPU a batch of passages gains nothing; several processors do.
        """
        vectors = np.zeros((len(texts), self._spec.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))

        def fill(row: int) -> None:
            vectors[row] = self._vectors([encodings[row].ids])[0]

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(fill, range(len(texts))))
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return a question's vector, of shape (dimensions,) and length 1, equal to `embed`'s within 1e-6.

        Questions of several threads are run together: one alone spends half of its time on reading the weights.
        """
        return self._questions(text)

    def _together(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Embed questions in batches of similar length: padding costs as much as text."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        found: dict[int, NDArray[np.float32]] = {}
        for rows in alike([len(one) for one in ids]):
            found |= dict(zip(rows, self._vectors([ids[row] for row in rows]), strict=True))
        return [found[row] for row in range(len(texts))]

    def _vectors(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        longest = max(map(len, ids))
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros_like(padded)
        for row, one in enumerate(ids):
            padded[row, : len(one)], mask[row, : len(one)] = one, 1
        (found,) = self._session.run(["vectors"], {"input_ids": padded, "attention_mask": mask})
        return np.asarray(found, dtype=np.float32)


def alike(lengths: Sequence[int]) -> list[list[int]]:
    """Return the places of lengths in groups whose longest is at most PADDED times their shortest."""
    groups: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if groups and lengths[place] <= PADDED * lengths[groups[-1][0]]:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _session(graph: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Fail as error:  # such as weights that are a link to another directory
        raise ConfigurationError(f"{graph} cannot be loaded: {error}") from error


def _tokenizer(model_dir: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
