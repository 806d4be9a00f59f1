"""Both languages, always; and names that say what a thing is."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parent.parent.parent
LOCALE = ROOT / "catalog" / "locale" / "vi" / "LC_MESSAGES"


def test_every_word_is_translated() -> None:
    po = polib.pofile(str(LOCALE / "django.po"))
    assert [entry.msgid for entry in po if not entry.translated() or entry.fuzzy] == []


def test_the_compiled_words_are_those_of_the_source() -> None:
    source = {
        (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural)
        for entry in polib.pofile(str(LOCALE / "django.po"))
    }
    compiled = {
        (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural)
        for entry in polib.mofile(str(LOCALE / "django.mo"))
    }
    assert compiled == source


def test_translations_keep_their_places() -> None:
    import re

    for entry in polib.pofile(str(LOCALE / "django.po")):
        for translated in [entry.msgstr, *entry.msgstr_plural.values()]:
            expected = set(re.findall(r"%\(\w+\)s|%d", entry.msgid_plural or entry.msgid))
            assert set(re.findall(r"%\(\w+\)s|%d", translated)) <= expected | set(
                re.findall(r"%\(\w+\)s", entry.msgid)
            ), entry.msgid
            # Vietnamese has one form for one and for many, so it must say how many.
            if entry.msgid_plural and translated:
                assert expected <= set(re.findall(r"%\(\w+\)s|%d", translated)), entry.msgid


@pytest.mark.needs("msgfmt")
def test_no_word_of_the_interface_is_missing_from_the_source(tmp_path: Path) -> None:
    for name in ("catalog", "archive", "manage.py", "bootstrap.py", "pyproject.toml"):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
        else:
            shutil.copy(path, tmp_path / name)
    (tmp_path / "fixtures").mkdir()
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "vi", "--no-location", "--no-obsolete", "-v0"],
        cwd=tmp_path,
        check=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "DJANGO_SETTINGS_MODULE": "archive.settings.test"},
    )
    messages = {entry.msgid for entry in polib.pofile(str(tmp_path / "catalog/locale/vi/LC_MESSAGES/django.po"))}
    assert messages == {entry.msgid for entry in polib.pofile(str(LOCALE / "django.po"))}


# Words that do not say what a thing is. What keeps one is public (fields of tables, of the API's reasons, an argument).
RIDDLES = {"one", "found", "some", "told", "said", "borne", "gathered", "beside"}


def test_no_variable_is_called_by_a_word_that_says_nothing() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    riddles: list[str] = []
    for name in listed.split():
        if name.startswith(("catalog/migrations/", "tests/data/")):
            continue
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            called = (
                node.id
                if stored and isinstance(node, ast.Name)
                else node.arg
                if isinstance(node, ast.arg)
                else node.name
                if isinstance(node, ast.FunctionDef)
                else ""
            )
            if called in RIDDLES:
                riddles.append(f"{name}: {called}")
    assert riddles == []
