"""The five processes a twin is made of, and how each shows that it serves."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.twin.keys import Keys
from local.twin.layout import ROOT, Layout
from local.twin.ports import LOOPBACK
from local.twin.processes import MARK, Program

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
MODEL = ROOT / "build" / "model"


@dataclass(frozen=True)
class Programs:
    """Builds the programs for one home, its keys and its ports."""

    layout: Layout
    keys: Keys
    ports: Mapping[str, int]

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def aws_environment(self) -> dict[str, str]:
        """Return what makes any AWS SDK, the CLI and Terraform talk to the twin and to nothing else."""
        return CREDENTIALS | {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url("aws"),
            "AWS_ENDPOINT_URL_XRAY": self.url("xray"),
            "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": self.url("autoscaling"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def qdrant(self) -> Program:
        """The vector store's stand-in."""
        arguments = ("--port", str(self.ports["qdrant"]), "--data", str(self.layout.live / "qdrant"))
        return _ours("qdrant", *arguments, port=self.ports["qdrant"], QDRANT_API_KEY=self.keys.qdrant_api_key)

    def xray(self) -> Program:
        """X-Ray: daemon and API."""
        return _ours("xray", "--port", str(self.ports["xray"]), port=self.ports["xray"])

    def autoscaling(self) -> Program:
        """Application Auto Scaling's control plane."""
        port = self.ports["autoscaling"]
        return _ours(
            "autoscaling", "--port", str(port), "--state", str(self.layout.live / "autoscaling.json"), port=port
        )

    def engine(self) -> Program:
        """The Docker API that runs tasks as processes."""
        places = {
            "--socket": self.layout.socket,
            "--root": ROOT,
            "--scratch": self.layout.scratch / "tasks",
            "--logs": self.layout.logs / "tasks",
            "--endpoint": self.url("aws"),
        }
        wins = self.aws_environment() | {
            MARK: str(self.layout.home),
            "RAGLITE_QDRANT_URL": self.url("qdrant"),
            "RAGLITE_MODEL_DIR": str(MODEL),
            "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{self.ports['xray']}",
        }
        arguments = [str(word) for pair in places.items() for word in pair]
        for name, value in wins.items():
            arguments += ["--set", f"{name}={value}"]
        return _ours("engine", *arguments)

    def emulator(self, *, with_tasks: bool) -> Program:
        """AWS. Without tasks it only writes down what Terraform builds, and keeps it when it stops."""
        port = self.ports["aws"]
        arguments = ["--port", str(port), "--state", str(self.layout.live / "aws")]
        arguments += ["--docker", f"unix://{self.layout.socket}"] if with_tasks else ["--save"]
        environment = {
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],  # functions inherit it
            "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{self.ports['xray']}",
        }
        return Program("aws", (str(EMULATOR_PYTHON), "-m", "local.emulator", *arguments), environment, port)


def _ours(name: str, *arguments: str, port: int | None = None, **environment: str) -> Program:
    return Program(name, (sys.executable, "-m", f"local.{name}", *arguments), environment, port)


def missing() -> str | None:
    """Return what has to be made before the twin can start, as a sentence; None if nothing is missing."""
    needed: dict[Path, str] = {EMULATOR_PYTHON: "the emulator's environment", MODEL / "spec.json": "the exported model"}
    absent = [f"{what} ({path.relative_to(ROOT)})" for path, what in needed.items() if not path.exists()]
    return f"Missing: {', '.join(absent)}. Make it with `make setup`." if absent else None
