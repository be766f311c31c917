"""What goes into the images, what may leave this machine, and what the build refuses."""

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest

from raglite.adapters.aws_services import SERVICES
from raglite.errors import ConfigurationError
from scripts.image import base, build, finish, inventory, push, standin, wheels
from scripts.image.docker import ImageError
from tests.aws import aws_under_test

ROOT = Path(__file__).resolve().parents[3]
DIGEST = f"sha256:{'0' * 64}"
COMMIT = "c" * 40
GOOD = {push.REVISION: COMMIT, "raglite.base": base.PINNED, "org.opencontainers.image.base.name": f"python:3@{DIGEST}"}


def wheel(folder: Path, name: str, version: str, requires: str = "") -> Path:
    """Write a wheel that holds nothing but its name."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    wants = f"Requires-Dist: {requires}\n" if requires else ""
    with zipfile.ZipFile(path, "w") as file:
        about = f"{name}-{version}.dist-info"
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wants}")
        file.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{about}/RECORD", "")
    return path


# --- what may be pushed ---------------------------------------------------------------------------------------------


def test_an_image_of_a_commit_on_a_pinned_base_may_leave() -> None:
    assert push.revision_of({"a": GOOD, "b": GOOD}) == COMMIT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({push.REVISION: ""}, "make image"),
        ({push.REVISION: f"{COMMIT}-dirty"}, "in no commit"),
        ({"raglite.base": base.STAND_IN}, "stand-in"),
        ({"raglite.base": base.UNPINNED}, re.escape(f"write python:3@{DIGEST} into scripts/image/base.txt")),
        ({"raglite.base": ""}, "nobody pinned"),
        ({push.REVISION: "d" * 40}, "different commits"),
    ],
)
def test_what_nobody_can_vouch_for_stays_here(change: dict[str, str], reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        push.revision_of({"a": GOOD, "b": GOOD | change})


def test_only_what_was_promoted_is_pushed() -> None:
    here = {"raglite-service": DIGEST, "raglite-ingest": DIGEST}
    push.refuse_others(here, here)
    with pytest.raises(ImageError, match="raglite-ingest is not what was promoted"):
        push.refuse_others({"raglite-service": DIGEST, "raglite-ingest": "sha256:other"}, here)
    with pytest.raises(ImageError, match="raglite-ingest and raglite-service"):
        push.refuse_others({}, here)


def test_an_earlier_build_is_not_pushed_as_the_commit_that_is_checked_out() -> None:
    push.refuse_another_commit(COMMIT, COMMIT)
    push.refuse_another_commit(COMMIT, f"{COMMIT}-dirty")
    with pytest.raises(ImageError, match=rf"of {'d' * 40}, and {COMMIT} is checked out: .*build/image/archive"):
        push.refuse_another_commit("d" * 40, COMMIT)


def test_what_ecr_has_already_is_not_pushed_again_and_another_image_never_takes_its_tag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with aws_under_test():
        ecr = boto3.client("ecr")
        ecr.create_repository(repositoryName="raglite")
        config = {"digest": DIGEST, "mediaType": "application/vnd.docker.container.image.v1+json", "size": 2}
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})
        ecr.put_image(repositoryName="raglite", imageManifest=manifest, imageTag=COMMIT)
        [kept] = ecr.describe_images(repositoryName="raglite")["imageDetails"]
        assert push.digest_in_ecr("raglite", COMMIT, DIGEST) == kept["imageDigest"]
        assert push.digest_in_ecr("raglite", "another", DIGEST) is None
        with pytest.raises(ImageError, match=f"another image as raglite:{COMMIT}"):
            push.digest_in_ecr("raglite", COMMIT, f"sha256:{'1' * 64}")
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
        kept = ecr.put_image(repositoryName="raglite", imageManifest=json.dumps(index), imageTag="index")["image"]
        digest = kept["imageId"]["imageDigest"]
        assert push.digest_in_ecr("raglite", "index", digest) == digest
        with pytest.raises(ImageError, match="another image as raglite:index"):
            push.digest_in_ecr("raglite", "index", DIGEST)


# --- the base -------------------------------------------------------------------------------------------------------


def image(digest: str, *tags: str) -> dict[str, list[str]]:
    return {"RepoDigests": [f"python@{digest}"], "RepoTags": [base.TAG, *tags]}


def test_a_pinned_base_counts_only_under_its_digest() -> None:
    pinned = f"python:3@{DIGEST}"
    assert base.pulled(pinned, image(DIGEST)) == base.Base(pinned, base.PINNED)
    assert base.pulled(pinned, image(f"sha256:{'1' * 64}")) is None


@pytest.mark.parametrize("wanted", ["python:3", "docker.io/library/python:3"])
def test_a_base_that_is_not_pinned_says_which_it_was(wanted: str) -> None:
    assert base.pulled(wanted, image(DIGEST, "python:3")) == base.Base(f"{wanted}@{DIGEST}", base.UNPINNED)


def test_a_base_of_another_tag_is_not_pinned_under_the_new_tags_name() -> None:
    assert base.pulled("python:3-next", image(DIGEST, "python:3")) is None


DOCKER = """#!/bin/sh
case "$1" in
  version) exit {answers} ;;
  pull) echo "{said}" >&2; exit 1 ;;
