#!/usr/bin/env python3
"""Django's command line. It first creates its own virtual environment if there is none.

Written in syntax that old Pythons can read, so that they print a message and not a SyntaxError.
"""

import os
import sys


def main():
    import bootstrap

    bootstrap.prepare(sys.argv)
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    settings = "archive.settings.test" if command == "test" else "archive.settings.local"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
