"""An emulator that knows task definitions and hands roles out, on a free port of the loopback."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

LABEL = "com.amazonaws.ecs."
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>{session}</SessionToken>
<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>AccessDenied</Code>
<Message>nobody may take it</Message></Error></ErrorResponse>"""


class TaskDefinitions:
    """Answers DescribeTaskDefinition and AssumeRole; a context manager that serves while it is open."""

    def __init__(self) -> None:
        self._families: dict[str, list[dict[str, Any]]] = {}
        self._volumes: list[str] = []
        self._roles: dict[str, str] = {}
        self._lent = 0
        self.lifetime = timedelta(hours=1)
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, text = answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def define(self, family: str, name: str = "main", **definition: Any) -> None:
        """Add a container to a family's only version."""
        self._families.setdefault(family, []).append({"name": name, **definition})

    def volume(self, name: str) -> None:
        """Add an empty volume to every task."""
        self._volumes.append(name)

    def give_role(self, family: str, role: str) -> None:
        """Let a family's tasks act in a role."""
        self._roles[family] = role

    def labels(self, family: str, task: str, name: str = "main") -> dict[str, str]:
        """Return the labels that the emulator gives to a container of a task."""
        names = {"task-definition-family": family, "task-definition-version": "1"}
        return {LABEL + key: value for key, value in {**names, "container-name": name, "task-arn": task}.items()}

    def _answer(self, body: str) -> tuple[int, str]:
        if body.startswith("{"):
            family = json.loads(body)["taskDefinition"].partition(":")[0]
            definition = {
                "containerDefinitions": self._families[family],
                "volumes": [{"name": name} for name in self._volumes],
                "taskRoleArn": self._roles.get(family, ""),
            }
            return 200, json.dumps({"taskDefinition": definition})
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        if asked["RoleArn"] not in self._roles.values():
            return 403, REFUSED
        self._lent += 1
        expires = (datetime.now(UTC) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = f"{asked['RoleArn'].rpartition('/')[2]}-{self._lent}"
        return 200, ASSUMED.format(key=key, session=asked["RoleSessionName"], expires=expires)
