"""More files that are damaged, odd or hostile: rarer forms of what is taken, and kinds that are refused by their
name."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

from tests.intake.odd_files import ACCEPTED, REFUSED, file_of, page, pdf, png_header, tiff, zeroed, zip_of

Odd = tuple[bytes, str, int, str]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: bytes, interlaced: int = 0) -> bytes:
    """A PNG from its rows as they are stored."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def raw_tiff(
    order: str, bits: int, samples: int, pixels: bytes, size: tuple[int, int], photometric: int, **tags: int
) -> bytes:
    """An uncompressed TIFF of one strip, in either byte order. tags: more entries, as t254=1."""
    count = f"{order}{samples}H"
    entries = {256: size[0], 257: size[1], 259: 1, 262: photometric, 277: samples, 278: size[1], 279: len(pixels)}
    entries |= {int(name[1:]): value for name, value in tags.items()}
    end = 8 + len(pixels)
    entries |= {258: end if samples > 2 else bits, 273: 8}
    bits_of_samples = struct.pack(count, *[bits] * samples) if samples > 2 else b""
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", end + len(bits_of_samples))
    out += pixels + bits_of_samples + struct.pack(order + "H", len(entries))
    for tag, value in sorted(entries.items()):
        kind, shape = (3, "H2x") if tag in (259, 262, 277) or (tag == 258 and samples < 3) else (4, "I")
        many = samples if tag == 258 else 1
        if tag == 258 and samples > 2:
            kind, shape = 3, "I"
        out += struct.pack(order + "HHI" + shape, tag, kind, many, value)
    return out + struct.pack(order + "I", 0)


def resized(data: bytes, width: int, height: int, precision: int = 8) -> bytes:
    """A JPEG that says it is of another size."""
    offset = next(place for place in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if place >= 0)
    return data[: offset + 4] + struct.pack(">BHH", precision, height, width) + data[offset + 9 :]


def pdf_of(*pages: tuple[str, bytes, dict[str, bytes]], before: bytes = b"", more: str = "") -> bytes:
    """A PDF written by hand. pages: (entries of the page, its content, images as {name: the whole object})."""
    objects: list[bytes] = [f"<< /Type /Catalog /Pages 2 0 R {more} >>".encode(), b""]
    kids = []
    for entries, content, images in pages:
        names = []
        for name, stream in images.items():
            objects.append(stream)
            names.append(f"/{name} {len(objects)} 0 R")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        fonts = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R {entries} /Contents {len(objects)} 0 R"
            f" /Resources << {fonts} /XObject << {' '.join(names)} >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out, places = before + b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    offset = len(out)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, offset)


def scan_in_pdf(data: bytes, width: int, height: int) -> bytes:
    """A JPEG as an image of a PDF, byte for byte."""
    return (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (width, height, len(data), data)
    )


BOX = "/MediaBox [0 0 300 400]"
LAID = b"q 300 0 0 400 0 0 cm /I Do Q"
SEEN = b"BT /F1 20 Tf 40 300 Td (Hu cau) Tj ET"
UNSEEN = b"BT 3 Tr /F1 20 Tf 40 300 Td (Hu cau) Tj ET"


def scanned(number: int, **options: Any) -> bytes:
    """A JPEG of 600 by 800 that is like no other."""
    return file_of(page((600 + number, 800)), "JPEG", quality=85, **options)


