"""pytest behind Django's test runner, so that `manage.py test` means the whole suite."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test.runner import DiscoverRunner


class PytestRunner(DiscoverRunner):
    """Hands its labels and options to pytest unchanged."""

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Run pytest with `test_labels` as its command line; returns pytest's exit status."""
        return int(pytest.main(list(test_labels)))
