"""Who serves which AWS service while LocalStack is the twin's AWS: services.json, with the reason of each."""

import json
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).with_name("services.json")
LOCALSTACK = "localstack"
VARIABLES = {  # botocore names a service's variable after its service id, which is not always its name
    "elbv2": "ELASTIC_LOAD_BALANCING_V2",
    "events": "EVENTBRIDGE",
    "logs": "CLOUDWATCH_LOGS",
    "secretsmanager": "SECRETS_MANAGER",
    "application-autoscaling": "APPLICATION_AUTO_SCALING",
}


def servers() -> dict[str, str]:
    """Return the server's name by service, as boto3 calls the service."""
    table = json.loads(TABLE.read_text())
    return {service: server for server, services in table.items() for service in services}


def endpoints(urls: Mapping[str, str]) -> dict[str, str]:
    """Return `AWS_ENDPOINT_URL_<SERVICE>` of every service of the given servers."""
    given = {service: urls[server] for service, server in servers().items() if server in urls}
    return {f"AWS_ENDPOINT_URL_{variable(service)}": url for service, url in given.items()}


def variable(service: str) -> str:
    """Return how a service is called in the name of its variable."""
    return VARIABLES.get(service, service.upper())
