"""How much is drawn: for one request, at one time, for one address."""

import threading
import time
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from catalog.images.image_requests import read_image_request
from catalog.images.models import Scan
from catalog.images.queries import limits, rendition_of
from catalog.images.serving import rendering, slots
from catalog.images.serving.slots import Busy
from tests.images.pictures import TILE, image_at
from tests.waiting import wait_until


def test_enlarging_is_bounded_by_the_image_and_by_the_part(client: Client, scan: Scan, settings: Any) -> None:
    settings.IMAGE_MAX_AREA = 40_000_000
    base = f"/iiif/image/{scan.public_id}"
    stated = client.get(f"{base}/info.json").json()["maxArea"]
    assert stated == 4 * scan.width * scan.height
    assert client.get(f"{base}/full/^{scan.width * 2 + 2},/0/default.jpg").status_code == 400
    assert client.get(f"{base}/0,0,100,100/^1000,/0/default.jpg").status_code == 200, "small enough in any case"
    assert client.get(f"{base}/0,0,300,300/^1200,/0/default.jpg").status_code == 501
    assert image_at(client, scan, "0,0,300,300/^max/0/default.jpg").size == (1000, 1000)
    assert image_at(client, scan, "0,0,700,700/^max/0/default.jpg").size == (1400, 1400)


def test_what_takes_most_for_its_pixels_is_given_up_to_a_bound(client: Client, scan: Scan, settings: Any) -> None:
    settings.IMAGE_SLOW_AREA = 500_000
    base = f"/iiif/image/{scan.public_id}/full"
    for refused in ("max/0/default.png", "max/0/default.webp", "max/33.3/default.jpg", "700,/45/default.jpg"):
        assert client.get(f"{base}/{refused}").status_code == 501, refused
    for parameters in ("max/0/default.jpg", "max/90/default.jpg", "700,/0/default.png", "500,/45/default.jpg"):
        assert client.get(f"{base}/{parameters}").status_code == 200, parameters


def test_a_turn_lasts_through_encoding(client: Client, scan: Scan, settings: Any, monkeypatch: Any) -> None:
    settings.HEAVY_RENDERS, settings.HEAVY_PATIENCE = 1, 0.05
    client.get(f"/iiif/image/{scan.public_id}/{TILE}")
    drawing, go_on = threading.Event(), threading.Event()
    save_png = Image.SAVE["PNG"]

    def save_slowly(*arguments: Any) -> None:
        drawing.set()
        assert go_on.wait(20)
        save_png(*arguments)

    monkeypatch.setitem(Image.SAVE, "PNG", save_slowly)
    rendition = rendition_of(scan)
    image_request = read_image_request("full", "700,", "0", "gray.png", (scan.width, scan.height), limits())
    thread = threading.Thread(target=rendering.render_picture, args=(rendition, image_request))
    thread.start()
    try:
        assert drawing.wait(20)
        assert client.get(f"/iiif/image/{scan.public_id}/full/600,/0/gray.png").status_code == 503
        assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").status_code == 200, "stored tiles wait for nobody"
        assert client.get(f"/scans/{scan.public_id}/thumbnail.jpg").status_code == 200
    finally:
        go_on.set()
        thread.join()
    assert client.get(f"/iiif/image/{scan.public_id}/full/600,/0/gray.png").status_code == 200


def test_pictures_hold_no_more_than_their_share_of_threads(client: Client, scan: Scan, settings: Any) -> None:
    settings.PICTURE_THREADS = 1
    client.get(f"/iiif/image/{scan.public_id}/{TILE}")
    with slots.request_slot():
        began = time.monotonic()
        response = client.get(f"/iiif/image/{scan.public_id}/full/600,/0/gray.png")
        assert response.status_code == 503 and response["Retry-After"] and time.monotonic() - began < 1, "told at once"
        assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").status_code == 200
        assert client.get(f"/scans/{scan.public_id}/thumbnail.jpg").status_code == 200
    assert client.get(f"/iiif/image/{scan.public_id}/full/600,/0/gray.png").status_code == 200


def test_expensive_pictures_leave_a_slot_to_others_and_only_a_few_of_them_wait() -> None:
    local = slots.Slots(renders=2, threads=20)
    with local.drawing_slot(True, 0.1):
        with pytest.raises(Busy), local.drawing_slot(True, 0.05):
            pass
        with local.drawing_slot(False, 0.05):
            pass
    waiting = [threading.Thread(target=lambda: drawn(local, 5)) for _ in range(slots.EXPENSIVE_QUEUE - 1)]
    with local.drawing_slot(True, 0.1):
        for thread in waiting:
            thread.start()
        wait_until(lambda: local._expensive == slots.EXPENSIVE_QUEUE, 5)
        began = time.monotonic()
        with pytest.raises(Busy), local.drawing_slot(True, 5):
            pass
        assert time.monotonic() - began < 1, "told at once"
    for thread in waiting:
        thread.join()
    assert (local._expensive, local._drawing_now, local._expensive_drawing) == (0, 0, 0)


def drawn(local: slots.Slots, patience: float) -> None:
    with local.drawing_slot(True, patience):
        pass


def test_one_address_asks_for_so_many_large_pictures_and_tiles_are_not_counted(
    client: Client, scan: Scan, settings: Any
) -> None:
    from django.core.cache import caches

    caches["limits"].clear()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "picture": (4, 600)}
    base = f"/iiif/image/{scan.public_id}"
    # The first makes the pack, and is counted.
    for _ in range(5):
        assert client.get(f"{base}/{TILE}").status_code == 200
    responses = [client.get(f"{base}/full/^{1500 + number},/0/default.jpg") for number in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert responses[-1]["Retry-After"] and responses[-1]["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{base}/full/^1700,/0/default.jpg", REMOTE_ADDR="10.9.9.9").status_code == 200
    assert (
        client.get(f"{base}/{TILE}").status_code == 200
        and client.get(f"{base}/full/200,/0/default.jpg").status_code == 200
    )
    settings.IMAGE_EXPENSIVE_AREA = 1_000
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "large picture": (1, 600)}
    dear = [client.get(f"{base}/full/^{1800 + number},/0/default.jpg").status_code for number in range(2)]
    assert dear == [200, 429]
    caches["limits"].clear()
