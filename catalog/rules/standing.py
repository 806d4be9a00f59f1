"""Who may see a record: it follows from its own status and access and from those of every record above it.

Source: the archive's own rule (house design, "Visibility has one home"); closure for a time as in ISAD(G) 3.4.1.
"""

import datetime
from dataclasses import dataclass

ALWAYS = datetime.date(1, 1, 1)


@dataclass(frozen=True)
class Standing:
    """chain_published: the record and all above it are published and not in the trash. open_from: the first day on
    which it and all above it are open; None for never."""

    chain_published: bool
    open_from: datetime.date | None

    def is_public(self, today: datetime.date) -> bool:
        """Whether a visitor may see it on the day `today`."""
        return self.chain_published and self.open_from is not None and self.open_from <= today


def standing(
    *, published: bool, trashed: bool, open: bool, closed_until: datetime.date | None, above: Standing | None
) -> Standing:
    """The standing of a record. above: that of its parent, None at the top; closed_until: for a record that is not
    open, the day its closure ends, None for never."""
    own = ALWAYS if open else closed_until
    inherited = above.open_from if above else ALWAYS
    return Standing(
        chain_published=published and not trashed and (above is None or above.chain_published),
        open_from=max(own, inherited) if own and inherited else None,
    )
