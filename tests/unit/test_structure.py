"""The measures the house keeps. They print what they saw, so that a drift shows before it becomes a fault."""

import ast
import io
import re
import statistics
import tokenize
from pathlib import Path

import pytest

from raglite.release.evidence import Kind
from raglite.release.policy import STEPS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("raglite", "lambda", "local", "scripts")
HEAVY = {
    "docling",
    "docling_core",
    "docling_parse",
    "torch",
    "sentence_transformers",
    "onnxruntime",
    "onnx",
    "pypdfium2",
}


def python_files(*rooms: str) -> list[Path]:
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    assert files, f"no Python files under {rooms}"
    return files


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 1 + (body[-1].end_lineno - body[0].lineno + 1 if body else 0)


def where(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files(*ROOMS)}
    median, longest = statistics.median(lengths.values()), max(lengths, key=lambda path: lengths[path])
    print(f"\nfiles: {len(lengths)}, median {median} lines, longest {lengths[longest]} ({where(longest)})")
    assert median <= 100
    assert [where(path) for path, lines in lengths.items() if lines > 300] == []


def test_functions_are_short() -> None:
    sizes = sorted((body_lines(f), where(path, f)) for path in python_files(*ROOMS) for f in functions(path))
    lines = [size for size, _ in sizes]
    median, p95 = statistics.median(lines), lines[int(0.95 * len(lines))]
    print(f"\nfunctions: {len(lines)}, median {median}, 95th percentile {p95}, longest {sizes[-1]}")
    assert median <= 9
    assert p95 <= 35
    assert [entry for entry in sizes if entry[0] > 60] == []


def test_functions_take_at_most_five_parameters() -> None:
    def count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        return len([name for name in names if name not in {"self", "cls"}])

    # A command's parameters are its options, an MCP tool's its arguments: the record each would need is its schema.
    rooms = [path for path in python_files(*ROOMS) if not {"cli", "tools"} & set(path.parts)]
    assert [where(path, f) for path in rooms for f in functions(path) if count(f) > 5] == []


def test_no_import_cycles() -> None:
    grimp = pytest.importorskip("grimp", reason="grimp comes with the lint group: make check runs this")
    graph = grimp.build_graph("raglite")
    cyclic = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if graph.chain_exists(importer=imported, imported=importer)
    ]
    assert cyclic == []


def test_lazy_imports_are_of_heavy_vendors_inside_adapters_or_doors_and_of_what_a_door_opens() -> None:
    def lazy(path: Path) -> list[str]:
        inner = [n for f in functions(path) for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
        names = [
            (node, alias)
            for node in inner
            for alias in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        ]
        allowed = path.parent.name == "adapters" or path.name == "bootstrap.py" or "adapters" in path.parts
        # The service imports its application without building vendors' models, and before garbage is looked for.
        opened = ("uvicorn", "raglite.server.") if path == ROOT / "raglite/server/__main__.py" else ()
        return [
            f"{where(path, node)} {name}"
            for node, name in names
            if not (allowed and (name.split(".")[0] in HEAVY or name.startswith("raglite.adapters")))
            and not name.startswith(opened)
        ]

    assert [entry for path in python_files("raglite") for entry in lazy(path)] == []


def test_no_mocks_of_our_own_code() -> None:
    pattern = re.compile(r"unittest\.mock|from mock|MagicMock|mocker\b|monkeypatch\.setattr\(\s*[\"']?raglite")
    found = [
        where(path) for path in python_files("tests") if path != Path(__file__) and pattern.search(path.read_text())
    ]
    assert found == []


def comments(path: Path) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def test_every_suppression_carries_its_code_and_its_reason() -> None:
    suppression = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|nosec)(?P<rest>.*)")
    reasoned = re.compile(r"(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[\w,\s-]+\])\s+\S.*\w.*|\s+\S.*\w{3,}.*")
    faults = []
    for path in python_files(*ROOMS, "tests"):
        for line, text in comments(path):
            match = suppression.search(text)
            if match and not reasoned.fullmatch(match["rest"]):
                faults.append(f"{path.relative_to(ROOT)}:{line} {text}")
    assert faults == []


def test_broad_except_stands_only_where_its_suppression_explains_it() -> None:
    def broad(handler: ast.ExceptHandler) -> bool:
        return handler.type is None or (
            isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
        )

    def tells(handler: ast.ExceptHandler) -> bool:
        """A handler that raises again, or logs the whole traceback, swallows nothing."""
        return any(
            isinstance(n, ast.Raise) or (isinstance(n, ast.Attribute) and n.attr == "exception")
            for n in ast.walk(handler)
        )

    faults = []
    for path in python_files(*ROOMS):
        lines = path.read_text().splitlines()
        handlers = [n for n in ast.walk(tree(path)) if isinstance(n, ast.ExceptHandler) and broad(n)]
        faults += [where(path, h) for h in handlers if "noqa: BLE001" not in lines[h.lineno - 1] and not tells(h)]
    assert faults == []


def test_the_product_never_asks_where_it_runs() -> None:
    pattern = re.compile(r"localstack|ministack|twin|testcontainer|is_local", re.IGNORECASE)
    kept = {ROOT / "infra/terraform/environments/local.tfvars"}
    suffixes = {".py", ".tf", ".tfvars", ".hcl", ".json", ".html", ".js", ".css"}
    files = [p for room in ("raglite", "lambda", "infra") for p in (ROOT / room).rglob("*") if p.suffix in suffixes]
    found = [where(p) for p in files if p not in kept and ".terraform" not in p.parts and pattern.search(p.read_text())]
    assert found == []


def test_every_make_target_that_is_named_anywhere_exists() -> None:
    targets = set(" ".join(re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)).split())
    prose = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *python_files(*ROOMS)]
    call = re.compile(r"(?:`|^)make ([a-z0-9_-]+)", re.MULTILINE)
    named = {(name, where(path)) for path in prose for name in call.findall(path.read_text())}
    assert {name for name, _ in named} >= {"e2e", "test", "setup"}
    assert sorted(entry for entry in named if entry[0] not in targets) == []


def test_the_hosted_run_makes_the_same_targets_as_our_own() -> None:
    [own] = re.findall(r"^for target in (.+); do$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    hosted = (ROOT / ".github/workflows/ci-cd.yml").read_text()
    [kinds] = re.findall(r"^ +kind: \[(.+)\]$", hosted, re.MULTILINE)
    [targets] = re.findall(r"^ +target: \[(.+)\]$", hosted, re.MULTILINE)
    gates = {step.split()[0] for kind in kinds.split(", ") for step in STEPS[Kind(kind)]}
    assert set(own.split()) <= gates | set(targets.split(", "))


def test_terraform_rarely_counts() -> None:
    text = "\n".join(p.read_text() for p in (ROOT / "infra/terraform").rglob("*.tf") if ".terraform" not in p.parts)
    resources = len(re.findall(r'^resource "', text, re.MULTILINE))
    repeated = len(re.findall(r"^\s*(count|for_each)\s*=|^\s*dynamic \"", text, re.MULTILINE))
    print(f"\nterraform: {resources} resources, {repeated} count/for_each/dynamic")
    assert resources > 0
    assert repeated <= resources / 2
