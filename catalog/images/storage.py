"""Stored files as files of the local disk, wherever the store is."""

import shutil
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage

from catalog.images.folders import BoundedFolder
from catalog.images.pictures import SUFFIXES


def original_path(sha256: str, media_type: str) -> str:
    """Where an original lies below the media folder: originals/ab/<sha256>.<suffix of its true type>."""
    return f"originals/{sha256[:2]}/{sha256}{SUFFIXES[media_type]}"


def derivative_path(sha256: str, name: str) -> str:
    """Where a derivative lies: derived/ab/<sha256>/<name>.jpg, name being `thumbnail` or `reading`."""
    return f"derived/{sha256[:2]}/{sha256}/{name}.jpg"


@lru_cache(maxsize=4)
def _copies(root: Path, most_bytes: int) -> BoundedFolder:
    return BoundedFolder(root, most_bytes)


def local_copy(name: str) -> Path:
    """The file of a stored name on the local disk: itself where the store is a folder, else a copy fetched once and
    kept below VAR_DIR within a bound. Stored names must be made from content, as those of originals are: a copy is
    never compared again. Raises OSError where the file is missing or the store does not answer."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        pass
    copies = _copies(Path(settings.VAR_DIR) / "copies", settings.COPIES_BYTES)
    kept = "-".join(PurePosixPath(name).parts[-3:]).replace("originals-", "")
    path = copies.path(kept)
    if not path.exists():
        with copies.alone(kept):
            if not path.exists():
                made = copies.beside(kept)
                try:
                    with default_storage.open(name) as source, made.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                except Exception as error:
                    made.unlink(missing_ok=True)
                    # Stores of other kinds raise their own errors; to whoever reads, they mean the same.
                    raise OSError(f"{name} cannot be read from the store: {error}") from error
                copies.settle(kept, made)
    copies.use(kept)
    return path
