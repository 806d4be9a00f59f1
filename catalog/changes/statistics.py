"""Statistics of the tables, by which the database plans its queries."""

from django.db import connection

# Rows of each index that SQLite samples: fast, and enough to distinguish a selective index from one where most rows are
# equal.
SAMPLED_ROWS = 1000


def analyze_tables() -> None:
    """Have the database sample its tables (ANALYZE). On PostgreSQL nothing is done within a transaction, since the
    statistics would stay if the rows are rolled back.

    Without statistics SQLite considers an index on a column that is nearly always empty a good one, and a page that
    shows the five newest records reads a million. PostgreSQL analyses by itself, but a minute later: until then it
    considers a table that was just filled to be empty, and compares every row with every other. Called by the worker
    once a day, and after many rows were written at once.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit={SAMPLED_ROWS}")
            cursor.execute("ANALYZE")
        elif not connection.in_atomic_block:
            tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
