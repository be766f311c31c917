"""Carries what has to cross between LocalStack and the emulator, by the same APIs that anybody has.

Messages of LocalStack's queues reach the emulator's functions as an event source mapping would bring them, and what
the emulator tells its own event bus (ECS: a task stopped) is told to LocalStack's, where the rules are.
"""

import argparse
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

log = logging.getLogger("relay")
BATCH = 10  # messages, the most that a queue gives at a time
POLL = 10  # seconds that a queue is asked to wait for them
PAUSE = 1.0  # seconds after an error
FUNCTION_SECONDS = 900  # Lambda's longest
CONCURRENCY = 2  # batches at a time where a mapping does not say
OUTBOX = "relay-events"  # the emulator's queue and rule of what its services tell
Clients = Callable[[str], Any]
Message = Mapping[str, Any]


def main() -> None:
    """Carry until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.localstack.relay", description=__doc__)
    parser.add_argument("--localstack", required=True, help="its address: queues and rules")
    parser.add_argument("--emulator", required=True, help="its address: functions and tasks")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    theirs, ours = clients(chosen.localstack), clients(chosen.emulator)
    loops: list[Callable[[], None]] = [partial(tell, ours, theirs)]
    for mapping in mappings(ours("lambda")):
        log.info("%s -> %s", mapping["EventSourceArn"], mapping["FunctionArn"])
        at_once = mapping.get("ScalingConfig", {}).get("MaximumConcurrency", CONCURRENCY)
        loops += [partial(deliver, mapping, theirs("sqs"), ours("lambda"))] * at_once
    threads = [threading.Thread(target=keep_on, args=(loop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def keep_on(loop: Callable[[], None]) -> None:
    """Begin a loop again when it fails: what it had in hand is delivered again when its queue makes it visible."""
    while True:
        try:
            loop()
        except Exception:  # the process's edge: nobody would see that one thread of several has ended
            log.exception("it begins again")
            time.sleep(PAUSE)


def clients(url: str) -> Clients:
    """Return what makes clients of the services at an address, by the service's name."""
    config = Config(read_timeout=FUNCTION_SECONDS, retries={"total_max_attempts": 1})
    session: Any = boto3.Session()
    return lambda service: session.client(service, endpoint_url=url, config=config)


def mappings(functions: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the enabled event source mappings of queues."""
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if mapping["EventSourceArn"].split(":")[2] == "sqs" and mapping["State"] == "Enabled":
                yield mapping


def deliver(mapping: Mapping[str, Any], queues: Any, functions: Any) -> None:
    """Invoke a function with batches of its queue's messages for ever; what it fails on stays and comes again."""
    arn = mapping["EventSourceArn"]
    for url, messages in batches(queues, arn.rpartition(":")[2], mapping.get("BatchSize", BATCH)):
        records = [record(message, arn) for message in messages]
        answer = functions.invoke(FunctionName=mapping["FunctionArn"], Payload=json.dumps({"Records": records}))
        done = succeeded(messages, answer, "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", ()))
        forget(queues, url, done)


def record(message: Message, queue_arn: str) -> dict[str, Any]:
    """Return a message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def succeeded(messages: Sequence[Message], answer: Mapping[str, Any], partial: bool) -> list[Message]:
    """Return the messages that are done with: all, or but those that the function names.

    None if it failed, or if its answer cannot be understood:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if "FunctionError" in answer:
        return []
    try:
        said = json.loads(answer["Payload"].read() or b"null") if partial else None
        failed = {item["itemIdentifier"] for item in (said or {}).get("batchItemFailures") or ()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    if failed - {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def tell(emulator: Clients, localstack: Clients) -> None:
    """Tell LocalStack's event bus for ever what the emulator's services tell theirs."""
    queues, rules, heard = emulator("sqs"), emulator("events"), localstack("events")
    url = queues.create_queue(QueueName=OUTBOX)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rules.put_rule(Name=OUTBOX, EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    rules.put_targets(Rule=OUTBOX, Targets=[{"Id": OUTBOX, "Arn": arn}])
    for _, messages in batches(queues, OUTBOX, BATCH):
        told = heard.put_events(Entries=[entry(json.loads(message["Body"])) for message in messages])["Entries"]
        forget(queues, url, [message for message, one in zip(messages, told, strict=True) if "ErrorCode" not in one])


def entry(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivered event as one to put."""
    return {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event.get("resources", []),
        "Time": event["time"],
    }


def batches(queues: Any, name: str, size: int) -> Iterator[tuple[str, Sequence[Message]]]:
    """Yield the queue's address with each batch of messages, for ever."""
    url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    wanted = {"MaxNumberOfMessages": min(size, BATCH), "WaitTimeSeconds": POLL, "MessageSystemAttributeNames": ["All"]}
    while True:
        if messages := queues.receive_message(QueueUrl=url, **wanted).get("Messages"):
            yield url, messages


def forget(queues: Any, url: str, messages: Sequence[Message]) -> None:
    """Delete messages from their queue."""
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
    if entries:
        queues.delete_message_batch(QueueUrl=url, Entries=entries)


if __name__ == "__main__":
    main()
