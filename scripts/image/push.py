"""Carries both images from the machine that built them to ECR; refuses what nobody could vouch for."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from scripts.image import base
from scripts.image.build import TARGETS, Source, Target, digests
from scripts.image.docker import ImageError, docker, inspect, labels
from scripts.image.wheels import OUT, ROOT

ARCHIVE = OUT / "archive" / "images.tar"
PUSHED = OUT / "pushed.tfvars.json"  # what Terraform deploys
REVISION = "org.opencontainers.image.revision"


def archive() -> None:
    """Write both images to build/image/archive/, for another machine to push."""
    ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    docker("save", "--output", str(ARCHIVE), *(target.tag for target in TARGETS))


def load() -> None:
    """Take both images from the archive that lies here; ImageError if they are of other files than lie here now."""
    docker("load", "--input", str(ARCHIVE))
    here = Source.of(ROOT).revision
    for target in TARGETS:
        refuse_another_commit(labels(target.tag).get(REVISION, ""), here)
    if here.endswith("-dirty"):
        raise ImageError(
            f"The images in {ARCHIVE.parent} are without what was changed since: commit it, or remove them, and run "
            "`make image`."
        )


def push(record: Path | None = None) -> dict[str, str]:
    """Push to the account's ECR as REPOSITORY:COMMIT and return the digest that each repository gave its image.

    They are written to build/image/pushed.tfvars.json, too, with the commit. An archive that lies here is loaded first.
    `record` is that of a promotion: only the images it rests on are pushed. ImageError before the first byte if one may
    not leave.
    """
    if ARCHIVE.exists():
        load()
    if record is not None:
        if not record.exists():
            raise ImageError(f"There is no {record}: `make promote` writes it when the evidence is good enough.")
        refuse_others(json.loads(record.read_text())["images"], digests())
    revision = revision_of({target.tag: labels(target.tag) for target in TARGETS})
    refuse_another_commit(revision, Source.of(ROOT).revision)
    ids = digests()
    there = {target: digest_in_ecr(target.repository, revision, ids[target.name]) for target in TARGETS}
    registry = log_in() if None in there.values() else ""
    pushed = {target.repository: found or _pushed(target, registry, revision) for target, found in there.items()}
    # With the tag, a plan says whose digests it has, whatever was checked out after the push.
    PUSHED.write_text(json.dumps({"image_tag": revision, "image_digests": pushed}, indent=1))
    return pushed


def digest_in_ecr(repository: str, tag: str, image: str) -> str | None:
    """Return the digest under which ECR has an image (its id) already, as REPOSITORY:TAG; None if it has none.

    A tag that is there cannot be pushed again, not even with the same image. ImageError if it is another's.
    """
    found = boto3.client("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])["images"]
    if not found:
        return None
    digest, manifest = str(found[0]["imageId"]["imageDigest"]), json.loads(found[0]["imageManifest"])
    # The id is of what is pushed (an index, mostly) in Docker's containerd image store, of the configuration elsewhere.
    if image not in {digest, manifest.get("config", {}).get("digest")}:
        raise ImageError(
            f"ECR has another image as {repository}:{tag}, and keeps it: deploy from the run that pushed that one, or "
            "make another commit."
        )
    return digest


def _pushed(target: Target, registry: str, tag: str) -> str:
    name = f"{registry}/{target.repository}"
    docker("tag", target.tag, f"{name}:{tag}")
    docker("push", f"{name}:{tag}")
    known = inspect(target.tag)["RepoDigests"]
    return str(next(one.partition("@")[2] for one in known if one.startswith(f"{name}@")))


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


def refuse_another_commit(built: str, here: str) -> None:
    """Raise ImageError unless the images are of the commit that is checked out: Terraform would deploy them as that."""
    if here.removesuffix("-dirty") != built:
        raise ImageError(
            f"The images are of {built}, and {here} is checked out: check out theirs, or remove {ARCHIVE.parent} and "
            "run `make image`."
        )


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
