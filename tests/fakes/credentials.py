"""Credentials whose keys are what they say: the key `analyst` is the analyst's."""

from raglite.errors import AccessDenied
from raglite.ports import Principal


class FakeCredentials:
    def __init__(self, *principals: Principal) -> None:
        self.principals = {principal.name: principal for principal in principals}
        self.known: dict[str, Principal] = {}

    def authenticate(self, presented: str) -> Principal:
        if presented not in self.principals:
            raise AccessDenied("Unknown API key: ask the operator for one.")
        self.known[presented] = self.principals[presented]
        return self.principals[presented]

    def remembered(self, presented: str) -> Principal | None:
        return self.known.get(presented)
