"""Rows that many tests need, made as the product makes them."""

import threading
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.intake.decoder import Decoder
from catalog.intake.single_images import add_image
from catalog.records.models import Page


class SharedDecoder(Decoder):
    """One decoding child for all tests of a process: starting one for each image would take longer than the tests."""

    def __init__(self) -> None:
        super().__init__(memory=settings.DECODE_BYTES, seconds=settings.DECODE_SECONDS)
        self._turn = threading.Lock()

    def decode(self, path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
        with self._turn:
            return super().decode(path, media_type, folder)


@cache
def shared_decoder() -> SharedDecoder:
    """The decoder of this process."""
    return SharedDecoder()


def add_scan(*, page: Page, file: BinaryIO, original_name: str = "letter.jpg", actor: User | None = None) -> Scan:
    """Take an image file in as the one shown for `page`."""
    file.seek(0)
    return add_image(page=page, data=file.read(), name=original_name, actor=actor, decoder=shared_decoder())