esac
echo "docker $1 was asked for" >&2; exit 1
"""


@pytest.mark.parametrize(
    ("answers", "said", "told"),
    [
        (1, "", "docker version failed"),
        (0, "manifest for python:3-typo not found: manifest unknown", "docker pull failed.*manifest unknown"),
        (0, "toomanyrequests: You have reached your pull rate limit", "docker pull failed.*rate limit"),
    ],
)
def test_a_stand_in_is_only_made_where_no_registry_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: int, said: str, told: str
) -> None:
    (tmp_path / "docker").write_text(DOCKER.format(answers=answers, said=said))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match=told):
        base.make()


def test_the_base_file_names_one_image() -> None:
    assert re.fullmatch(r"[a-z0-9./:-]+(@sha256:[0-9a-f]{64})?", base.reference())


def test_a_copied_python_works_and_brings_no_packages(tmp_path: Path) -> None:
    home = tmp_path / "local"
    standin.copy_interpreter(Path(sys.base_prefix), home)
    environment = {"LD_LIBRARY_PATH": str(home / "lib"), "PYTHONHOME": str(home)}
    script = "import ctypes, json, sqlite3, ssl, sys; print(sys.prefix, sys.version.split()[0])"
    said = subprocess.run(
        [home / "bin" / "python", "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    assert said.stdout.split() == [str(home), platform.python_version()]
    assert list((home / "lib").glob("python3.*/site-packages/*")) == []


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="a stand-in is made on Debian only")
def test_a_program_needs_the_packages_of_its_libraries(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy2("/usr/bin/dpkg", tmp_path / "bin" / "python3.11")
    assert "libc6" in standin.libraries(tmp_path)


# --- what goes in ---------------------------------------------------------------------------------------------------


def test_an_image_gets_exact_versions_each_with_the_hash_of_its_wheel(tmp_path: Path) -> None:
    first, second = wheel(tmp_path, "Some_Thing", "1.0", "other>=1"), wheel(tmp_path, "other", "2.0")
    wheel(tmp_path, "other", "3.0")
    pins, locked = tmp_path / "pins.txt", tmp_path / "locked.txt"
    pins.write_text("other==2.0\n")
    items = wheels.resolved(tmp_path, pins, ["Some_Thing"])
    wheels.write(locked, items)
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (second, first)]
    assert locked.read_text().splitlines() == [
        f"other==2.0 --hash=sha256:{hashes[0]}",
        f"some-thing==1.0 --hash=sha256:{hashes[1]}",
    ]
    wheels.tidy(tmp_path, items)
    assert {path.name for path in tmp_path.glob("*.whl")} == {first.name, second.name}


def test_the_services_kept_of_botocore_are_those_whose_clients_are_made() -> None:
    made = set()
    for path in (ROOT / "raglite").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        made |= {
            call.args[0].value
            for call in calls
            if isinstance(call.func, ast.Attribute) and call.func.attr in {"client", "resource"}
            if isinstance(call.args[0], ast.Constant)
        }
    assert made | {"sts"} == set(SERVICES)


def test_what_nothing_loads_is_left_out_and_what_is_called_stays(tmp_path: Path) -> None:
    kept = ["botocore/data/s3/x.json", "botocore/data/endpoints.json", "boto3/data/dynamodb/x.json", "numpy/core.py"]
    kept += ["onnxruntime/capi/libonnxruntime_providers_shared.so"]
    gone = ["botocore/data/rds/x.json", "boto3/data/glacier/x.json", "numpy/core/tests/x.py", "scipy/a/tests/deep/x.py"]
    gone += ["onnxruntime/capi/libonnxruntime.so.1.32.0", "onnxruntime/tools/x.py"]
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    finish.trim(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(kept)


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json"])
def test_a_build_with_another_model_ends(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(ROOT / "build" / "model", copy)
    finish.check_model(copy)
    with (copy / name).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")
    with pytest.raises(ConfigurationError, match=f"{name} is not the file"):
        finish.check_model(copy)


def test_a_build_with_the_model_of_another_version_ends(tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(ROOT / "build" / "model", copy)
    spec = (copy / "spec.json").read_text()
    (copy / "spec.json").write_text(re.sub(r'"chunker_version": \d+', '"chunker_version": 99', spec))
    with pytest.raises(ConfigurationError, match="another model than this version"):
        finish.check_model(copy)


def test_the_sbom_names_the_packages_that_dpkg_has_installed() -> None:
    status = (
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n"
        "Description: C\n Version: 1\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n"
    )
    purl = "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=bookworm"
    assert list(inventory.debian_packages(status, "bookworm")) == [
        {"type": "library", "bom-ref": purl, "name": "libc6", "version": "2.36-9", "purl": purl}
    ]


# --- what comes out -------------------------------------------------------------------------------------------------


def test_an_image_above_its_limit_fails_by_name() -> None:
    service, ingest = build.TARGETS
    fits = {"stage": service.stage, "bytes": service.limit}
    build.refuse_heavy([fits, {"stage": ingest.stage, "bytes": ingest.limit}])
    with pytest.raises(ImageError, match="Too large: ingest 851 MB, at most 850"):
        build.refuse_heavy([fits, {"stage": ingest.stage, "bytes": ingest.limit + build.MB}])


def test_an_image_of_changed_files_does_not_bear_the_commits_name(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.com")
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    git("init")
    git("commit", "--allow-empty", "-m", "first")
    clean = build.Source.of(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", clean.revision)
    git("config", "status.showUntrackedFiles", "no")
    (tmp_path / "new").touch()
    assert build.Source.of(tmp_path) == build.Source(f"{clean.revision}-dirty", clean.created)


def test_a_folder_without_a_commit_gives_no_image(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="which commit"):
        build.Source.of(tmp_path / "nowhere")


def test_the_dockerfile_needs_no_network_and_every_builder_builds_it() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not text.lower().startswith("# syntax")
    assert "--mount" not in text
    assert re.findall(r"^ARG BASE\b.*", text, re.MULTILINE)[0] == "ARG BASE"
    stages = re.findall(r"^FROM (\S+) AS (\S+)", text, re.MULTILINE)
    assert {source for source, _ in stages} <= {"${BASE}", "scratch", *(name for _, name in stages)}
    names = [name for _, name in stages]
    assert names.index("service") < names.index("ingest-files")
