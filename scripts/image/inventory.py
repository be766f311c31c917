"""Run inside the build: writes the image's SBOM, a CycloneDX document, to /opt/venv/sbom.cdx.json.

cyclonedx-py lists the Python packages. Added here is what it cannot see: Debian's packages, Python itself, the model.
"""

import hashlib
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STATUS = Path("/var/lib/dpkg/status")
RELEASE = Path("/etc/os-release")
MODEL = Path("/opt/raglite/model")
OUT = Path("/opt/venv/sbom.cdx.json")


def python_packages(environment: Path) -> Any:
    """Return the CycloneDX document of a virtual environment."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
    said = subprocess.run([*command, str(environment)], check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def debian_packages(status: str, distribution: str) -> Iterator[dict[str, Any]]:
    """Yield a component for each installed package of dpkg's status file (deb822 paragraphs)."""
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}&distro={distribution}"
            yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def python_itself() -> dict[str, Any]:
    """Return the component of the interpreter."""
    version = platform.python_version()
    purl = f"pkg:generic/python@{version}"
    return {"type": "platform", "bom-ref": purl, "name": "python", "version": version, "purl": purl}


def model(folder: Path) -> dict[str, Any]:
    """Return the component of the embedding model, identified by the sha256 of its graph; then its data's."""
    spec = json.loads((folder / "spec.json").read_text())
    sha256 = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    name = spec["spec"]["model"]
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{name}@{sha256[:12]}",
        "name": name,
        "version": spec["spec"]["weights_sha256"],
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "properties": [{"name": "raglite:weights.bin:sha256", "value": spec["data_sha256"]}],
    }


def main(target: str) -> None:
    """Write the document of one image."""
    release = dict(line.split("=", 1) for line in RELEASE.read_text().splitlines() if "=" in line)
    distribution = release["VERSION_CODENAME"].strip('"')
    document = python_packages(OUT.parent)
    document["metadata"]["component"] = {"type": "container", "bom-ref": f"image:{target}", "name": f"raglite {target}"}
    document["components"] += [*debian_packages(STATUS.read_text(), distribution), python_itself(), model(MODEL)]
    text = json.dumps(document, indent=1)
    validate(text, document["specVersion"])
    OUT.write_text(text)


def validate(text: str, version: str) -> None:
    """End the build with what CycloneDX's schema has against the document, if anything."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(text)
    if fault:
        sys.exit(f"The SBOM is no CycloneDX {version}: {fault}")


if __name__ == "__main__":
    main(sys.argv[1])
