"""Asks the service one question as a user does: over MCP, through the load balancer, with an API key of its own.

Right is an answer in time that cites a passage, unless there is no document to cite. What came of it goes out as three
metrics, a log line and a trace that the service continues. A canary that has no key to ask with counts nothing: that
the service fails and that nobody looks are two alarms.

The names are those of raglite/telemetry.py. Standard library, boto3 and the files beside this one only.
"""

import json
import os
import time
import traceback
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import tracing
from botocore.config import Config
from lines import log, metric

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

OK = 200
CITED = "raglite://documents/"
LISTED = "/api/documents?limit=500"
ASKED = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "query_financial_documents", "arguments": {"query": "What was total revenue?", "top_k": 1}},
}
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-11-25",
    "User-Agent": "raglite-canary",
}
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


class NotRight(Exception):
    """What is wrong with an answer, in words that hold none of its text."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask, with which key, and how long an answer may take."""

    service_url: str
    key_secret: str
    environment: str
    seconds: float

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; a KeyError names the one that is missing."""
        return cls(
            service_url=environment["SERVICE_URL"].rstrip("/"),
            key_secret=environment["CANARY_KEY_SECRET"],
            environment=environment["RAGLITE_ENVIRONMENT"],
            seconds=float(environment["CANARY_SECONDS"]),
        )


@dataclass(frozen=True, slots=True)
class Service:
    """The service as one asker, with its headers, reaches it."""

    url: str
    headers: Mapping[str, str]
    seconds: float

    def ask(self) -> Mapping[str, Any]:
        """Return the answer to the question; NotRight if there is none."""
        result = self._fetch("POST", "/mcp", json.dumps(ASKED))["result"]
        if result.get("isError"):
            raise NotRight("the tool answered with an error")
        answer: Mapping[str, Any] = result["structuredContent"]
        return answer

    def has_documents(self) -> bool:
        """Whether there is a document that a question could be answered from."""
        return any(version["state"] == "searchable" for version in self._fetch("GET", LISTED)["documents"])

    def _fetch(self, method: str, path: str, body: str | None = None) -> Mapping[str, Any]:
        """Return what a request is answered, as JSON. A redirection is not followed: a user's POST is not either."""
        url = urlsplit(self.url)
        connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
        try:
            with closing(connect(url.netloc, timeout=self.seconds)) as connection:
                connection.request(method, url.path + path, body, {**HEADERS, **self.headers})
                response = connection.getresponse()
                text = response.read()
        except (OSError, HTTPException) as error:
            raise NotRight(f"{method} {path} got no answer: {type(error).__name__}: {error}") from error
        if response.status != OK:
            raise NotRight(f"{method} {path} was answered with status {response.status}")
        try:
            answered: Mapping[str, Any] = dict(json.loads(text))
        except (ValueError, TypeError) as error:
            raise NotRight(f"{method} {path} was not answered with a JSON object") from error
        return answered


def judge(service: Service) -> float:
    """Ask, and return how many seconds the answer took; NotRight unless it is right and in time."""
    began = time.monotonic()
    try:
        answer = service.ask()
        took = time.monotonic() - began
        cited = [(result["citation"]["uri"], result["page"], result["excerpt"]) for result in answer["results"]]
        if not cited and service.has_documents():
            raise NotRight("no passage was found, though there are searchable documents")
        if not all(uri.startswith(CITED) and page >= 1 and excerpt for uri, page, excerpt in cited):
            raise NotRight("a passage lacks its citation, its page or its text")
    except (LookupError, TypeError, AttributeError) as error:
        raise NotRight(f"the answer has another shape than an answer: {type(error).__name__}") from error
    if took > service.seconds:
        raise NotRight(f"the answer took {took:.1f} s; {service.seconds:g} s are allowed")
    return took


@dataclass(frozen=True, slots=True)
class Canary:
    """One run: ask, judge, say what came of it."""

    settings: Settings
    secrets: "SecretsManagerClient"

    @classmethod
    def connect(cls, settings: Settings) -> "Canary":
        """Return a canary that reaches AWS by the standard environment; nothing is sent yet."""
        return cls(settings, boto3.client("secretsmanager", config=CLIENT_CONFIG))

    def run(self) -> None:
        """Ask once; raises boto3's error or ValueError if there is no key to ask with, and then nothing is counted."""
        key = self._key()
        begun = tracing.begun()
        trace_id = begun.partition(";")[0].removeprefix("Root=")
        try:
            took = self._judged(key, begun)
        except NotRight as fault:
            self._count("CanaryFailures", "Count", 1)
            log("ERROR", str(fault), trace_id=trace_id)
        else:
            self._count("CanaryFailures", "Count", 0)
            self._count("CanaryLatency", "Milliseconds", 1000 * took)
            log("INFO", "answered", trace_id=trace_id)
        self._count("CanaryRuns", "Count", 1)

    def _key(self) -> str:
        """Return the key; what http.client says of one that no header takes would quote it."""
        key = self.secrets.get_secret_value(SecretId=self.settings.key_secret)["SecretString"].strip()
        if not (key.isascii() and key.isprintable()):
            raise ValueError(f"the secret {self.settings.key_secret} is no API key: set it to the key, in one line")
        return key

    def _judged(self, key: str, begun: str) -> float:
        """Judge in a trace that the service continues."""
        with tracing.segment("canary", begun) as segment:
            segment.annotate(environment=self.settings.environment)
            headers = {"Authorization": f"Bearer {key}", "X-Amzn-Trace-Id": segment.header}
            took = judge(Service(self.settings.service_url, headers, self.settings.seconds))
            segment.annotate(outcome="answered")
            return took

    def _count(self, name: str, unit: str, value: float) -> None:
        metric(name, unit, value, self.settings.environment)


def lambda_handler(_event: object, _context: object) -> None:
    """Run once. Nothing is raised: Lambda would run it again, and a question has its answer or not."""
    try:
        _canary().run()
    except Exception as error:  # noqa: BLE001  the edge of the process: what keeps the canary from asking is logged
        log("ERROR", f"could not ask: {error}", traceback=traceback.format_exc())


@cache
def _canary() -> Canary:
    return Canary.connect(Settings.from_environment(os.environ))
