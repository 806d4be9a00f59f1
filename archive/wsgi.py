"""The entry for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from archive.memory import return_freed_memory

return_freed_memory()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive.settings.production")
application = get_wsgi_application()
