"""Pixels for a request: from the smallest stored thing that is large enough, else from the original."""

import io
from contextlib import nullcontext
from math import ceil, cos, floor, radians, sin
from pathlib import Path

from PIL import Image

from catalog.images.image_requests import ImageRequest, UnsupportedImageRequest
from catalog.images.pictures import HALVED_FROM, READING_QUALITY, THUMBNAIL, encode
from catalog.images.renditions.rendition import Rendition, open_rendition
from catalog.images.serving.packs import BadPack, Pack, tile_of
from catalog.images.serving.store import drop_pack, pack_of, standing_pack
from catalog.images.serving.turns import drawing
from catalog.images.storage import local_copy
from catalog.rules.geometry import Box, Size

JPEG_QUALITY, WEBP_QUALITY = 78, 78
LIGHT, LIGHT_QUALITY = 800, 62
LONGEST = {"jpg": 65_500, "webp": 16_383}
# Pixels of a stored level put together at once.
STRIP = 8_000_000
# Originals of more pixels, at the scale wanted, are not decoded whole in this process: the pack gives a strip at a
# time.
PACKED_FROM = 20_000_000
# What takes most time and memory for its pixels (lossless, WebP, any angle) is given up to so many pixels.
FINE_AREA, FINE_WEIGHT = 12_000_000, 3
# Pixels decoded and encoded, weighed, from which a picture is dear; and pixels given out from which it is counted.
DEAR, COUNTED = 24_000_000, 1_000_000


def picture(rendition: Rendition, request: ImageRequest, reading: Path | None = None) -> bytes:
    """The file that a request asks for. `reading`: a stored smaller image of this rendition, large enough for it.

    A pack found damaged is made again, once. Raises OSError where the original cannot be read, Busy,
    UnsupportedImageRequest.
    """
    _refuse_too_much(request)
    try:
        return _picture(rendition, request, reading)
    except BadPack:
        drop_pack(rendition.key)
        return _picture(rendition, request, reading)


def _picture(rendition: Rendition, request: ImageRequest, reading: Path | None) -> bytes:
    if request.as_stored:
        tile = tile_of(rendition.size, request.box, request.size)
        # A whole small image is asked for by lists of many pages: not worth a pack where there is none.
        if tile is not None:
            found = pack_of(rendition) if request.box else standing_pack(rendition)
            if found is not None:
                with found as pack:
                    return pack.tile(*tile)
    box = request.box or (0, 0, *rendition.size)
    scale = _scale(rendition, request)
    source: Pack | Path | None = standing_pack(rendition) or reading
    if source is None and _decoded(rendition, scale) > PACKED_FROM:
        # Made in a turn of its own, before the one that draws: whoever holds a turn never waits for another.
        source = pack_of(rendition)
    # Fetched before the turn: a slow store must not keep others from drawing.
    original = local_copy(rendition.original) if source is None else None
    with (
        source if isinstance(source, Pack) else nullcontext(),
        drawing(dear=is_dear(rendition, request, source is not None)),
    ):
        if isinstance(source, Pack):
            image = _from_pack(source, box, request.size, scale)
        elif source is not None:
            image = _from_file(source, box, rendition.size, request.size)
        else:
            assert original is not None  # noqa: S101 — there is no other source
            x, y, w, h = box
            image = open_rendition(original, rendition, scale).cut((x, y, x + w, y + h), request.size)
        # Handed on and not kept here, so that each step lets go of the one before.
        held = [image]
        del image
        held = [_finished(held.pop(), request)]
        return _encoded(held.pop(), request.format)


def area_given(request: ImageRequest) -> int:
    """Pixels of the picture that a request asks for, with what turning adds."""
    w, h = request.size
    turn = radians(request.rotation)
    wide, high = abs(w * cos(turn)) + abs(h * sin(turn)), abs(w * sin(turn)) + abs(h * cos(turn))
    return round(wide * high)


def is_dear(rendition: Rendition, request: ImageRequest, stored: bool) -> bool:
    """Whether a picture takes long or much memory. stored: it is made of something smaller than the original."""
    decoded = 0 if stored else _decoded(rendition, _scale(rendition, request))
    return decoded + area_given(request) * (FINE_WEIGHT if _is_fine(request) else 1) > DEAR


def is_counted(rendition: Rendition, request: ImageRequest, stored: bool) -> bool:
    """Whether a request is one of those of which one address may make so many: it needs the original, or is large."""
    return not stored or area_given(request) > COUNTED


def _is_fine(request: ImageRequest) -> bool:
    return request.format in ("png", "webp") or request.rotation % 90 != 0