def ODDER() -> dict[str, Odd]:
    """name → (bytes, outcome, pages, a word of the reason or of a warning ('' for any))."""
    complete = scanned(1)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    exif = Image.Exif()
    exif[274] = 6
    odd_exif = Image.Exif()
    odd_exif[274] = 99
    three = tiff(page((301, 402)), page((302, 402)), page((303, 402)))
    looped = bytearray(tiff(page((304, 402))))
    offset = struct.unpack_from("<I", looped, 4)[0]
    struct.pack_into("<I", looped, offset + 2 + 12 * struct.unpack_from("<H", looped, offset)[0], offset)
    half_clear = page((305, 402)).convert("RGBA")
    half_clear.putalpha(128)
    inside = scanned(40)
    return (
        jpegs(complete, srgb, lab, exif, odd_exif)
        | {
            # PNG
            "p-interlaced.png": (png(1, 1, 8, 2, b"\0\xff\0\0", interlaced=1), ACCEPTED, 1, ""),
            "p-four-bits.png": (file_of(page((306, 402), "P").quantize(16), "PNG", bits=4), ACCEPTED, 1, ""),
            "p-sixteen-colours.png": (png(4, 4, 16, 2, (b"\0" + b"\x80\0" * 12) * 4), ACCEPTED, 1, "Sixteen"),
            "p-grey-clear.png": (file_of(half_clear.convert("LA"), "PNG"), ACCEPTED, 1, "transparent"),
            "p-half-clear.png": (file_of(half_clear, "PNG"), ACCEPTED, 1, "transparent"),
            "p-one-colour-clear.png": (
                png(4, 4, 8, 2, (b"\0" + b"\x80\0\0" * 4) * 4, chunk(b"tRNS", b"\0\x80\0\0\0\0")),
                ACCEPTED,
                1,
                "transparent",
            ),
            "p-profile.png": (
                png(
                    4,
                    5,
                    8,
                    2,
                    (b"\0" + b"\x80\0\0" * 4) * 5,
                    chunk(b"iCCP", b"x\0\0" + zlib.compress(b"nonsense" * 30)),
                ),
                ACCEPTED,
                1,
                "profile",
            ),
            "p-profile-bomb.png": (
                png(
                    4, 6, 8, 2, (b"\0" + b"\x80\0\0" * 4) * 6, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80 << 20)))
                ),
                REFUSED,
                0,
                "",
            ),
            "p-text-bomb.png": (
                png(
                    4,
                    7,
                    8,
                    2,
                    (b"\0" + b"\x80\0\0" * 4) * 7,
                    *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(900_000)))] * 90,
                ),
                REFUSED,
                0,
                "",
            ),
            "p-no-data.png": (png_header(40, 40)[:33] + chunk(b"IEND", b""), REFUSED, 0, "damaged"),
            "p-mark-alone.png": (b"\x89PNG\r\n\x1a\n", REFUSED, 0, "damaged"),
            "p-nought.png": (png_header(0, 0), REFUSED, 0, "damaged"),
            "p-long-chunk.png": (b"\x89PNG\r\n\x1a\n\x7f\xff\xff\xffIHDR" + bytes(40), REFUSED, 0, "damaged"),
            "p-zip.png": (file_of(page((307, 402)), "PNG") + zip_of(a=b"x"), ACCEPTED, 1, "bytes after"),
            "p-no-end.png": (file_of(page((308, 402)), "PNG")[:-12], ACCEPTED, 1, "end of the picture"),
            "p-few-rows.png": (png(400, 400, 8, 2, (b"\0" + b"\x80\0\0" * 400) * 3), REFUSED, 0, "damaged"),
            # TIFF
            "t-big-endian.tif": (raw_tiff(">", 8, 1, bytes(range(200)) * 2, (20, 20), 1), ACCEPTED, 1, ""),
            "t-white-is-nought.tif": (raw_tiff("<", 8, 1, bytes(range(199)) * 2 + b"xx", (20, 20), 0), ACCEPTED, 1, ""),
            "t-sixteen-colours.tif": (raw_tiff("<", 16, 3, b"\x10\x80" * 1200, (20, 20), 2), ACCEPTED, 1, "Sixteen"),
            "t-lzw.tif": (tiff(page((309, 402)), compression="tiff_lzw"), ACCEPTED, 1, ""),
            "t-deflate.tif": (tiff(page((310, 402)), compression="tiff_adobe_deflate"), ACCEPTED, 1, ""),
            "t-jpeg.tif": (tiff(page((311, 402)), compression="jpeg"), ACCEPTED, 1, ""),
            "t-packed.tif": (tiff(page((312, 402)), compression="packbits"), ACCEPTED, 1, ""),
            "t-g3.tif": (tiff(page((313, 402), "1"), compression="group3"), ACCEPTED, 1, ""),
            "t-float.tif": (tiff(page((314, 402), "F")), ACCEPTED, 1, ""),
            "t-whole-numbers.tif": (tiff(page((315, 402), "I")), ACCEPTED, 1, ""),
            "t-lab.tif": (tiff(page((316, 402)).convert("RGB").convert("YCbCr")), ACCEPTED, 1, ""),
            "t-palette.tif": (tiff(page((317, 402), "P")), ACCEPTED, 1, ""),
            "t-clear.tif": (tiff(half_clear), ACCEPTED, 1, "transparent"),
            "t-big.tif": (tiff(page((318, 402)), big_tiff=True), ACCEPTED, 1, ""),
            "t-loop.tif": (bytes(looped), ACCEPTED, 1, ""),
            "t-nowhere.tif": (b"II*\0\xff\xff\xff\x7f" + bytes(90), REFUSED, 0, "damaged"),
            "t-entries.tif": (b"II*\0\x08\0\0\0\xff\xff" + bytes(90), REFUSED, 0, "damaged"),
            "t-third-cut.tif": (zeroed(three, 0.94, 0)[: int(len(three) * 0.9)], REFUSED, 0, "damaged"),
            "t-raw-cut.tif": (tiff(page((319, 402)))[:-900], REFUSED, 0, "damaged"),
            "t-forty.tif": (tiff(*[Image.new("1", (40, 40 + n)) for n in range(40)]), ACCEPTED, 40, ""),
            "t-with-small-one.tif": (with_small_one(), ACCEPTED, 1, "second picture"),
            "t-turned.tif": (tiff(page((320, 402)), tiffinfo={274: 6}), ACCEPTED, 1, ""),
            "t-camera.tif": (b"II*\0\x10\0\0\0CR\x02\0" + bytes(90), REFUSED, 0, "camera"),
            "t-negative.tif": (
                raw_tiff("<", 8, 1, bytes(range(198)) * 2 + b"xxxx", (20, 20), 1, t50706=1),
                REFUSED,
                0,
                "camera",
            ),
            # PDF
            "d-scan.pdf": (pdf_of((BOX, LAID, {"I": scan_in_pdf(inside, 640, 800)})), ACCEPTED, 1, ""),
            "d-read.pdf": (pdf_of((BOX, LAID + UNSEEN, {"I": scan_in_pdf(scanned(41), 641, 800)})), ACCEPTED, 1, ""),
            "d-turned.pdf": (
                pdf_of((BOX + " /Rotate 90", LAID, {"I": scan_in_pdf(scanned(42), 642, 800)})),
                ACCEPTED,
                1,
                "",
            ),
            "d-words.pdf": (pdf_of((BOX, SEEN, {})), ACCEPTED, 1, "drawn"),
            "d-nothing.pdf": (pdf_of((BOX, b"", {})), ACCEPTED, 1, "drawn"),
            "d-stamped.pdf": (
                pdf_of((BOX, LAID + SEEN, {"I": scan_in_pdf(scanned(43), 643, 800)})),
                ACCEPTED,
                1,
                "drawn",
            ),
            "d-mixed.pdf": (
                pdf_of(
                    (BOX, LAID, {"I": scan_in_pdf(scanned(44), 644, 800)}),
                    (BOX, SEEN + b" ", {}),
                    (BOX, b"q 100 0 0 100 0 0 cm /I Do Q", {"I": scan_in_pdf(scanned(45), 645, 800)}),
                ),
                ACCEPTED,
                3,
                "drawn",
            ),
            "d-exif.pdf": (
                pdf_of((BOX, LAID, {"I": scan_in_pdf(scanned(46, exif=exif.tobytes()), 646, 800)})),
                ACCEPTED,
                1,
                "drawn",
            ),
            "d-cut-scan.pdf": (
                pdf_of((BOX, LAID, {"I": scan_in_pdf(scanned(47)[:9000], 647, 800)})),
                REFUSED,
                0,
                "damaged",
            ),
            "d-script.pdf": (
                pdf_of((BOX, SEEN + b"  ", {}), more="/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
                ACCEPTED,
                1,
                "",
            ),
            "d-huge.pdf": (pdf_of(("/MediaBox [0 0 14400 14400]", SEEN, {})), REFUSED, 0, "larger"),
            "d-many.pdf": (pdf_of(*[(BOX, b"", {})] * 1001), REFUSED, 0, "more pages"),
            "d-none.pdf": (pdf_of(), REFUSED, 0, ""),
            "d-late.pdf": (pdf_of((BOX, SEEN + b"   ", {}), before=b"junk\n" * 20), ACCEPTED, 1, ""),
            "d-locked.pdf": (
                pdf_of((BOX, SEEN, {})).replace(
                    b"/Root 1 0 R",
                    b"/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"
                    + b"28" * 32
                    + b"> /U <"
                    + b"11" * 32
                    + b"> >> /ID [<00> <00>]",
                ),
                REFUSED,
                0,
                "password",
            ),
            "d-plain.pdf": (pdf(page((330, 402), "1")), ACCEPTED, 1, ""),
        }
        | by_name()
    )


