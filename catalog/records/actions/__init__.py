"""All writing of records. Each action takes its actor, checks the permission itself, and runs in short transactions."""

from catalog.records.actions.descriptions import (
    OwnWork,
    create_file_records,
    create_record,
    describe_record,
    publish_record,
    restore_record,
    return_to_draft,
    send_to_review,
    set_access,
    trash_record,
    withdraw_record,
)
from catalog.records.actions.mentions import (
    AlreadyIdentified,
    MentionRow,
    add_mentions,
    identify_mention,
    record_mention,
    rederive_mentions,
    trash_mention,
    withdraw_identification,
)
from catalog.records.actions.pages import make_pages
from catalog.records.actions.people import CannotMerge, merge_people, set_life, undo_merge
from catalog.records.actions.rows import add_row, change_row, delete_row, put_back, restore_row, set_links
from catalog.records.actions.standing import finish_spreads, mark_opened

__all__ = [
    "AlreadyIdentified",
    "CannotMerge",
    "MentionRow",
    "OwnWork",
    "add_mentions",
    "add_row",
    "change_row",
    "create_file_records",
    "create_record",
    "delete_row",
    "describe_record",
    "finish_spreads",
    "identify_mention",
    "make_pages",
    "mark_opened",
    "merge_people",
    "publish_record",
    "put_back",
    "record_mention",
    "rederive_mentions",
    "restore_record",
    "restore_row",
    "return_to_draft",
    "send_to_review",
    "set_access",
    "set_life",
    "set_links",
    "trash_mention",
    "trash_record",
    "undo_merge",
    "withdraw_identification",
    "withdraw_record",
]
