"""The child that decodes: a line of JSON in, a line of JSON out; its memory is limited, so that a hostile file kills it
alone.

Started as `python -m catalog.intake.child BYTES`; no Django, no database.
"""

import json
import resource
import sys
from pathlib import Path

from catalog.intake.decoding import decode
from catalog.intake.derivatives import Refused


def main() -> None:
    """Answer until the input ends."""
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: dict[str, object] = {
                "pages": decode(Path(asked["path"]), asked["media_type"], Path(asked["folder"]))
            }
        except Refused as error:
            answer = {"refused": error.code, "detail": error.detail}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
