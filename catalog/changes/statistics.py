"""What the database knows of its own tables, by which it chooses how to look things up."""

from django.db import connection

# Rows that SQLite looks at of each index: enough to tell a useful one from one that everything shares, and done in a
# moment.
SAMPLED = 1000


def analyze_tables() -> None:
    """Have the database look, by samples, at how its tables are filled. PostgreSQL is left alone within a transaction:
    the
    number of rows that it notes would stay though they are rolled back.

    Without it SQLite takes an index on a column that is nearly always empty for a good one, and a page that shows the
    five newest records reads a million. PostgreSQL looks by itself, but a minute later: until then it believes a table
    that was just filled to be empty, and compares every row with every other. Called by the worker once a day and after
    much was written at once.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit={SAMPLED}")
            cursor.execute("ANALYZE")
        elif not connection.in_atomic_block:
            tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
