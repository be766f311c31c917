"""CloudWatch's two wire formats that are spoken here, from and to Python's values: the query protocol and JSON.

The shapes are botocore's own description of the API. Moments are seconds since the epoch.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

Request = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Act = Callable[[Request], Mapping[str, Any]]
INTEGERS, FRACTIONS = {"integer", "long"}, {"double", "float"}
MODEL = botocore.session.Session().get_service_model("cloudwatch")


class Refused(Exception):
    """`code` is CloudWatch's name for the error; the sentence is for the caller."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def handler(name: str, act: Act, error: Callable[..., Any], xml: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler with the emulator's signature; `error` and `xml` are its own ways to write an answer."""
    operation = MODEL.operation_model(name)

    def handle(params: Mapping[str, Any], body: Mapping[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        if is_cbor:
            return error("InvalidAction", "CBOR is not spoken here.", 400, use_json=True)
        try:
            answer = act(_request(operation, params, body, is_json))
        except Refused as refusal:
            return error(refusal.code, str(refusal), 400, use_json=is_json)
        if is_json:
            return 200, {"Content-Type": "application/json"}, json.dumps(_present(answer)).encode()
        return xml(200, f"{name}Response", _result(operation, answer))

    return handle


def _request(operation: OperationModel, params: Mapping[str, Any], body: Mapping[str, Any], is_json: bool) -> Request:
    shape = operation.input_shape
    if shape is None:
        return {}
    request = dict(body) if is_json else _from_query(shape, params, "") or {}
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise Refused("ValidationError", report.generate_report())
    moments: Request = _with_moments(shape, request)
    return moments


def _from_query(shape: Shape, params: Mapping[str, Any], prefix: str) -> Any:
    if isinstance(shape, StructureShape):
        members = {
            name: _from_query(member, params, f"{prefix}.{name}" if prefix else name)
            for name, member in shape.members.items()
        }
        return {name: value for name, value in members.items() if value is not None} or None
    if isinstance(shape, ListShape):
        values: list[Any] = []
        while (value := _from_query(shape.member, params, f"{prefix}.member.{len(values) + 1}")) is not None:
            values.append(value)
        return values or None
    if prefix not in params:
        return None
    return _scalar(shape, params[prefix][0] if isinstance(params[prefix], list) else params[prefix])


def _scalar(shape: Shape, text: str) -> Any:
    try:
        if shape.type_name in INTEGERS:
            return int(text)
        if shape.type_name in FRACTIONS:
            return float(text)
        return text.lower() == "true" if shape.type_name == "boolean" else text
    except ValueError as error:
        raise Refused("ValidationError", f"{text!r} is not a {shape.type_name}.") from error


def _with_moments(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {
            name: _with_moments(shape.members[name], member) for name, member in value.items() if name in shape.members
        }
    if isinstance(shape, ListShape):
        return [_with_moments(shape.member, member) for member in value]
    if shape.type_name != "timestamp" or isinstance(value, (int, float)):
        return value
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _present(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _present(member) for name, member in value.items() if member is not None}
    return [_present(member) for member in value] if isinstance(value, list) else value


def _result(operation: OperationModel, answer: Mapping[str, Any]) -> str:
    shape = operation.output_shape
    return f"<{operation.name}Result>{_to_xml(shape, answer)}</{operation.name}Result>" if shape is not None else ""


def _to_xml(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        known = [(name, member) for name, member in shape.members.items() if value.get(name) is not None]
        return "".join(f"<{name}>{_to_xml(member, value[name])}</{name}>" for name, member in known)
    if isinstance(shape, ListShape):
        return "".join(f"<member>{_to_xml(shape.member, member)}</member>" for member in value)
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return escape(str(value))
