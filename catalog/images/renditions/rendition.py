"""The image as shown: the one way from an original to pixels anybody sees. No Django here: a child process uses it
too."""

from dataclasses import asdict, dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, JpegImagePlugin

from catalog.images.pictures import EXIF_ORIENTATION, plain
from catalog.rules.geometry import Affine, Box, Instructions, Size, upright

MAT = (42, 38, 32)
FORMATS = ("JPEG", "PNG", "TIFF")
AS_IT_CAME = Instructions()
FlatBox = tuple[float, float, float, float]
Turns = Image.Transpose
# What to do with a piece of the file, by where its x and y axes go in the image as shown.
TURNS: dict[tuple[int, int, int, int], Turns | None] = {
    (1, 0, 0, 1): None,
    (-1, 0, 0, 1): Turns.FLIP_LEFT_RIGHT,
    (-1, 0, 0, -1): Turns.ROTATE_180,
    (1, 0, 0, -1): Turns.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Turns.TRANSPOSE,
    (0, -1, 1, 0): Turns.ROTATE_270,
    (0, -1, -1, 0): Turns.TRANSVERSE,
    (0, 1, -1, 0): Turns.ROTATE_90,
}


@dataclass(frozen=True)
class Watermark:
    """Faint words over everything public whose whole image would be longer than `least` pixels at its scale.

    font: a file with all letters of `words`; strength: 0 to 255."""

    words: str
    least: int
    font: str
    strength: int = 46


