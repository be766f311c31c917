"""Start LocalStack's last free code on loopback, as the gateway to all of AWS: what it lacks is asked for elsewhere.

Runs with the Python of .venv-localstack. Nothing is fetched and nobody is told.
"""

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

from local.localstack.services import LOCALSTACK, servers

QUIET = {
    "DISABLE_EVENTS": "1",  # no usage reports
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "SKIP_INFRA_DOWNLOADS": "1",
    "USE_SSL": "0",
    "DNS_ADDRESS": "0",  # no name server
}


def main() -> None:
    """Read the arguments, set what LocalStack reads from its environment, and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.localstack", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory for what it keeps while it runs")
    parser.add_argument("--at", action="append", default=[], metavar="SERVER=URL", help="who serves what it lacks")
    chosen = parser.parse_args()
    os.environ |= QUIET | {
        "GATEWAY_LISTEN": f"127.0.0.1:{chosen.port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{chosen.port}",
        "SQS_ENDPOINT_STRATEGY": "off",  # queue URLs as Terraform reads them, with no host that must be resolved
        "FILESYSTEM_ROOT": str(chosen.state / "root"),
        "LOCALSTACK_VOLUME_DIR": str(chosen.state / "volume"),
    }
    listen_on_loopback()
    ask_elsewhere(dict(pair.split("=", 1) for pair in chosen.at))

    from localstack.runtime.main import main as serve  # only now: LocalStack reads its environment when it is imported

    serve()


def listen_on_loopback() -> None:
    """The server takes the port of GATEWAY_LISTEN but not the address: it would listen on every one."""
    from localstack.runtime.server import twisted

    twisted.endpoints.TCP4ServerEndpoint = partial(twisted.endpoints.TCP4ServerEndpoint, interface="127.0.0.1")


def ask_elsewhere(urls: dict[str, str]) -> None:
    """Hand requests of other servers' services on, whoever sends them: LocalStack's own rules have such targets."""
    from localstack.aws.handlers import serve_custom_service_request_handlers
    from rolo.proxy import Proxy

    proxies = {server: Proxy(url, preserve_host=False) for server, url in urls.items()}
    known = servers()

    def hand_on(chain: Any, context: Any, response: Any) -> None:
        server = known.get(context.service.service_name if context.service else "", LOCALSTACK)
        if server in proxies:
            response.update_from(proxies[server].forward(context.request))
            chain.stop()

    serve_custom_service_request_handlers.append(hand_on)


if __name__ == "__main__":
    main()
