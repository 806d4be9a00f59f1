"""Drawn pages for measuring OCR: printed lines on paper, clean, worn or faded. Only for benchmarks and tests."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = (2480, 3508)
MARGIN, LINE_WIDTH = 260, 1960


@dataclass(frozen=True)
class Page:
    """How a page is drawn. kind: clean, worn (stains, a stamp, print showing through, noise), faded (pale broken
    strokes)."""

    font: Path
    size: int
    kind: str
    seed: int


def draw_page(page: Page, sentences: Iterable[str]) -> tuple[str, Image.Image]:
    """The page's text, with the line breaks as drawn, and its picture: A4, 300 dpi, RGB."""
    rng = random.Random(page.seed)  # noqa: S311 — drawn pages, no secret
    font = ImageFont.truetype(str(page.font), page.size, layout_engine=ImageFont.Layout.BASIC)
    lines = _break_lines(sentences, font)
    ink = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(ink)
    y = 300
    drawn_lines = []
    for line in lines:
        if y > SIZE[1] - 320:
            break
        pen.text((MARGIN + rng.randrange(-3, 4), y), line, font=font, fill=255)
        drawn_lines.append(line)
        y += int(page.size * 1.6)
    ink = ink.rotate(rng.uniform(-0.6, 0.6), Image.Resampling.BICUBIC)
    paper = _draw_paper(rng)
    if page.kind == "worn":
        paper = _add_stains(paper, rng)
        show_through = ink.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(3))
        paper = _print_ink(paper, show_through, (150, 138, 118), 0.25)
    if page.kind == "faded":
        holes = Image.effect_noise((SIZE[0] // 2, SIZE[1] // 2), 90).resize(SIZE, Image.Resampling.BILINEAR)
        ink = ImageChops.multiply(ink, holes.point([min(255, max(0, (value - 70) * 3)) for value in range(256)]))
        paper = _add_shade(_print_ink(paper, ink, (120, 110, 96), 0.75), rng)
    else:
        paper = _print_ink(paper, ink.filter(ImageFilter.GaussianBlur(0.7)), (44, 38, 32), 0.92)
    if page.kind == "worn":
        _add_stamp(paper, rng)
    strength = {"clean": 6, "worn": 22, "faded": 34}[page.kind]
    noise = Image.effect_noise(SIZE, strength)
    grained = ImageChops.add(paper, Image.merge("RGB", (noise, noise, noise)), scale=1, offset=-128)
    return "\n".join(drawn_lines), grained


def _break_lines(sentences: Iterable[str], font: ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for sentence in sentences:
        line = ""
        for word in sentence.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > LINE_WIDTH:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _draw_paper(rng: random.Random) -> Image.Image:
    clouds = Image.new("L", (12, 17))
    clouds.putdata([rng.randrange(236, 256) for _ in range(12 * 17)])
    shade = clouds.resize(SIZE, Image.Resampling.BICUBIC)
    return ImageChops.multiply(Image.new("RGB", SIZE, (238, 228, 206)), Image.merge("RGB", (shade, shade, shade)))


def _print_ink(paper: Image.Image, ink: Image.Image, colour: tuple[int, int, int], strength: float) -> Image.Image:
    mask = ink.point([int(value * strength) for value in range(256)])
    return Image.composite(Image.new("RGB", SIZE, colour), paper, mask)


def _add_stains(paper: Image.Image, rng: random.Random) -> Image.Image:
    stains = Image.new("L", (SIZE[0] // 8, SIZE[1] // 8), 255)
    pen = ImageDraw.Draw(stains)
    for _ in range(9):
        x, y, r = rng.randrange(stains.width), rng.randrange(stains.height), rng.randrange(12, 60)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=rng.randrange(165, 225))
    soft = stains.filter(ImageFilter.GaussianBlur(5)).resize(SIZE, Image.Resampling.BICUBIC)
    return ImageChops.multiply(paper, Image.merge("RGB", (soft, soft, soft)))


def _add_shade(paper: Image.Image, rng: random.Random) -> Image.Image:
    angle = rng.uniform(0, 2 * math.pi)
    slope = Image.linear_gradient("L").rotate(math.degrees(angle), expand=False).resize(SIZE)
    soft = slope.point([170 + value // 3 for value in range(256)])
    return ImageChops.multiply(paper, Image.merge("RGB", (soft, soft, soft)))


def _add_stamp(paper: Image.Image, rng: random.Random) -> None:
    layer = Image.new("L", (620, 620), 0)
    pen = ImageDraw.Draw(layer)
    pen.ellipse((20, 20, 600, 600), outline=170, width=14)
    pen.ellipse((120, 120, 500, 500), outline=150, width=6)
    position = (rng.randrange(1200, 1700), rng.randrange(1200, 2600))
    paper.paste((190, 40, 40), position, layer.filter(ImageFilter.GaussianBlur(1.2)))