def jpegs(complete: bytes, srgb: bytes, lab: bytes, exif: Image.Exif, odd_exif: Image.Exif) -> dict[str, Odd]:
    """Odd ones of the commonest kind."""
    return {
        "j-progressive.jpg": (scanned(2, progressive=True), ACCEPTED, 1, ""),
        "j-grey.jpg": (file_of(page((603, 801), "L"), "JPEG"), ACCEPTED, 1, ""),
        "j-restarts.jpg": (scanned(4, restart_marker_blocks=8), ACCEPTED, 1, ""),
        "j-fine.jpg": (scanned(5, subsampling=0), ACCEPTED, 1, ""),
        "j-no-end.jpg": (scanned(6)[:-2], REFUSED, 0, "damaged"),
        "j-forty-zeros.jpg": (zeroed(scanned(7), 0.5, 40), ACCEPTED, 1, ""),
        "j-head.jpg": (complete[:300], REFUSED, 0, "damaged"),
        "j-mark.jpg": (b"\xff\xd8\xff", REFUSED, 0, "damaged"),
        "j-one-byte.jpg": (b"\xff", REFUSED, 0, "text"),
        "j-junk-before.jpg": (b"\n\n" + complete, REFUSED, 0, "cannot be told"),
        "j-giant.jpg": (resized(complete, 65_500, 65_500), REFUSED, 0, "larger"),
        "j-nought.jpg": (resized(complete, 0, 0), REFUSED, 0, "damaged"),
        "j-twelve-bits.jpg": (resized(complete, 601, 800, 12), REFUSED, 0, "damaged"),
        "j-two.jpg": (scanned(8) + scanned(9), ACCEPTED, 1, "bytes after"),
        "j-comment.jpg": (scanned(10, comment=b"<script>alert(1)</script>" * 2000), ACCEPTED, 1, ""),
        "j-odd-turn.jpg": (scanned(11, exif=odd_exif.tobytes()), ACCEPTED, 1, ""),
        "j-turned.jpg": (scanned(12, exif=exif.tobytes()), ACCEPTED, 1, ""),
        "j-profile.jpg": (scanned(13, icc_profile=srgb), ACCEPTED, 1, ""),
        "j-lab-profile.jpg": (scanned(14, icc_profile=lab), ACCEPTED, 1, "profile"),
        "j-grey-profile.jpg": (file_of(page((615, 801), "L"), "JPEG", icc_profile=srgb), ACCEPTED, 1, "profile"),
        "j-name.tif": (scanned(16), ACCEPTED, 1, "name ends"),
        "J-NAME.JPG": (scanned(17), ACCEPTED, 1, ""),
        "j.name.jpg.pdf": (scanned(18), ACCEPTED, 1, "name ends"),
        "j-small.jpg": (file_of(Image.new("RGB", (1, 1)), "JPEG"), ACCEPTED, 1, ""),
        "j-long.jpg": (file_of(Image.new("RGB", (9000, 2), "navy"), "JPEG"), ACCEPTED, 1, ""),
    }


