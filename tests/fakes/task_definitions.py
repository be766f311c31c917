"""An emulator that knows task definitions and nothing else, on a free port of the loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

LABEL = "com.amazonaws.ecs."


class TaskDefinitions:
    """Answers DescribeTaskDefinition; a context manager that serves while it is open."""

    def __init__(self) -> None:
        self._families: dict[str, list[dict[str, Any]]] = {}
        families = self._families

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["taskDefinition"]
                containers = families[asked.partition(":")[0]]
                body = json.dumps({"taskDefinition": {"containerDefinitions": containers}}).encode()
                self.send_response(200)
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

    def labels(self, family: str, task: str, name: str = "main") -> dict[str, str]:
        """Return the labels that the emulator gives to a container of a task."""
        names = {"task-definition-family": family, "task-definition-version": "1"}
        return {LABEL + key: value for key, value in {**names, "container-name": name, "task-arn": task}.items()}
