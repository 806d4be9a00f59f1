"""A real demo, started as a new user starts it, and a real browser."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from catalog.management.serving import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder needs a browser."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.needs("chromium"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `manage.py demo`, which must stop cleanly on Ctrl-C."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    log = folder / "log"
    environment = {
        **os.environ,
        "VAR_DIR": str(folder / "var"),
        "MEDIA_DIR": str(folder / "media"),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        "DATABASE_URL": "",
    }
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
        wait_until(lambda: "stands ready" in log.read_text() or process.poll() is not None, 120, log.read_text)
        assert "stands ready" in log.read_text(), log.read_text()
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 0
    assert log.read_text().rstrip().endswith("Stopped.")
    with socket.socket() as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        second.bind(("127.0.0.1", port))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    # Playwright's loop would make Django refuse plain database calls in this process.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The demo has its own."""
