"""Files that are damaged, odd or hostile, made on the spot; what must become of each. Nothing in them is of anybody."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

REFUSED, ACCEPTED = "refused", "accepted"


def page(size: tuple[int, int] = (600, 800), mode: str = "RGB") -> Image.Image:
    """A page with something on it at the upper left."""
    image = Image.effect_noise(size, 24).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 3, size[1] // 5), fill=(200, 30, 30))
    for line in range(6):
        draw.text((40, 200 + 60 * line), f"hư cấu {line}", fill="black")
    return image if mode == "RGB" else image.convert(mode)


def file_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(**options: Any) -> bytes:
    return file_of(page(), "JPEG", quality=88, **options)


def tiff(*images: Image.Image, **options: Any) -> bytes:
    first, *others = images or (page(),)
    return file_of(first, "TIFF", **({"save_all": True, "append_images": others} if others else {}), **options)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is that large, with nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def second_page_of(width: int) -> bytes:
    """A TIFF whose second picture claims a size of `width` squared."""
    data = bytearray(tiff(page((64, 64)), page((64, 64))))
    offset = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, offset)[0]
    offset = struct.unpack_from("<I", data, offset + 2 + 12 * count)[0]
    for entry in range(struct.unpack_from("<H", data, offset)[0]):
        where = offset + 2 + 12 * entry
        if struct.unpack_from("<H", data, where)[0] in (256, 257):
            struct.pack_into("<HII", data, where + 2, 4, 1, width)
    return bytes(data)


def text_bomb() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("bomb", "a" * 80_000_000, zip=True)
    return file_of(page((40, 40)), "PNG", pnginfo=info)


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, data in files.items():
            opened.writestr(name.replace("__", "."), data)
    return out.getvalue()


def pdf(*images: Image.Image, **options: Any) -> bytes:
    first, *others = images or (page(),)
    return file_of(first, "PDF", save_all=True, append_images=others, resolution=100, **options)


def zeroed(data: bytes, share: float, count: int) -> bytes:
    offset = int(len(data) * share)
    return data[:offset] + b"\0" * count + data[offset + count :]


def ODD() -> dict[str, tuple[bytes, str, int]]:
    """name → (bytes, outcome, pages)."""
    complete, grey16 = jpeg(), Image.new("I;16", (300, 400), 30000)
    alpha = page().convert("RGBA")
    alpha.putalpha(0)
    return {
        "good.jpg": (complete, ACCEPTED, 1),
        "good.png": (file_of(page(), "PNG"), ACCEPTED, 1),
        "good.tif": (tiff(), ACCEPTED, 1),
        "half.jpg": (complete[: len(complete) // 2], REFUSED, 0),
        "nearly.jpg": (complete[: int(len(complete) * 0.97)], REFUSED, 0),
        "zeros.jpg": (zeroed(file_of(page((602, 800)), "JPEG"), 0.5, 4096), ACCEPTED, 1),
        "half.png": (file_of(page((603, 800)), "PNG")[:90_000], REFUSED, 0),
        "crc.png": (zeroed(file_of(page((604, 800)), "PNG"), 0.5, 9), REFUSED, 0),
        "half.tif": (tiff(page((605, 800)))[:200_000], REFUSED, 0),
        "empty.jpg": (b"", REFUSED, 0),
        "noise.jpg": (bytes(range(256)) * 40, REFUSED, 0),
        "text.jpg": ("chỉ là chữ".encode(), REFUSED, 0),
        "giant.png": (png_header(50_000, 50_000), REFUSED, 0),
        "giant2.png": (png_header(65_535, 65_535), REFUSED, 0),
        "400mp.png": (png_header(20_000, 20_000), REFUSED, 0),
        "second-giant.tif": (second_page_of(60_000), REFUSED, 0),
        "bomb.png": (text_bomb(), REFUSED, 0),
        "three.tif": (tiff(page((300, 400)), page((310, 400)), page((320, 400), "L")), ACCEPTED, 3),
        "many.tif": (tiff(*[Image.new("1", (8, 8))] * 1001), REFUSED, 0),
        "g4.tif": (tiff(page(mode="1"), compression="group4"), ACCEPTED, 1),
        "cmyk.jpg": (file_of(page(mode="CMYK"), "JPEG"), ACCEPTED, 1),
        "cmyk.tif": (tiff(page(mode="CMYK")), ACCEPTED, 1),
        "sixteen.tif": (tiff(grey16), ACCEPTED, 1),
        "sixteen.png": (file_of(grey16, "PNG"), ACCEPTED, 1),
        "palette.png": (file_of(page(mode="P"), "PNG"), ACCEPTED, 1),
        "clear.png": (file_of(alpha, "PNG"), ACCEPTED, 1),
        "one-bit.png": (file_of(page(mode="1"), "PNG"), ACCEPTED, 1),
        "profile.jpg": (file_of(page((606, 800)), "JPEG", icc_profile=b"nonsense" * 40), ACCEPTED, 1),
        "pair.jpg": (file_of(page((607, 800)), "MPO", save_all=True, append_images=[page((100, 100))]), ACCEPTED, 1),
        "moving.png": (
            file_of(page((608, 800)), "PNG", save_all=True, append_images=[page((608, 800), "RGB").rotate(9)]),
            ACCEPTED,
            1,
        ),
        "a.gif": (file_of(page(), "GIF"), REFUSED, 0),
        "gif.jpg": (b"GIF89a/*" + b"*/=1;alert(1)", REFUSED, 0),
        "a.webp": (file_of(page(), "WEBP"), REFUSED, 0),
        "a.bmp": (file_of(page(), "BMP"), REFUSED, 0),
        "eps.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", REFUSED, 0),
        "svg.jpg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', REFUSED, 0),
        "a.svg": (b"<svg onload='alert(1)'/>", REFUSED, 0),
        "a.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), REFUSED, 0),
        "a.avif": (b"\0\0\0\x18ftypavif" + bytes(90), REFUSED, 0),
        "a.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(90), REFUSED, 0),
        "a.psd": (b"8BPS\0\x01" + bytes(90), REFUSED, 0),
        "a.mp4": (b"\0\0\0\x18ftypisom" + bytes(90), REFUSED, 0),
        "page.html": (b"<!DOCTYPE html><html><body>x</body></html>", REFUSED, 0),
        "a.docx": (zip_of(word__document__xml=b"x"), REFUSED, 0),
        "html.jpg": (file_of(page((609, 800)), "JPEG") + b"<html><script>alert(1)</script>", ACCEPTED, 1),
        "zip.jpg": (file_of(page((610, 800)), "JPEG") + zip_of(a=b"x"), ACCEPTED, 1),
        "wrong-name.png": (file_of(page((611, 800)), "JPEG"), ACCEPTED, 1),
        "noname": (file_of(page((612, 800)), "JPEG"), ACCEPTED, 1),
        "thin.png": (file_of(page((4000, 3)), "PNG"), ACCEPTED, 1),
        "dot.png": (file_of(Image.new("L", (1, 1)), "PNG"), ACCEPTED, 1),
        "exif.jpg": (file_of(page((613, 800)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"), ACCEPTED, 1),
        "one.pdf": (pdf(page((614, 800))), ACCEPTED, 1),
        "three.pdf": (pdf(page((300, 401)), page((310, 401)), page((320, 401))), ACCEPTED, 3),
        "half.pdf": (pdf(page((615, 800)))[:3000], REFUSED, 0),
        "no.pdf": (b"%PDF-1.4\n%%EOF\n", REFUSED, 0),
        "big.tif": (b"II+\0\x08\0\0\0" + bytes(90), REFUSED, 0),
    }


def turned(orientation: int, kind: str) -> bytes:
    """A picture of 80 by 120 as a person sees it, red at its upper left, stored turned as `orientation` says."""
    image = Image.new("RGB", (80, 120), "white")
    image.paste((200, 30, 30), (0, 0, 30, 30))
    back: dict[int, Image.Transpose] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = image.transpose(back[orientation]) if orientation in back else image
    if kind == "TIFF":
        return file_of(stored, "TIFF", tiffinfo={274: orientation})
    exif = Image.Exif()
    exif[274] = orientation
    return file_of(stored, kind, exif=exif.tobytes(), **({"quality": 95} if kind == "JPEG" else {}))


def write_all(folder: Path, files: dict[str, bytes]) -> None:
    """Lay files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


Make = Callable[[], bytes]
