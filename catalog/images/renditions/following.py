"""Updating what depends on how an image is shown: its identifiers, its small files, and all boxes on it."""

from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.changes.writing import HOUSE, Actor, write_changes
from catalog.images.models import Scan
from catalog.images.queries import derivative_name, instructions_of, rendition_of
from catalog.images.renditions.identifiers import rendition_part
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.rendering import small_files
from catalog.images.serving.slots import drawing_slot, request_slot
from catalog.images.serving.store import drop_pack
from catalog.images.storage import local_copy
from catalog.records.models import Cover, Mention, Page
from catalog.records.queries import covers_of
from catalog.rules.geometry import Affine, Size, clipped_box, covering_box, moved_box, scaled
from catalog.texts.models import PageText
from catalog.texts.packing import pack

# How much the proportions of a new image may differ from the old one's; beyond that it is unknown where covers belong.
LARGEST_SHAPE_CHANGE = 0.05
UNSURE_VI = "Ảnh đã được thay bằng ảnh có hình dạng khác; cần xem lại các phần phải che."
UNSURE_EN = "The image was replaced by one of another shape; see again which parts must be covered."


def name_renditions(scan: Scan) -> bool:
    """Set the scan's identifiers for what it shows now, without saving; returns whether they changed."""
    before = scan.public_id, scan.uncovered_id
    prefix = f"{scan.sha256[:16]}p{scan.page_id}"
    orders = instructions_of(scan)
    scan.uncovered_id = prefix + rendition_part(orders)
    scan.public_id = prefix + rendition_part(orders, [cover.box for cover in covers_of(scan.page_id)])
    return before != (scan.public_id, scan.uncovered_id)


def make_small_files(scan: Scan, rendition: Rendition) -> None:
    """Make thumbnail and reading image of a rendition if they do not exist. Raises OSError, Busy."""
    names = [derivative_name(scan, rendition, name) for name in ("thumbnail", "reading")]
    if all(default_storage.exists(name) for name in names):
        return
    with drawing_slot():
        images = small_files(local_copy(rendition.original), rendition)
    for name, data in zip(names, images, strict=True):
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(data))


def stored_small_file(*, scan: Scan, name: str, uncovered: bool = False) -> Path:
    """The local file of `thumbnail` or `reading`; made now if it is missing.

    Raises OSError if neither it nor the original can be read, Busy.
    """
    rendition = rendition_of(scan, uncovered=uncovered)
    stored_name = derivative_name(scan, rendition, name)
    try:
        path = local_copy(stored_name)
    except OSError:
        path = None
    if path is None or not path.exists():
        with request_slot():
            make_small_files(scan, rendition)
        path = local_copy(stored_name)
    return path


def drop_files(scan: Scan, renditions: list[Rendition]) -> None:
    """Delete the files of renditions that are no longer shown. The derivatives made at intake stay."""
    for rendition in renditions:
        drop_pack(rendition.key)
        if not rendition.is_plain:
            for name in ("thumbnail", "reading"):
                default_storage.delete(derivative_name(scan, rendition, name))


def carry_boxes(*, page: Page, change: Affine, size: Size, actor: Actor | None = None) -> None:
    """Move the boxes of mentions and of the current text when the image changes by `change` to the size `size`.

    A mention whose box would be outside the image loses it; its history keeps where it was.
    """
    if change == Affine():
        return
    for mention in Mention.objects.filter(page=page, box_x__isnull=False):
        assert mention.box is not None  # noqa: S101 — whole or none
        box = clipped_box(moved_box(change, mention.box), size)
        values = dict(zip(("box_x", "box_y", "box_w", "box_h"), box or (None,) * 4, strict=True))
        write_changes(mention, values, actor=actor or HOUSE, revision=None)
    for text in PageText.objects.filter(page=page, current=True):
        # Words outside the shown part keep boxes beyond its edge, so that nothing is lost when the crop grows again.
        boxes = [[*box[:2], *moved_box(change, (box[2], box[3], box[4], box[5]))] for box in text.boxes]
        write_changes(text, {"packed_boxes": pack(boxes)}, actor=actor or HOUSE, revision=None)


def place_covers(*, scan: Scan, actor: Actor | None = None) -> None:
    """Place the covers of the scan's page again, from their places in the original."""
    transform, size = instructions_of(scan).transform((scan.full_width, scan.full_height))
    for cover in Cover.objects.filter(page=scan.page_id):
        full = cover.full_x, cover.full_y, cover.full_w, cover.full_h
        values = dict(zip(("x", "y", "w", "h"), covering_box(transform, full, size), strict=True))
        write_changes(cover, values, actor=actor or HOUSE, revision=None)


def follow_new_scan(*, before: Scan, scan: Scan) -> None:
    """Move the covers and boxes of a page from its earlier image (`before`) to the new one, scaled. If the new image
    has another shape, their places are unknown: then, if anything is covered, everything is covered until a person
    looks."""
    size = scan.width, scan.height
    change = scaled(size[0] / before.width, size[1] / before.height)
    to_original = instructions_of(scan).transform((scan.full_width, scan.full_height))[0].inverse()
    covers = list(Cover.objects.filter(page=scan.page_id))
    for cover in covers:
        cover.x, cover.y, cover.w, cover.h = covering_box(change, cover.box, size)
        cover.full_x, cover.full_y, cover.full_w, cover.full_h = covering_box(to_original, cover.box)
        cover.save()
    shape_change = (size[0] / size[1]) / (before.width / before.height)
    if any(cover.trashed_at is None for cover in covers) and abs(shape_change - 1) > LARGEST_SHAPE_CHANGE:
        x, y, w, h = covering_box(to_original, (0, 0, *size))
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
