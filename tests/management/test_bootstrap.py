"""The first two commands on a bare machine."""

import os
import shutil
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import bootstrap

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The checkout's first files, in a folder of their own, with a requirement list that needs no network."""
    for name in ("manage.py", "bootstrap.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "requirements-dev.txt").write_text("# nothing\n")
    return tmp_path


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a Python without this environment's packages."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = str(base) if base.exists() else sys.executable
    return subprocess.run(
        [python, "-I", "-c", textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, timeout=120
    )


def prepared(before: str = "") -> str:
    return f"""
        import sys; sys.path.insert(0, '.')
        import bootstrap
        bootstrap.find_spec = lambda name: None if name in ('django', 'pytest') else object()
        {before}
        bootstrap.prepare(['manage.py', 'demo'])
    """


def test_an_old_python_is_refused_in_one_sentence(bare: Path) -> None:
    done = run(bare, prepared("bootstrap.sys = type('S', (), {**vars(sys), 'version_info': (3, 9, 2)})"))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is Python 3.9" in done.stderr


def test_a_missing_venv_module_is_named_with_its_package(bare: Path) -> None:
    code = prepared("bootstrap.find_spec = lambda name: None")
    done = run(bare, code)
    assert done.returncode == 1
    assert "venv module is missing" in done.stderr
    assert "-venv" in done.stderr


def test_a_folder_that_cannot_be_written_is_named(bare: Path) -> None:
    done = run(bare, prepared("bootstrap.os.access = lambda *_: False"))
    assert done.returncode == 1
    assert f"The folder {bare}" in done.stderr


def test_the_environment_is_made_once_and_the_command_runs_inside(bare: Path) -> None:
    calls = prepared("bootstrap._rerun = lambda python, argv: print('inside', python, argv)")
    first, second = run(bare, calls), run(bare, calls)
    assert "Making .venv" in first.stdout
    assert "Installing what requirements.txt pins" in first.stdout
    assert "inside" in first.stdout
    assert "Making" not in second.stdout + second.stderr
    assert "Installing" not in second.stdout
    (bare / "requirements.txt").write_text("# changed\n")
    assert "Installing" in run(bare, calls).stdout


def test_it_does_nothing_where_django_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("ran again"))
    # Not inside `.venv`, whose lists it would compare.
    monkeypatch.setattr(sys, "prefix", "/somewhere")
    bootstrap.prepare(["manage.py", "migrate"])


def test_a_busy_port_is_one_clear_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} .*Choose another: --port {port + 1}"):
            call_command("demo", port=port)
    with pytest.raises(CommandError, match="There is no port 99999"):
        call_command("demo", port=99999)


def test_a_folder_of_data_that_cannot_be_written_is_one_clear_sentence(settings: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.VAR_DIR = tmp_path / "file" / "var"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="VAR_DIR and MEDIA_DIR"):
        call_command("demo", prepare_only=True)


@pytest.mark.parametrize(
    ("other_environment", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": "mysql://x/y"}, "sqlite:///"),
        ({"SEARCH_ENGINE": "google"}, "SEARCH_ENGINE"),
        ({"SCAN_MAX_MB": "many"}, "SCAN_MAX_MB"),
        ({"SECURE_SSL_REDIRECT": "perhaps"}, "SECURE_SSL_REDIRECT"),
    ],
)
def test_production_refuses_nonsense(other_environment: dict[str, str], sentence: str) -> None:
    environment = {
        **os.environ,
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "a.example",
        "DJANGO_SETTINGS_MODULE": "archive.settings.production",
        **other_environment,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert sentence in done.stderr
