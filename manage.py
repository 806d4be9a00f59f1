#!/usr/bin/env python3
"""Django's command line, which first makes its own environment where none stands.

Kept readable for old Pythons, so that an old Python gets a sentence and not a SyntaxError.
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
