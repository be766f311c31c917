"""Which IAM actions code needs, read from its calls of boto3.

A call counts for a process if the process can get there: from the modules that its entry imports, where they say
`registry.waiting` or `self._services.registry.waiting`, into the method of that name in the adapter that `bootstrap`
builds as the registry, and on from method to method. Names are followed, not types: a part that goes by a name of its
own in some place would be missed here, and refused under enforcement (tests/integration/test_iam.py).
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path

import botocore.session
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[4]
ADAPTERS = "raglite.adapters"
Calls = Mapping[str, str]  # IAM action -> where it is needed

# What an operation needs where that is not the action of its own name. The service authorization reference lists them:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html (and _amazondynamodb, ...).
ACTIONS = {
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "dynamodb:TransactWriteItems": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"),
    "ecs:RunTask": ("ecs:RunTask", "iam:PassRole"),
}
MADE = {"__init__", "__post_init__"}  # called by whoever makes an object, without being named
OF_A_VERSION = {"s3:GetObject": "s3:GetObjectVersion", "s3:DeleteObject": "s3:DeleteObjectVersion"}


def called_by(source: str, where: str = "the function") -> Calls:
    """The actions that one file's calls of boto3 need."""
    tree = ast.parse(source)
    return dict(_calls(tree, _services(tree), where))


@dataclass(frozen=True)
class Function:
    """A function or method of an adapter."""

    module: str
    node: ast.FunctionDef

    @cached_property
    def names(self) -> set[str]:
        return _names(self.node)


class Process:
    """What starts at some modules; `parts` are the adapters it is built of."""

    def __init__(self, *entries: str, parts: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._modules = _closure(entries)
        self._parts = PARTS if parts is None else parts

    @cached_property
    def calls(self) -> Calls:
        found: dict[str, str] = {}
        for function in self.reached:
            where = f"{function.module} {function.node.name}"
            found |= dict(_calls(function.node, _services_of(function.module), where))
        return found

    @cached_property
    def reached(self) -> set[Function]:
        """The adapters' functions that the process can get to."""
        reached: set[Function] = set()
        frontier = {function for module in self._modules for function in _entered(_tree(module), self._parts)}
        while frontier:
            reached |= frontier
            frontier = {one for function in frontier for one in _next(function)} - reached
        return reached


def _entered(tree: ast.Module, parts: Mapping[str, tuple[str, ...]]) -> Iterator[Function]:
    """The methods of adapters that a module names, as `registry.waiting`, and how those adapters are made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (part := _last_name(node.value).strip("_")) in parts:
            built = (function for module in parts[part] for function in _functions(module))
            yield from (function for function in built if function.node.name in {node.attr, "connect"})


def _next(function: Function) -> Iterator[Function]:
    """What a function may call: whatever is named in it, of its own module and of the adapters that this imports."""
    for module in {function.module, *_imports(function.module, ADAPTERS)}:
        yield from (one for one in _functions(module) if one.node.name in function.names | MADE)


def _last_name(node: ast.expr) -> str:
    """`registry` of `self.services.registry`, of `registry`, and of nothing else."""
    return getattr(node, "attr", getattr(node, "id", ""))


def _closure(entries: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    frontier = set(entries)
    while frontier:
        found |= frontier
        followed = (module for module in frontier if module in entries or not _is_package(module))
        frontier = {one for module in followed for one in _imports(module, "raglite")} - found
        frontier = {one for one in frontier if not one.startswith((ADAPTERS, "raglite.bootstrap"))}
    return found


def _imports(module: str, within: str) -> set[str]:
    """The modules of ours that a module imports, be it names from them or they themselves."""
    nodes = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module]
    pairs = [(str(node.module), alias.name) for node in nodes for alias in node.names]
    named = {name for module, alias in pairs for name in (module, f"{module}.{alias}", _origin(module, alias))}
    return {name for name in named if name.startswith(within) and _path(name)}


def _origin(module: str, name: str) -> str:
    """The module that defines a name, where a package only hands it on; its other modules are not followed."""
    if not (module.startswith("raglite") and _path(module) and _is_package(module)):
        return module
    nodes = [node for node in _tree(module).body if isinstance(node, ast.ImportFrom) and node.module]
    return next((str(node.module) for node in nodes for alias in node.names if alias.name == name), module)


def _is_package(module: str) -> bool:
    path = _path(module)
    return path is not None and path.name == "__init__.py"


def _path(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


@cache
def _tree(module: str) -> ast.Module:
    path = _path(module)
    assert path, f"no module {module}"
    return ast.parse(path.read_text())


@cache
def _functions(module: str) -> tuple[Function, ...]:
    return tuple(Function(module, node) for node in ast.walk(_tree(module)) if isinstance(node, ast.FunctionDef))


def _names(tree: ast.AST) -> set[str]:
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _services(tree: ast.AST) -> set[str]:
    """The services that a file makes clients of."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    made = (node for node in calls if node.func.attr in {"client", "resource"} and node.args)
    return {node.args[0].value for node in made if isinstance(node.args[0], ast.Constant)}


@cache
def _services_of(module: str) -> set[str]:
    """Its own, or of whoever hands it a client."""
    folder = (ROOT / ADAPTERS.replace(".", "/")).glob("*.py")
    users = (f"{ADAPTERS}.{path.stem}" for path in folder)
    return _services(_tree(module)) or {
        service for user in users if module in _imports(user, ADAPTERS) for service in _services(_tree(user))
    }


def _calls(tree: ast.AST, services: set[str], where: str) -> Iterator[tuple[str, str]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for service, call in product(services, calls):
        operations = _operations(service)
        for name in _named_in(call) & operations.keys():
            yield from ((action, where) for action in _actions(f"{service}:{operations[name]}", call))


def _named_in(call: ast.Call) -> set[str]:
    """What may be an operation's name: the method, or a text that a paginator is asked for by."""
    texts = {one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {_last_name(call.func), *texts}


def _actions(operation: str, call: ast.Call) -> Iterator[str]:
    for action in ACTIONS.get(operation, (operation,)):
        is_of_a_version = any(keyword.arg == "VersionId" for keyword in call.keywords)
        yield OF_A_VERSION.get(action, action) if is_of_a_version else action


@cache
def _operations(service: str) -> dict[str, str]:
    names = botocore.session.get_session().get_service_model(service).operation_names
    return {xform_name(name): name for name in names}


def _parts() -> dict[str, tuple[str, ...]]:
    """The adapters that a part may be, by the name it goes by: `registry` is what bootstrap's `_registry` builds."""
    builders = [node for node in _tree("raglite.bootstrap").body if isinstance(node, ast.FunctionDef)]
    return {node.name.strip("_").removeprefix("audit_"): tuple(_imported_in(node)) for node in builders}


def _imported_in(function: ast.FunctionDef) -> Iterator[str]:
    imports = (node for node in ast.walk(function) if isinstance(node, ast.ImportFrom))
    yield from (node.module for node in imports if node.module and node.module.startswith(ADAPTERS))


def _parts_of(factory: str) -> dict[str, tuple[str, ...]]:
    """The adapters of each part of a record of bootstrap's, whose dictionary names the builders."""
    functions = {node.name: node for node in _tree("raglite.bootstrap").body if isinstance(node, ast.FunctionDef)}
    [builders] = [node for node in ast.walk(functions[factory]) if isinstance(node, ast.Dict)]
    named = zip(builders.keys, builders.values, strict=True)
    return {
        key.value: tuple(_imported_in(functions[value.id]))
        for key, value in named
        if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
    }


PARTS = _parts()
RECOVERY = _parts_of("recovery")
