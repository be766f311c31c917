"""The model with nothing of ours around it: the most that an embedding stage could do with it.

Passages at once, one on each processor. onnxruntime's own threads on one passage after the other, and batches of 8 and
of 32 sorted by length, were slower.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


class Raw:
    """Tokenizer and onnxruntime as they come."""

    def __init__(self, model_dir: Path, max_tokens: int, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model_dir / "model.onnx"), options)
        self._tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._threads = threads

    def embed(self, texts: Sequence[str]) -> list[Any]:
        """Return the vectors."""
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._vector, self._tokenizer.encode_batch(list(texts))))

    def _vector(self, encoding: Any) -> Any:
        ids = np.asarray([encoding.ids], dtype=np.int64)
        return self._session.run(["vectors"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
