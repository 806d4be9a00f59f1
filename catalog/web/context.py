"""Context that every template has."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language


def languages(request: HttpRequest) -> dict[str, Any]:
    """`language_links`: for each language the address of the same page with the same query."""
    address = request.get_full_path()
    current = get_language()
    links = [
        {
            "code": code,
            "label": code.upper(),
            "url": translate_url(address, code),
            "current": code == current,
            "name": name,
        }
        for code, name in settings.LANGUAGES
    ]
    return {"language_links": links}
