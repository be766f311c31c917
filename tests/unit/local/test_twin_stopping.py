"""What the emulator does at a task's end, corrected: it may have no container to remove."""

from types import ModuleType
from typing import Any

import pytest

from local.emulator.stopping import announce_when_stopped


@pytest.fixture
def ecs() -> ModuleType:
    module, removed = ModuleType("ecs"), []
    vars(module).update(
        removed=removed,
        _mark_task_stopped=lambda *_: True,
        _cleanup_task_resources=lambda *_: None,
        _remove_docker_container=lambda *given: removed.append(given),
    )
    announce_when_stopped(module, lambda _: None, setattr)
    return module


@pytest.mark.parametrize("given", [(None, "an id"), (None, None), ("docker", None)])
def test_where_there_is_nothing_to_stop_the_emulator_is_left_to_it(ecs: Any, given: tuple[object, object]) -> None:
    ecs._remove_docker_container(*given)
    assert ecs.removed == [given]
