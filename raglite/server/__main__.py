"""`python -m raglite.server`: read the settings, verify the model, serve until told to stop."""

import gc
import logging
import signal
import sys
from types import FrameType

from raglite import logs
from raglite.bootstrap import bootstrap
from raglite.deferred import deferred_build
from raglite.errors import RagliteError, TransientError
from raglite.settings import Settings

DRAIN_SECONDS = 25  # ECS kills a task 60 s after it has told it to stop; the audit log is written after the drain
KEEP_ALIVE_SECONDS = 75  # longer than the load balancer's idle timeout of 60 s, so that it never reuses a closed socket
log = logging.getLogger("raglite.server")


def main() -> int:
    """Serve; returns the process's exit code."""
    gc.disable()  # until all is loaded: a quarter of the start was to look through what stays
    try:
        serve(Settings.from_environment())
    except RagliteError as error:
        print(f"raglite: {error}", file=sys.stderr)  # noqa: T201  a sentence for the person who started it
        return error.exit_code
    finally:
        gc.enable()
    return 0


def serve(settings: Settings) -> None:
    """Refuse to start on a wrong model or collection; wait for an index that does not answer yet."""
    logs.configure(settings.log_level, settings.log_share, settings.secrets)
    services = bootstrap(settings)
    with deferred_build():
        import uvicorn

        from raglite.server.app import create_app
        from raglite.server.health import Readiness
    readiness = Readiness(services)
    try:
        readiness.warm()
    except TransientError as error:
        log.warning("not ready yet: %s", error)
    app = create_app(services, settings, readiness)
    services.audit.append  # noqa: B018  made now: a wrong setting shows at start, and no question waits for it
    gc.freeze()  # what is loaded by now stays: nobody need look through it for cycles again and again
    gc.enable()
    signal.signal(signal.SIGTERM, _end)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # server/tracing.py writes one line per request
        server_header=False,
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def _end(number: int, _frame: FrameType | None) -> None:
    """End as a program does: uvicorn raises the signal again when it has drained, and the audit log is unwritten."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main())
