"""An unreliable network before the vector store, in a twin that was started with `--faults`."""

from collections.abc import Mapping

from local.twin.layout import TwinError
from local.twin.programs import Programs

PREFERRED = {"network": 6335, "faults": 6336}  # where clients connect, and where the trouble is set


def asked_for(environment: Mapping[str, str]) -> bool:
    """Return whether FAULTS asks for it."""
    return environment.get("FAULTS", "") not in {"", "0"}


def ports(faulty: bool) -> dict[str, int]:
    """Return the ports to wish for."""
    return PREFERRED if faulty else {}


def refuse_late(programs: Programs, faulty: bool) -> None:
    """Raise if the running twin lacks the network that is asked for: tasks keep the address that they know."""
    if faulty and not programs.has_faults:
        raise TwinError("The twin runs without `--faults`: stop it first with `make down`.")


def environment(programs: Programs) -> dict[str, str]:
    """Return what leads the CLI to where the trouble is set."""
    return {"RAGLITE_FAULTS_URL": programs.url("faults")} if programs.has_faults else {}
