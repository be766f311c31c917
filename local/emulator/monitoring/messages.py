"""Counts a queue's messages as they are received and deleted, through the emulator's own functions."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from local.emulator.monitoring.series import Store
from local.emulator.monitoring.vended import Replace, put, sent


def count_messages(store: Store, sqs: ModuleType, replace: Replace) -> None:
    """Record what is sent, received and deleted from now on."""
    collect, get = sqs._collect_msgs, sqs._get_q  # noqa: SLF001  replaced, so asserted, below

    def note(queue: Any, name: str, count: int) -> None:
        readings = [*sent(queue), (name, count, "Count")]  # a message may come and go between two looks at the queue
        put(store, "AWS/SQS", {"QueueName": queue["name"]}, readings)

    def collect_and_count(queue: Any, *rest: Any) -> list[Any]:
        received: list[Any] = collect(queue, *rest)
        if received:
            note(queue, "NumberOfMessagesReceived", len(received))
        return received

    replace(sqs, "_collect_msgs", collect_and_count)
    replace(sqs, "_get_q", get)
    replace(sqs, "_delete_messages_for_esm", _counting(sqs._delete_messages_for_esm, get, note))  # noqa: SLF001  as above
    for action in ("DeleteMessage", "DeleteMessageBatch"):
        sqs._HANDLERS[action] = _counting(sqs._HANDLERS[action], get, note)  # noqa: SLF001  a KeyError tells of another emulator


def _counting(
    delete: Callable[..., Any], get: Callable[[str], Any], note: Callable[[Any, str, int], None]
) -> Callable[..., Any]:
    def delete_and_count(first: Any, second: Any) -> Any:
        url = first if isinstance(first, str) else first.get("QueueUrl", second)
        queue = get(url)
        before = _ids(queue["messages"])
        answer = delete(first, second)
        if gone := before - _ids(queue["messages"]):
            note(queue, "NumberOfMessagesDeleted", len(gone))
        return answer

    return delete_and_count


def _ids(messages: Iterable[Any]) -> set[str]:
    return {message["id"] for message in messages}
