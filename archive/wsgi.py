"""The entry for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from archive.memory import give_back_what_is_freed

give_back_what_is_freed()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive.settings.production")
application = get_wsgi_application()
