"""Everything that may differ between two places this code runs in, read from the environment once, at the door.

AWS endpoints, regions and credentials are boto3's own variables and do not appear here. An unknown RAGLITE_* name
is an error: a misspelt setting that is silently ignored costs somebody a night.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from raglite.errors import ConfigurationError
from raglite.model import CollectionParameters

PREFIX = "RAGLITE_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """One frozen record. Sizes are bytes, times seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    documents_bucket: str = ""  # where documents are uploaded to: the truth
    parsed_bucket: str = ""  # keeps what was read of them; emits no events
    registry_table: str = "raglite-registry"  # of DynamoDB: states, leases, commits
    api_keys_secret: str = "raglite/api-keys"  # noqa: S105  the secret's name, not its value

    audit_records_group: str = ""  # log group; all three of these or none: without them, JSON lines on stdout
    audit_texts_group: str = ""  # log group of what was asked and answered, where few may read
    audit_bucket: str = ""  # keeps the anchors, under Object Lock
    audit_patience_seconds: float = Field(default=10, gt=0, le=3600)  # a record may wait so long before all is refused
    audit_anchor_seconds: float = Field(default=60, gt=0)  # between two anchors of a chain

    backups_bucket: str = ""  # versioned and locked
    backups_key: str = ""  # id, ARN or alias of the KMS key that signs backups
    backups_days: int = Field(default=30, gt=0)  # a backup is kept, and locked, at least so long
    terraform: tuple[str, ...] = ()  # the command that runs Terraform where the estate is declared; drills need it
    terraform_variables: tuple[str, ...] = ()  # its files of variables; a drill writes what it switches to the last one

    qdrant_url: str = "http://127.0.0.1:6333"  # the vector store; a load balancer before its nodes
    qdrant_nodes: tuple[str, ...] = ()  # the URL of each node of a cluster: snapshots are taken node by node
    qdrant_api_key: SecretStr | None = None  # from Secrets Manager, by the task's definition
    qdrant_seconds: int = Field(default=20, gt=0)  # to wait for one answer
    collection: str = "raglite"  # the alias of the live one
    collection_parameters: CollectionParameters = CollectionParameters()  # JSON; what it is made and searched with
    faults_url: str = ""  # control address of a fault proxy before the vector store; drills need one, nothing else does

    model_dir: Path = Path("build/model")  # the embedding model, as `make setup` or the image has it
    processors: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)  # that parse and embed at once

    host: str = "127.0.0.1"  # the address the service binds
    port: int = Field(default=8000, ge=0, le=65535)  # that it listens on
    public_url: str = ""  # how callers reach the service, load balancer and all: https://raglite.example.com
    oauth_issuer: str = ""  # whose access tokens are accepted beside API keys; needs public_url
    oauth_audience: str = ""  # what they must be for; empty: public_url/mcp
    oauth_jwks_url: str = ""  # where the issuer's keys are; empty: where its metadata says
    oauth_groups_claim: str = "groups"  # the claim that lists the document groups, `*` for all; without it, none
    allowed_hosts: tuple[str, ...] = ()  # extra Host headers the MCP endpoint accepts; empty accepts any
    requests_per_minute: int = Field(default=12_000, ge=0)  # of each credential, to one task; 0: without a limit
    requests_burst: int = Field(default=2_000, ge=1)  # of them at once
    unknown_keys_per_minute: int = Field(default=120, ge=0)  # from each address, to one task; 0: without a limit
    api_url: str = "http://127.0.0.1:8000"  # where the CLI finds the service
    api_key: SecretStr | None = None  # the CLI's key

    max_document_bytes: int = Field(default=200 * 1024**2, gt=0)  # larger ones are quarantined
    max_pages: int = Field(default=2000, gt=0)  # the same of longer ones
    max_characters: int = Field(default=8_000_000, gt=0)  # of text: what the largest annual reports have, twice
    max_unpacked_bytes: int = Field(default=1024**3, gt=0)  # of an Office file, pictures and all
    parse_seconds: float = Field(default=240, gt=0)  # that reading one may take
    parse_memory_bytes: int = Field(default=4 * 1024**3, gt=0)  # that reading one may take
    max_attempts: int = Field(default=3, ge=1)  # that may end without a word before a version is quarantined
    lease_seconds: float = Field(default=120, gt=0)  # after which a key is another task's, unless it is renewed
    publish_seconds: float = Field(default=30, gt=0)  # a publish is two payload updates and one conditional write

    environment: str = "local"  # a label on metrics and traces, and what a drill may not be played on; never a switch
    revision: str = ""  # the commit that this was built from: a label on backups
    log_level: str = "INFO"  # DEBUG, INFO, WARNING or ERROR
    log_share: float = Field(default=1, ge=0, le=1)  # of traces whose lines below WARNING are written

    @model_validator(mode="after")
    def _leases_outlast_turns(self) -> Self:
        """A key's lease is checked before its publish is made good: it must not run out in between."""
        if self.lease_seconds < self.publish_seconds:
            raise ValueError(f"lease_seconds is {self.lease_seconds:g}: at least publish_seconds are needed")
        return self

    @model_validator(mode="after")
    def _audit_log_is_whole(self) -> Self:
        """A log without its texts or its anchors would look like one."""
        places = {name: getattr(self, name) for name in ("audit_records_group", "audit_texts_group", "audit_bucket")}
        if any(places.values()) and not all(places.values()):
            missing = " and ".join(name for name, place in places.items() if not place)
            raise ValueError(f"the audit log needs all of its places or none: set {missing}, too")
        return self

    @model_validator(mode="after")
    def _oauth_is_whole(self) -> Self:
        """Clients are told this service's address, and keys over plain HTTP could be anybody's."""
        if self.oauth_issuer and not self.public_url:
            raise ValueError("oauth_issuer needs public_url: set it to how callers reach the service")
        for name in ("public_url", "oauth_issuer", "oauth_jwks_url"):
            url = urlsplit(getattr(self, name))
            is_safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
            if getattr(self, name) and self.oauth_issuer and not (is_safe and url.hostname):
                raise ValueError(f"{name} is {getattr(self, name)!r}: set it to https://HOST[/PATH]")
        return self

    @property
    def resource(self) -> str:
        """Return what this service is to an authorization server, and what its tokens must be for."""
        return self.oauth_audience or f"{self.public_url.rstrip('/')}/mcp"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no line may show."""
        given = (self.qdrant_api_key, self.api_key)
        return tuple(secret.get_secret_value() for secret in given if secret is not None)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings, or raise ConfigurationError that names every fault."""
        _refuse_unknown(os.environ)
        return cls.of_known_names()

    @classmethod
    def of_known_names(cls) -> "Settings":
        """Read the settings, whatever else the environment has."""
        try:
            return cls()
        except (SettingsError, ValidationError) as error:
            raise ConfigurationError(f"Unusable settings: {_faults(error)}.") from error

    @classmethod
    def as_usable(cls) -> "Settings":
        """Read what can be used and take the defaults of the rest: for whoever looks for other faults besides."""
        hidden: dict[str, str] = {}
        try:
            while True:
                try:
                    return cls()
                except (SettingsError, ValidationError) as error:
                    bad = _at_fault(error, os.environ)
                    hidden |= {name: os.environ.pop(name) for name in bad}
        finally:
            os.environ.update(hidden)


