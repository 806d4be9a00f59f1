"""Reading users."""

from catalog.accounts.models import User


def user_by_name(name: str) -> User | None:
    """The user who signs in with this name, active or not."""
    return User.objects.filter(username=name).first()


def active_user(pk: int) -> User | None:
    """The user of this primary key, if the account is active."""
    return User.objects.filter(pk=pk, is_active=True).first()
