"""The public validator of the IIIF Image API (https://github.com/IIIF/image-validator): level 2, and what we give
beyond."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from catalog.records.models import Record
from tests.factories import new_page, new_scan

# It wants `!w,h` with more than the region has to fail; the specification gives the region unenlarged (4.2).
CONTRADICTS = {"size_noup"}
# Of what we give beyond level 2. Not `format_webp`, which calls a function that Python 3 has not, and not `size_up`,
# which expects `^max` to be the full size regardless of the limits in info.json (its own comment doubts it).
BEYOND = {
    "linkheader_canonical",
    "linkheader_profile",
    "rot_full_non90",
    "rot_mirror",
    "rot_mirror_180",
    "rot_region_non90",
}


@pytest.mark.needs("iiif-validator")
@pytest.mark.django_db(transaction=True)
def test_the_public_validator_finds_nothing(live_server: Any, make_record: Callable[..., Record]) -> None:
    from iiif_validator.validator import ImageAPI, TestSuite, ValidationInfo

    page = new_page(make_record())
    scan = new_scan(page, _squares(ValidationInfo().colorInfo), name="squares.png")
    server = live_server.url.removeprefix("http://")
    suite = TestSuite(ValidationInfo())
    named = {name for name, about in suite.list_tests("3.0").items() if about["level"] <= 2}
    assert len(named) >= 30
    failed = {}
    for name in sorted((named | BEYOND) - CONTRADICTS):
        result = ImageAPI(scan.public_id, server, "iiif/image", "http", "", "3.0", debug=False)
        try:
            suite.run_test(name, result)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
            continue
        if result.exception:
            failed[name] = f"{result.exception.message} at {result.urls}: {result.exception.got}"
    assert not failed


def _squares(colours: list[list[tuple[int, int, int]]]) -> io.BytesIO:
    """The validator's own picture: 1000 by 1000 pixels, a hundred squares of the colours it knows."""
    image = Image.new("RGB", (1000, 1000))
    pen = ImageDraw.Draw(image)
    for column, below in enumerate(colours):
        for row, colour in enumerate(below):
            pen.rectangle((column * 100, row * 100, column * 100 + 99, row * 100 + 99), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return out
