"""Pictures as the server gives them, looked at."""

import io
from pathlib import Path

from django.http import HttpResponseBase
from django.test import Client
from PIL import Image

from catalog.images.models import Scan
from catalog.images.serving.store import packs

# The first tile, as the viewer asks for it.
TILE = "0,0,512,512/512,512/0/default.jpg"


def image_at(client: Client, scan: Scan, parameters: str) -> Image.Image:
    response = client.get(f"/iiif/image/{scan.image_id}/{parameters}")
    assert response.status_code == 200, (parameters, response.content[:200])
    image = Image.open(io.BytesIO(response.content))
    image.load()
    return image


def headers_of(response: HttpResponseBase) -> dict[str, str]:
    """The headers of an answer without its number, which is another at each request."""
    return {name: value for name, value in response.items() if name != "X-Request-Id"}


def near(image: Image.Image, place: tuple[float, float], colour: tuple[int, int, int], off: int = 14) -> bool:
    """Whether the pixel at a part of width and height is that colour, nearly."""
    x, y = int(place[0] * image.width), int(place[1] * image.height)
    pixel = image.convert("RGB").getpixel((min(x, image.width - 1), min(y, image.height - 1)))
    return all(abs(a - b) <= off for a, b in zip(pixel, colour, strict=True))  # type: ignore[arg-type]


def corners(image: Image.Image, *colours: tuple[int, int, int]) -> bool:
    """Upper left, upper right, lower left, lower right."""
    places = ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8))
    return all(near(image, place, colour) for place, colour in zip(places, colours, strict=True))


def pack_path(scan: Scan) -> Path:
    return packs().path(f"{scan.public_id}.pack")
