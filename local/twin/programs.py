"""The processes a twin is made of, and how each shows that it serves."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.localstack import services
from local.localstack.services import LOCALSTACK
from local.twin.keys import Keys
from local.twin.layout import ROOT, Layout
from local.twin.ports import LOOPBACK
from local.twin.processes import MARK, Program

REGION = "us-east-1"
CREDENTIALS = {  # the administrator's, who may do everything
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}
EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
LOCALSTACK_PYTHON = ROOT / ".venv-localstack" / "bin" / "python"
MODEL = ROOT / "build" / "model"
DECISIONS = "decisions.jsonl"  # in the logs: who asked for what, and whether it was allowed


@dataclass(frozen=True)
class Programs:
    """Builds the programs for one home, its keys and its ports."""

    layout: Layout
    keys: Keys
    ports: Mapping[str, int]

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    @property
    def gateway(self) -> str:
        """Who is asked for every service of AWS that has no address of its own."""
        return LOCALSTACK if LOCALSTACK in self.ports else "aws"

    @property
    def has_faults(self) -> bool:
        """Whether there is an unreliable network before the vector store."""
        return "network" in self.ports

    @property
    def qdrant_url(self) -> str:
        """Where everybody finds the vector store."""
        return self.url("network" if self.has_faults else "qdrant")

    def aws_environment(self) -> dict[str, str]:
        """Return what makes any AWS SDK, the CLI and Terraform talk to the twin as its administrator."""
        return CREDENTIALS | self.aws_addresses()

    def aws_addresses(self) -> dict[str, str]:
        """Return what makes any AWS SDK talk to the twin and to nothing else, whoever asks."""
        return {
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url(self.gateway),
            "AWS_ENDPOINT_URL_XRAY": self.url("xray"),
            "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": self.url("autoscaling"),
            **(services.endpoints({"emulator": self.url("aws")}) if self.gateway == LOCALSTACK else {}),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def qdrant(self) -> Program:
        """The vector store's stand-in."""
        arguments = ("--port", str(self.ports["qdrant"]), "--data", str(self.layout.live / "qdrant"))
        return _ours("qdrant", *arguments, port=self.ports["qdrant"], QDRANT_API_KEY=self.keys.qdrant_api_key)

    def store(self) -> list[Program]:
        """The vector store, and the network before it where that is unreliable."""
        return [self.qdrant(), self.network()] if self.has_faults else [self.qdrant()]

    def replaceable(self) -> list[Program]:
        """What may die and lose nothing: it can be started again."""
        return [*self.store(), self.xray(), self.autoscaling(), *([self.relay()] if self.gateway == LOCALSTACK else [])]

    def network(self) -> Program:
        """The unreliable network, which is calm at first."""
        ports = {"--port": "network", "--upstream": "qdrant", "--control": "faults"}
        arguments = [word for option, name in ports.items() for word in (option, str(self.ports[name]))]
        return _ours("network", *arguments, port=self.ports["faults"])

    def xray(self) -> Program:
        """X-Ray: daemon and API."""
        return _ours("xray", "--port", str(self.ports["xray"]), port=self.ports["xray"])

    def autoscaling(self) -> Program:
        """Application Auto Scaling, which scales what runs at the emulator."""
        port, state = self.ports["autoscaling"], self.layout.live / "autoscaling.json"
        arguments = ("--port", str(port), "--state", str(state), "--endpoint", self.url("aws"))
        return _ours("autoscaling", *arguments, port=port, **self.aws_environment())

    def engine(self) -> Program:
        """The Docker API that runs tasks as processes."""
        places = {
            "--socket": self.layout.socket,
            "--root": ROOT,
            "--scratch": self.layout.scratch / "tasks",
            "--logs": self.layout.logs / "tasks",
            "--endpoint": self.url("aws"),
        }
        wins = self._of_tasks() | {
            MARK: str(self.layout.home),
            "RAGLITE_QDRANT_URL": self.qdrant_url,
            "RAGLITE_MODEL_DIR": str(MODEL),
            "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{self.ports['xray']}",
        }
        arguments = [str(word) for pair in places.items() for word in pair]
        for name, value in wins.items():
            arguments += ["--set", f"{name}={value}"]
        return _ours("engine", *arguments, port=None, **CREDENTIALS)

    def docker(self, daemon: str) -> Program:
        """The Docker API in front of a real engine, which runs tasks as containers; `daemon` is its socket."""
        places = {
            "--socket": self.layout.socket,
            "--daemon": daemon,
            "--home": self.layout.home,
            "--logs": self.layout.logs / "tasks",
            "--endpoint": self.url("aws"),
        }
        wins = self._of_tasks() | {
            "RAGLITE_QDRANT_URL": self.qdrant_url,
            "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{self.ports['xray']}",
        }
        arguments = [str(word) for pair in places.items() for word in pair]
        for name, value in wins.items():
            arguments += ["--set", f"{name}={value}"]
        return Program("engine", (sys.executable, "-m", "local.docker", *arguments), CREDENTIALS)

    def _of_tasks(self) -> dict[str, str]:
        """Return what makes tasks talk to the twin: in their roles, but for LocalStack, where nothing is refused."""
        return self.aws_environment() if self.gateway == LOCALSTACK else self.aws_addresses()

    def emulator(self, *, with_tasks: bool) -> Program:
        """AWS. Without tasks it only writes down what Terraform builds, and keeps it when it stops."""
        port = self.ports["aws"]
        arguments = ["--port", str(port), "--state", str(self.layout.live / "aws")]
        running = ["--docker", f"unix://{self.layout.socket}", "--decisions", str(self.layout.logs / DECISIONS)]
        arguments += running if with_tasks else ["--save"]
        environment = {"AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{self.ports['xray']}"}
        if self.gateway == LOCALSTACK:
            arguments.append("--anybody")
            environment |= CREDENTIALS
            environment |= {"AWS_ENDPOINT_URL": self.url(LOCALSTACK), "SECRETS_ENDPOINT": self.url(LOCALSTACK)}
        return Program("aws", (str(EMULATOR_PYTHON), "-m", "local.emulator", *arguments), environment, port)

    def localstack(self) -> Program:
        """LocalStack, which hands on what it does not serve."""
        port, places = self.ports[LOCALSTACK], {"emulator": "aws", "xray": "xray", "autoscaling": "autoscaling"}
        arguments = ["--port", str(port), "--state", str(self.layout.live / LOCALSTACK)]
        for server, name in places.items():
            arguments += ["--at", f"{server}={self.url(name)}"]
        return Program(LOCALSTACK, (str(LOCALSTACK_PYTHON), "-m", "local.localstack", *arguments), {}, port)

    def relay(self) -> Program:
        """Carries messages and events between LocalStack and the emulator."""
        arguments = ("--localstack", self.url(LOCALSTACK), "--emulator", self.url("aws"))
        command = (sys.executable, "-m", "local.localstack.relay", *arguments)
        return Program("relay", command, self.aws_environment())


def _ours(name: str, *arguments: str, port: int | None = None, **environment: str) -> Program:
    return Program(name, (sys.executable, "-m", f"local.{name}", *arguments), environment, port)


def missing() -> str | None:
    """Return what has to be made before the twin can start, as a sentence; None if nothing is missing."""
    needed: dict[Path, str] = {EMULATOR_PYTHON: "the emulator's environment", MODEL / "spec.json": "the exported model"}
    absent = [f"{what} ({path.relative_to(ROOT)})" for path, what in needed.items() if not path.exists()]
    return f"Missing: {', '.join(absent)}. Make it with `make setup`." if absent else None
