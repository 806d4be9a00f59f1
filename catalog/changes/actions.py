"""Helpers for actions that write many rows at once, without calling `save` on each."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.utils import timezone

from catalog.changes.writing import Actor, RevisionedModel, set_history_user

BATCH = 500


def save_by(row: models.Model, actor: Actor | None) -> None:
    """Save a row so that its history names `actor`; None for the signed-in user, if there is one. Call within an action
    that holds the row locked."""
    if isinstance(row, RevisionedModel) and not row._state.adding:
        row.revision += 1
    if actor is not None:
        set_history_user(row, actor)
    row.save()


def write_creation_history(model: type[models.Model], keys: Sequence[int], actor: models.Model | None = None) -> None:
    """Write the history rows of rows that `bulk_create` has just made, in one statement per batch.

    `model` has a django-simple-history `history`; `keys` are primary keys; `actor`: who made them. Call inside the
    transaction of the rows.
    """
    quote = connection.ops.quote_name
    table, columns = _history_table(model)
    column_list = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        for offset in range(0, len(keys), BATCH):
            batch = list(keys[offset : offset + BATCH])
            placeholders = ", ".join(["%s"] * len(batch))
            # Names of tables and columns come only from the models; every value is a parameter.
            cursor.execute(
                f"INSERT INTO {quote(table)} ({column_list}, history_date, history_type, history_user_id) "  # noqa: S608
                f"SELECT {column_list}, %s, '+', %s FROM {quote(model._meta.db_table)} "
                f"WHERE {quote(model._meta.pk.column or 'id')} IN ({placeholders})",
                [timezone.now(), actor.pk if actor else None, *batch],
            )


@cache
def _history_table(model: type[models.Model]) -> tuple[str, list[str]]:
    """The table of a model's history, and the columns that it shares with the table of the model. Cached, since each
    access to `history` creates a class."""
    history: Any = model.history.model  # type: ignore[attr-defined]
    columns = {field.column for field in model._meta.concrete_fields}
    return history._meta.db_table, [field.column for field in history._meta.concrete_fields if field.column in columns]
