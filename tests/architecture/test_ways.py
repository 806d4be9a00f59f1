"""The ways through the house in `catalog/README.md` are true: each step exists, and an earlier step calls it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

CATALOG = Path(__file__).resolve().parents[2] / "catalog"
STEP = re.compile(r"`([\w/]+\.py):(\w+)`")
LINE = re.compile(r"^- (→|⇢)? ?`([\w/]+\.py):(\w+)`", re.MULTILINE)


def _section() -> str:
    readme = (CATALOG / "README.md").read_text()
    return readme.split("## The ways through the house\n")[1].split("\n## ")[0]


def _ways() -> dict[str, str]:
    parts = re.split(r"^\*\*(.+)\*\*$", _section(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def _defined(path: str) -> set[str]:
    tree = ast.parse((CATALOG / path).read_text())
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return named | assigned


@cache
def _used(path: str) -> set[str]:
    """Names that the module uses, beside those it only imports or defines."""
    tree = ast.parse((CATALOG / path).read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_there_are_four_ways() -> None:
    assert list(_ways()) == ["A page arrives", "A record changes", "A niece searches", "A visitor walks the hall"]


def test_every_step_is_there() -> None:
    steps = STEP.findall(_section())
    assert len(steps) > 40
    missing = [f"{path}:{name}" for path, name in steps if not (CATALOG / path).is_file() or name not in _defined(path)]
    assert missing == []


@pytest.mark.parametrize("way", list(_ways()))
def test_each_step_is_called_by_an_earlier_one(way: str) -> None:
    earlier: list[str] = []
    for arrow, path, name in LINE.findall(_ways()[way]):
        if arrow == "→":
            assert any(name in _used(file) for file in earlier), f"nothing before calls {path}:{name}"
        earlier.append(path)
    assert len(earlier) > 4
