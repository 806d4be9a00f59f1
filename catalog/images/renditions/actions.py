"""Changing how an image is shown: instructions, covers."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.actions import save_by
from catalog.changes.writing import HOUSE, Actor, action_in_steps, locked, require, write_changes
from catalog.images.models import Scan
from catalog.images.queries import instructions_of, rendition_of
from catalog.images.renditions.following import carry_boxes, drop_files, name_renditions, place_covers
from catalog.images.renditions.pictures_first import pictures_first, require_small_files
from catalog.images.renditions.rendition import Rendition
from catalog.records.models import Cover, Mention, Page
from catalog.rules.geometry import Instructions, clipped_box, covering_box, moved_box

MOST_SKEW = 45.0
LEAST_CROP = 16


class BadInstructions(ValueError):
    """The image cannot be shown like this. code: turn, skew, crop_outside, crop_small, names_outside, cover_outside,
    no_image; detail: names that would lose their place."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


def checked_instructions(*, scan: Scan, turn: int, skew: float, crop: Sequence[int] | None) -> Instructions:
    """Validated instructions for a scan; a crop is clipped to the image. Raises BadInstructions."""
    if turn not in (0, 90, 180, 270):
        raise BadInstructions("turn")
    if not -MOST_SKEW <= skew <= MOST_SKEW:
        raise BadInstructions("skew")
    full = scan.full_width, scan.full_height
    orders = Instructions(turn, round(skew, 2) + 0.0)
    _transform, size = orders.transform(full)
    if crop is None:
        return orders
    box = clipped_box((crop[0], crop[1], crop[2], crop[3]), size)
    if box is None:
        raise BadInstructions("crop_outside")
    if min(box[2:]) < min(LEAST_CROP, *size):
        raise BadInstructions("crop_small")
    return Instructions(turn, orders.skew, None if box == (0, 0, *size) else box)


@action_in_steps
def set_instructions(
    *, scan: Scan, turn: int, skew: float, crop: Sequence[int] | None, actor: User | None = None
) -> Scan:
    """Show a scan turned by `turn` degrees clockwise, then straightened by `skew` degrees clockwise, then cropped to
    `crop` (x, y, width, height in pixels of the picture that results). The original stays as it is.

    Thumbnail and reading image are made again; the identifier changes; the boxes of words, names and covers are moved.
    Returns the scan as it is now. Raises BadInstructions, OSError if the original cannot be read.
    """
    require(actor or HOUSE, "change_page")
    orders = checked_instructions(scan=scan, turn=turn, skew=skew, crop=crop)
    return pictures_first(lambda: _write_instructions(scan.pk, orders, actor))


def _write_instructions(pk: int, orders: Instructions, actor: User | None) -> Scan:
    scan = Scan.objects.select_for_update(of=("self",)).select_related("page").get(pk=pk)
    full = scan.full_width, scan.full_height
    current = instructions_of(scan)
    if orders == current:
        return scan
    old = [rendition_of(scan), rendition_of(scan, uncovered=True)]
    transform, size = orders.transform(full)
    change = current.transform(full)[0].inverse().then(transform)
    if scan.current:
        lost = [
            mention.name
            for mention in Mention.objects.kept().filter(page=scan.page_id, box_x__isnull=False)
            if mention.box and clipped_box(moved_box(change, mention.box), size) is None
        ]
        if lost:
            raise BadInstructions("names_outside", ", ".join(lost[:5]))
    scan.turn, scan.skew = orders.turn, orders.skew
    scan.crop_x, scan.crop_y, scan.crop_w, scan.crop_h = orders.crop or (None, None, None, None)
    scan.width, scan.height = size
    if scan.current:
        place_covers(scan=scan, actor=actor)
        carry_boxes(page=scan.page, change=change, size=size, actor=actor)
    _save_with_files(scan, old, actor)
    return scan


@action_in_steps
def cover_part(
    *, page: Page, box: Sequence[int], reason_vi: str = "", reason_en: str = "", actor: User | None = None
) -> Cover:
    """Cover a part of the page's image for the public, in every picture; the words and names under it are withheld too.
    box: x, y, width, height in pixels as shown, clipped to the image. The original stays as it is, and the public
    address of the image changes.

    Raises NotAllowed, BadInstructions, OSError if the original cannot be read.
    """
    require(actor or HOUSE, "change_page")

    def write() -> Cover:
        scan = _shown_scan(page)
        inside = clipped_box((box[0], box[1], box[2], box[3]), (scan.width, scan.height))
        if inside is None:
            raise BadInstructions("cover_outside")
        old = [rendition_of(scan)]
        transform, _size = instructions_of(scan).transform((scan.full_width, scan.full_height))
        x, y, w, h = covering_box(transform.inverse(), inside)
        cover = Cover(
            page=page,
            x=inside[0],
            y=inside[1],
            w=inside[2],
            h=inside[3],
            full_x=x,
            full_y=y,
            full_w=w,
            full_h=h,
            reason_vi=reason_vi.strip(),
            reason_en=reason_en.strip(),
            made_by=actor,
        )
        save_by(cover, actor)
        _save_with_files(scan, old, actor)
        return cover

    return pictures_first(write)


@action_in_steps
def uncover_part(*, cover: Cover, actor: Actor | None = None) -> Cover:
    """Remove a cover; returns it as it is now. Its history keeps who covered what. Raises OSError if the original
    cannot be read, NotAllowed."""
    require(actor or HOUSE, "change_page")

    def write() -> Cover:
        scan = _shown_scan(cover.page)
        current = locked(cover)
        if current.trashed_at is not None:
            # A colleague removed it already: keep who did it and when.
            return current
        old = [rendition_of(scan)]
        values = {"trashed_at": timezone.now(), "trashed_by": actor.pk if actor else None}
        removed = write_changes(cover, values, actor=actor or HOUSE, revision=None)
        _save_with_files(scan, old, actor)
        return removed

    return pictures_first(write)


@action_in_steps
def restore_cover(*, actor: Actor, cover: Cover) -> Cover:
    """Restore a removed cover and return it. Raises NotAllowed; BadInstructions if the page has no image any more;
    OSError if the original cannot be read."""
    require(actor, "delete_cover")

    def write() -> Cover:
        scan = _shown_scan(cover.page)
        old = [rendition_of(scan)]
        restored = write_changes(cover, {"trashed_at": None, "trashed_by": None}, actor=actor, revision=None)
        place_covers(scan=scan, actor=actor)
        _save_with_files(scan, old, actor)
        return restored

    return pictures_first(write)


def _shown_scan(page: Page) -> Scan:
    scan = Scan.objects.select_for_update(of=("self",)).select_related("page").filter(page=page, current=True).first()
    if scan is None:
        raise BadInstructions("no_image")
    return scan


def _save_with_files(scan: Scan, old: list[Rendition], actor: Actor | None) -> None:
    """Save the scan with the identifiers of its new renditions, whose small files must exist before the commit. After
    the commit, delete the files of renditions that are no longer used."""
    name_renditions(scan)
    require_small_files(scan)
    save_by(scan, actor)
    new_keys = {rendition_of(scan).key, rendition_of(scan, uncovered=True).key}
    unused = [rendition for rendition in old if rendition.key not in new_keys]
    transaction.on_commit(lambda: drop_files(scan, unused))
