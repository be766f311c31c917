"""Qdrant's client does without gRPC, and says so where it would need it. In processes of their own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BEGIN = """
import sys
from raglite.bootstrap import bootstrap
from raglite.settings import Settings
bootstrap(Settings()).index.search
"""


def said(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_index_is_reached_without_grpc() -> None:
    told = "print(sorted(name for name in sys.modules if name.partition('.')[0] == 'grpc'))"
    assert said(BEGIN + told) == ["[]"]


def test_who_asks_for_grpc_is_told_that_it_was_left_out() -> None:
    asked = """
from qdrant_client import QdrantClient
try:
    QdrantClient(url="http://127.0.0.1:1", prefer_grpc=True, check_compatibility=False).get_collections()
except RuntimeError as error:
    print(error)
"""
    (sentence,) = said(BEGIN + asked)
    assert sentence.endswith("gRPC is left out of this process. Reach Qdrant over REST.")


def test_others_get_the_real_one_afterwards() -> None:
    assert said(BEGIN + "import grpc; print(grpc.StatusCode.OK.name)") == ["OK"]


def test_where_it_was_imported_before_nothing_changes() -> None:
    after = "from qdrant_client import connection; print(connection.grpc is grpc)"
    assert said("import grpc\n" + BEGIN + after) == ["True"]
