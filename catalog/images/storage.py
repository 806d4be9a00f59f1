"""Names of stored files, and their local copies, wherever the store is."""

import shutil
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage

from catalog.images.folders import BoundedFolder
from catalog.images.pictures import SUFFIXES


def original_path(sha256: str, media_type: str) -> str:
    """The stored name of an original: originals/ab/<sha256>.<suffix of its true type>."""
    return f"originals/{sha256[:2]}/{sha256}{SUFFIXES[media_type]}"


def derivative_path(sha256: str, name: str) -> str:
    """The stored name of a derivative: derived/ab/<sha256>/<name>.jpg. name: `thumbnail` or `reading`, with a part for
    the rendition."""
    return f"derived/{sha256[:2]}/{sha256}/{name}.jpg"


@lru_cache(maxsize=4)
def _copies(root: Path, most_bytes: int) -> BoundedFolder:
    return BoundedFolder(root, most_bytes)


def local_copy(name: str) -> Path:
    """The local path of a stored file: the file itself if the store is a folder, else a copy below VAR_DIR that is
    fetched once; copies are limited in size. Stored names must be made from the content, as those of originals are,
    since a copy is never compared again. Raises OSError if the file is missing or the store does not answer."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        pass
    copies = _copies(Path(settings.VAR_DIR) / "copies", settings.COPIES_BYTES)
    copy_name = "-".join(PurePosixPath(name).parts[-3:]).replace("originals-", "")
    path = copies.path(copy_name)
    if not path.exists():
        with copies.lock(copy_name):
            if not path.exists():
                temporary = copies.temporary_path(copy_name)
                try:
                    with default_storage.open(name) as source, temporary.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                except Exception as error:
                    temporary.unlink(missing_ok=True)
                    # Storage backends raise errors of their own; for the caller they all mean the same.
                    raise OSError(f"{name} cannot be read from the store: {error}") from error
                copies.add(copy_name, temporary)
    copies.touch(copy_name)
    return path
