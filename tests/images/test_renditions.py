"""Turned, straightened, cropped, covered: the original untouched, and everything on the page following."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.test import Client
from PIL import Image, ImageDraw

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.changes.writing import HOUSE
from catalog.images.models import Scan
from catalog.images.queries import scans_of_pages
from catalog.images.renditions.actions import (
    BadInstructions,
    cover_part,
    restore_cover,
    set_instructions,
    uncover_part,
)
from catalog.images.renditions.following import UNSURE_EN
from catalog.images.serving.store import packs
from catalog.records.models import Cover, Mention, Page, Record
from catalog.records.queries import visible_mentions, visible_persons
from catalog.search.people import find_people, read_person_query
from catalog.texts.actions import set_page_text
from catalog.texts.queries import WITHHELD, current_text
from tests.factories import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    four_colours,
    new_page,
    new_person,
    new_scan,
    scan_of,
    storage_key,
)
from tests.images.pictures import corners, headers_of, near

MAT = (42, 38, 32)
NAME_BOX = (100, 100, 300, 60)


@pytest.fixture
def page(make_record: Callable[..., Record]) -> Page:
    page = new_page(make_record())
    new_scan(page, four_colours(), name="four.jpg")
    return page


def picture(client: Client, address: str) -> Image.Image:
    response = client.get(address)
    assert response.status_code == 200, address
    image = Image.open(io.BytesIO(response.content))
    image.load()
    return image


def every_picture(scan: Scan, public_id: str) -> list[str]:
    """The doors at which a page's image is given out."""
    return [
        f"/scans/{public_id}/thumbnail.jpg",
        f"/scans/{public_id}/reading.jpg",
        f"/iiif/image/{public_id}/full/max/0/default.jpg",
        f"/iiif/image/{public_id}/full/400,/0/default.png",
        f"/iiif/image/{public_id}/full/150,/0/default.webp",
        f"/iiif/image/{public_id}/full/{-(-scan.width // 4)},{-(-scan.height // 4)}/0/default.jpg",
    ]


