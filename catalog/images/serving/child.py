"""A child that makes one pack, so that the memory of a large image is that of a process which ends.

Started as `python -m catalog.images.serving.child BYTES`; reads one line of JSON; exit status 0 when the pack stands.
"""

import json
import resource
import sys
from pathlib import Path

from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import build


def main() -> None:
    """Make the pack that is asked for."""
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.readline())
    try:
        build(Path(asked["path"]), Rendition.from_json(asked["rendition"]), Path(asked["target"]))
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
