"""What follows when an image is shown otherwise: its identifiers, its small files, and every box drawn on it."""

from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.changes.writing import HOUSE, Actor, write_changes
from catalog.images.models import Scan
from catalog.images.queries import instructions_of, rendition_of, small_name
from catalog.images.renditions.identifiers import rendition_part
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.rendering import small_files
from catalog.images.serving.store import drop_pack
from catalog.images.serving.turns import drawing, sharing
from catalog.images.storage import local_copy
from catalog.records.models import Cover, Mention, Page
from catalog.records.queries import covers_of
from catalog.rules.geometry import Affine, Size, clipped_box, covering_box, moved_box, scaled
from catalog.texts.models import PageText
from catalog.texts.packing import pack

# By what part the proportions of a new image may differ from the old one's before nobody can say where covers belong.
SAME_SHAPE = 0.05
UNSURE_VI = "Ảnh đã được thay bằng ảnh có hình dạng khác; cần xem lại các phần phải che."
UNSURE_EN = "The image was replaced by one of another shape; see again which parts must be covered."


def name_renditions(scan: Scan) -> bool:
    """Give the scan the identifiers of what is shown now; whether they changed. Not saved."""
    before = scan.public_id, scan.uncovered_id
    plain = f"{scan.sha256[:16]}p{scan.page_id}"
    orders = instructions_of(scan)
    scan.uncovered_id = plain + rendition_part(orders)
    scan.public_id = plain + rendition_part(orders, [cover.box for cover in covers_of(scan.page_id)])
    return before != (scan.public_id, scan.uncovered_id)


def make_small_file(scan: Scan, rendition: Rendition) -> None:
    """Thumbnail and reading image of one rendition, where they are not there. Raises OSError, Busy."""
    names = [small_name(scan, rendition, name) for name in ("thumbnail", "reading")]
    if all(default_storage.exists(name) for name in names):
        return
    with drawing():
        made = small_files(local_copy(rendition.original), rendition)
    for name, data in zip(names, made, strict=True):
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(data))


def stored_small_file(*, scan: Scan, name: str, uncovered: bool = False) -> Path:
    """The local file of `thumbnail` or `reading`; made now where it is missing, since it can always be made again.

    Raises OSError where neither it nor the original can be read, Busy.
    """
    rendition = rendition_of(scan, uncovered=uncovered)
    stored = small_name(scan, rendition, name)
    try:
        path = local_copy(stored)
    except OSError:
        path = None
    if path is None or not path.exists():
        with sharing():
            make_small_file(scan, rendition)
        path = local_copy(stored)
    return path


def drop_files(scan: Scan, renditions: list[Rendition]) -> None:
    """Take away what was made of renditions shown no more. What an image taken in came with stays."""
    for rendition in renditions:
        drop_pack(rendition.key)
        if not rendition.plain:
            for name in ("thumbnail", "reading"):
                default_storage.delete(small_name(scan, rendition, name))


def carry_boxes(*, page: Page, change: Affine, size: Size, actor: Actor | None = None) -> None:
    """Take the boxes of names and of the current text along when the image shown goes `change`; its new size is `size`.

    A name whose box would lie outside the image loses it: its history keeps where it was.
    """
    if change == Affine():
        return
    for mention in Mention.objects.filter(page=page, box_x__isnull=False):
        assert mention.box is not None  # noqa: S101 — whole or none
        box = clipped_box(moved_box(change, mention.box), size)
        values = dict(zip(("box_x", "box_y", "box_w", "box_h"), box or (None,) * 4, strict=True))
        write_changes(mention, values, actor=actor or HOUSE, revision=None)
    for text in PageText.objects.filter(page=page, current=True):
        # Words outside the part shown keep their places beyond its edge, so that nothing is lost when it grows again.
        boxes = [[*box[:2], *moved_box(change, (box[2], box[3], box[4], box[5]))] for box in text.boxes]
        write_changes(text, {"packed_boxes": pack(boxes)}, actor=actor or HOUSE, revision=None)


def place_covers(*, scan: Scan, actor: Actor | None = None) -> None:
    """Put the covers of the scan's page where their places in the original now stand."""
    way, size = instructions_of(scan).transform((scan.full_width, scan.full_height))
    for cover in Cover.objects.filter(page=scan.page_id):
        full = cover.full_x, cover.full_y, cover.full_w, cover.full_h
        values = dict(zip(("x", "y", "w", "h"), covering_box(way, full, size), strict=True))
        write_changes(cover, values, actor=actor or HOUSE, revision=None)


def carry_over(*, before: Scan, scan: Scan) -> None:
    """Let covers and boxes of a page follow from its earlier image to the new one, scaled. Where the new one has
    another shape nobody can say what is where: then, if anything is covered, all of it is, until a person looks."""
    size = scan.width, scan.height
    change = scaled(size[0] / before.width, size[1] / before.height)
    back = instructions_of(scan).transform((scan.full_width, scan.full_height))[0].inverse()
    covers = list(Cover.objects.filter(page=scan.page_id))
    for cover in covers:
        cover.x, cover.y, cover.w, cover.h = covering_box(change, cover.box, size)
        cover.full_x, cover.full_y, cover.full_w, cover.full_h = covering_box(back, cover.box)
        cover.save()
    shape = (size[0] / size[1]) / (before.width / before.height)
    if any(cover.trashed_at is None for cover in covers) and abs(shape - 1) > SAME_SHAPE:
        x, y, w, h = covering_box(back, (0, 0, *size))
        Cover.objects.create(
            page_id=scan.page_id,
            x=0,
            y=0,
            w=size[0],
            h=size[1],
            full_x=x,
            full_y=y,
            full_w=w,
            full_h=h,
            reason_vi=UNSURE_VI,
            reason_en=UNSURE_EN,
            provisional=True,
        )
    if size != (before.width, before.height):
        carry_boxes(page=scan.page, change=change, size=size)
