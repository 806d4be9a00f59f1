"""`manage.py benchmark pages URL`: weight and speed of first views, in headless Chromium on a slow line."""

import platform
from argparse import ArgumentParser
from os import cpu_count
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError

# Lighthouse's slow 4G: 1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip; processor slowed four times.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
PAGES = [
    "/", "/search?q=tran+van+phu", "/records/F034602421337", "/records/HC-0001", "/exhibitions/30-nam-quan-he-viet-nam-hoa-ky",
]  # fmt: skip
LCP = """() => new Promise((done) => {
  new PerformanceObserver((list) => { window.__lcp = list.getEntries().at(-1).startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(window.__lcp ?? 0), 1000);
})"""


class Command(BaseCommand):
    """Prints a table; compare runs on the same machine only."""

    help = "Measure first views of a running site: bytes with and without fonts, requests, LCP at slow 4G."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where, how often."""
        parser.add_argument("what", choices=["pages"])
        parser.add_argument("url", nargs="?", default="http://localhost:8000")
        parser.add_argument("--runs", type=int, default=5)
        parser.add_argument("--chromium", default="/usr/bin/chromium")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure every page `runs` times with an empty cache; print medians."""
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as error:
            raise CommandError("Install requirements-dev.txt first: manage.py test does.") from error
        self.stdout.write(f"{cpu_count()} cores, {platform.platform()}\n")
        self.stdout.write("| page | KB without fonts | KB with fonts | requests | LCP ms, slow 4G, CPU ÷4 (median) |")
        self.stdout.write("|---|---|---|---|---|")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options["chromium"], args=["--no-sandbox"])
            for path in PAGES:
                runs = [_one(browser, options["url"].rstrip("/") + path) for _ in range(options["runs"])]
                rest, fonts, count, _ = runs[0]
                paint = median(run[3] for run in runs)
                self.stdout.write(f"| `{path}` | {rest:.0f} | {rest + fonts:.0f} | {count} | {paint:.0f} |")
            browser.close()


def _one(browser: Any, url: str) -> tuple[float, float, int, float]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on(
        "Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]})
    )
    page.goto(url)
    page.wait_for_load_state("networkidle")
    paint = page.evaluate(LCP)
    fonts = sum(weight for key, weight in weights.items() if kinds.get(key) == "Font") / 1024
    context.close()
    return sum(weights.values()) / 1024 - fonts, fonts, len(weights), paint
