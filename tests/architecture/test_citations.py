"""What a comment cites is there to be read: pages of `docs/` and their sections."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITATION = re.compile(r"(docs/[\w./-]+\.md)(?:,\s+([A-Z][\w ]+?)(?=[,;:.)\n]|$))?")
OUTSIDE = re.compile(r"\b(?:domain|search|image|images|family|families)\s+notes?\b", re.IGNORECASE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#([\w-]+))?\)")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    # The migrations keep frozen copies of the rules, whose comments are as they were.
    return [ROOT / name for name in listed if not name.startswith(("catalog/migrations/", "tests/data/"))]


def _headings(page: Path) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE))


def test_every_page_and_section_that_code_cites_exists() -> None:
    """48 comments cited notes that were not in the repository."""
    hanging: list[str] = []
    cited = 0
    for path in _tracked("*.py", "*.html", "*.js", "*.css"):
        words = re.sub(r"\s*\n[\s#*]*", " ", path.read_text())
        for page, section in CITATION.findall(words):
            cited += 1
            target = ROOT / page
            if not target.is_file() or (section and section not in _headings(target)):
                hanging.append(f"{path.relative_to(ROOT)}: {page}, {section}")
    assert hanging == [] and cited > 40


def test_nothing_cites_notes_outside_the_repository() -> None:
    own = Path(__file__).resolve()
    citing = [path for path in _tracked("*.py") if path != own and OUTSIDE.search(path.read_text())]
    assert citing == []


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    hanging = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in _tracked("*.md")
        for target, _ in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert hanging == []
