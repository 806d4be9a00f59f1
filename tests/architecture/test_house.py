"""The rooms are as the map in catalog/README.md says."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CATALOG = ROOT / "catalog"
NOT_ROOMS = {"migrations", "templates", "static", "locale", "__pycache__"}


def source_files() -> list[Path]:
    """Every Python file of the project that a person wrote."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return [ROOT / name for name in tracked if "/migrations/" not in name and (ROOT / name).exists()]


def test_every_room_is_on_the_map_and_every_line_of_the_map_is_a_room() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", (CATALOG / "README.md").read_text(), re.MULTILINE)
    on_the_map = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    existing = (
        {path.stem for path in CATALOG.iterdir() if path.suffix == ".py" or path.is_dir()} - NOT_ROOMS - {"__init__"}
    )
    assert on_the_map == existing


def test_the_picture_shows_the_layers_that_the_contract_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("containers") == ["catalog"])
    picture = (CATALOG / "README.md").read_text().split("```text\n")[1].split("```")[0]
    lines = [re.sub(r"\s*\.{3,}.*", "", line) for line in picture.splitlines() if "---" not in line]
    shown = [re.split(r"\s{2,}", line.strip())[-1] for line in lines]
    assert shown == layers


def test_no_file_passes_six_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in source_files()
        if (lines := len(path.read_text().splitlines())) > 600
    }
    assert long == {}


def test_no_function_passes_sixty_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in source_files()
        if path.is_relative_to(CATALOG)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


def test_no_room_is_called_by_a_name_that_means_nothing() -> None:
    assert not [path for path in source_files() if path.stem in {"utils", "helpers", "common", "core", "misc"}]


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_rules_and_engines_are_importable_where_django_is_not() -> None:
    code = (
        "import sys; sys.modules['django'] = None\n"
        "import catalog.rules.names, catalog.rules.units, catalog.rules.dates, catalog.rules.text, "
        "catalog.rules.identifiers\n"
        "import catalog.engines.whoosh_engine"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_migrations_are_one_line_with_names() -> None:
    names = sorted(path.stem for path in (CATALOG / "migrations").glob("0*.py"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert not [name for name in names if "_auto_" in name]


def test_a_migration_imports_nothing_that_may_change() -> None:
    live = re.compile(r"^\s*(?:from|import) (?:catalog(?!\.migrations)|archive)\b.*", re.MULTILINE)
    migrations = (CATALOG / "migrations").rglob("*.py")
    assert [(path.name, match[0]) for path in migrations for match in live.finditer(path.read_text())] == []


def test_requirements_are_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^[A-Za-z0-9_.-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
