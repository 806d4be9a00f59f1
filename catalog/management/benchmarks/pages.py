"""Benchmark of first views of pages in headless Chromium on a slow connection: size and speed."""

from collections.abc import Callable
from statistics import median
from typing import Any

# Lighthouse's slow 4G: 1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip; processor slowed four times.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
PAGES = [
    "/",
    "/search?q=tran+van+phu",
    "/records/F034602421337",
    "/records/HC-0001",
    "/exhibitions/30-nam-quan-he-viet-nam-hoa-ky",
]
LCP = """() => new Promise((done) => {
  new PerformanceObserver((list) => { window.__lcp = list.getEntries().at(-1).startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(window.__lcp ?? 0), 1000);
})"""


def measure_pages(url: str, runs: int, chromium: str, say: Callable[[str], None]) -> None:
    """Measure every page of a running site `runs` times with an empty cache, and print a table of medians."""
    from playwright.sync_api import sync_playwright

    say("| page | KB without fonts | KB with fonts | requests | LCP ms, slow 4G, CPU ÷4 (median) |")
    say("|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in PAGES:
            views = [_first_view(browser, url.rstrip("/") + path) for _ in range(runs)]
            rest, fonts, count, _ = views[0]
            paint = median(view[3] for view in views)
            say(f"| `{path}` | {rest:.0f} | {rest + fonts:.0f} | {count} | {paint:.0f} |")
        browser.close()


def _first_view(browser: Any, url: str) -> tuple[float, float, int, float]:
    """KB without fonts, KB of fonts, requests, and milliseconds until the largest contentful paint."""
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