def _faults(error: SettingsError | ValidationError) -> str:
    if isinstance(error, SettingsError):  # a value that ought to be JSON and is not
        return f"{error}: {error.__cause__}"
    return "; ".join(f"{_named(one['loc'])}: {one['msg']}" for one in error.errors())


def _at_fault(error: SettingsError | ValidationError, environment: Mapping[str, str]) -> list[str]:
    """Return the variables that an error is about; of one about several, those that begin as the fields it names."""
    fields = {
        name: name.upper().removeprefix(PREFIX).lower() for name in environment if name.upper().startswith(PREFIX)
    }
    places = [] if isinstance(error, SettingsError) else [one["loc"] for one in error.errors()]
    wrong = {str(place[0]) for place in places if place} or set(re.findall(r'field "(\w+)"', str(error)))
    if wrong:
        return [name for name, field in fields.items() if field in wrong]
    kinds = {word.partition("_")[0] for word in re.findall(r"\w+", _faults(error)) if word in Settings.model_fields}
    return [name for name, field in fields.items() if field.partition("_")[0] in kinds] or list(fields)


def _named(place: tuple[int | str, ...]) -> str:
    """Return the variable at fault, and what of it, if it is JSON: RAGLITE_COLLECTION_PARAMETERS.hnsw_m."""
    name, *within = map(str, place) if place else ("",)
    return ".".join([f"{PREFIX}{name}".upper(), *within])


def unknown(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the RAGLITE_* names that are no settings, each with the one that is most like it."""
    known = _known()
    strange = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    fields = [name.removeprefix(PREFIX) for name in known]  # what all begin with makes none of them alike
    alike = {name: get_close_matches(name.upper().removeprefix(PREFIX), fields, 1) for name in strange}
    return {name: PREFIX + found[0] if found else None for name, found in alike.items()}


def _known() -> list[str]:
    return sorted(f"{PREFIX}{name}".upper() for name in Settings.model_fields)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    found = unknown(environment)
    if found:
        meant = "".join(f" Did you mean {name}?" for name in dict.fromkeys(found.values()) if name)
        raise ConfigurationError(f"Unknown setting {', '.join(found)}.{meant} Known: {', '.join(_known())}.")
