"""The home page, about, and help."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.exhibitions.queries import current_exhibitions
from catalog.records.queries import newly_published, readable_by_name, visible_repositories


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The search box, current exhibitions, newly described files, and on how many pages names have been read."""
    named, pages = readable_by_name(request.user)
    return render(
        request,
        "catalog/home/home.html",
        {
            "exhibitions": current_exhibitions(request.user),
            "newest": newly_published(request.user),
            "named_pages": named,
            "all_pages": pages,
        },
    )


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """About the archive, and which repository keeps what."""
    return render(
        request, "catalog/home/about.html", {"repositories": visible_repositories(request.user), "active_nav": "about"}
    )


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to search, how names and units are written, what the terms mean."""
    return render(request, "catalog/home/help.html", {"active_nav": "help"})
