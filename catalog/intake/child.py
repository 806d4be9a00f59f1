"""The child process that decodes files: reads a line of JSON, writes a line of JSON. Its memory is limited, so that a
hostile file can kill only this process.

Started as `python -m catalog.intake.child BYTES`; no Django, no database.
"""

import json
import resource
import sys
from pathlib import Path

from catalog.intake.decoding import decode
from catalog.intake.derivatives import Refused


def main() -> None:
    """Decode the files of all tasks until the input ends."""
    most_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        task = json.loads(line)
        try:
            answer: dict[str, object] = {"pages": decode(Path(task["path"]), task["media_type"], Path(task["folder"]))}
        except Refused as error:
            answer = {"refused": error.code, "detail": error.detail}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