def _refuse_too_much(request: ImageRequest) -> None:
    if _is_fine(request) and area_given(request) > FINE_AREA:
        raise UnsupportedImageRequest(
            f"png, webp and angles that are no quarter turn are given up to {FINE_AREA} pixels; ask for jpg, or for "
            "less"
        )


def _scale(rendition: Rendition, request: ImageRequest) -> float:
    w, h = request.box[2:] if request.box else rendition.size
    return min(w / request.size[0], h / request.size[1])


def _decoded(rendition: Rendition, scale: float) -> float:
    """Pixels of the original that are decoded for a picture at that scale."""
    return rendition.full[0] * rendition.full[1] / min(64, max(1, scale)) ** 2


def _from_file(path: Path, box: Box, whole: Size, size: Size) -> Image.Image:
    """From a stored image of everything shown, of whatever size it is."""
    x, y, w, h = box
    with Image.open(path, formats=("JPEG",)) as stored:
        by = min(w / size[0] * stored.width / whole[0], h / size[1] * stored.height / whole[1])
        ratio = next((one for one in (8, 4, 2) if by >= one and min(stored.size) >= one * 8), 1)
        if ratio > 1:
            stored.draft(stored.mode, (stored.width // ratio, stored.height // ratio))
        stored.load()
        wide, high = stored.width / whole[0], stored.height / whole[1]
        part = x * wide, y * high, (x + w) * wide, (y + h) * high
        return stored.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=3)


def _from_pack(pack: Pack, box: Box, size: Size, scale: float) -> Image.Image:
    number = max(at for at, level in enumerate(pack.levels) if at == 0 or level.factor <= scale)
    level = pack.levels[number]
    x, y, w, h = box
    left, top = x / level.factor, y / level.factor
    right, bottom = min(level.width, (x + w) / level.factor), min(level.height, (y + h) / level.factor)
    rows = max(1, int(STRIP / max(1.0, (right - left) * (bottom - top) / size[1])))
    whole: Image.Image | None = None
    for row in range(0, size[1], rows):
        high = min(rows, size[1] - row)
        upper, lower = top + (bottom - top) * row / size[1], top + (bottom - top) * (row + high) / size[1]
        x0, y0, x1, y1 = floor(left), floor(upper), ceil(right - 1e-6), ceil(lower - 1e-6)
        strip = pack.region(number, (x0, y0, x1 - x0, y1 - y0))
        if strip.size != (size[0], high):
            part = left - x0, upper - y0, right - x0, lower - y0
            strip = strip.resize((size[0], high), Image.Resampling.LANCZOS, box=part, reducing_gap=3)
        if high == size[1]:
            return strip
        if whole is None:
            whole = Image.new(strip.mode, size)
        whole.paste(strip, (0, row))
    assert whole is not None  # noqa: S101 — a size has a row
    return whole


def _finished(image: Image.Image, request: ImageRequest) -> Image.Image:
    """Mirrored, then turned, then of the quality: the order of section 4 of the specification."""
    if request.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    alpha: Image.Image | None = None
    if request.rotation % 90 == 0:
        # The specification turns clockwise, the library counter-clockwise.
        turn = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
        if request.rotation:
            image = image.transpose(turn[int(request.rotation)])
    else:
        # Seen through beside the picture where the format can, otherwise white.
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


def _encoded(image: Image.Image, form: str) -> bytes:
    if max(image.size) > LONGEST.get(form, max(image.size)):
        raise UnsupportedImageRequest(f"{form} holds at most {LONGEST[form]} pixels a side")
    held = io.BytesIO()
    if form == "png":
        image.save(held, "PNG", compress_level=4)
    elif form == "webp":
        image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB").save(
            held, "WEBP", quality=WEBP_QUALITY, method=2
        )
    else:
        # Small pictures stand in lists, a dozen at once on a slow line.
        light = max(image.size) <= LIGHT
        image.save(held, "JPEG", quality=LIGHT_QUALITY if light else JPEG_QUALITY, progressive=light)
    return held.getvalue()


def small_files(path: Path, rendition: Rendition) -> tuple[bytes, bytes]:
    """Thumbnail and reading image of a rendition, as they are made of an original that is taken in. Raises OSError."""
    w, h = rendition.size
    half = min(w, h) >= HALVED_FROM
    size = (-(-w // 2), -(-h // 2)) if half else (w, h)
    shown = open_rendition(path, rendition, 2 if half else 1)
    by = min(1.0, THUMBNAIL / max(w, h))
    small = max(1, round(w * by)), max(1, round(h * by))
    return (
        encode(shown.cut((0, 0, w, h), small), 75),
        encode(shown.cut((0, 0, w, h), size), READING_QUALITY),
    )
