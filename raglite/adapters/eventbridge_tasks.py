"""Waking ingest tasks: an event on the default bus, which a rule hands to the queue of hints."""

import json
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.errors import DependencyUnavailable

SOURCE = "raglite.reconcile"  # lambda/ingestion_trigger.py and the rule raglite-keys-wait know it by this name
DETAIL_TYPE = "Keys Wait"


class EventBridgeTasks:
    """Tasks that are started by whoever hears of the event."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    def connect(cls) -> "EventBridgeTasks":
        """Return tasks that are reached by the standard AWS environment; nothing is sent yet."""
        with connecting("EventBridge"):
            return cls(boto3.client("events", config=CLIENT_CONFIG))

    def wake(self) -> None:
        """Ask that a task be started for the keys that wait; without it the schedule starts one within minutes."""
        event = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": json.dumps({})}
        with translated("EventBridge", "the default event bus"):
            answer = self._client.put_events(Entries=[event])
        if answer["FailedEntryCount"]:  # a refused event is no error of the call
            refused = answer["Entries"][0]
            said = f"{refused.get('ErrorCode')}: {refused.get('ErrorMessage')}"
            raise DependencyUnavailable("EventBridge", f"did not take the event ({said}); try again.")
