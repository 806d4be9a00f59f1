"""Pixels: the limits for Pillow, and what all modules share that decode or encode images (docs/images.md)."""

import io

from PIL import Image, ImageCms, ImageFile, PngImagePlugin

MOST_PIXELS = 200_000_000
# Limits for every image that is decoded, set only here. Pillow raises an error only above twice MAX_IMAGE_PIXELS;
# intake makes the warning between the two an error as well.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20

SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "image/heic": ".heic",
}
THUMBNAIL = 400
# The reading image has half the pixels a side, unless a side is shorter than this.
HALVED_FROM = 1200
READING_QUALITY = 78


EXIF_ORIENTATION = 0x0112


def encode(image: Image.Image, quality: int = 80) -> bytes:
    """`image`, which must be RGB or L, as a progressive JPEG."""
    output = io.BytesIO()
    image.save(output, "JPEG", quality=quality, progressive=True)
    return output.getvalue()


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
