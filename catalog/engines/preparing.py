"""Documents put into an index's words by a second process, while the first reads the database and writes the index.

For a rebuild on two cores. `python -m catalog.engines.preparing MODULE:FUNCTION` is that second process: pickled lists
of documents in, pickled lists of what the function makes of each out; it ends with its input, so that none is left when
the writer is killed.
"""

import itertools
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeVar

from catalog.engines.interface import Document, EngineError

ROOT = Path(__file__).resolve().parents[2]
# Fewer than these are done before a second process has begun.
ALONE = 4000
BATCH, AHEAD = 250, 4
P = TypeVar("P")


def prepared(documents: Iterable[Document], prepare: Callable[[Document], P]) -> Iterator[tuple[Document, P]]:
    """Every document with what `prepare` makes of it, in order.

    prepare: a function of a module, since it is told to the second process by its name. Raises EngineError where that
    process ends too soon.
    """
    source = iter(documents)
    for document in itertools.islice(source, ALONE):
        yield document, prepare(document)
    if (first := next(source, None)) is not None:
        yield from _by_another(itertools.chain([first], source), prepare)


def _by_another(source: Iterator[Document], prepare: Callable[[Document], P]) -> Iterator[tuple[Document, P]]:
    name = f"{prepare.__module__}:{prepare.__name__}"
    other = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "catalog.engines.preparing", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert other.stdin is not None and other.stdout is not None  # noqa: S101 — opened with pipes
    to_send: queue.SimpleQueue[list[Document] | None] = queue.SimpleQueue()
    sender = threading.Thread(target=_send, args=(to_send, other.stdin), daemon=True)
    sender.start()
    try:
        sent: list[list[Document]] = []
        for batch in itertools.chain(_batches(source), itertools.repeat([], AHEAD)):
            if batch:
                to_send.put(batch)
                sent.append(batch)
            if sent and (len(sent) > AHEAD or not batch):
                yield from zip(sent.pop(0), _received(other.stdout), strict=True)
    finally:
        to_send.put(None)
        other.kill()
        sender.join()
        other.stdout.close()
        other.wait()


def _batches(source: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def _send(batches: "queue.SimpleQueue[list[Document] | None]", pipe: IO[bytes]) -> None:
    """What the pipe doesn't hold waits here, so that neither process waits for the other to read."""
    try:
        while (batch := batches.get()) is not None:
            pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()
        pipe.close()
    except OSError:
        # It is gone; whoever waits for its answers says so.
        return


def _received(pipe: IO[bytes]) -> list[Any]:
    try:
        made: list[Any] = pickle.load(pipe)  # noqa: S301 — our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise EngineError("the process that prepares documents ended") from error
    return made


def main() -> None:
    """Answer until the input ends."""
    module, _, function = sys.argv[1].partition(":")
    prepare: Callable[[Document], object] = getattr(import_module(module), function)
    read: IO[bytes] = sys.stdin.buffer
    write: IO[bytes] = sys.stdout.buffer
    while True:
        try:
            batch: Any = pickle.load(read)  # noqa: S301 — our own process wrote it
        except EOFError:
            return
        try:
            pickle.dump([prepare(document) for document in batch], write, pickle.HIGHEST_PROTOCOL)
            write.flush()
        except BrokenPipeError:
            # The writer is gone; nobody wants the answer.
            return


if __name__ == "__main__":
    main()
