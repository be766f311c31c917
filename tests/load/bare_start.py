"""What of a start cannot be avoided: the vendors' packages, the model and a server that answers `/readyz`.

`python -m tests.load.bare_start MODEL_DIR PORT`. Nothing of ours is in it, none of what `raglite.server` does to start
sooner either.
"""

import sys
from pathlib import Path

import boto3
import mcp.server.mcpserver  # noqa: F401  imported for the time it takes
import onnxruntime
import qdrant_client
import tokenizers
import uvicorn
from aws_xray_sdk.core import xray_recorder  # noqa: F401  as above
from fastapi import FastAPI

CLIENTS = ("s3", "secretsmanager", "logs")


def main(model: Path, port: int) -> None:
    """Load the model, make the clients, serve."""
    session = onnxruntime.InferenceSession(model / "model.onnx", providers=["CPUExecutionProvider"])
    words = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    kept = [session, words, boto3.resource("dynamodb"), *map(boto3.client, CLIENTS)]
    kept.append(qdrant_client.QdrantClient(url="http://127.0.0.1:1", check_compatibility=False))
    app = FastAPI()

    @app.get("/readyz")
    async def readyz() -> dict[str, int]:
        return {"loaded": len(kept)}

    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
