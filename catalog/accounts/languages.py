"""Addresses in the language that a user has chosen."""

from django.conf import settings
from django.urls import translate_url
from django.utils.translation import get_language, get_language_from_path, override

from catalog.accounts.models import User


def in_own_language(address: str, user: User) -> str:
    """The address of the same page in the language that `user` has chosen; without a choice, in the active one."""
    language = user.language or get_language() or settings.LANGUAGE_CODE
    # Django resolves an address by the patterns of the active language, so that of the address is activated.
    with override(get_language_from_path(address) or settings.LANGUAGE_CODE):
        return translate_url(address, language)
