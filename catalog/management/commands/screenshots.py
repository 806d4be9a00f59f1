"""`manage.py screenshots URL`: take the eight pictures of the README from a running demo."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1366, "height": 850}
SHOTS: list[tuple[str, str, dict[str, int], str]] = [
    ("home", "/", DESK, "light"),
    ("home-phone-dark", "/", PHONE, "dark"),
    ("search", "/search?q=tran+van+phu", DESK, "light"),
    ("search-phone", "/search?q=tran+van+phu", PHONE, "light"),
    ("record", "/records/F034602421337/pages/2?q=tran+van+phu", DESK, "light"),
    ("many-people-phone-en", "/en/records/HC-0001", PHONE, "light"),
    ("exhibition-dark-en", "/en/exhibitions/30-nam-quan-he-viet-nam-hoa-ky", DESK, "dark"),
    ("exhibition-phone", "/exhibitions/30-nam-quan-he-viet-nam-hoa-ky#part-1", PHONE, "light"),
]


class Command(BaseCommand):
    """Needs Chromium and the development requirements."""

    help = "Take the README's screenshots from a running site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The site's address, and where Chromium is."""
        parser.add_argument("url", nargs="?", default="http://localhost:8000")
        parser.add_argument("--chromium", default="/usr/bin/chromium")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take all of them."""
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as error:
            raise CommandError("Install requirements-dev.txt first: manage.py test does.") from error
        folder = Path(settings.BASE_DIR) / "docs" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options["chromium"], args=["--no-sandbox"])
            for name, path, size, scheme in SHOTS:
                page = browser.new_context(viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]
                page.goto(options["url"].rstrip("/") + path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"{name}.png")
                self.stdout.write(name)
            browser.close()
