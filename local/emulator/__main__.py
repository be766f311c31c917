"""Start the emulator on loopback, from the state in a directory; write the state back at the end if asked to."""

import argparse
import os
import sys
from pathlib import Path


def main() -> None:
    """Read the arguments, set what the emulator reads from its environment, correct it and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory of the state to start from")
    parser.add_argument("--docker", help="Docker API that runs tasks; without one, tasks are only written down")
    parser.add_argument("--save", action="store_true", help="write the state back when stopped")
    parser.add_argument("--decisions", type=Path, help="file for a line about each decision on a call's permission")
    parser.add_argument("--anybody", action="store_true", help="let every call pass: another server keeps the roles")
    chosen = parser.parse_args()
    os.environ |= {
        "GATEWAY_PORT": str(chosen.port),
        "AUTH": str(not chosen.anybody).lower(),  # who may do what is decided as on AWS
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",  # both would listen on every address
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(chosen.state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(chosen.state / "s3"),
        "DOCKER_HOST": chosen.docker or f"unix://{chosen.state}/no-docker",
        "MINISTACK_DOCKER_TIMEOUT": "60",  # seconds; stopping a container takes up to its stop timeout
    }
    sys.argv = ["ministack"]

    from local.emulator import corrections  # only now: the emulator reads its environment when it is imported

    corrections.apply(save=chosen.save, decisions=chosen.decisions)
    corrections.serve()


if __name__ == "__main__":
    main()
