"""Storing files under their names: renamed into place if the store is a local folder, else sent to it."""

import os
import shutil
import uuid
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

LAYOUT = """This folder is the archive's images. It can be read without the software that wrote it.

originals/ab/abcdef….jpg   every file byte for byte as it came, named by its SHA-256 (its first two digits are the
                           folder); .jpg .png .tif .pdf .heic by what it truly is. Checking: sha256sum gives the name.
                           Pages taken out of a PDF or a TIFF of several pages stand here too, beside the whole file.
derived/ab/abcdef…/        made from the original of that name and can be made again: thumbnail.jpg (400 pixels) and
                           reading.jpg (half size).

Which file is which page of which record stands in the database (table catalog_scan: page, sha256, original,
original_name, delivered_sha256).
"""


def store_file(name: str, path: Path, *, durable: bool = False) -> None:
    """Move the file `path` into the store as `name`, unless that name exists. durable: sync it to the disk before
    returning."""
    if default_storage.exists(name):
        return
    try:
        target = Path(default_storage.path(name))
    except NotImplementedError:
        with path.open("rb") as file:
            default_storage.save(name, File(file))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}")
    shutil.move(path, temporary)
    if durable:
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
    temporary.replace(target)
    if durable:
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_media_readme() -> None:
    """Write a README into the store, so that a person can use it without this software."""
    if not default_storage.exists("README.txt"):
        default_storage.save("README.txt", ContentFile(LAYOUT.encode()))
