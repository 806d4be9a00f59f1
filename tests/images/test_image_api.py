"""IIIF Image API 3.0, checked picture by picture: a page of four colours, red and green above blue and yellow."""

import io
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from catalog.images.models import Scan
from catalog.records.models import Record
from tests.factories import BLUE, FOUR_COLOURS_SIZE, GREEN, RED, YELLOW, four_colours, new_page, new_scan
from tests.images.pictures import corners, image_at, near

WHITE = (255, 255, 255)


WIDTH, HEIGHT = FOUR_COLOURS_SIZE


AS_IT_IS = (RED, GREEN, BLUE, YELLOW)


REGIONS = [
    ("full", (1301, 901), AS_IT_IS),
    ("square", (901, 901), AS_IT_IS),
    ("0,0,1301,901", (1301, 901), AS_IT_IS),
    ("0,0,650,450", (650, 450), (RED,) * 4),
    ("700,0,600,400", (600, 400), (GREEN,) * 4),
    ("0,500,600,400", (600, 400), (BLUE,) * 4),
    ("700,500,600,400", (600, 400), (YELLOW,) * 4),
    ("650,450,9999,9999", (651, 451), (YELLOW,) * 4),
    ("1300,900,1,1", (1, 1), (YELLOW,) * 4),
    ("pct:0,0,50,50", (651, 451), (RED,) * 4),
    ("pct:50.5,50.5,100,100", (644, 446), (YELLOW,) * 4),
    ("pct:25,25,50,50", (651, 451), AS_IT_IS),
    ("pct:99.99,0,10,10", (1, 90), (GREEN,) * 4),
    ("pct:0,0,0.001,0.001", (1, 1), (RED,) * 4),
    ("pct:.5,.5,49,49", (637, 441), (RED,) * 4),
]


@pytest.mark.parametrize(("region", "size", "colours"), REGIONS)
def test_regions(client: Client, scan: Scan, region: str, size: tuple[int, int], colours: tuple) -> None:  # type: ignore[type-arg]
    image = image_at(client, scan, f"{region}/max/0/default.png")
    assert image.size == size
    assert corners(image, *colours)


SIZES = [
    ("full", "max", (1301, 901)),
    ("full", "^max", (2602, 1802)),
    ("full", "650,", (650, 450)),
    ("full", ",450", (650, 450)),
    ("full", "100,100", (100, 100)),
    ("full", "1301,901", (1301, 901)),
    ("full", "!400,400", (400, 277)),
    ("full", "!400,100", (144, 100)),
    ("full", "!5000,5000", (1301, 901)),
    ("full", "^!2602,5000", (2602, 1802)),
    ("full", "pct:50", (651, 451)),
    ("full", "pct:100", (1301, 901)),
    ("full", "pct:0.01", (1, 1)),
    ("full", "pct:33.3", (433, 300)),
    ("full", "^pct:150", (1952, 1352)),
    ("full", "^pct:50", (651, 451)),
    ("full", "^2000,", (2000, 1385)),
    ("full", "^,1802", (2602, 1802)),
    ("full", "^2000,500", (2000, 500)),
    ("full", "^400,", (400, 277)),
    ("full", "1,", (1, 1)),
    ("full", ",1", (1, 1)),
    ("0,0,1000,2", "100,", (100, 1)),
    ("0,0,1000,2", "!100,100", (100, 1)),
    ("0,0,3,901", ",90", (1, 90)),
    ("100,100,200,100", "max", (200, 100)),
    ("100,100,200,100", "^400,", (400, 200)),
    ("100,100,200,100", "pct:10", (20, 10)),
    ("1280,896,21,5", "11,3", (11, 3)),
    ("1280,896,21,5", "11,2", (11, 2)),
]


@pytest.mark.parametrize(("region", "size", "expected_size"), SIZES)
def test_sizes(client: Client, scan: Scan, region: str, size: str, expected_size: tuple[int, int]) -> None:
    assert image_at(client, scan, f"{region}/{size}/0/default.jpg").size == expected_size


