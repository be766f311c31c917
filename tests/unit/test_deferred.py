"""Models of vendors that are imported inside are built when they are first used, and do the same then."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from raglite.deferred import deferred_build
from raglite.model import Frozen

ROOT = Path(__file__).resolve().parents[2]


def defined() -> tuple[type[BaseModel], type[BaseModel]]:
    class Inner(BaseModel):
        number: int

    class Outer(BaseModel):
        inner: Inner

    Outer.model_rebuild()
    return Inner, Outer


def test_a_model_is_built_when_it_is_first_used() -> None:
    with deferred_build():
        inner, outer = defined()
    assert not inner.__pydantic_complete__
    assert not outer.__pydantic_complete__
    assert outer.model_validate({"inner": {"number": "7"}}).model_dump() == {"inner": {"number": 7}}
    assert outer.__pydantic_complete__
    with pytest.raises(ValidationError):
        inner(number="seven")


def test_models_that_are_defined_before_and_after_are_built_at_once() -> None:
    with deferred_build():
        pass
    inner, outer = defined()
    assert inner.__pydantic_complete__
    assert outer.__pydantic_complete__
    assert BaseModel.model_config.get("defer_build") is False


def test_a_fault_in_an_import_leaves_nothing_behind() -> None:
    with pytest.raises(ImportError), deferred_build():
        raise ImportError
    assert defined()[1].__pydantic_complete__


def test_our_own_models_are_built_at_once_even_inside() -> None:
    with deferred_build():

        class Ours(Frozen):
            model_config = ConfigDict(title="ours")
            number: int = 1

    assert Ours.__pydantic_complete__


def test_threads_that_come_at_once_get_the_same_model() -> None:
    with deferred_build():
        _, outer = defined()
    gate, found = threading.Barrier(8), []

    def use() -> None:
        gate.wait(10)
        found.append(outer.model_validate({"inner": {"number": 7}}))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 8


def test_of_the_index_client_s_models_only_those_are_built_that_are_used() -> None:
    """In a process of its own, as the client may be imported here."""
    program = """
from raglite.bootstrap import bootstrap
from raglite.settings import Settings
bootstrap(Settings()).index.search
from pydantic import BaseModel
from qdrant_client import models
from qdrant_client.http.models import models as all_of_them
kinds = [one for one in vars(all_of_them).values() if isinstance(one, type) and issubclass(one, BaseModel)]
print(len(kinds) > 300, sum(one.__pydantic_complete__ for one in kinds) < 30)
told = models.Filter(must=[models.FieldCondition(key="a", match=models.MatchValue(value=1))])
print(told.model_dump_json(exclude_none=True))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True True", '{"must":[{"key":"a","match":{"value":1}}]}']
