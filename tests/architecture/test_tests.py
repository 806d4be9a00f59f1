"""What holds of the tests themselves: nothing sleeps but one module, and nothing replaces functions of the product."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_house import ROOT

TESTS = ROOT / "tests"
SLEEPS = {"tests/waiting.py"}
# file: (what is replaced, why no setting, argument, statement or storage can do it)
REPLACED = {
    "tests/search/test_in_step.py": (
        {"engine()"},
        "the engine is the seam to the index: what it is given is listed, and its disk is full",
    ),
    "tests/writing/kill_writer.py": (
        {"standing.FIRST_BATCH"},
        "a program of its own: small batches, so that it is killed between",
    ),
    "tests/writing/test_the_guard.py": (
        {"PageAdmin"},
        "a screen that forgets the actions, which no screen of ours does",
    ),
}
REPLACING = {"setattr", "setitem", "delattr", "delitem", "object", "patch"}


def test_only_one_module_sleeps() -> None:
    sleeping = {
        path
        for path, tree in _modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "sleep")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names))
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and "time.sleep(" in node.value)
    }
    assert sleeping - {"tests/architecture/test_tests.py"} == SLEEPS, "wait for a condition: tests/waiting.py"


def test_nothing_of_the_product_is_replaced_but_what_is_listed() -> None:
    replaced: dict[str, set[str]] = {}
    for path, tree in _modules():
        ours = _names_of_the_product(tree)
        for target in _targets(tree):
            name = target.value if isinstance(target, ast.Constant) else ast.unparse(target)
            if str(name).startswith("catalog.") or _first_name(target) in ours:
                replaced.setdefault(path, set()).add(str(name))
    allowed = {path: names for path, (names, _reason) in REPLACED.items()}
    assert replaced == allowed, "use a setting, an argument, or a fault of tests/faults.py"


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(TESTS.rglob("*.py")):
        if path.is_relative_to(TESTS / "data"):
            continue
        yield str(Path(path).relative_to(ROOT)), ast.parse(path.read_text())


def _names_of_the_product(tree: ast.Module) -> set[str]:
    """The names that a module imports from `catalog`, wherever in it; modules of other programs named there are not
    ours."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "catalog":
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {"catalog" for alias in node.names if alias.name.partition(".")[0] == "catalog"}
    return names


def _targets(tree: ast.Module) -> Iterator[ast.expr]:
    """What calls such as `monkeypatch.setattr(target, …)` and `patch.object(target, …)` replace, and what an
    assignment to an attribute of a class or a module replaces."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
            if node.func.attr in REPLACING:
                yield node.args[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id == "patch":
            yield node.args[0]
        elif isinstance(node, ast.Assign):
            yield from (goal for goal in node.targets if isinstance(goal, ast.Attribute))


def _first_name(target: ast.expr) -> str:
    """`catalog.x` in `catalog.x.y`, `engine` in `engine().apply`."""
    while isinstance(target, ast.Attribute | ast.Call):
        target = target.value if isinstance(target, ast.Attribute) else target.func
    return target.id if isinstance(target, ast.Name) else ""
