"""Parts covered by mouse and keyboard, and the deep zoom of a visitor who then comes."""

import io
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ViewportSize, expect

from catalog.images.renditions.rendition import BACKGROUND

DESK = ViewportSize(width=1366, height=900)
PHONE = ViewportSize(width=360, height=740)
RECORD = "/en/records/HC-0001/pages/1"

SCREENS: list[tuple[ViewportSize, Literal["light", "dark"]]] = [(PHONE, "light"), (DESK, "dark"), (PHONE, "dark")]


def test_a_part_is_drawn_covered_and_seen_by_no_visitor(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{demo}/en/admin/login/?next={RECORD}")
    page.fill("#id_username", "archivist")
    page.fill("#id_password", "ky-uc-demo")
    page.click("[type=submit]")
    page.get_by_role("link", name="Turn, crop or cover this image").click()
    sheet = page.locator(".sheet").first
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box
    # Drawn with the mouse, in any direction; the numbers follow, in pixels of the image.
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.1, steps=6)
    page.mouse.up()
    numbers = [int(page.input_value(f"#id_{side}")) for side in "xywh"]
    width, height = (int(page.locator(".sheet img").first.get_attribute(side) or 0) for side in ("width", "height"))
    for number, expected in zip(numbers, (0.2 * width, 0.1 * height, 0.4 * width, 0.2 * height), strict=True):
        assert abs(number - expected) < width / 60
    # By keyboard: moved, made larger, moved by one pixel.
    sheet.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Alt+ArrowLeft"):
        page.keyboard.press(key)
    step = round(width / 100)
    moved = [int(page.input_value(f"#id_{side}")) for side in "xywh"]
    assert moved == [numbers[0] + step - 1, numbers[1] + step, numbers[2] + step, numbers[3]]
    expect(page.get_by_role("status").filter(has_text="Part:").first).to_contain_text(f"{moved[2]} × {moved[3]}")
    page.fill("#id_reason_en", "Only to try")
    page.get_by_role("button", name="Cover this part").click()
    expect(page.get_by_text("Covered.")).to_be_visible()
    expect(page.locator(".covered rect")).to_have_count(1)
    for viewport, scheme in SCREENS:
        second_page = browser.new_context(
            viewport=viewport, color_scheme=scheme, storage_state=context.storage_state()
        ).new_page()
        second_page.goto(page.url)
        violations = Axe().run(second_page).response["violations"]
        assert [(hit["id"], hit["nodes"][0]["html"]) for hit in violations] == [], (viewport, scheme)
        assert second_page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        second_page.context.close()
    # A visitor zooms: what comes is mat where the cover is.
    visitor = browser.new_context(viewport=PHONE).new_page()
    visitor.goto(demo + RECORD)
    with visitor.expect_response(lambda response: response.url.endswith("info.json")) as text:
        visitor.get_by_role("button", name="Look closer").click()
    identifier = text.value.url.split("/")[-2]
    data = visitor.request.get(f"{demo}/iiif/image/{identifier}/{','.join(map(str, moved))}/100,/0/default.jpg").body()
    image = Image.open(io.BytesIO(data)).convert("RGB")
    # Its rim is a little lighter where JPEG squares reach over the edge of the cover.
    inside = image.crop((4, 4, image.width - 4, image.height - 4)).getextrema()
    assert all(abs(side - mat) < 10 for ends, mat in zip(inside, BACKGROUND, strict=True) for side in ends), inside  # type: ignore[attr-defined]
    visitor.context.close()
    page.get_by_role("button", name="Uncover part 1").click()
    expect(page.get_by_text("Nothing is covered.")).to_be_visible()
    assert wrong == []
    context.close()


def test_numbers_alone_do_without_script(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo}/en/admin/login/?next={RECORD}")
    page.fill("#id_username", "archivist")
    page.fill("#id_password", "ky-uc-demo")
    page.click("[type=submit]")
    page.get_by_role("link", name="Turn, crop or cover this image").click()
    page.select_option("#id_turn", "90")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_alt_text("The image as it would be shown")
    assert "turn=90" in (preview.get_attribute("src") or "")
    assert int(preview.get_attribute("width") or 0) > 0
    page.get_by_role("button", name="Propose how to straighten").click()
    expect(page.locator(".messages")).to_be_visible()
    page.fill("#id_x", "10")
    page.get_by_role("button", name="Cover this part").click()
    expect(page.locator(".field.wrong").first).to_be_visible()
    context.close()
