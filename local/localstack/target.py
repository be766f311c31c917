"""Which AWS the twin has: the emulator alone, or LocalStack beside it."""

import os

from local.localstack.services import LOCALSTACK
from local.twin.layout import TwinError
from local.twin.ports import PREFERRED
from local.twin.programs import LOCALSTACK_PYTHON, Programs

EMULATOR = "emulator"
TARGETS = (EMULATOR, LOCALSTACK)
PORT = {LOCALSTACK: 4568}
TOKEN = "LOCALSTACK_AUTH_TOKEN"  # noqa: S105  the variable's name


def target_of(programs: Programs) -> str:
    """Return which AWS a twin has, which its ports tell."""
    return LOCALSTACK if programs.gateway == LOCALSTACK else EMULATOR


def refuse_another(programs: Programs, asked: str | None) -> None:
    """Raise if the running twin has another AWS than the one that is asked for."""
    if asked and asked != target_of(programs):
        raise TwinError(f"The twin runs with `--aws {target_of(programs)}`: stop it first with `make down`.")


def preferred_ports(target: str | None) -> dict[str, int]:
    """Return the ports to wish for; raise if what is asked for cannot be started."""
    if target != LOCALSTACK:
        return PREFERRED
    if not LOCALSTACK_PYTHON.exists():
        raise TwinError("LocalStack's environment is missing: make it with `make .venv-localstack/.installed`.")
    if os.environ.get(TOKEN):
        raise TwinError(
            f"{TOKEN} is set, but the licensed LocalStack is not wired into the twin: unset it to run the free code."
        )
    return PREFERRED | PORT
