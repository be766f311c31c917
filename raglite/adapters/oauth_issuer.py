"""Whose access tokens are accepted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server, none if `url` is empty, and for which `audience` its tokens must be.

    `jwks_url`: where its keys are; empty: where its metadata says. `groups_claim` lists a token's document groups.
    """

    url: str
    audience: str
    jwks_url: str = ""
    groups_claim: str = "groups"
