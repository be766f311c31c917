"""What X-Ray takes as a segment document.

The source is the developer guide's page "AWS X-Ray segment documents" and the JSON schema that it offers,
xray-segmentdocument-schema-v1.0.0. Stricter than both where something would be wrong without a word: at the top of a
segment or subsegment a field that neither names (it would be a misspelt one), an end before the start, a subsegment
named as no segment may be, and more annotations in one document than X-Ray indexes of a whole trace.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

MOST_BYTES = 64 * 1024  # of one document
LONGEST_ANNOTATION = 1000  # characters
MOST_ANNOTATIONS = 50  # indexed of one trace
NAME = re.compile(r"[\w\s.:/%&#=+\\@-]{1,200}")  # letters, numbers and whitespace of any script, and these symbols


class UnusableSegment(ValueError):
    """A document that X-Ray would not take, with all that is wrong with it."""


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("up to 200 letters, numbers, blanks and _ . : / % & # = + \\ - @ make a name")
    return name


def _annotated(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float):
        raise ValueError("a string, a number or a boolean is annotated")  # noqa: TRY004  pydantic collects ValueErrors
    if isinstance(value, str) and len(value) > LONGEST_ANNOTATION:
        raise ValueError(f"a string of at most {LONGEST_ANNOTATION} characters is annotated")
    return value


Name = Annotated[str, AfterValidator(_named)]
Identity = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{16}$")]
TraceId = Annotated[str, StringConstraints(pattern="^1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$")]
Text = Annotated[str, StringConstraints(max_length=250)]
Number = float  # or a whole number, as JSON does not tell them apart
Key = Annotated[str, StringConstraints(pattern="^[a-zA-Z0-9_]{1,500}$")]
Annotation = Annotated[Any, AfterValidator(_annotated)]


class _Open(BaseModel):
    """A block that may hold more than the documentation names: SDKs put their own fields there."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Request(_Open):
    method: Text | None = None
    url: Text | None = None
    user_agent: Text | None = None
    client_ip: Text | None = None
    x_forwarded_for: bool | None = None
    traced: bool | None = None


class _Response(_Open):
    status: Number | None = None
    content_length: Number | None = None


class _Http(_Open):
    request: _Request | None = None
    response: _Response | None = None


class _Aws(_Open):
    operation: str | None = None
    account_id: str | None = None
    region: str | None = None
    request_id: str | None = None
    queue_url: str | None = None
    table_name: str | None = None
    ecs: dict[str, Any] | None = None
    ec2: dict[str, Any] | None = None
    elastic_beanstalk: dict[str, Any] | None = None


class _Frame(_Open):
    path: str | None = None
    line: int | None = None
    label: str | None = None


class _Exception(_Open):
    id: Identity
    message: str | None = None
    type: str | None = None
    remote: bool | None = None
    truncated: int | None = None
    skipped: int | None = None
    cause: str | None = None
    stack: list[_Frame] | None = None


class _Cause(_Open):
    working_directory: str | None = None
    paths: list[str] | None = None
    exceptions: list[_Exception] | None = None


class _Sql(_Open):
    connection_string: str | None = None
    url: str | None = None
    sanitized_query: str | None = None
    database_type: str | None = None
    database_version: str | None = None
    driver_version: str | None = None
    user: Text | None = None
    preparation: str | None = None


class _Service(_Open):
    version: str | None = None


class _Part(BaseModel):
    """What segments and subsegments have in common."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    id: Identity
    start_time: Number
    end_time: Number | None = None
    in_progress: bool = False
    parent_id: Identity | None = None
    error: bool = False
    throttle: bool = False
    fault: bool = False
    cause: Identity | _Cause | None = None
    http: _Http | None = None
    aws: _Aws | None = None
    annotations: dict[Key, Annotation] = Field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = Field(default_factory=dict)
    subsegments: list["Subsegment"] = Field(default_factory=list)

    @model_validator(mode="after")
    def _over_or_not(self) -> "_Part":
        if self.in_progress == (self.end_time is not None):
            raise ValueError("either end_time is given or in_progress is true")
        if self.end_time is not None and self.end_time < self.start_time:
            raise ValueError("end_time comes before start_time")
        return self


class Subsegment(_Part):
    """A part of a segment, inside it or sent separately."""

    name: Name
    type: Literal["subsegment"] | None = None
    trace_id: TraceId | None = None
    namespace: Literal["aws", "remote"] | None = None
    precursor_ids: list[Identity] | None = None
    sql: _Sql | None = None


class Segment(_Part):
    """What one service did for one request."""

    name: Name
    trace_id: TraceId
    service: _Service | None = None
    user: Text | None = None
    origin: str | None = None
    resource_arn: str | None = None


class Independent(Subsegment):
    """A subsegment that is sent separately: it says where it belongs."""

    type: Literal["subsegment"]
    trace_id: TraceId
    parent_id: Identity


def checked(document: Any, size: int) -> None:
    """Check one document of `size` bytes; UnusableSegment with everything that is wrong with it."""
    if size > MOST_BYTES:
        raise UnusableSegment(f"{size} bytes are more than a document's {MOST_BYTES}")
    kind = Independent if isinstance(document, dict) and "type" in document else Segment
    try:
        part = kind.model_validate(document)
    except ValidationError as error:
        raise UnusableSegment("; ".join(_faults(error))) from error
    if (count := sum(len(one.annotations) for one in _parts(part))) > MOST_ANNOTATIONS:
        raise UnusableSegment(f"{count} annotations are more than the {MOST_ANNOTATIONS} that are indexed of a trace")


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        yield f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}"


def _parts(part: _Part) -> Iterator[_Part]:
    yield part
    for inner in part.subsegments:
        yield from _parts(inner)
