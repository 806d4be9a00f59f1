"""The image as shown: the only way from an original to pixels that somebody sees. No Django here, since a child process
uses it too."""

from dataclasses import asdict, dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, JpegImagePlugin

from catalog.images.pictures import orientation_of, to_plain
from catalog.rules.geometry import Affine, Box, Instructions, Size, upright

BACKGROUND = (42, 38, 32)
FORMATS = ("JPEG", "PNG", "TIFF")
UNCHANGED = Instructions()
FlatBox = tuple[float, float, float, float]
Transpose = Image.Transpose
# How to transpose a piece of the file, by the directions of its x and y axes in the image as shown.
TRANSPOSES: dict[tuple[int, int, int, int], Transpose | None] = {
    (1, 0, 0, 1): None,
    (-1, 0, 0, 1): Transpose.FLIP_LEFT_RIGHT,
    (-1, 0, 0, -1): Transpose.ROTATE_180,
    (1, 0, 0, -1): Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Transpose.TRANSPOSE,
    (0, -1, 1, 0): Transpose.ROTATE_270,
    (0, -1, -1, 0): Transpose.TRANSVERSE,
    (0, 1, -1, 0): Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Watermark:
    """Faint words over public pictures. They are drawn if the whole image, at the scale of the picture, would be longer
    than `least` pixels. font: a file with all letters of `words`; strength: 0 to 255."""

    words: str
    least: int
    font: str
    strength: int = 46


@dataclass(frozen=True)
class Rendition:
    """One way in which an image is shown. key: the name of its tile pack, changes whenever a pixel may change.
    original: the stored name; full: size of the upright original; size: as shown; covers: boxes in pixels as shown."""

    key: str
    original: str
    full: Size
    size: Size
    instructions: Instructions = UNCHANGED
    covers: tuple[Box, ...] = ()
    watermark: Watermark | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the original is shown unchanged."""
        return self.instructions == UNCHANGED and not self.covers and self.watermark is None

    def as_json(self) -> dict[str, Any]:
        """The rendition as JSON values, for a child process."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Rendition":
        """The rendition from `as_json`, in which JSON turned tuples into lists."""
        orders = data["instructions"]
        crop = tuple(orders["crop"]) if orders["crop"] else None
        return cls(
            key=data["key"],
            original=data["original"],
            full=tuple(data["full"]),
            size=tuple(data["size"]),
            instructions=Instructions(orders["turn"], orders["skew"], crop),
            covers=tuple(tuple(box) for box in data["covers"]),
            watermark=Watermark(**data["watermark"]) if data["watermark"] else None,
        )


class DecodedRendition:
    """A decoded rendition, from which pieces at any scale are rendered. Covers are painted before scaling, so that
    pixels under them do not bleed out at their edges."""

    def __init__(self, image: Image.Image, ratio: float, transform: Affine, rendition: Rendition) -> None:
        """image: the decoded file, reduced by `ratio`; transform: from the file to the image as shown."""
        self.image, self.ratio, self.transform, self.rendition = image, ratio, transform, rendition

    def halved(self) -> "DecodedRendition":
        """The same with half as many pixels a side, for smaller scales."""
        return DecodedRendition(self.image.reduce(2), self.ratio * 2, self.transform, self.rendition)

    def render(self, box: FlatBox, size: Size) -> Image.Image:
        """Render the piece `box` (left, top, right, bottom in pixels as shown) at `size`, in RGB or L."""
        piece = (
            self._render_by_quarters(box, size) if self.transform.is_axis_aligned else self._render_skewed(box, size)
        )
        scale = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
        pen = ImageDraw.Draw(piece)
        for x, y, w, h in self.rendition.covers:
            left, top = floor((x - box[0]) / scale[0]), floor((y - box[1]) / scale[1])
            right, bottom = ceil((x + w - box[0]) / scale[0]) - 1, ceil((y + h - box[1]) / scale[1]) - 1
            if right >= left and bottom >= top:
                pen.rectangle((left, top, right, bottom), fill=background(piece))
        return put_watermark(piece, self.rendition, box, max(scale))

    def _render_by_quarters(self, box: FlatBox, size: Size) -> Image.Image:
        left, top, right, bottom = self.transform.inverse().bounds(box[0], box[1], box[2] - box[0], box[3] - box[1])
        transpose = TRANSPOSES[
            (round(self.transform.a), round(self.transform.b), round(self.transform.d), round(self.transform.e))
        ]
        if round(self.transform.a) == 0:
            size = size[1], size[0]
        source_box = (left / self.ratio, top / self.ratio, right / self.ratio, bottom / self.ratio)
        rounded = tuple(round(side) for side in source_box)
        fits = ceil(source_box[2] - 1e-6) - rounded[0] == size[0] and ceil(source_box[3] - 1e-6) - rounded[1] == size[1]
        if fits and abs(source_box[0] - rounded[0]) + abs(source_box[1] - rounded[1]) < 1e-6:
            piece = self.image.crop((rounded[0], rounded[1], rounded[0] + size[0], rounded[1] + size[1]))
        else:
            most_x, most_y = self.image.size
            source_box = (
                max(0.0, source_box[0]),
                max(0.0, source_box[1]),
                min(most_x, source_box[2]),
                min(most_y, source_box[3]),
            )
            piece = self.image.resize(size, Image.Resampling.LANCZOS, box=source_box, reducing_gap=3)
        return piece.transpose(transpose) if transpose is not None else piece

    def _render_skewed(self, box: FlatBox, size: Size) -> Image.Image:
        scale = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
        image, ratio = self.image, self.ratio
        factor = int(min(scale) / ratio)
        if factor >= 2:
            image, ratio = image.reduce(factor), ratio * factor
        back = Affine(scale[0], 0, box[0], 0, scale[1], box[1]).then(self.transform.inverse())
        coefficients = tuple(number / ratio for number in (back.a, back.b, back.c, back.d, back.e, back.f))
        return image.transform(
            size, Image.Transform.AFFINE, coefficients, resample=Image.Resampling.BICUBIC, fillcolor=background(image)
        )


def background(image: Image.Image) -> Any:
    """The background colour of scans, in the mode of `image`."""
    return BACKGROUND if image.mode == "RGB" else 38


def open_rendition(path: Path, rendition: Rendition, scale: float = 1.0) -> DecodedRendition:
    """Decode an original, for pieces at `scale` (pixels as shown for each output pixel) or smaller ones.

    Raises OSError if the file is missing or cannot be decoded.
    """
    try:
        with Image.open(path, formats=FORMATS) as file_image:
            width, height = file_image.size
            ratio = 1
            if isinstance(file_image, JpegImagePlugin.JpegImageFile):
                ratio = next(
                    (divisor for divisor in (8, 4, 2) if scale >= divisor and min(width, height) >= divisor * 8), 1
                )
                if ratio > 1:
                    # Sides divided and rounded down: Pillow takes the smallest scale that is not below the given size.
                    file_image.draft(file_image.mode, (width // ratio, height // ratio))
                    ratio = max(1, round(width / file_image.size[0]))
            file_image.load()
            # Pillow applies the orientation of a TIFF while loading it.
            orientation = 1 if file_image.format == "TIFF" else orientation_of(file_image)
            if file_image.format == "TIFF":
                width, height = file_image.size
            image = to_plain(file_image, [])
    except OSError:
        raise
    except Exception as error:
        # Pillow's plugins raise nearly any exception for files that were damaged after intake.
        raise OSError(f"{type(error).__name__}: {error}") from error
    transform, size = upright(orientation, width, height)
    if size != rendition.full:
        raise OSError(f"the image is {size[0]} x {size[1]} pixels and not {rendition.full[0]} x {rendition.full[1]}")
    decoded = DecodedRendition(
        image, ratio, transform.then(rendition.instructions.transform(rendition.full)[0]), rendition
    )
    _paint_covers(decoded)
    return decoded


def _paint_covers(decoded: DecodedRendition) -> None:
    back = decoded.transform.inverse()
    pen = ImageDraw.Draw(decoded.image) if decoded.rendition.covers else None
    for x, y, w, h in decoded.rendition.covers:
        assert pen is not None  # noqa: S101 — there are covers
        if decoded.transform.is_axis_aligned:
            sides = [side / decoded.ratio for side in back.bounds(x, y, w, h)]
            left, top = floor(sides[0] + 1e-6), floor(sides[1] + 1e-6)
            right, bottom = ceil(sides[2] - 1e-6) - 1, ceil(sides[3] - 1e-6) - 1
            pen.rectangle((left, top, max(left, right), max(top, bottom)), fill=background(decoded.image))
        else:
            corners = [back(*corner) for corner in ((x, y), (x + w, y), (x + w, y + h), (x, y + h))]
            points = [(px / decoded.ratio, py / decoded.ratio) for px, py in corners]
            pen.polygon(points, fill=background(decoded.image), outline=background(decoded.image), width=3)


def put_watermark(piece: Image.Image, rendition: Rendition, box: FlatBox, scale: float) -> Image.Image:
    """Draw the rendition's watermark on `piece`, which shows `box` at `scale`; returns `piece`."""
    mark = rendition.watermark
    longest = max(rendition.size)
    if mark is None or longest / scale <= mark.least:
        return piece
    stamp = _stamp(mark, max(8, round(longest / 28 / scale)))
    step_x, step_y = longest / 3 / scale, longest / 4 / scale
    light = Image.new(piece.mode, stamp.size, "white" if piece.mode == "RGB" else 255)
    dark = Image.new(piece.mode, stamp.size, "black" if piece.mode == "RGB" else 0)
    first_x, first_y = -box[0] / scale, -box[1] / scale
    for row in range(floor((-first_y - stamp.height) / step_y), ceil((piece.height - first_y) / step_y) + 1):
        for column in range(floor((-first_x - stamp.width) / step_x), ceil((piece.width - first_x) / step_x) + 1):
            x, y = round(first_x + column * step_x + (row % 2) * step_x / 2), round(first_y + row * step_y)
            if x < piece.width and y < piece.height and x + stamp.width > 0 and y + stamp.height > 0:
                # Light next to dark, so that it is visible both on paper and on shadows.
                piece.paste(dark, (x + 1, y + 1), stamp)
                piece.paste(light, (x, y), stamp)
    return piece


def _stamp(mark: Watermark, size: int) -> Image.Image:
    font = ImageFont.truetype(mark.font, size, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(mark.words)
    level = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(level).text((2 - left, 2 - top), mark.words, font=font, fill=mark.strength)
    return level.rotate(24, expand=True, resample=Image.Resampling.BICUBIC)
