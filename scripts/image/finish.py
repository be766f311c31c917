"""Run inside the build, by the environment it finishes: leaves out what no image needs, checks the model."""

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from raglite.adapters.aws_services import SERVICES
from raglite.adapters.onnx_embedder import OnnxEmbedder
from raglite.adapters.sentence_embedder import SPEC
from raglite.errors import ConfigurationError

# What Python code never loads. The first is a second copy of the runtime, for programs written in C.
UNUSED = (
    "onnxruntime/capi/libonnxruntime.so.*",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "numpy/**/tests",
    "pandas/tests",
    "scipy/**/tests",
)
FORBIDDEN = ("torch", "pip", "setuptools", "pytest")


def trim(packages: Path) -> None:
    """Remove botocore's descriptions of services nobody calls, and files that nothing loads."""
    for data in (packages / "botocore" / "data", packages / "boto3" / "data"):
        for service in data.iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    for pattern in UNUSED:
        for path in sorted(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def check_model(folder: Path) -> None:
    """Raise ConfigurationError unless the model is whole, runs, and is the one this version of the code exports."""
    embedder = OnnxEmbedder(folder)
    embedder.embed(["ready?"])
    if embedder.spec != SPEC:
        raise ConfigurationError(
            f"{folder} holds another model than this version of raglite exports: run `make setup`."
        )


def main() -> int:
    """Finish this environment; returns an exit code."""
    packages = Path(sysconfig.get_path("purelib"))
    trim(packages)
    try:
        check_model(Path(os.environ["RAGLITE_MODEL_DIR"]))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    strangers = [name for name in FORBIDDEN if find_spec(name)]
    if strangers:
        print(f"An image must not contain {', '.join(strangers)}: see what requires it.", file=sys.stderr)
    return len(strangers)


if __name__ == "__main__":
    sys.exit(main())
