"""Rendering the picture for a request: from the smallest stored image that is large enough, else from the original."""

import io
from contextlib import nullcontext
from math import ceil, cos, floor, radians, sin
from pathlib import Path

from django.conf import settings
from PIL import Image

from catalog.images.image_requests import ImageRequest, UnsupportedImageRequest
from catalog.images.pictures import HALVED_FROM, READING_QUALITY, THUMBNAIL, encode
from catalog.images.renditions.rendition import Rendition, open_rendition
from catalog.images.serving.packs import BadPack, Pack, tile_of
from catalog.images.serving.slots import drawing_slot
from catalog.images.serving.store import drop_pack, open_pack, open_stored_pack
from catalog.images.storage import local_copy
from catalog.rules.geometry import Box, Size

JPEG_QUALITY, WEBP_QUALITY = 78, 78
SMALL_SIDE, SMALL_QUALITY = 800, 62
LONGEST_SIDE = {"jpg": 65_500, "webp": 16_383}
# Pixels of a stored level that are put together at once.
STRIP_PIXELS = 8_000_000
# PNG, WebP and rotation by any angle take most time and memory for each pixel: their area is limited
# (IMAGE_SLOW_AREA), and they weigh more.
SLOW_WEIGHT = 3
# Output pixels from which a picture counts against an address's limit.
COUNTED_FROM = 1_000_000


def render_picture(rendition: Rendition, request: ImageRequest, reading: Path | None = None) -> bytes:
    """The encoded picture for a request. reading: a stored smaller image of this rendition that is large enough.

    A damaged pack is made again, once. Raises OSError if the original cannot be read, Busy, UnsupportedImageRequest.
    """
    _require_allowed_area(request)
    try:
        return _render_once(rendition, request, reading)
    except BadPack:
        drop_pack(rendition.key)
        return _render_once(rendition, request, reading)


def _render_once(rendition: Rendition, request: ImageRequest, reading: Path | None) -> bytes:
    if request.as_stored:
        tile = tile_of(rendition.size, request.box, request.size)
        # Lists of many pages request full small images: use a pack if there is one, but do not make one.
        if tile is not None:
            pack_to_use = open_pack(rendition) if request.box else open_stored_pack(rendition)
            if pack_to_use is not None:
                with pack_to_use as pack:
                    return pack.tile(*tile)
    box = request.box or (0, 0, *rendition.size)
    scale = _scale(rendition, request)
    source: Pack | Path | None = open_stored_pack(rendition) or reading
    if source is None and _decoded_pixels(rendition, scale) > settings.IMAGE_TILED_AREA:
        # Not decoded completely in this process: a pack gives one strip at a time.
        # Making the pack takes a drawing slot of its own, before ours: a thread that holds one must never wait for
        # another.
        source = open_pack(rendition)
    # Fetched before taking a slot: a slow store must not keep others from drawing.
    original = local_copy(rendition.original) if source is None else None
    with (
        source if isinstance(source, Pack) else nullcontext(),
        drawing_slot(expensive=is_expensive(rendition, request, source is not None)),
    ):
        if isinstance(source, Pack):
            image = _resize_from_pack(source, box, request.size, scale)
        elif source is not None:
            image = _resize_stored(source, box, rendition.size, request.size)
        else:
            assert original is not None  # noqa: S101 — there is no other source
            x, y, w, h = box
            image = open_rendition(original, rendition, scale).render((x, y, x + w, y + h), request.size)
        # The image is popped from a list, so that each step frees the one before.
        images = [image]
        del image
        images = [_transform(images.pop(), request)]
        return _encode(images.pop(), request.format)


def output_area(request: ImageRequest) -> int:
    """Pixels of the output picture, including what rotation adds."""
    w, h = request.size
    angle = radians(request.rotation)
    wide, high = abs(w * cos(angle)) + abs(h * sin(angle)), abs(w * sin(angle)) + abs(h * cos(angle))
    return round(wide * high)


def is_expensive(rendition: Rendition, request: ImageRequest, stored: bool) -> bool:
    """Whether a picture takes long or much memory. stored: it is made from a pack or a small image, not the
    original."""
    decoded = 0 if stored else _decoded_pixels(rendition, _scale(rendition, request))
    return decoded + output_area(request) * (SLOW_WEIGHT if _is_slow(request) else 1) > settings.IMAGE_EXPENSIVE_AREA


def is_counted(rendition: Rendition, request: ImageRequest, stored: bool) -> bool:
    """Whether a request counts against the limit of its address: it needs the original, or its output is large."""
    return not stored or output_area(request) > COUNTED_FROM


def _is_slow(request: ImageRequest) -> bool:
    return request.format in ("png", "webp") or request.rotation % 90 != 0


def _require_allowed_area(request: ImageRequest) -> None:
    if _is_slow(request) and output_area(request) > settings.IMAGE_SLOW_AREA:
        raise UnsupportedImageRequest(
            f"png, webp and angles that are no quarter turn are given up to {settings.IMAGE_SLOW_AREA} pixels; ask for "
            "jpg, or for less"
        )


def _scale(rendition: Rendition, request: ImageRequest) -> float:
    w, h = request.box[2:] if request.box else rendition.size
    return min(w / request.size[0], h / request.size[1])


