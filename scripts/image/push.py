"""Carries both images from the machine that built them to ECR; refuses what nobody could vouch for."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from scripts.image import base
from scripts.image.build import TARGETS, digests
from scripts.image.docker import ImageError, docker, inspect, labels
from scripts.image.wheels import OUT

ARCHIVE = OUT / "archive" / "images.tar"
PUSHED = OUT / "pushed.tfvars.json"  # what Terraform deploys
REVISION = "org.opencontainers.image.revision"


def archive() -> None:
    """Write both images to build/image/archive/, for another machine to push."""
    ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    docker("save", "--output", str(ARCHIVE), *(target.tag for target in TARGETS))


def push(record: Path | None = None) -> dict[str, str]:
    """Push to the account's ECR as REPOSITORY:COMMIT and return the digest that each repository gave its image.

    They are written to build/image/pushed.tfvars.json, too. An archive that lies here is loaded first. `record` is that
    of a promotion: only the images it rests on are pushed. ImageError before the first byte if one may not leave.
    """
    if ARCHIVE.exists():
        docker("load", "--input", str(ARCHIVE))
    if record is not None:
        refuse_others(json.loads(record.read_text())["images"], digests())
    revision = revision_of({target.tag: labels(target.tag) for target in TARGETS})
    registry = log_in()
    pushed = {}
    for target in TARGETS:
        name = f"{registry}/{target.repository}"
        docker("tag", target.tag, f"{name}:{revision}")
        docker("push", f"{name}:{revision}")
        known = inspect(target.tag)["RepoDigests"]
        pushed[target.repository] = next(one.partition("@")[2] for one in known if one.startswith(f"{name}@"))
    PUSHED.write_text(json.dumps({"image_digests": pushed}, indent=1))
    return pushed


def refuse_others(promoted: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raise ImageError unless the images here (ids by name) are those that were promoted."""
    others = sorted(name for name in here if promoted.get(name) != here[name])
    if others:
        raise ImageError(f"{' and '.join(others)} is not what was promoted: push what the promotion's run has built.")


def revision_of(images: Mapping[str, Mapping[str, str]]) -> str:
    """Return the commit that all these images (labels by tag) were built from; ImageError if one may not leave."""
    for tag, said in images.items():
        refuse(tag, said)
    revisions = {said[REVISION] for said in images.values()}
    if len(revisions) > 1:
        raise ImageError("The images are of different commits: run `make image`.")
    return revisions.pop()


def refuse(tag: str, said: Mapping[str, str]) -> None:
    """Raise ImageError, with what to do, if an image with these labels must stay on this machine."""
    if not said.get(REVISION):
        raise ImageError(f"There is no image {tag} that says its commit: run `make image`.")
    if said[REVISION].endswith("-dirty"):
        raise ImageError(f"{tag} was built from files that are in no commit: commit them and run `make image`.")
    if said.get("raglite.base") == base.STAND_IN:
        raise ImageError(f"{tag} stands on a stand-in for its base image: build it where a registry can be reached.")
    if said.get("raglite.base") != base.PINNED:
        name = said.get("org.opencontainers.image.base.name", base.reference())
        raise ImageError(f"{tag} stands on a base that nobody pinned: write {name} into scripts/image/base.txt.")


def log_in() -> str:
    """Let docker push to the registry of the account that the standard AWS environment names; return its host."""
    [token] = boto3.client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    registry = str(urlsplit(token["proxyEndpoint"]).netloc)
    docker("login", "--username", user, "--password-stdin", registry, given=password)
    return registry