def all_tiles(client: Client, scan: Scan, public_id: str, factor: int = 1) -> Image.Image:
    step = 512 * factor
    complete = Image.new("RGB", (-(-scan.width // factor), -(-scan.height // factor)))
    for x in range(0, scan.width, step):
        for y in range(0, scan.height, step):
            w, h = min(step, scan.width - x), min(step, scan.height - y)
            out = -(-w // factor), -(-h // factor)
            address = f"/iiif/image/{public_id}/{x},{y},{w},{h}/{out[0]},{out[1]}/0/default.jpg"
            complete.paste(picture(client, address), (x // factor, y // factor))
    return complete


@pytest.mark.parametrize(
    ("turn", "size", "colours", "box"),
    [
        (90, (901, 1301), (BLUE, RED, YELLOW, GREEN), (741, 100, 60, 300)),
        (180, (1301, 901), (YELLOW, BLUE, GREEN, RED), (901, 741, 300, 60)),
        (270, (901, 1301), (GREEN, YELLOW, RED, BLUE), (100, 901, 60, 300)),
    ],
)
def test_a_turn(
    client: Client,
    page: Page,
    make_mention: Callable[..., Mention],
    cast: dict[str, User],
    turn: int,
    size: tuple[int, int],
    colours: Any,
    box: tuple[int, ...],
) -> None:
    scan = scan_of(page)
    before = scan.public_id
    bytes_before = default_storage.open(storage_key(scan)).read()
    mention = make_mention(
        page.record, "Lê Văn Mẫu", page=page, **dict(zip(("box_x", "box_y", "box_w", "box_h"), NAME_BOX, strict=True))
    )
    set_page_text(page=page, text="Lê Văn", boxes=[[0, 2, *NAME_BOX], [3, 6, 500, 100, 90, 60]], origin="ocr")
    client.get(f"/iiif/image/{before}/0,0,512,512/512,512/0/default.jpg")
    assert packs().path(f"{before}.pack").exists()
    scan = set_instructions(scan=scan, turn=turn, skew=0, crop=None, actor=cast["archivist"])
    assert (scan.width, scan.height) == size and (scan.full_width, scan.full_height) == (1301, 901)
    assert scan.public_id != before and scan.public_id.startswith(f"{scan.sha256[:16]}p{page.pk}")
    mention.refresh_from_db()
    assert mention.box == box
    text = current_text(page, AnonymousUser())
    assert text and tuple(text.boxes[0][2:]) == box
    for address in every_picture(scan, scan.public_id):
        image = picture(client, address)
        assert corners(image, *colours), address
        assert abs(image.width / image.height - size[0] / size[1]) < 0.02, address
    for factor in (1, 2, 4):
        assert corners(all_tiles(client, scan, scan.public_id, factor), *colours), factor
    info = client.get(f"/iiif/image/{scan.public_id}/info.json").json()
    assert (info["width"], info["height"]) == size
    # The original is unchanged byte for byte; history says who did it; the old address is gone.
    assert default_storage.open(storage_key(scan)).read() == bytes_before
    assert hashlib.sha256(bytes_before).hexdigest() == scan.sha256
    assert scan.history.first().history_user == cast["archivist"]
    assert client.get(f"/iiif/image/{before}/info.json").status_code == 404
    # Back again: the same address as at first, the same boxes.
    scan = set_instructions(scan=scan, turn=0, skew=0, crop=None)
    mention.refresh_from_db()
    assert scan.public_id == before and mention.box == NAME_BOX
    assert corners(picture(client, f"/scans/{before}/reading.jpg"), RED, GREEN, BLUE, YELLOW)


def test_a_crop_and_a_box_within_it(client: Client, page: Page, make_mention: Callable[..., Mention]) -> None:
    mention = make_mention(page.record, "Lê Văn Mẫu", page=page, box_x=700, box_y=500, box_w=100, box_h=40)
    set_page_text(page=page, text="Lê Văn", boxes=[[0, 2, 10, 10, 50, 30], [3, 6, 700, 500, 90, 40]], origin="ocr")
    scan = set_instructions(scan=scan_of(page), turn=0, skew=0, crop=(651, 451, 5000, 400))
    assert (scan.width, scan.height) == (650, 400) and scan.crop == (651, 451, 650, 400)
    mention.refresh_from_db()
    assert mention.box == (49, 49, 100, 40)
    for address in every_picture(scan, scan.public_id):
        assert corners(picture(client, address), *(YELLOW,) * 4), address
    assert corners(all_tiles(client, scan, scan.public_id), *(YELLOW,) * 4)
    # Words outside the crop come back with the rest of the page.
    scan = set_instructions(scan=scan, turn=0, skew=0, crop=None)
    text = current_text(page, AnonymousUser())
    assert text and text.boxes == [[0, 2, 10, 10, 50, 30], [3, 6, 700, 500, 90, 40]]
    with pytest.raises(BadInstructions, match="names_outside: Lê Văn Mẫu"):
        set_instructions(scan=scan, turn=0, skew=0, crop=(0, 0, 300, 300))
    assert scan_of(page).crop is None


def test_a_little_skew_keeps_every_corner_and_follows_boxes(client: Client, make_record: Callable[..., Record]) -> None:
    """A black square drawn at a known place is where the box says after straightening."""
    image = Image.new("RGB", (1400, 1000), "white")
    ImageDraw.Draw(image).rectangle((1000, 200, 1039, 239), fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    page = new_page(make_record())
    scan = new_scan(page, out, name="square.png")
    set_page_text(page=page, text="một", boxes=[[0, 3, 1000, 200, 40, 40]], origin="ocr")
    scan = set_instructions(scan=scan, turn=0, skew=5, crop=None)
    assert scan.width > 1400 and scan.height > 1000
    text = current_text(page, AnonymousUser())
    assert text
    x, y, w, h = text.boxes[0][2:]
    assert (w, h) == (40, 40)
    for words in (
        picture(client, f"/iiif/image/{scan.public_id}/full/max/0/default.png"),
        all_tiles(client, scan, scan.public_id),
    ):
        assert near(words, ((x + 20) / words.width, (y + 20) / words.height), (0, 0, 0), 40)
        assert near(words, (0.5, 0.5), (255, 255, 255)) and near(words, (0, 0), MAT)
    # Clockwise: what was right of the middle is now below it.
    assert y > 200 + (scan.height - 1000) / 2
    scan = set_instructions(scan=scan, turn=0, skew=0, crop=None)
    second = current_text(page, AnonymousUser())
    assert second and all(abs(a - b) <= 1 for a, b in zip(second.boxes[0][2:], (1000, 200, 40, 40), strict=True))


@pytest.mark.parametrize(
    ("turn", "skew", "crop", "code"),
    [
        (45, 0, None, "turn"),
        (-90, 0, None, "turn"),
        (0, 46, None, "skew"),
        (0, float("nan"), None, "skew"),
        (0, 0, (2000, 0, 10, 10), "crop_outside"),
        (0, 0, (0, 0, 0, 10), "crop_outside"),
        (0, 0, (0, 0, 5, 5), "crop_small"),
    ],
)
def test_instructions_that_make_no_sense(page: Page, turn: int, skew: float, crop: Any, code: str) -> None:
    before = scan_of(page).public_id
    with pytest.raises(BadInstructions) as refused:
        set_instructions(scan=scan_of(page), turn=turn, skew=skew, crop=crop)
    assert refused.value.code == code and scan_of(page).public_id == before


def covered_page(page: Page, make_mention: Callable[..., Mention]) -> tuple[Mention, Mention]:
    """A name under what will be covered, and one beside it, in words and as mentions."""
    set_page_text(
        page=page,
        text="Nguyễn Kín\nở nhà\nTrần Mở",
        origin="ocr",
        boxes=[
            [0, 6, 100, 100, 150, 60],
            [7, 10, 260, 100, 140, 60],
            [11, 12, 100, 300, 40, 60],
            [13, 16, 150, 300, 90, 60],
            [17, 21, 100, 500, 150, 60],
            [22, 24, 260, 500, 140, 60],
        ],
    )
    hidden = make_mention(page.record, "Nguyễn Kín", page=page, box_x=100, box_y=100, box_w=300, box_h=60)
    neighbour = make_mention(page.record, "Trần Mở", page=page, box_x=100, box_y=500, box_w=300, box_h=60)
    return hidden, neighbour


def test_a_cover_is_burned_into_everything_public(client: Client, page: Page, cast: dict[str, User]) -> None:
    scan = scan_of(page)
    before = scan.public_id
    client.get(f"/iiif/image/{before}/0,0,512,512/512,512/0/default.jpg")
    cover = cover_part(page=page, box=(0, 0, 650, 450), reason_vi="Người còn sống", actor=cast["archivist"])
    assert cover.made_by == cast["archivist"] and cover.history.first().history_user == cast["archivist"]
    scan = scan_of(page)
    assert scan.public_id != before and scan.uncovered_id == before
    for address in every_picture(scan, scan.public_id):
        assert corners(picture(client, address), MAT, GREEN, BLUE, YELLOW), address
        assert client.get(address)["Cache-Control"].startswith("public"), address
    for factor in (1, 2, 4):
        assert corners(all_tiles(client, scan, scan.public_id, factor), MAT, GREEN, BLUE, YELLOW)
    strip = picture(client, f"/iiif/image/{scan.public_id}/100,100,700,60/700,/90/gray.png").convert("RGB")
    assert near(strip, (0.5, 0.2), (38, 38, 38))
    # The address without covers is not there for visitors, as if it never had been.
    never = client.get(f"/iiif/image/{before[:-2]}99/info.json")
    response = client.get(f"/iiif/image/{before}/info.json")
    assert response.status_code == 404 and (response.content, headers_of(response)) == (
        never.content,
        headers_of(never),
    )
    # Those who may see closed things see through, at an address no cache keeps for others.
    client.force_login(cast["archivist"])
    assert scans_of_pages([page.pk], cast["archivist"])[page.pk].image_id == before
    for address in every_picture(scan, before):
        second_response = client.get(address)
        assert corners(picture(client, address), RED, GREEN, BLUE, YELLOW) and second_response[
            "Cache-Control"
        ].startswith("private")
    assert before in client.get(f"/records/{page.record.identifiers.get().matched}").content.decode()
    client.force_login(cast["curator"])
    assert client.get(f"/iiif/image/{before}/info.json").status_code == 404
    # Taken away: the plain image is public again under its first address.
    uncover_part(cover=cover, actor=cast["archivist"])
    client.logout()
    assert scan_of(page).public_id == before and Cover.objects.kept().count() == 0 and Cover.objects.count() == 1
    assert corners(picture(client, f"/iiif/image/{before}/full/max/0/default.jpg"), RED, GREEN, BLUE, YELLOW)
    assert client.get(f"/iiif/image/{scan.public_id}/info.json").status_code == 404


def test_the_trash_says_who_uncovered_and_the_first_of_two_stays(
    client: Client, page: Page, cast: dict[str, User]
) -> None:
    """The trash named nobody for a cover."""
    cover = cover_part(page=page, box=(0, 0, 90, 90), actor=cast["archivist"])
    uncover_part(cover=cover, actor=cast["reviewer"])
    uncover_part(cover=cover, actor=cast["archivist"])
    cover.refresh_from_db()
    assert cover.trashed_by == cast["reviewer"] and cover.history.first().history_user == cast["reviewer"]
    client.force_login(cast["archivist"])
    assert "reviewer" in client.get("/desk/trash").content.decode()


def test_the_house_uncovers_and_covers_again_in_nobodys_name(page: Page) -> None:
    """Found by the property test: a history cannot name the house, and the change broke off."""
    cover = cover_part(page=page, box=(0, 0, 90, 90))
    uncover_part(cover=cover, actor=HOUSE)
    restore_cover(cover=cover, actor=HOUSE)
    cover.refresh_from_db()
    assert cover.trashed_at is None and cover.history.first().history_user is None


def test_each_change_of_covers_is_another_image(page: Page) -> None:
    visible = [scan_of(page).public_id]
    covers = []
    for x in (0, 100, 200):
        covers.append(cover_part(page=page, box=(x, 0, 50, 50)))
        visible.append(scan_of(page).public_id)
    uncover_part(cover=covers[1])
    visible.append(scan_of(page).public_id)
    assert len(set(visible)) == 5


def test_words_and_names_under_a_cover_are_withheld(
    client: Client,
    page: Page,
    make_mention: Callable[..., Mention],
    cast: dict[str, User],
    indexed: Callable[[], int],
    anyone: AnonymousUser,
) -> None:
    from catalog.records.models import Identification

    hidden, neighbour = covered_page(page, make_mention)
    person = new_person("Nguyễn Kín")
    Identification.objects.create(mention=hidden, person=person, certainty="certain", reason_vi="hư cấu")
    assert set(visible_mentions(anyone)) == {hidden, neighbour} and person in visible_persons(anyone)
    Change.objects.all().delete()
    cover_part(page=page, box=(90, 90, 320, 80))
    assert {("page", page.pk), ("record", page.record_id)} <= set(Change.objects.values_list("kind", "key"))
    indexed()
    assert set(visible_mentions(anyone)) == {neighbour} and person not in visible_persons(anyone)
    assert set(visible_mentions(cast["archivist"])) == {hidden, neighbour}
    text = current_text(page, anyone)
    assert text and text.withheld and text.text == f"{WITHHELD}\nở nhà\nTrần Mở"
    assert [text.text[box[0] : box[1]] for box in text.boxes] == ["ở", "nhà", "Trần", "Mở"]
    assert text.boxes[2][2:] == [100, 500, 150, 60]
    assert current_text(page, cast["archivist"]).text.startswith("Nguyễn Kín")  # type: ignore[union-attr]
    code = page.record.identifiers.get().matched
    for address in (f"/records/{code}", f"/records/{code}/pages/1", f"/records/{code}?mention={hidden.pk}"):
        words = client.get(address).content.decode()
        assert "Kín" not in words and "Trần Mở" in words, address
    assert "Kín" not in str(client.get(f"/records/{code}.json").json())
    for query, tab in (("Kín", "pages"), ("Kín", "all"), ("Nguyễn Kín", "people"), ("Nguyễn Kín", "records")):
        response = client.get("/search", {"q": query, "tab": tab})
        assert f"/records/{code}" not in response.content.decode(), (query, tab)
    assert client.get("/search", {"q": "Trần Mở", "tab": "pages"}).context["results"].total == 1
    assert find_people(read_person_query(QueryDict("name=Nguyễn Kín")), anyone).total == 0
    assert find_people(read_person_query(QueryDict("name=Nguyễn Kín")), cast["archivist"]).total == 1
    assert client.get("/api/v1/people/search", {"name": "Nguyễn Kín"}).json()["match_total"] == 0
    assert client.get(f"/people/{person.pk}").status_code == 404


def test_words_whose_place_is_not_known_are_withheld_on_a_covered_page(page: Page, anyone: AnonymousUser) -> None:
    set_page_text(page=page, text="Nguyễn Kín và Trần Mở", origin="person")
    cover_part(page=page, box=(0, 0, 50, 50))
    text = current_text(page, anyone)
    assert text and (text.text, text.boxes, text.withheld) == (WITHHELD, [], True)
    # Words added by hand between words with boxes; boxes that fit no words any more.
    set_page_text(
        page=page, text="một Kín hai", boxes=[[0, 3, 600, 600, 50, 20], [8, 11, 700, 600, 50, 20]], origin="ocr"
    )
    assert current_text(page, anyone).text == f"một {WITHHELD} hai"  # type: ignore[union-attr]
    set_page_text(
        page=page, text="xx một Kín hai", boxes=[[0, 3, 600, 600, 50, 20], [8, 11, 700, 600, 50, 20]], origin="ocr"
    )
    assert current_text(page, anyone).text == WITHHELD  # type: ignore[union-attr]


def test_covers_follow_turns_and_crops_and_come_back(
    client: Client, page: Page, make_mention: Callable[..., Mention]
) -> None:
    cover_part(page=page, box=(0, 0, 650, 450))
    cover = Cover.objects.get()
    scan = set_instructions(scan=scan_of(page), turn=90, skew=0, crop=None)
    cover.refresh_from_db()
    assert cover.box == (451, 0, 450, 650)
    assert corners(all_tiles(client, scan, scan.public_id, 2), BLUE, MAT, YELLOW, GREEN)
    # Cropped away, it is not forgotten.
    scan = set_instructions(scan=scan, turn=90, skew=0, crop=(0, 700, 400, 400))
    assert corners(picture(client, f"/scans/{scan.public_id}/reading.jpg"), *(YELLOW,) * 4)
    scan = set_instructions(scan=scan, turn=0, skew=2, crop=None)
    image = picture(client, f"/iiif/image/{scan.public_id}/full/max/0/default.png")
    assert corners(image, MAT, GREEN, BLUE, YELLOW)
    assert not any(pixel[0] > 150 and max(pixel[1:]) < 90 for _, pixel in image.convert("RGB").getcolors(1 << 22))  # type: ignore[union-attr, index]
    scan = set_instructions(scan=scan, turn=0, skew=0, crop=None)
    cover.refresh_from_db()
    assert cover.box == (0, 0, 650, 450)


def test_a_replaced_scan_stays_covered(
    client: Client, page: Page, make_mention: Callable[..., Mention], cast: dict[str, User]
) -> None:
    hidden, _beside = covered_page(page, make_mention)
    cover_part(page=page, box=(0, 0, 650, 450))
    old = scan_of(page)
    new = new_scan(page, four_colours(2602, 1802), name="better.jpg")
    assert Cover.objects.get().box == (0, 0, 1300, 900)
    assert corners(picture(client, f"/scans/{new.public_id}/reading.jpg"), MAT, GREEN, BLUE, YELLOW)
    assert corners(all_tiles(client, new, new.public_id, 2), MAT, GREEN, BLUE, YELLOW)
    hidden.refresh_from_db()
    assert hidden.box == (200, 200, 600, 120)
    assert hidden not in visible_mentions(AnonymousUser())
    # The earlier image is for staff alone: covers are drawn on the present one.
    for earlier in (old.public_id, old.uncovered_id):
        assert client.get(f"/iiif/image/{earlier}/full/200,/0/default.jpg").status_code == 404
    # Of another shape: nobody knows what is where, so all of it is covered until somebody looks.
    other = new_scan(page, four_colours(900, 1300), name="other.jpg")
    assert Cover.objects.filter(reason_en=UNSURE_EN).get().box == (0, 0, 900, 1300)
    assert corners(picture(client, f"/scans/{other.public_id}/reading.jpg"), *(MAT,) * 4)
    client.force_login(cast["archivist"])
    assert client.get(f"/iiif/image/{old.uncovered_id}/full/200,/0/default.jpg").status_code == 200


def test_covers_outside_and_without_image(page: Page, make_record: Callable[..., Record]) -> None:
    for box in ((5000, 0, 10, 10), (0, 0, 0, 10), (-20, -20, 10, 10)):
        with pytest.raises(BadInstructions, match="cover_outside"):
            cover_part(page=page, box=box)
    assert cover_part(page=page, box=(-20, -20, 100, 100)).box == (0, 0, 80, 80)
    with pytest.raises(BadInstructions, match="no_image"):
        cover_part(page=new_page(make_record()), box=(0, 0, 10, 10))


def test_a_watermark_is_another_rendition_and_off_by_default(client: Client, page: Page, settings: Any) -> None:
    scan = scan_of(page)
    plain_id = scan.image_id
    plain = picture(client, f"/iiif/image/{plain_id}/full/max/0/default.png")
    settings.WATERMARK, settings.WATERMARK_FROM = "Lưu trữ hư cấu", 700
    marked_id = scan.image_id
    assert marked_id != plain_id
    assert client.get(f"/iiif/image/{plain_id}/info.json").status_code == 404
    marked = picture(client, f"/iiif/image/{marked_id}/full/max/0/default.png")
    differing = sum(a != b for a, b in zip(plain.tobytes(), marked.tobytes(), strict=True))
    assert 0.001 < differing / len(plain.tobytes()) < 0.3
    tiles = all_tiles(client, scan, marked_id)
    assert corners(tiles, RED, GREEN, BLUE, YELLOW)
    assert sum(abs(a - b) > 20 for a, b in zip(tiles.tobytes(), plain.convert("RGB").tobytes(), strict=True)) > 1000
    # Small pictures are left alone.
    assert near(picture(client, f"/iiif/image/{marked_id}/full/326,226/0/default.png"), (0.2, 0.2), RED)
