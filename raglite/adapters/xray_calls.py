"""Calls of AWS (boto3) and of services over HTTP (httpx: Qdrant) as subsegments of the trace they are made in.

The two methods that every such call passes through are wrapped, once in a process, as the SDK's own patches do. Those
work with the SDK's global recorder, and write down parameters and the texts of exceptions.
"""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from http import HTTPStatus
from typing import Any

import httpx
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from raglite.adapters.xray_causes import blame_call
from raglite.adapters.xray_segments import segment, subsegment

LONGEST_URL = 250  # characters that X-Ray takes
RESOURCES = {"Bucket": "bucket_name", "TableName": "table_name", "logGroupName": "log_group_name"}


@cache
def follow_calls() -> None:
    """Wrap what calls pass through. Outside a trace they then cost the reading of one variable more."""
    client: Any = BaseClient
    client._make_api_call = _aws(client._make_api_call)  # noqa: SLF001  where the SDK's own patch is put as well
    http: Any = httpx.Client
    http.send = _http(http.send)


def _aws(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def followed(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        if segment() is None:
            return call(client, operation, parameters)
        with subsegment(client.meta.service_model.endpoint_prefix, namespace="aws", blame=blame_call) as entity:
            if entity is not None:
                resources = {told: parameters[name] for name, told in RESOURCES.items() if name in parameters}
                entity.aws = {"operation": operation, "region": client.meta.region_name, **resources}
            try:
                answer = call(client, operation, parameters)
            except ClientError as error:
                _told(entity, error.response.get("ResponseMetadata", {}))
                raise
            _told(entity, answer.get("ResponseMetadata", {}))
            return answer

    return followed


def _told(entity: Any, metadata: Mapping[str, Any]) -> None:
    """Note what every answer of AWS says of itself."""
    if entity is not None:
        known = {"request_id": metadata.get("RequestId"), "retries": metadata.get("RetryAttempts")}
        entity.aws |= {name: value for name, value in known.items() if value is not None}
        if status := metadata.get("HTTPStatusCode"):
            entity.http = {"response": {"status": status}}


def _http(send: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    @wraps(send)
    def followed(client: httpx.Client, request: httpx.Request, **given: Any) -> httpx.Response:
        within = segment()
        if within is None:
            return send(client, request, **given)
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        with subsegment(
            within.sender.remotes.get(request.url.host, request.url.host), namespace="remote", blame=blame_call
        ) as entity:
            answer = send(client, request, **given)
            if entity is not None:
                path = request.url.raw_path.decode().partition("?")[0]  # what a query string holds is nobody's business
                entity.http = {"request": {"method": request.method, "url": f"{origin}{path}"[:LONGEST_URL]}}
                entity.http["response"] = {"status": answer.status_code}
                _flag(entity, answer.status_code)
            return answer

    return followed


def _flag(entity: Any, status: int) -> None:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        entity.add_fault_flag()
    elif status >= HTTPStatus.BAD_REQUEST:
        entity.add_error_flag()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            entity.add_throttle_flag()
