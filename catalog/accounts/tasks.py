"""What the worker does for accounts."""

from django_tasks import task

from catalog.accounts.passwords import send_link


@task()
def send_reset_link(user_pk: int, site: str) -> str:
    """Write the link for a new password to a user; 0 is nobody, for whom the same task is queued."""
    return "written" if send_link(user_pk, site) else "nobody to write to"