TURNS = [
    ("0", (400, 277), (RED, GREEN, BLUE, YELLOW)),
    ("90", (277, 400), (BLUE, RED, YELLOW, GREEN)),
    ("180", (400, 277), (YELLOW, BLUE, GREEN, RED)),
    ("270", (277, 400), (GREEN, YELLOW, RED, BLUE)),
    ("360", (400, 277), (RED, GREEN, BLUE, YELLOW)),
    ("!0", (400, 277), (GREEN, RED, YELLOW, BLUE)),
    ("!90", (277, 400), (YELLOW, GREEN, BLUE, RED)),
    ("!180", (400, 277), (BLUE, YELLOW, RED, GREEN)),
    ("!270", (277, 400), (RED, BLUE, GREEN, YELLOW)),
    ("90.0", (277, 400), (BLUE, RED, YELLOW, GREEN)),
]


@pytest.mark.parametrize(("turn", "size", "colours"), TURNS)
def test_turned_clockwise_and_mirrored_first(
    client: Client,
    scan: Scan,
    turn: str,
    size: tuple[int, int],
    colours: tuple,  # type: ignore[type-arg]
) -> None:
    image = image_at(client, scan, f"full/400,/{turn}/default.png")
    assert image.size == size
    assert corners(image, *colours)


def test_any_angle_grows_and_is_seen_through_where_the_format_can(client: Client, scan: Scan) -> None:
    for form in ("png", "webp"):
        image = image_at(client, scan, f"full/400,/30/default.{form}")
        assert image.width > 400 and image.height > 277 and image.mode == "RGBA"
        assert image.getpixel((0, 0))[3] == 0 and image.getpixel((image.width // 2, image.height // 2))[3] == 255  # type: ignore[index]
    image = image_at(client, scan, "full/400,/30/default.jpg")
    assert near(image, (0, 0), WHITE) and near(image, (0.99, 0.99), WHITE)
    # Clockwise: what was left goes up.
    assert near(image_at(client, scan, "full/400,/22.5/default.png"), (0.35, 0.2), RED)
    assert image_at(client, scan, "full/400,/30/gray.png").mode == "LA"


@pytest.mark.parametrize("form", ["jpg", "png", "webp"])
def test_qualities(client: Client, scan: Scan, form: str) -> None:
    for quality in ("default", "color"):
        assert corners(image_at(client, scan, f"full/600,/0/{quality}.{form}"), *AS_IT_IS)
    grey = image_at(client, scan, f"full/600,/0/gray.{form}").convert("RGB")
    red, green, blue = grey.getpixel((100, 100))  # type: ignore[misc]
    assert max(red, green, blue) - min(red, green, blue) <= 3
    two = image_at(client, scan, f"full/600,/0/bitonal.{form}").convert("L")
    assert sum(two.histogram()[30:226]) <= two.width * 3, "nothing between black and white but at edges"
    assert two.getpixel((450, 300)) > 225 and two.getpixel((100, 100)) < 30  # type: ignore[operator]


def test_bitonal_png_has_one_bit(client: Client, scan: Scan) -> None:
    assert image_at(client, scan, "full/300,/0/bitonal.png").mode == "1"


REFUSED = [
    "full/max/0",
    "full/max/0/default",
    "full/max/0/.jpg",
    "full/max/0/default.",
    "full/max/0/default.jpg/more",
    "full/max/0/default.jpg.jpg",
    "full/max/0/native.jpg",
    "full/max/0/grey.jpg",
    "full/max/0/default.bmp",
    "full/max/0/default.jpeg",
    "full/full/0/default.jpg",
    "full//0/default.jpg",
    "/max/0/default.jpg",
    "Full/max/0/default.jpg",
    "full/MAX/0/default.jpg",
    "0,0,0,10/max/0/default.jpg",
    "0,0,10,0/max/0/default.jpg",
    "1301,0,10,10/max/0/default.jpg",
    "0,901,10,10/max/0/default.jpg",
    "1.5,0,10,10/max/0/default.jpg",
    "-1,0,10,10/max/0/default.jpg",
    "0,0,10/max/0/default.jpg",
    "0,0,10,10,10/max/0/default.jpg",
    "٠,٠,١٠,١٠/max/0/default.jpg",
    "0, 0,10,10/max/0/default.jpg",
    "+0,0,10,10/max/0/default.jpg",
    "pct:0,0,0,10/max/0/default.jpg",
    "pct:100,0,10,10/max/0/default.jpg",
    "pct:0,0,10/max/0/default.jpg",
    "pct:a,0,10,10/max/0/default.jpg",
    "pct:1e1,0,1,1/max/0/default.jpg",
    "pct:-1,0,10,10/max/0/default.jpg",
    "full/2000,/0/default.jpg",
    "full/,2000/0/default.jpg",
    "full/1302,901/0/default.jpg",
    "full/pct:100.1/0/default.jpg",
    "full/pct:0/0/default.jpg",
    "full/pct:-5/0/default.jpg",
    "full/0,/0/default.jpg",
    "full/,0/0/default.jpg",
    "full/0,0/0/default.jpg",
    "full/,/0/default.jpg",
    "full/!,/0/default.jpg",
    "full/!100,/0/default.jpg",
    "full/!0,100/0/default.jpg",
    "full/^^100,/0/default.jpg",
    "full/!^100,100/0/default.jpg",
    "full/100/0/default.jpg",
    "full/١٠٠,/0/default.jpg",
    "full/^90000,/0/default.jpg",
    "full/^pct:1000/0/default.jpg",
    "full/999999999,/0/default.jpg",
    "full/^99999999999999999999,/0/default.jpg",
    "full/max/361/default.jpg",
    "full/max/360.1/default.jpg",
    "full/max/-90/default.jpg",
    "full/max/ninety/default.jpg",
    "full/max/!/default.jpg",
    "full/max/!!90/default.jpg",
    "full/max/1e2/default.jpg",
    "full/max/٩٠/default.jpg",
    "full/max/0/default.jpg%00",
    "info.xml",
    "full/max/0/default.jpg/",
    "a/b/c/d/e/f",
]


@pytest.mark.parametrize("parameters", REFUSED)
def test_what_the_specification_forbids_is_refused_in_plain_words(client: Client, scan: Scan, parameters: str) -> None:
    response = client.get(f"/iiif/image/{scan.public_id}/{parameters}")
    assert response.status_code == 400, parameters
    assert response["Content-Type"] == "text/plain; charset=utf-8" and response["Access-Control-Allow-Origin"] == "*"
    assert response.content


@pytest.mark.parametrize("form", ["tif", "gif", "jp2", "pdf"])
def test_formats_known_and_not_given(client: Client, scan: Scan, form: str) -> None:
    response = client.get(f"/iiif/image/{scan.public_id}/full/max/0/default.{form}")
    assert response.status_code == 501 and response["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/iiif/image/{scan.public_id}/full/^20000,100/0/default.webp").status_code == 501


CANONICAL = [
    ("full/max/0/default.jpg", "full/max/0/default.jpg"),
    ("0,0,1301,901/1301,901/0/color.jpg", "full/max/0/default.jpg"),
    ("full/^max/0/default.jpg", "full/^2602,1802/0/default.jpg"),
    ("square/max/0/gray.png", "200,0,901,901/max/0/gray.png"),
    ("pct:0,0,50,50/300,/0/default.jpg", "0,0,651,451/300,208/0/default.jpg"),
    ("full/!400,400/0/default.jpg", "full/400,277/0/default.jpg"),
    ("full/pct:50/360/default.jpg", "full/651,451/0/default.jpg"),
    ("full/400,/90.0/default.webp", "full/400,277/90/default.webp"),
    ("full/400,/!0.50/default.jpg", "full/400,277/!0.5/default.jpg"),
    ("full/400,/.5/default.jpg", "full/400,277/0.5/default.jpg"),
    ("full/^2000,/0/bitonal.jpg", "full/^2000,1385/0/bitonal.jpg"),
    ("full/^400,/0/default.jpg", "full/400,277/0/default.jpg"),
    ("1200,800,500,500/max/0/default.jpg", "1200,800,101,101/max/0/default.jpg"),
]


@pytest.mark.parametrize(("parameters", "canonical"), CANONICAL)
def test_canonical_links(client: Client, scan: Scan, parameters: str, canonical: str) -> None:
    first = client.get(f"/iiif/image/{scan.public_id}/{parameters}")
    link = first["Link"]
    assert f'<http://testserver/iiif/image/{scan.public_id}/{canonical}>;rel="canonical"' in link
    assert '<http://iiif.io/api/image/3/level2.json>;rel="profile"' in link
    # The canonical address is one: same picture, same tag, and its own canonical link.
    response = client.get(f"/iiif/image/{scan.public_id}/{canonical}")
    assert response.status_code == 200 and response["ETag"] == first["ETag"] and response["Link"] == link


def test_information(client: Client, scan: Scan) -> None:
    address = f"/iiif/image/{scan.public_id}"
    moved = client.get(address)
    assert moved.status_code == 303 and moved["Location"] == f"http://testserver{address}/info.json"
    assert moved["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{address}/").status_code == 303
    plain = client.get(f"{address}/info.json")
    assert plain["Content-Type"] == "application/json" and plain["Vary"] == "Accept"
    linked = client.get(f"{address}/info.json", headers={"Accept": "application/ld+json"})
    assert linked["Content-Type"] == 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    assert linked.json() == plain.json() and linked["ETag"] != plain["ETag"]
    data = plain.json()
    assert next(iter(data)) == "@context" and data["@context"] == "http://iiif.io/api/image/3/context.json"
    assert data["id"] == f"http://testserver{address}" and data["type"] == "ImageService3"
    assert (data["protocol"], data["profile"]) == ("http://iiif.io/api/image", "level2")
    assert (data["width"], data["height"], data["maxArea"]) == (1301, 901, 4 * 1301 * 901)
    assert data["tiles"] == [{"width": 512, "height": 512, "scaleFactors": [1, 2, 4]}]
    assert data["sizes"] == [
        {"width": 326, "height": 226},
        {"width": 651, "height": 451},
        {"width": 1301, "height": 901},
    ]
    for size in data["sizes"]:
        assert image_at(client, scan, f"full/{size['width']},{size['height']}/0/default.jpg").size == tuple(
            size.values()
        )
    for quality in data["extraQualities"]:
        image_at(client, scan, f"full/50,/0/{quality}.jpg")
    for form in (*data["extraFormats"], *data["preferredFormats"]):
        image_at(client, scan, f"full/50,/0/default.{form}")
    assert client.get(f"{address}/info.json", headers={"If-None-Match": plain["ETag"]}).status_code == 304


def test_limits_are_stated_and_kept(client: Client, scan: Scan, settings: object) -> None:
    settings.IMAGE_MAX_WIDTH = 500  # type: ignore[attr-defined]
    data = client.get(f"/iiif/image/{scan.public_id}/info.json").json()
    assert data["maxWidth"] == 500 and "maxHeight" not in data
    assert all(size["width"] <= 500 for size in data["sizes"])
    assert image_at(client, scan, "full/max/0/default.jpg").size == (500, 346)
    assert image_at(client, scan, "full/!900,900/0/default.jpg").size == (500, 346)
    assert client.get(f"/iiif/image/{scan.public_id}/full/501,/0/default.jpg").status_code == 400
    settings.IMAGE_MAX_HEIGHT = 200  # type: ignore[attr-defined]
    data = client.get(f"/iiif/image/{scan.public_id}/info.json").json()
    assert (data["maxWidth"], data["maxHeight"]) == (500, 200)
    assert image_at(client, scan, "full/max/0/default.jpg").size == (289, 200)


def test_every_tile_of_every_level_joins_into_the_page(client: Client, scan: Scan) -> None:
    data = client.get(f"/iiif/image/{scan.public_id}/info.json").json()
    for factor in data["tiles"][0]["scaleFactors"]:
        step = 512 * factor
        complete = Image.new("RGB", (-(-WIDTH // factor), -(-HEIGHT // factor)))
        for x in range(0, WIDTH, step):
            for y in range(0, HEIGHT, step):
                w, h = min(step, WIDTH - x), min(step, HEIGHT - y)
                out = -(-w // factor), -(-h // factor)
                tile = image_at(client, scan, f"{x},{y},{w},{h}/{out[0]},{out[1]}/0/default.jpg")
                assert tile.size == out
                complete.paste(tile, (x // factor, y // factor))
        assert corners(complete, *AS_IT_IS), factor
        for place, colour in (((0.49, 0.49), RED), ((0.51, 0.49), GREEN), ((0.49, 0.51), BLUE), ((0.51, 0.51), YELLOW)):
            assert near(complete, place, colour, 40), (factor, place)


def test_headers_of_a_picture(client: Client, scan: Scan) -> None:
    address = f"/iiif/image/{scan.public_id}/0,0,512,512/512,512/0/default.jpg"
    headers = {"Accept-Encoding": "gzip", "Accept-Language": "en"}
    response = client.get(address, headers=headers)
    assert response["Cache-Control"] == "public, max-age=3600, s-maxage=300, must-revalidate"
    assert response["X-Content-Type-Options"] == "nosniff" and response["Content-Type"] == "image/jpeg"
    for absent in ("Content-Encoding", "Vary", "Set-Cookie", "Content-Language"):
        assert absent not in response, absent
    assert response["ETag"].startswith('"'), "strong"
    for etag in (response["ETag"], f'"x", {response["ETag"]}', f"W/{response['ETag']}", "*"):
        second_response = client.get(address, headers={"If-None-Match": etag})
        assert (
            second_response.status_code == 304
            and not second_response.content
            and second_response["ETag"] == response["ETag"]
        )
        assert (
            second_response["Access-Control-Allow-Origin"] == "*"
            and second_response["Cache-Control"] == response["Cache-Control"]
        )
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert response["Content-Length"] == str(len(response.content))
    head = client.head(address)
    assert head.status_code == 200 and head["Content-Length"] == response["Content-Length"] and not head.content
    preflight = client.options(address)
    assert preflight.status_code == 204 and "GET" in preflight["Access-Control-Allow-Methods"]
    assert client.options("/iiif/image/none/info.json").status_code == 204
    assert client.post(address).status_code == 405
    assert client.get(f"/scans/{scan.public_id}/thumbnail.jpg")["Cache-Control"] == response["Cache-Control"]


def test_exif_orientations_and_other_sources(client: Client, make_record: Callable[..., Record]) -> None:
    turned = {
        2: (GREEN, RED, YELLOW, BLUE),
        3: (YELLOW, BLUE, GREEN, RED),
        4: (BLUE, YELLOW, RED, GREEN),
        5: (RED, BLUE, GREEN, YELLOW),
        6: (BLUE, RED, YELLOW, GREEN),
        7: (YELLOW, GREEN, BLUE, RED),
        8: (GREEN, YELLOW, RED, BLUE),
    }
    for orientation, colours in turned.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        page = new_page(make_record())
        scan = new_scan(page, four_colours(exif=exif.tobytes()), name="turned.jpg")
        upright = (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT)
        assert (scan.width, scan.height) == upright
        for size in ("max", "700,"):
            assert corners(image_at(client, scan, f"full/{size}/0/default.jpg"), *colours), orientation
        small = Image.open(io.BytesIO(client.get(f"/scans/{scan.public_id}/thumbnail.jpg").content))
        assert corners(small, *colours), orientation


def test_no_address_is_an_accident(client: Client, scan: Scan) -> None:
    for parameters in (
        "",
        "/",
        "//",
        "x",
        "x/info.json",
        "%00",
        "%ff",
        "..",
        "../../health",
        "a" * 300,
        f"{scan.public_id}%2Finfo.json%2F",
        "é/full/max/0/default.jpg",
        f"{scan.public_id}x/full/max/0/default.jpg",
        f"{scan.public_id.upper()}/info.json",
        f"{scan.public_id}/full/max/0/default.jpg?x=1",
    ):
        assert client.get(f"/iiif/image/{parameters}").status_code in (200, 303, 400, 404), parameters
