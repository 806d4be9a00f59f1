"""Pixels: the one module that decodes and encodes images. Pillow settings follow the measurements kept in docs."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps, PngImagePlugin

MOST_PIXELS = 200_000_000
# Limits for every image that is decoded, set only here. Pillow raises an error only above twice MAX_IMAGE_PIXELS;
# intake makes the warning between the two an error as well.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20

MEDIA_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff"}
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "image/heic": ".heic",
}
SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}
THUMBNAIL = 400
# The reading image has half the pixels a side, unless a side is shorter than this.
HALVED_FROM = 1200
READING_QUALITY = 78


EXIF_ORIENTATION = 0x0112


class UnreadableImage(ValueError):
    """The file cannot be taken as a scan. `code` says why: empty, type, damaged, large."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Picture:
    """What is known of an image file after decoding it fully. Sizes in pixels, as a person sees it upright."""

    sha256: str
    media_type: str
    size_bytes: int
    width: int
    height: int
    thumbnail: bytes
    reading: bytes
    warnings: list[str]


def sniff(head: bytes) -> str | None:
    """The media type by signature; None for anything that is not JPEG, PNG or TIFF."""
    return next((kind for mark, kind in SIGNATURES.items() if head.startswith(mark)), None)


def examine(file: BinaryIO) -> Picture:
    """Hash and decode `file` fully, and make thumbnail and reading image (half size, JPEG).

    Raises UnreadableImage with a code; never anything else for bad bytes.
    """
    data = file.read()
    if not data:
        raise UnreadableImage("empty")
    media_type = sniff(data[:16])
    if media_type is None:
        raise UnreadableImage("type")
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF")) as opened:
                if getattr(opened, "n_frames", 1) > 1 and media_type == "image/tiff":
                    notes.append("only the first of several images was taken")
                opened.load()
                upright = _upright_rgb(opened, notes)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage("large", str(error)) from error
    except Exception as error:
        # Plugins raise nearly every exception there is on hostile bytes; all of them mean the same to a person.
        raise UnreadableImage("damaged", f"{type(error).__name__}: {error}") from error
    reading = upright.reduce(2) if min(upright.size) >= HALVED_FROM else upright
    small = reading.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Picture(
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=media_type,
        size_bytes=len(data),
        width=upright.width,
        height=upright.height,
        thumbnail=encode(small, 75),
        reading=encode(reading, READING_QUALITY),
        warnings=notes,
    )


def encode(image: Image.Image, quality: int = 80) -> bytes:
    """`image`, which must be RGB or L, as a progressive JPEG."""
    output = io.BytesIO()
    image.save(output, "JPEG", quality=quality, progressive=True)
    return output.getvalue()


def _upright_rgb(image: Image.Image, notes: list[str]) -> Image.Image:
    if orientation_of(image) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        notes.append("16 bits reduced to 8")
        return image.convert("I").point([i / 257 for i in range(65536)], "L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        notes.append("transparency laid on white")
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        return ground.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def orientation_of(image: Image.Image, notes: list[str] | None = None) -> int:
    """The EXIF orientation of an opened image, 1 to 8. An unreadable one is taken as 1, and noted as
    "exif_unreadable"."""
    try:
        orientation = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:
        # Pillow raises nearly any exception for broken EXIF data.
        if notes is not None:
            notes.append("exif_unreadable")
        return 1
    return int(orientation) if orientation in range(2, 9) else 1


def to_plain(image: Image.Image, notes: list[str]) -> Image.Image:
    """A loaded image in RGB or L: transparency on white, 8 bits, sRGB. Its orientation is not applied. The names of the
    changes are added to `notes`."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        notes.append("sixteen_bits")
        return _reduce_to_8_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        notes.append("transparency")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "L", "CMYK"):
        return _convert_by_profile(image, profile, notes)
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


def _reduce_to_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey values of 16 bits to 8; `convert` alone would make everything white."""
    grey = image.convert("I") if image.mode != "F" else image
    brightest = grey.getextrema()[1]
    maximum = 65535 if float(brightest) > 255 or image.mode.startswith("I;16") else 255  # type: ignore[arg-type]
    return grey.point(lambda value: value * (255 / maximum)).convert("L")


def _convert_by_profile(image: Image.Image, profile: bytes, notes: list[str]) -> Image.Image:
    """Convert a CMYK image to sRGB by its own profile. A profile that is broken or for other colours is ignored, and
    noted."""
    expected_space = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}[image.mode]
    try:
        own_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if own_profile.profile.xcolor_space.strip() != expected_space:
            notes.append("profile_wrong")
        elif image.mode == "CMYK":
            converted = ImageCms.profileToProfile(image, own_profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
    except Exception:
        notes.append("profile_broken")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")
