"""Words over the image, places found, writing beside the image, deciding by one key: in a real browser."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_in_the_browser import DESK, PHONE, opened
from tests.factories import picture

PASSWORD = "ky-uc-demo"


def at_desk(browser: Browser, demo: str, role: str, path: str, **options: object) -> Page:
    page = opened(browser, demo, f"/admin/login/?next={path}", **options)
    page.locator("#id_username").fill(role)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").first.click()
    expect(page.locator(".on-desk")).to_be_visible()
    return page


def test_a_word_search_leads_to_the_place_on_the_page(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/en/search?q=%22tran+van+phu%22&tab=pages")
    page.locator('.page-hit a[href*="#place-1"]').first.click()
    expect(page).to_have_url(re.compile(r"#place-1$"))
    expect(page.locator(".viewer .box-on-scan.is-here")).to_have_count(1)
    # The words lie over the image, in their order, to be selected and copied.
    expect(page.locator(".word-layer span").first).to_be_attached()
    page.get_by_role("button", name="Select words").click()
    copied = page.evaluate(
        "() => { const layer = document.querySelector('.word-layer'); getSelection().selectAllChildren(layer);"
        " return getSelection().toString(); }"
    )
    assert "Trần Văn Phú" in " ".join(copied.split())
    page.get_by_role("button", name="Move the image").click()
    page.goto(demo + "/en/records/F034602421337/pages/2?q=tran+van+phu#place-1")
    page.reload()
    expect(page.locator(".viewer .box-on-scan.is-here")).to_have_count(1)
    address = page.url
    page.locator(".viewer .openseadragon-canvas").focus()
    page.keyboard.press("n")
    expect(page).not_to_have_url(address)
    expect(page.locator(".viewer .box-on-scan.is-here")).to_have_count(1)
    page.context.close()


def test_the_same_place_without_script(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/en/records/F034602421337/pages/2?q=tran+van+phu#place-1", java_script_enabled=False)
    expect(page.locator("#place-1 img")).to_be_visible()
    expect(page.locator("#place-1 svg .box")).to_have_count(1)
    expect(page.get_by_role("link", name="Found on a later page")).to_be_visible()
    page.context.close()


def test_what_is_typed_is_saved_and_the_line_is_shown(browser: Browser, demo: str) -> None:
    page = at_desk(browser, demo, "archivist", "/desk/")
    page.goto(demo + "/en/records/HC-0001")
    page.get_by_role("link", name="Transcribe this page").click()
    field = page.locator("#text")
    field.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.press("F2")
    expect(page.locator(".line-strip img")).to_be_visible()
    assert int(page.locator(".line-box").get_attribute("width") or 0) > 0
    expect(page.locator("[data-said]")).to_have_text(re.compile("^Saved "))
    page.get_by_role("button", name="Look closer").click()
    expect(page.locator(".viewer .box-on-scan")).to_have_count(1)
    field.focus()
    typed = field.input_value()
    assert "[?]" in typed.split("\n")[0]
    address = page.url
    # The connection is gone, then the tab is: the browser has kept the words.
    page.context.set_offline(True)
    field.press_sequentially("mất mạng ")
    expect(page.locator("[data-said]")).to_have_text(re.compile("^Not saved yet"))
    unsent = field.input_value()
    context = page.context
    page.close(run_before_unload=False)
    context.set_offline(False)
    second_page = context.new_page()
    second_page.goto(address)
    # Taken from the browser, unless the last saving still went out when the connection came back.
    expect(second_page.locator("#text")).to_have_value(unsent)
    expect(second_page.locator("[data-said]")).to_have_text(re.compile("^(Saved|Your draft of) "))
    second_page.on("dialog", lambda dialog: dialog.accept())
    second_page.get_by_role("button", name="Drop my draft").click()
    expect(second_page.locator("#text")).not_to_have_value(unsent)
    context.close()


def test_names_are_decided_by_one_key(browser: Browser, demo: str) -> None:
    page = at_desk(browser, demo, "archivist", "/desk/")
    page.goto(demo + "/en/records/HC-0001/pages/2")
    page.get_by_role("link", name="Transcribe this page").click()
    page.locator("#text").fill("Đồng chí Lê Văn Mẫu, y tá\nĐồng chí Hồ Thị Thử")
    page.get_by_role("button", name="Finished").click()
    page.get_by_role("link", name=re.compile("Names found in the text: 2")).click()
    expect(page.locator(".proposal.is-here h2")).to_have_text("Lê Văn Mẫu")
    page.keyboard.press("r")
    expect(page.locator(".proposal.is-decided h2")).to_have_text("Lê Văn Mẫu")
    expect(page.locator(".proposal.is-here h2")).to_have_text("Hồ Thị Thử")
    page.keyboard.press("c")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("u")
    expect(page.locator(".proposal.is-decided")).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    expect(page.locator(".proposal.is-decided")).to_have_count(2)
    page.reload()
    expect(page.get_by_text("No name on this page waits")).to_be_visible()
    page.context.close()


DESK_PAGES = [
    "/desk/",
    "/desk/batches/",
    "/desk/refused/",
    "/desk/fixity",
    "/desk/reading",
    "/desk/proposals",
    "/desk/records/2/files",
    "/desk/records/2/pages",
    "/desk/pages/1/scans",
    "/desk/pages/1/image",
    "/desk/pages/1/text",
    "/desk/pages/1/text?into=en",
    "/desk/pages/1/text/versions",
    "/desk/pages/1/proposals",
]


@pytest.mark.parametrize(
    ("viewport", "scheme", "prefix"),
    [(PHONE, "light", ""), (PHONE, "dark", "/en"), (DESK, "dark", ""), (DESK, "light", "/en")],
)
def test_the_desk_is_in_order(browser: Browser, demo: str, viewport: dict[str, int], scheme: str, prefix: str) -> None:
    page = at_desk(browser, demo, "archivist", "/desk/", viewport=viewport, color_scheme=scheme)
    for path in DESK_PAGES:
        response = page.goto(demo + prefix + path)
        assert response is not None and response.status == 200, path
        violations = Axe().run(page).response["violations"]
        assert [(hit["id"], hit["nodes"][0]["html"]) for hit in violations] == [], (path, viewport, scheme, prefix)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (path, viewport)
    page.context.close()


def test_a_batch_with_every_outcome_is_in_order(browser: Browser, demo: str, tmp_path: Path) -> None:
    page = at_desk(browser, demo, "archivist", "/desk/", viewport=PHONE)
    page.goto(demo + "/records/HC-0002")
    page.locator('.on-desk a[href$="/files"], a[href$="/files"]').first.click()
    good = picture((600, 800), "hư cấu").read()
    for name, data in (("1.jpg", good), ("2.jpg", good), ("3.jpg", b"\xff\xd8\xff"), ("4.rar", b"Rar!\x1a\7\0")):
        (tmp_path / name).write_bytes(data)
    page.locator("input[type=file]").set_input_files([str(path) for path in sorted(tmp_path.iterdir())])
    page.wait_for_url(re.compile(r"/desk/batches/\d+"))
    expect(page.locator(".report-line")).to_have_count(4, timeout=20_000)
    page.get_by_role("button", name=re.compile(r"Thử lại.*4\.rar")).click()
    expect(page.locator(".messages")).to_contain_text("4.rar")
    violations = Axe().run(page).response["violations"]
    assert [(hit["id"], hit["nodes"][0]["html"]) for hit in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()
