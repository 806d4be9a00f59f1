"""Detecting the type of a file by its first bytes, never by its name. Sources: the specifications of the formats (magic
numbers).

Our own table, because a refusal must name the type: `filetype` 1.2 does not know text, HTML, SVG, Office files and
others, and neither it nor `puremagic` 1.30 finds a PDF whose header is not at the beginning.
"""

import re
from importlib.util import find_spec

ALWAYS_ACCEPTED = {"image/jpeg", "image/png", "image/tiff", "application/pdf"}
HEIC = "image/heic"
SUFFIXES = {
    "image/jpeg": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
    "image/png": {".png"},
    "image/tiff": {".tif", ".tiff"},
    "application/pdf": {".pdf"},
    HEIC: {".heic", ".heif", ".hif"},
}
HEAD_BYTES = 1024
SIGNATURES: list[tuple[bytes, int, str]] = [
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"CR\2\0", 8, "camera negative (CR2)"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
    (b"II+\0", 0, "image/tiff"),
    (b"MM\0+", 0, "image/tiff"),
    (b"GIF87a", 0, "GIF"),
    (b"GIF89a", 0, "GIF"),
    (b"8BPS", 0, "Photoshop (PSD)"),
    (b"BM", 0, "BMP"),
    (b"\0\0\0\x0cjP  ", 0, "JPEG 2000"),
    (b"\xff\x4f\xff\x51", 0, "JPEG 2000"),
    (b"\xff\x0a", 0, "JPEG XL"),
    (b"\0\0\0\x0cJXL ", 0, "JPEG XL"),
    (b"%!PS", 0, "PostScript (EPS)"),
    (b"\xc5\xd0\xd3\xc6", 0, "PostScript (EPS)"),
    (b"PK\x03\x04", 0, "ZIP"),
    (b"PK\x05\x06", 0, "ZIP"),
    (b"Rar!", 0, "RAR"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7-Zip"),
    (b"\x1f\x8b", 0, "gzip"),
    (b"\xd0\xcf\x11\xe0", 0, "Microsoft Office"),
    (b"AT&TFORM", 0, "DjVu"),
    (b"\0\0\1\0", 0, "icon (ICO)"),
    (b"MZ", 0, "program"),
    (b"\x7fELF", 0, "program"),
    (b"qoif", 0, "QOI"),
    (b"P4\n", 0, "PNM"),
    (b"P5\n", 0, "PNM"),
    (b"P6\n", 0, "PNM"),
    (b"ID3", 0, "sound"),
    (b"OggS", 0, "sound"),
    (b"{\\rtf", 0, "text (RTF)"),
    (b"II\xbc\1", 0, "JPEG XR"),
    (b"gimp xcf", 0, "GIMP (XCF)"),
    (b"\x1aE\xdf\xa3", 0, "video"),
    (b"DICM", 128, "DICOM"),
    (b"SQLite format 3\0", 0, "database"),
    (b"\xd7\xcd\xc6\x9a", 0, "Windows Metafile (WMF)"),
    (b"P1\n", 0, "PNM"),
    (b"P2\n", 0, "PNM"),
    (b"P3\n", 0, "PNM"),
    (b"fLaC", 0, "sound"),
    (b"BZh", 0, "bzip2"),
    (b"\xfd7zXZ\0", 0, "xz"),
]
BRANDS = {
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC", b"hevx": "HEIC",
    b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF", b"jp2 ": "JPEG 2000",
}  # fmt: skip
MARKUP = [
    (re.compile(rb"<svg[\s>]", re.I), "SVG"),
    (re.compile(rb"<(!doctype\s+html|html|head|body|script)[\s>]", re.I), "HTML"),
    (re.compile(rb"<\?xml", re.I), "XML"),
]


def accepted_types() -> set[str]:
    """The accepted media types; HEIC only if its library (the extra `heic`) is installed."""
    return ALWAYS_ACCEPTED | ({HEIC} if find_spec("pillow_heif") else set())


def detect_type(head: bytes) -> str:
    """A media type of ALWAYS_ACCEPTED, or the name of another type ("HEIC"); "" if it is unknown.

    head: the first HEAD_BYTES bytes of the file.
    """
    for signature, offset, name in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return name
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video")
    if head[:4] == b"RIFF":
        return "WebP" if head[8:12] == b"WEBP" else "sound or video (RIFF)"
    # The header of a PDF may be anywhere in the first 1,024 bytes (ISO 32000-1, annex H, note 13).
    if b"%PDF-" in head:
        return "application/pdf"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern, name in MARKUP:
        if pattern.search(text[:400]):
            return name
    return "text" if head and not re.search(rb"[\x00-\x08\x0e-\x1f]", head) else ""
