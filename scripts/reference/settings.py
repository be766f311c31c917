"""docs/reference/settings.md: every RAGLITE_ variable, what it means, and which task Terraform tells it to."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from raglite import settings
from raglite.settings import PREFIX, Settings
from scripts.reference.markdown import REFERENCE, ROOT, code, head, table
from scripts.reference.schema import fields, type_of

PAGE = REFERENCE / "settings.md"
INFRA = ROOT / "infra" / "terraform"
TEXT = """Everything that may differ between two places the code runs in is read from the environment, once, at the
door. An unknown `RAGLITE_` name is an error. Sizes are bytes, times seconds. AWS's endpoints, region and credentials
are boto3's own variables (`AWS_ENDPOINT_URL`, `AWS_REGION`, ...) and are not listed here. Lists and objects are
written as JSON.

*Terraform tells* names the tasks whose definitions set it (`infra/terraform/`); the others go with the default. On a
laptop `python -m local env` prints what the twin needs."""
COLLECTION = """What `RAGLITE_COLLECTION_PARAMETERS` may hold;
[sizing](../explanation/sizing.md#the-setting) says when to set what."""
# Who is told what stands in these files; the root's `environment` goes to every task.
TOLD_IN = {
    "main.tf": "every task",
    "modules/service/": "service",
    "modules/ingestion/": "ingest",
    "modules/backup/": "backup",
    "modules/drill/": "drill",
}
ONLY = {"RAGLITE_OAUTH_ISSUER": "service", "RAGLITE_PUBLIC_URL": "service", "RAGLITE_API_URL": "drill"}  # of main.tf
FIELD = re.compile(r"^    (?P<name>[a-z_]+): ")
NOQA = re.compile(r"^# noqa: \S+ +")


def page() -> str:
    """Return the page."""
    meanings, told = meant(), tellers()
    schema = Settings.model_json_schema()["properties"]
    rows = [
        (code(variable), type_of(schema[name]), _default(found), ", ".join(told.get(variable, ())), meanings[name])
        for name, found in Settings.model_fields.items()
        for variable in [f"{PREFIX}{name}".upper()]
    ]
    parameters = Settings.model_json_schema()["$defs"]["CollectionParameters"]
    lines = [
        *head("Settings", "raglite/settings.py and infra/terraform/", TEXT),
        *table(("variable", "type", "default", "Terraform tells", "meaning"), rows),
        "## CollectionParameters", "", COLLECTION, "", *fields(parameters, described=False),
    ]  # fmt: skip
    return "\n".join(lines)


def meant() -> dict[str, str]:
    """Return what each setting means, from the comment beside it."""
    found: dict[str, str] = {}
    with Path(settings.__file__).open(encoding="utf-8") as source:
        for token in tokenize.generate_tokens(source.readline):
            field = FIELD.match(token.line)
            if token.type == tokenize.COMMENT and field:
                found[field["name"]] = NOQA.sub("", token.string).removeprefix("# ")
    return found


def tellers() -> dict[str, list[str]]:
    """Return, by variable, the tasks that Terraform tells it to."""
    found: dict[str, list[str]] = {}
    for variable, path in sorted(set(_named())):
        who = ONLY.get(variable) if path == "main.tf" else None
        who = who or next((task for prefix, task in TOLD_IN.items() if path.startswith(prefix)), None)
        if who and who not in found.setdefault(variable, []):
            found[variable].append(who)
    return found


def _named() -> Iterator[tuple[str, str]]:
    for path in sorted(INFRA.rglob("*.tf")):
        if ".terraform" not in path.parts and path.name != "function.tf":  # a Lambda function's variables are its own
            for variable in re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")):
                yield variable, path.relative_to(INFRA).as_posix()


def _default(found: FieldInfo) -> str:
    if found.default_factory is not None:
        return "all there are"
    value: Any = found.default
    if isinstance(value, float):
        return code(f"{value:g}")
    return code(str(value)) if isinstance(value, str | int | Path) and value != "" else ""
