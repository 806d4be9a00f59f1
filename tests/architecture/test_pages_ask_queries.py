"""Pages, staff screens and the API read through `queries`, where visibility is decided, and never a table itself."""

import ast
from collections.abc import Iterator

from tests.architecture.test_house import CATALOG, ROOT, source_files

UPPER_ROOMS = ("web", "desk", "api")
MANAGERS = {"objects", "_default_manager", "_base_manager"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}


def _model_names(tree: ast.Module) -> set[str]:
    """Names that a module imports from a `models` module."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "models" in (node.module or "").split(".")
        for alias in node.names
    }


def _unrestricted_reads(tree: ast.Module) -> Iterator[ast.AST]:
    """Uses of a model's manager, and shortcuts that are given a model itself, which use its manager unseen."""
    models = _model_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            yield node
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in SHORTCUTS
            and node.args
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id in models
        ):
            yield node


def test_pages_ask_queries_and_never_a_manager() -> None:
    uses = [
        f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]
        for path in source_files()
        if path.is_relative_to(CATALOG) and path.relative_to(CATALOG).parts[0] in UPPER_ROOMS
        for node in _unrestricted_reads(ast.parse(path.read_text()))
    ]
    assert uses == []


def test_both_ways_around_the_rule_are_noticed() -> None:
    code = (
        "from catalog.records.models import Record\n"
        "rows = Record.objects.all()\n"
        "row = get_object_or_404(Record, pk=1)\n"
        "fine = get_object_or_404(visible_to(asker), pk=1)\n"
    )
    lines = sorted(node.lineno for node in _unrestricted_reads(ast.parse(code)))  # type: ignore[attr-defined]
    assert lines == [2, 3]