def with_small_one() -> bytes:
    """A TIFF whose second picture is the first, reduced, and says so (NewSubfileType, TIFF 6.0, page 36)."""
    big, small = page((640, 800)), page((320, 400))
    out = io.BytesIO()
    small.encoderinfo = {"tiffinfo": {254: 1}}
    big.save(out, "TIFF", save_all=True, append_images=[small])
    return out.getvalue()


def by_name() -> dict[str, Odd]:
    """What is refused, and by which name."""
    named: dict[str, tuple[bytes, str]] = {
        "k.rar": (b"Rar!\x1a\7\0", "RAR"),
        "k.7z": (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"),
        "k.gz": (b"\x1f\x8b\x08\0", "gzip"),
        "k.ico": (b"\0\0\1\0\1\0", "ICO"),
        "k.djvu": (b"AT&TFORM\0\0\0\1DJVU", "DjVu"),
        "k.jxl": (b"\xff\x0a\1\2", "JPEG XL"),
        "k.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        "k.exe": (b"MZ\x90\0\3", "program"),
        "k.mp3": (b"ID3\4\0\0", "sound"),
        "k.ogg": (b"OggS\0\2", "sound"),
        "k.wav": (b"RIFF\0\0\1\0WAVEfmt ", "RIFF"),
        "k.mov": (b"\0\0\0\x14ftypqt  " + bytes(60), "video"),
        "k.xls.jpg": (b"\xd0\xcf\x11\xe0" + bytes(90), "Office"),
        "k.j2c": (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
        "k.ppm": (b"P6\n2 2 255\n" + bytes(12), "PNM"),
        "k.html.png": (b"<html><script>alert(1)</script></html>", "HTML"),
        "k.xml.tif": (b"<?xml version='1.0'?><a/>", "XML"),
        "k.sh.jpg": (b"#!/bin/sh\nrm -rf /\n", "text"),
        "k.rtf": (b"{\\rtf1\\ansi Hu cau}", "RTF"),
        "k.jxr": (b"II\xbc\1\x20\0\0\0" + bytes(30), "JPEG XR"),
        "k.xcf": (b"gimp xcf v011\0", "GIMP"),
        "k.mkv": (b"\x1aE\xdf\xa3" + bytes(30), "video"),
        "k.dcm": (bytes(128) + b"DICM" + bytes(60), "DICOM"),
        "k.zip.jpg": (zip_of(a=b"x"), "ZIP"),
        "k.db": (b"SQLite format 3\0" + bytes(80), "database"),
        "k.wmf": (b"\xd7\xcd\xc6\x9a" + bytes(40), "WMF"),
    }
    return {name: (data, REFUSED, 0, word) for name, (data, word) in named.items()}
