import struct
from pathlib import Path

import pytest

from raglite.adapters.parse_archive import MOST_RATIO, MOST_XML_BYTES, RATIO_FROM, members_of
from raglite.errors import DocumentRejected, ReasonCode
from tests.hostile_files import package

GIBIBYTE = 1024**3


def declaring(folder: Path, *members: tuple[str, int, int]) -> Path:
    """Write an archive whose directory says of each member how many bytes it has packed and unpacked."""
    content = bytearray(package({name: "<a/>" for name, _, _ in members}))
    at = -1
    for _, packed, unpacked in members:
        at = content.index(b"PK\x01\x02", at + 1)
        struct.pack_into("<II", content, at + 20, packed, unpacked)
    path = folder / "archive"
    path.write_bytes(content)
    return path


def refused(path: Path, most_unpacked: int = GIBIBYTE) -> tuple[ReasonCode, str]:
    with pytest.raises(DocumentRejected) as caught:
        members_of(path, most_unpacked)
    return caught.value.reason, str(caught.value)


def test_the_names_of_the_members_are_given(tmp_path: Path) -> None:
    assert members_of(declaring(tmp_path, ("a.bin", 9, 9), ("b.bin", 9, 9)), GIBIBYTE) == ["a.bin", "b.bin"]


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ([(f"{n}.bin", 10**8, GIBIBYTE // 2 + 1) for n in range(2)], "The file unpacks to"),
        ([("a.bin", RATIO_FROM // MOST_RATIO, 2 * RATIO_FROM)], "a.bin unpacks to 200 times"),
        ([(f"{n}.bin", 100, RATIO_FROM // 2) for n in range(4)], "The file unpacks to"),
        ([("word/a.xml", 10**8, MOST_XML_BYTES + 1)], "word/a.xml has"),
    ],
    ids=["in all", "one member", "many small members", "one part of XML"],
)
def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, members: list[tuple[str, int, int]], fault: str
) -> None:
    reason, sentence = refused(declaring(tmp_path, *members))
    assert reason is ReasonCode.TOO_LARGE
    assert sentence.startswith(fault)


@pytest.mark.parametrize(
    "members",
    [
        [("a.bin", 100, RATIO_FROM)],
        [("a.bin", RATIO_FROM, MOST_RATIO * RATIO_FROM // 2)],
        [("customXml/a.xml", 10**8, MOST_XML_BYTES + 1)],
    ],
    ids=["small", "well packed", "what nobody reads"],
)
def test_an_archive_within_the_limits_is_not_refused(tmp_path: Path, members: list[tuple[str, int, int]]) -> None:
    assert members_of(declaring(tmp_path, *members), GIBIBYTE)


@pytest.mark.parametrize(
    "beginning", ["<!DOCTYPE a>", "<!-- --><!DOCTYPE a SYSTEM 'http://127.0.0.1:9/'>", "<!--" + "x" * 100_000 + "-->"]
)
def test_a_part_that_declares_a_document_type_is_refused(tmp_path: Path, beginning: str) -> None:
    path = tmp_path / "archive"
    for encoding in ("utf-8", "utf-16"):
        path.write_bytes(package({"word/document.xml": f"{beginning}<a/>".encode(encoding)}))
        assert refused(path)[0] is ReasonCode.UNREADABLE
    path.write_bytes(package({"word/document.xml": f"<a>{'text' * 50_000}</a>", "customXml/a.xml": f"{beginning}<a/>"}))
    assert len(members_of(path, GIBIBYTE)) == 2
