"""As a visitor, a family and an archivist meet it: phone and desktop, light and dark, both languages, with and without
script."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.factories import picture
from tests.waiting import wait_until

PAGES = [
    "/",
    "/find",
    "/find?name=tran+van+phu&unit=e90+f324",
    "/find?name=Phan+Khong+Ai&unit=e90",
    "/find?name=nguyen",
    "/slip?name=tran+van+phu&born=1944",
    "/search",
    "/search?q=tran+van+phu",
    "/search?q=e90+f324&tab=people",
    "/search?q=kh%C3%B4ng+c%C3%B3+%C4%91%C3%A2u",
    "/records/",
    "/records/F034602421337",
    "/records/F034602421337/pages/2?q=tran+van+phu",
    "/records/HC-0001",
    "/people/1",
    "/units/e90/f324",
    "/places/2",
    "/exhibitions/",
    "/exhibitions/30-nam-quan-he-viet-nam-hoa-ky",
    "/exhibitions/80-nam-ngoai-giao",
    "/about",
    "/help",
    "/nowhere",
]
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1366, height=800)


def opened(browser: Browser, demo: str, path: str, **options: Any) -> Page:
    page = browser.new_context(viewport=options.pop("viewport", DESK), **options).new_page()
    page.goto(demo + path)
    return page


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_runs_off_the_phone(browser: Browser, demo: str, path: str) -> None:
    for viewport, scheme, prefix in (
        (PHONE, "light", ""),
        (PHONE, "dark", "/en"),
        (DESK, "dark", ""),
        (DESK, "light", "/en"),
    ):
        page = opened(browser, demo, prefix + path, viewport=viewport, color_scheme=scheme)
        violations = Axe().run(page).response["violations"]
        assert [(hit["id"], hit["nodes"][0]["html"]) for hit in violations] == [], (path, viewport, scheme, prefix)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (path, viewport)
        page.context.close()


def test_names_are_offered_while_typing_and_taken_by_keyboard(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/find", viewport=PHONE)
    field = page.locator("#find-name")
    field.press_sequentially("tran v", delay=40)
    first = page.get_by_role("option").first
    expect(first).to_contain_text("Trần Văn")
    field.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value(re.compile("Trần Văn"))
    expect(page.get_by_role("listbox")).to_have_count(0)
    field.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("tên khớp"))).to_be_visible()
    page.context.close()


def test_facts_stay_folded_on_a_phone_once_answered_but_are_summarised(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/find?name=tran+van+phu&unit=e90+f324", viewport=PHONE)
    expect(page.locator("#find-unit")).to_be_hidden()
    expect(page.locator("summary")).to_contain_text("e90 f324")
    page.locator("summary").first.click()
    expect(page.locator("#find-unit")).to_have_value("e90 f324")
    page.context.close()


@pytest.mark.parametrize(
    "address",
    [
        "/slip?name=tran+van+phu&unit=e90+f324&home=Nam+%C4%90%E1%BB%8Bnh&born=1944&enlisted=1961&died=1967&kin=Tr%E1%BA%A7n&number=26966",
        "/en/slip?name=khong+co+ai",
        "/people/1/slip",
        "/records/HC-0001/slip",
    ],
)
def test_a_slip_is_one_printed_page(browser: Browser, demo: str, tmp_path: Path, address: str) -> None:
    page = opened(browser, demo, address)
    printed = page.pdf(path=str(tmp_path / "slip.pdf"), prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.context.close()


def test_the_main_job(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/", viewport=PHONE)
    page.locator("input[name=q]").fill("tran van phu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Trần Văn Phú", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Mở trang có tên").first.click()
    expect(page).to_have_url(re.compile(r"/records/F034602421337/pages/\d\?mention=\d+"))
    expect(page.locator("figure svg .box")).to_have_count(1)
    page.goto(demo + "/search?q=F034602421337")
    expect(page.locator('a[href="/records/F034602421337"]').first).to_be_visible()
    page.goto(demo + "/search?q=e90+f324")
    expect(page.get_by_role("heading", name="Hồ Văn Chương").first).to_be_visible()
    page.context.close()


def test_the_viewer_opens_at_the_name_and_closes_with_escape(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/records/F034602421337/pages/2?q=tran+van+phu")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    button = page.get_by_role("button", name="Xem gần")
    button.click()
    expect(page.locator(".box-on-scan")).to_have_count(1)
    page.wait_for_function("document.querySelector('.viewer canvas') !== null")
    assert any("/iiif/image/" in url and "default.jpg" in url for url in addresses) or page.wait_for_event("request")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer")).to_have_count(0)
    expect(page.get_by_role("button", name="Xem gần")).to_be_focused()
    page.context.close()


def test_all_of_it_without_script(browser: Browser, demo: str) -> None:
    page = opened(browser, demo, "/", viewport=PHONE, java_script_enabled=False)
    page.locator("input[name=q]").fill("tran van phu")
    page.keyboard.press("Enter")
    page.locator('a[href*="mention="]').last.click()
    expect(page.locator("figure svg .box")).to_have_count(1)
    page.goto(demo + "/exhibitions/30-nam-quan-he-viet-nam-hoa-ky")
    page.locator(".parts-nav a", has_text="Hợp tác và phát triển").click()
    assert page.url.endswith("#part-2")
    page.locator(".tongues a").click()
    expect(page.get_by_role("heading", name="30 years of Vietnam–US diplomatic relations")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(
    ("path", "without_fonts", "with_fonts"),
    [("/", 60, 160), ("/search?q=tran+van+phu", 60, 160), ("/records/F034602421337", 350, 460)],
)
def test_first_view_is_light_and_asks_no_foreign_host(
    browser: Browser, demo: str, path: str, without_fonts: int, with_fonts: int
) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on(
        "Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]})
    )
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(demo + path)
    page.wait_for_load_state("networkidle")
    assert [url for url in addresses if not url.startswith((demo, "data:"))] == []
    fonts = sum(weight for key, weight in weights.items() if kinds.get(key) == "Font") / 1024
    rest = sum(weights.values()) / 1024 - fonts
    assert rest <= without_fonts, rest
    assert rest + fonts <= with_fonts, (rest, fonts)
    page.context.close()


def test_fonts_are_cached_for_ever(browser: Browser, demo: str) -> None:
    page = browser.new_context().new_page()
    headers: dict[str, str] = {}
    page.on(
        "response",
        lambda item: (
            headers.update({item.url: item.headers.get("cache-control", "")}) if item.url.endswith(".woff2") else None
        ),
    )
    page.goto(demo + "/")
    page.wait_for_load_state("networkidle")
    assert headers
    assert all("immutable" in value for value in headers.values())
    page.context.close()


def test_an_archivist_describes_uploads_names_publishes_and_a_visitor_finds(
    browser: Browser, demo: str, tmp_path: Path
) -> None:
    for name in ("trang 1.jpg", "trang 2.jpg"):
        (tmp_path / name).write_bytes(picture((1300, 1800), name).read())
    page = opened(browser, demo, "/admin/")
    page.fill("#id_username", "archivist")
    page.fill("#id_password", "ky-uc-demo")
    page.locator("main form button").last.click()
    page.goto(demo + "/admin/catalog/record/add/")
    page.evaluate(
        """() => {
          const repository = document.querySelector('#id_repository');
          repository.add(new Option('x', '1', true, true)); repository.value = '1';
        }"""
    )
    page.fill("#id_code", "HC-9000")
    page.fill("#id_title_vi", "Hồ sơ thử của lưu trữ viên (hư cấu)")
    page.select_option("#id_level", "file")
    page.fill("#id_identifiers-0-value", "HC-9000")
    page.check("#id_identifiers-0-primary")
    page.set_input_files("#id_images", [str(tmp_path / "trang 1.jpg"), str(tmp_path / "trang 2.jpg")])
    page.locator('input[name="_continue"]').first.click()
    expect(page.locator(".messagelist")).to_contain_text("2 ảnh trang")
    key = re.search(r"/record/(\d+)/change/", page.url)
    assert key is not None
    for name in ("Lê Tường Vi Mẫu", "Ngô Đình Thử Mẫu", "Đỗ Lan Ví Mẫu"):
        page.goto(demo + f"/admin/catalog/mention/add/?record={key[1]}")
        page.fill("#id_name", name)
        page.locator('input[name="_save"]').first.click()
        expect(page.locator(".messagelist")).to_contain_text(name)
    page.goto(demo + f"/desk/records/{key[1]}/standing")
    page.get_by_role("button", name="Công bố").click()
    expect(page.locator("main")).to_contain_text("đã được công bố")
    page.context.close()
    visitor = opened(browser, demo, "/search?q=do+lan+vi+mau")
    expect(visitor.get_by_role("heading", name="Đỗ Lan Ví Mẫu")).to_be_visible()
    wait_until(
        lambda: (
            visitor.goto(demo + "/search?q=ho+so+thu+cua+luu+tru+vien&tab=records")
            and visitor.locator("text=Hồ sơ thử của lưu trữ viên").count() > 0
        )
    )
    visitor.goto(demo + "/records/HC-9000")
    expect(visitor.locator(".pages li")).to_have_count(2)
    visitor.context.close()


def test_a_scan_is_read_in_the_background_where_tesseract_is_installed(browser: Browser, demo: str) -> None:
    from catalog.reading.ocr import tesseract_available

    if not tesseract_available():
        pytest.skip("tesseract is not installed")
    page = opened(browser, demo, "/records/HC-9000")
    wait_until(
        lambda: (
            page.reload()
            and page.locator("#words + p.small, #words + p.soft").inner_text() != "Chữ trên trang này chưa được đọc."
        ),
        60,
    )
    page.context.close()
