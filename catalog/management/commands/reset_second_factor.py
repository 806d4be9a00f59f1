"""`manage.py reset_second_factor USER`: for an administrator who lost the second factor and has no colleague."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.accounts.models import User
from catalog.accounts.second_factor import reset_on_server


class Command(BaseCommand):
    """It asks for no permission: who can run it can change the database anyway."""

    help = "Take a user's second factor and recovery codes away and end her sessions; it stands in the log of sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The user's name."""
        parser.add_argument("user", help="user name, as typed when signing in")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset the second factor, and print what was done."""
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}. Names are in the admin under Users.")
        if not reset_on_server(user=user):
            self.stdout.write(f"{user.username} had no second factor; every session of this user has ended.")
            return
        self.stdout.write(f"The second factor of {user.username} is taken away, and every session has ended.")