def _decoded_pixels(rendition: Rendition, scale: float) -> float:
    """Pixels of the original that are decoded for a picture at this scale."""
    return rendition.full[0] * rendition.full[1] / min(64, max(1, scale)) ** 2


def _resize_stored(path: Path, box: Box, shown_size: Size, size: Size) -> Image.Image:
    """Resize a part of a stored image that shows everything, at any size."""
    x, y, w, h = box
    with Image.open(path, formats=("JPEG",)) as stored:
        factor = min(w / size[0] * stored.width / shown_size[0], h / size[1] * stored.height / shown_size[1])
        ratio = next((divisor for divisor in (8, 4, 2) if factor >= divisor and min(stored.size) >= divisor * 8), 1)
        if ratio > 1:
            stored.draft(stored.mode, (stored.width // ratio, stored.height // ratio))
        stored.load()
        scale_x, scale_y = stored.width / shown_size[0], stored.height / shown_size[1]
        source_box = x * scale_x, y * scale_y, (x + w) * scale_x, (y + h) * scale_y
        return stored.resize(size, Image.Resampling.LANCZOS, box=source_box, reducing_gap=3)


def _resize_from_pack(pack: Pack, box: Box, size: Size, scale: float) -> Image.Image:
    number = max(index for index, level in enumerate(pack.levels) if index == 0 or level.factor <= scale)
    level = pack.levels[number]
    x, y, w, h = box
    left, top = x / level.factor, y / level.factor
    right, bottom = min(level.width, (x + w) / level.factor), min(level.height, (y + h) / level.factor)
    rows = max(1, int(STRIP_PIXELS / max(1.0, (right - left) * (bottom - top) / size[1])))
    result: Image.Image | None = None
    for row in range(0, size[1], rows):
        strip_height = min(rows, size[1] - row)
        upper, lower = top + (bottom - top) * row / size[1], top + (bottom - top) * (row + strip_height) / size[1]
        x0, y0, x1, y1 = floor(left), floor(upper), ceil(right - 1e-6), ceil(lower - 1e-6)
        strip = pack.region(number, (x0, y0, x1 - x0, y1 - y0))
        if strip.size != (size[0], strip_height):
            source_box = left - x0, upper - y0, right - x0, lower - y0
            strip = strip.resize((size[0], strip_height), Image.Resampling.LANCZOS, box=source_box, reducing_gap=3)
        if strip_height == size[1]:
            return strip
        if result is None:
            result = Image.new(strip.mode, size)
        result.paste(strip, (0, row))
    assert result is not None  # noqa: S101 — a size has a row
    return result


def _transform(image: Image.Image, request: ImageRequest) -> Image.Image:
    """Mirror, then rotate, then apply the quality: the order of section 4 of the specification."""
    if request.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    alpha: Image.Image | None = None
    if request.rotation % 90 == 0:
        # The specification rotates clockwise, Pillow counter-clockwise.
        transposes = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
        if request.rotation:
            image = image.transpose(transposes[int(request.rotation)])
    else:
        # The corners are transparent if the format allows it, otherwise white.
        if request.format in ("png", "webp"):
            alpha = Image.new("L", image.size, 255).rotate(-request.rotation, expand=True)
        white = "white" if image.mode == "RGB" else 255
        image = image.rotate(-request.rotation, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=white)
    if request.quality in ("gray", "bitonal"):
        image = image.convert("L")
    if request.quality == "bitonal":
        image = image.point([0] * 128 + [255] * 128)
    if alpha is not None:
        image.putalpha(alpha)
    elif request.quality == "bitonal" and request.format == "png":
        image = image.convert("1", dither=Image.Dither.NONE)
    return image


def _encode(image: Image.Image, format_name: str) -> bytes:
    if max(image.size) > LONGEST_SIDE.get(format_name, max(image.size)):
        raise UnsupportedImageRequest(f"{format_name} holds at most {LONGEST_SIDE[format_name]} pixels a side")
    output = io.BytesIO()
    if format_name == "png":
        image.save(output, "PNG", compress_level=4)
    elif format_name == "webp":
        image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB").save(
            output, "WEBP", quality=WEBP_QUALITY, method=2
        )
    else:
        # Small pictures are shown in lists, a dozen at once, perhaps on a slow connection.
        is_small = max(image.size) <= SMALL_SIDE
        image.save(output, "JPEG", quality=SMALL_QUALITY if is_small else JPEG_QUALITY, progressive=is_small)
    return output.getvalue()


def small_files(path: Path, rendition: Rendition) -> tuple[bytes, bytes]:
    """Thumbnail and reading image of a rendition, of the same sizes as those made at intake. Raises OSError."""
    w, h = rendition.size
    is_halved = min(w, h) >= HALVED_FROM
    size = (-(-w // 2), -(-h // 2)) if is_halved else (w, h)
    decoded = open_rendition(path, rendition, 2 if is_halved else 1)
    factor = min(1.0, THUMBNAIL / max(w, h))
    small = max(1, round(w * factor)), max(1, round(h * factor))
    return (
        encode(decoded.render((0, 0, w, h), small), 75),
        encode(decoded.render((0, 0, w, h), size), READING_QUALITY),
    )
