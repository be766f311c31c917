"""Tasks' credentials, handed out as ECS does: over HTTP, to whoever has the task's token, those of the task's role.

AWS's SDKs ask by themselves when their environment names an address and no keys, and ask again before these expire:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import hmac
import json
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LOOPBACK = "127.0.0.1"
ROOM = "/v2/credentials/"
LONGEST_SESSION_NAME = 64
CONFIG = Config(retries={"max_attempts": 2}, connect_timeout=2, read_timeout=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """What a task may fetch, and what it has to show for it."""

    role: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class Credentials:
    """Serves from its making until `close`. It signs with the engine's own credentials, which no task sees.

    `endpoint` is the emulator, `host` the address to serve on, as tasks name it.
    """

    def __init__(self, endpoint: str, host: str = LOOPBACK) -> None:
        self._sts: Any = boto3.client("sts", endpoint_url=endpoint, config=CONFIG)
        self._leases: dict[str, Lease] = {}  # by the session's name, which is the task's
        self._server = ThreadingHTTPServer((host, 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="credentials")
        self._thread.start()

    def variables(self, owner: str, role: str | None) -> dict[str, str]:
        """Return what a task's processes need in their environment; nothing if it has no role. `owner` is its ARN."""
        if not role:
            return {}
        lease = self._leases.setdefault(_session(owner), Lease(role))
        host, port = self._server.server_address[:2]
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host!s}:{port}{ROOM}{_session(owner)}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": lease.token,
        }

    def forget(self, owner: str) -> None:
        """Hand nothing more out to a task that has ended."""
        self._leases.pop(_session(owner), None)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, token: str) -> tuple[int, Mapping[str, Any]]:
        """Return HTTP's status and body for a request."""
        session = path.removeprefix(ROOM)
        lease = self._leases.get(session)
        if lease is None or not hmac.compare_digest(token.encode(), lease.token.encode()):
            return 403, {"message": "No task of this engine has this address and this token."}
        try:
            given = self._sts.assume_role(RoleArn=lease.role, RoleSessionName=session)["Credentials"]
        except (BotoCoreError, ClientError) as error:
            log.warning("no credentials of %s: %s", lease.role, error)
            return 503, {"message": f"{lease.role} could not be taken: {error}"}
        return 200, {
            "RoleArn": lease.role,
            "AccessKeyId": given["AccessKeyId"],
            "SecretAccessKey": given["SecretAccessKey"],
            "Token": given["SessionToken"],
            "Expiration": given["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _session(owner: str) -> str:
    return owner.rpartition("/")[2][-LONGEST_SESSION_NAME:]


def _handler(credentials: Credentials) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = credentials.answer(self.path, self.headers.get("Authorization", ""))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
