"""Credentials whose keys are what they say: the key `analyst` is the analyst's."""

from raglite.errors import AccessDenied
from raglite.ports import Principal


class FakeCredentials:
    def __init__(self, *principals: Principal) -> None:
        self.principals = {principal.name: principal for principal in principals}

    def authenticate(self, presented: str) -> Principal:
        if presented not in self.principals:
            raise AccessDenied("Unknown API key: ask the operator for one.")
        return self.principals[presented]
