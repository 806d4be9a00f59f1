"""Writing for rooms that write many rows at once, past `save`."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.utils import timezone

from catalog.changes.writing import Actor, RevisionedModel, set_history_user

BATCH = 500


def save_by(row: models.Model, actor: Actor | None) -> None:
    """Save a row whose history shall name `actor`; None leaves it to whoever is signed in, if anybody is. Call within
    an action that holds the row locked."""
    if isinstance(row, RevisionedModel) and not row._state.adding:
        row.revision += 1
    if actor is not None:
        set_history_user(row, actor)
    row.save()


def write_creation_history(model: type[models.Model], keys: Sequence[int], actor: models.Model | None = None) -> None:
    """Write the history rows of rows just made by `bulk_create`, in one statement a batch.

    `model` has a django-simple-history `history`; `keys` are primary keys; `actor`: who made them. Call inside the
    transaction of the rows.
    """
    quote = connection.ops.quote_name
    table, columns = _past_of(model)
    listed = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        for at in range(0, len(keys), BATCH):
            some = list(keys[at : at + BATCH])
            marks = ", ".join(["%s"] * len(some))
            # Names of tables and columns come from the models alone; every value is a parameter.
            cursor.execute(
                f"INSERT INTO {quote(table)} ({listed}, history_date, history_type, history_user_id) "  # noqa: S608
                f"SELECT {listed}, %s, '+', %s FROM {quote(model._meta.db_table)} "
                f"WHERE {quote(model._meta.pk.column or 'id')} IN ({marks})",
                [timezone.now(), actor.pk if actor else None, *some],
            )


@cache
def _past_of(model: type[models.Model]) -> tuple[str, list[str]]:
    """The table of a model's history and the columns that it shares with the model's own. Kept: to ask for a history
    makes a class each time."""
    past: Any = model.history.model  # type: ignore[attr-defined]
    standing = {field.column for field in model._meta.concrete_fields}
    return past._meta.db_table, [field.column for field in past._meta.concrete_fields if field.column in standing]
