"""What the database knows of its own tables, by which it chooses how to look things up."""

from django.db import connection

# Rows looked at of each index: enough to tell a useful one from one that everything shares, and done in a moment.
SAMPLED = 1000


def weigh_tables() -> None:
    """Have SQLite look, by samples, at how its tables are filled; PostgreSQL does so by itself.

    Without it SQLite takes an index on a column that is nearly always empty for a good one, and a page that shows the
    five newest records reads a million. Called by the worker once a day and after much was written at once.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit={SAMPLED}")
            cursor.execute("ANALYZE")