@dataclass(frozen=True)
class Rendition:
    """One way in which an image is shown. key: names its pack; changes whenever a pixel can. original: the stored name;
    full: size of the upright original; size: as shown; covers: boxes in pixels as shown."""

    key: str
    original: str
    full: Size
    size: Size
    instructions: Instructions = AS_IT_CAME
    covers: tuple[Box, ...] = ()
    watermark: Watermark | None = None

    @property
    def plain(self) -> bool:
        """Whether the original is shown as it came."""
        return self.instructions == AS_IT_CAME and not self.covers and self.watermark is None

    def as_json(self) -> dict[str, Any]:
        """For a child process."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Rendition":
        """From `as_json`, after JSON made lists of tuples."""
        orders = given["instructions"]
        crop = tuple(orders["crop"]) if orders["crop"] else None
        return cls(
            key=given["key"],
            original=given["original"],
            full=tuple(given["full"]),
            size=tuple(given["size"]),
            instructions=Instructions(orders["turn"], orders["skew"], crop),
            covers=tuple(tuple(box) for box in given["covers"]),
            watermark=Watermark(**given["watermark"]) if given["watermark"] else None,
        )


class Shown:
    """A rendition, decoded: pieces of it at any scale. Covers are burned in before anything is scaled, so that nothing
    of what is under them runs out at their edges."""

    def __init__(self, image: Image.Image, ratio: float, way: Affine, rendition: Rendition) -> None:
        """image: the decoded file, `ratio` times smaller than it is; way: from the file to the image as shown."""
        self.image, self.ratio, self.way, self.rendition = image, ratio, way, rendition

    def halved(self) -> "Shown":
        """The same from half as many pixels a side, for smaller scales."""
        return Shown(self.image.reduce(2), self.ratio * 2, self.way, self.rendition)

    def cut(self, box: FlatBox, size: Size) -> Image.Image:
        """The piece left, top, right, bottom (pixels as shown) at `size`, in RGB or L."""
        piece = self._square(box, size) if self.way.is_axis_aligned else self._skewed(box, size)
        scale = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
        pen = ImageDraw.Draw(piece)
        for x, y, w, h in self.rendition.covers:
            left, top = floor((x - box[0]) / scale[0]), floor((y - box[1]) / scale[1])
            right, bottom = ceil((x + w - box[0]) / scale[0]) - 1, ceil((y + h - box[1]) / scale[1]) - 1
            if right >= left and bottom >= top:
                pen.rectangle((left, top, right, bottom), fill=mat(piece))
        return put_watermark(piece, self.rendition, box, max(scale))

    def _square(self, box: FlatBox, size: Size) -> Image.Image:
        left, top, right, bottom = self.way.inverse().bounds(box[0], box[1], box[2] - box[0], box[3] - box[1])
        turn = TURNS[(round(self.way.a), round(self.way.b), round(self.way.d), round(self.way.e))]
        if round(self.way.a) == 0:
            size = size[1], size[0]
        inside = (left / self.ratio, top / self.ratio, right / self.ratio, bottom / self.ratio)
        whole = tuple(round(side) for side in inside)
        fits = ceil(inside[2] - 1e-6) - whole[0] == size[0] and ceil(inside[3] - 1e-6) - whole[1] == size[1]
        if fits and abs(inside[0] - whole[0]) + abs(inside[1] - whole[1]) < 1e-6:
            piece = self.image.crop((whole[0], whole[1], whole[0] + size[0], whole[1] + size[1]))
        else:
            most_x, most_y = self.image.size
            inside = max(0.0, inside[0]), max(0.0, inside[1]), min(most_x, inside[2]), min(most_y, inside[3])
            piece = self.image.resize(size, Image.Resampling.LANCZOS, box=inside, reducing_gap=3)
        return piece.transpose(turn) if turn is not None else piece

    def _skewed(self, box: FlatBox, size: Size) -> Image.Image:
        scale = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
        image, ratio = self.image, self.ratio
        by = int(min(scale) / ratio)
        if by >= 2:
            image, ratio = image.reduce(by), ratio * by
        back = Affine(scale[0], 0, box[0], 0, scale[1], box[1]).then(self.way.inverse())
        numbers = tuple(number / ratio for number in (back.a, back.b, back.c, back.d, back.e, back.f))
        return image.transform(
            size, Image.Transform.AFFINE, numbers, resample=Image.Resampling.BICUBIC, fillcolor=mat(image)
        )


def mat(image: Image.Image) -> Any:
    """The colour behind scans, in the mode of `image`."""
    return MAT if image.mode == "RGB" else 38


def open_rendition(path: Path, rendition: Rendition, scale: float = 1.0) -> Shown:
    """Decode an original, for pieces at `scale` (pixels as shown for each pixel wanted) or smaller.

    Raises OSError where the file is missing or cannot be decoded.
    """
    try:
        with Image.open(path, formats=FORMATS) as opened:
            width, height = opened.size
            ratio = 1
            if isinstance(opened, JpegImagePlugin.JpegImageFile):
                ratio = next((by for by in (8, 4, 2) if scale >= by and min(width, height) >= by * 8), 1)
                if ratio > 1:
                    # Whole sides divided and rounded down: the library takes the smallest scale not below what is
                    # asked.
                    opened.draft(opened.mode, (width // ratio, height // ratio))
                    ratio = max(1, round(width / opened.size[0]))
            opened.load()
            # A TIFF is turned by the library while it is loaded.
            turned = 1 if opened.format == "TIFF" else _orientation(opened)
            if opened.format == "TIFF":
                width, height = opened.size
            image = plain(opened, [])
    except OSError:
        raise
    except Exception as error:
        # Plugins raise nearly every exception there is on bytes that were damaged since they were taken in.
        raise OSError(f"{type(error).__name__}: {error}") from error
    way, seen = upright(turned, width, height)
    if seen != rendition.full:
        raise OSError(f"the image is {seen[0]} x {seen[1]} pixels and not {rendition.full[0]} x {rendition.full[1]}")
    shown = Shown(image, ratio, way.then(rendition.instructions.transform(rendition.full)[0]), rendition)
    _burn(shown)
    return shown


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:
        # As on taking in: what cannot be read turns nothing.
        return 1


def _burn(shown: Shown) -> None:
    back = shown.way.inverse()
    pen = ImageDraw.Draw(shown.image) if shown.rendition.covers else None
    for x, y, w, h in shown.rendition.covers:
        assert pen is not None  # noqa: S101 — there are covers
        if shown.way.is_axis_aligned:
            sides = [side / shown.ratio for side in back.bounds(x, y, w, h)]
            left, top = floor(sides[0] + 1e-6), floor(sides[1] + 1e-6)
            right, bottom = ceil(sides[2] - 1e-6) - 1, ceil(sides[3] - 1e-6) - 1
            pen.rectangle((left, top, max(left, right), max(top, bottom)), fill=mat(shown.image))
        else:
            corners = [back(*one) for one in ((x, y), (x + w, y), (x + w, y + h), (x, y + h))]
            points = [(px / shown.ratio, py / shown.ratio) for px, py in corners]
            pen.polygon(points, fill=mat(shown.image), outline=mat(shown.image), width=3)


def put_watermark(piece: Image.Image, rendition: Rendition, box: FlatBox, scale: float) -> Image.Image:
    """`piece`, which shows `box` at `scale`, with the words of the rendition's watermark where they fall."""
    mark = rendition.watermark
    longest = max(rendition.size)
    if mark is None or longest / scale <= mark.least:
        return piece
    stamp = _stamp(mark, max(8, round(longest / 28 / scale)))
    step_x, step_y = longest / 3 / scale, longest / 4 / scale
    ink = Image.new(piece.mode, stamp.size, "white" if piece.mode == "RGB" else 255)
    dark = Image.new(piece.mode, stamp.size, "black" if piece.mode == "RGB" else 0)
    first_x, first_y = -box[0] / scale, -box[1] / scale
    for row in range(floor((-first_y - stamp.height) / step_y), ceil((piece.height - first_y) / step_y) + 1):
        for column in range(floor((-first_x - stamp.width) / step_x), ceil((piece.width - first_x) / step_x) + 1):
            x, y = round(first_x + column * step_x + (row % 2) * step_x / 2), round(first_y + row * step_y)
            if x < piece.width and y < piece.height and x + stamp.width > 0 and y + stamp.height > 0:
                # Light beside dark, so that it is seen on paper and on shadow alike.
                piece.paste(dark, (x + 1, y + 1), stamp)
                piece.paste(ink, (x, y), stamp)
    return piece


def _stamp(mark: Watermark, size: int) -> Image.Image:
    font = ImageFont.truetype(mark.font, size, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(mark.words)
    flat = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(flat).text((2 - left, 2 - top), mark.words, font=font, fill=mark.strength)
    return flat.rotate(24, expand=True, resample=Image.Resampling.BICUBIC)
