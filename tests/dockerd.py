"""A program in dockerd's place, for tests of who starts and stops one."""

import sys
from pathlib import Path

DOCKERD = """#!{python}
import http.server, json, os, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = self.path == "/_ping" or {images!r} in self.path
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")
    def address_string(self):
        return "somebody"
class Server(http.server.HTTPServer):
    address_family = socket.AF_UNIX
    def server_bind(self):
        if os.path.exists(self.server_address):
            os.unlink(self.server_address)
        self.socket.bind(self.server_address)
path = sys.argv[sys.argv.index("--host") + 1].removeprefix("unix://")
Server(path, Handler).serve_forever()
"""


def machine(tmp_path: Path, images: str) -> dict[str, str]:
    """Return the environment of a machine on which no engine answers, but one that has `images` can be started."""
    program = tmp_path / "bin" / "dockerd"
    program.parent.mkdir()
    program.write_text(DOCKERD.format(python=sys.executable, images=images))
    program.chmod(0o755)
    return {"DOCKER_HOST": f"unix://{tmp_path}/d.sock", "PATH": str(program.parent)}
