"""Mirador 4 and Universal Viewer 4, standing on another site, open a manifest, go nearer, find a word and mark it."""

import http.server
import threading
import urllib.parse
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.conftest import VIEWERS

pytestmark = pytest.mark.needs("viewers")
MANIFEST = "/iiif/records/F034602421337/manifest"
MIRADOR = """<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body><div id="viewer" style="position:absolute;inset:0"></div>
<script src="viewers/mirador/dist/mirador.min.js"></script><script>
Mirador.viewer({id: "viewer", windows: [{manifestId: new URLSearchParams(location.search).get("manifest")}], window: {sideBarOpen: true}});
</script></body></html>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another site, with the viewers on it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "viewers").symlink_to(VIEWERS)
    (folder / "mirador.html").write_text(MIRADOR)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Seen:
    """A page, and the answers of the archive that it got."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1200, "height": 800})
        self.answers: list[Response] = []
        self.page.on("response", lambda response: self.answers.append(response) if "/iiif/" in response.url else None)

    def of(self, part: str) -> list[Response]:
        return [response for response in self.answers if part in response.url]


def test_mirador(browser: Browser, demo: str, elsewhere: str) -> None:
    viewer = Seen(browser)
    page = viewer.page
    page.goto(f"{elsewhere}/mirador.html?manifest={urllib.parse.quote(demo + MANIFEST)}")
    expect(page.get_by_text("Regiment 90").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("tab", name="Search").click()
    page.get_by_label("search terms").fill("phu")
    page.keyboard.press("Enter")
    # The page beside says "1 of 3" too, of its own pages.
    hits = page.get_by_role("complementary", name="Search")
    expect(hits.get_by_text("1 of 3", exact=True)).to_be_visible(timeout=30_000)
    expect(page.locator("strong", has_text="Phú").first).to_be_visible()
    tiles = [
        response
        for response in viewer.of("/iiif/image/")
        if "/full/" not in response.url and "info.json" not in response.url
    ]
    assert tiles
    assert {response.status for response in viewer.answers} <= {200, 304}
    page.close()


def test_universal_viewer(browser: Browser, demo: str, elsewhere: str) -> None:
    viewer = Seen(browser)
    page = viewer.page
    page.goto(f"{elsewhere}/viewers/universalviewer/dist/uv.html#?manifest={demo}{MANIFEST}")
    search = page.locator("#searchWithinInput")
    expect(search).to_be_visible(timeout=30_000)
    search.fill("phu")
    page.keyboard.press("Enter")
    expect(page.locator(".searchResultsInfo").first).to_contain_text("3 results found for", timeout=30_000)
    assert viewer.of("/search/1?q=phu") and viewer.of("/iiif/image/")
    assert {response.status for response in viewer.answers} <= {200, 304}
    page.close()
