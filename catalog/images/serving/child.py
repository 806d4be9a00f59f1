"""A child process that makes one pack, so that the memory for a large image is freed when it ends.

Started as `python -m catalog.images.serving.child BYTES`; reads one line of JSON; the exit status is 0 if the pack was
written.
"""

import json
import resource
import sys
from pathlib import Path

from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import build_pack


def main() -> None:
    """Read the task and make its pack."""
    most_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task = json.loads(sys.stdin.readline())
    try:
        build_pack(Path(task["path"]), Rendition.from_json(task["rendition"]), Path(task["target"]))
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
