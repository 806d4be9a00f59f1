"""What is logged is a sentence of ours with values put in by the logger, so that exceptions among them can be reduced
to their kind; a sentence put together beforehand could hold anything that somebody typed."""

import ast

from tests.architecture.test_house import ROOT, source_files

METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_every_log_line_is_a_sentence_with_its_values_apart() -> None:
    bad = []
    for path in source_files():
        name = str(path.relative_to(ROOT))
        if not name.startswith(("catalog/", "archive/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
                continue
            logger = node.func.value
            if not (isinstance(logger, ast.Name) and logger.id in ("logger", "EVENTS", "logging")):
                continue
            if not node.args or not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)):
                bad.append(f"{name}:{node.lineno}")
    assert bad == []
