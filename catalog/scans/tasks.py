"""Background work on scans."""

from django_tasks import task

from catalog.scans.reading.queue import fill_queue


@task()
def read_words(page_id: int) -> str:
    """Have a page's new image read: it goes into the queue of machine reading, which the worker takes up by itself."""
    return f"{fill_queue()} pages queued, {page_id} among those looked at"
