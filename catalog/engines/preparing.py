"""Documents are prepared for an index by a second process, while the first reads the database and writes the index.

For a rebuild on two cores. `python -m catalog.engines.preparing MODULE:FUNCTION` is the second process: it reads
pickled lists of documents and writes pickled lists of what the function returns for each. It ends with its input, so
that it does not survive when the writer is killed. Not `concurrent.futures`: its workers would survive, and it reads
all documents into its queue.
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
# The first documents are prepared in this process: a smaller number is finished before a second process has started.
IN_THIS_PROCESS = 4000
BATCH, BATCHES_AHEAD = 250, 4
P = TypeVar("P")


def prepare_documents(documents: Iterable[Document], prepare: Callable[[Document], P]) -> Iterator[tuple[Document, P]]:
    """Every document with what `prepare` returns for it, in order.

    prepare: a function of a module, since the second process gets its name. Raises EngineError if that process ends too
    early.
    """
    source = iter(documents)
    for document in itertools.islice(source, IN_THIS_PROCESS):
        yield document, prepare(document)
    if (first := next(source, None)) is not None:
        yield from _by_second_process(itertools.chain([first], source), prepare)


def _by_second_process(source: Iterator[Document], prepare: Callable[[Document], P]) -> Iterator[tuple[Document, P]]:
    name = f"{prepare.__module__}:{prepare.__name__}"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "catalog.engines.preparing", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 — opened with pipes
    to_send: queue.SimpleQueue[list[Document] | None] = queue.SimpleQueue()
    sender = threading.Thread(target=_send, args=(to_send, process.stdin), daemon=True)
    sender.start()
    try:
        waiting: list[list[Document]] = []
        for batch in itertools.chain(_batches(source), itertools.repeat([], BATCHES_AHEAD)):
            if batch:
                to_send.put(batch)
                waiting.append(batch)
            if waiting and (len(waiting) > BATCHES_AHEAD or not batch):
                yield from zip(waiting.pop(0), _receive(process.stdout), strict=True)
    finally:
        to_send.put(None)
        process.kill()
        sender.join()
        process.stdout.close()
        process.wait()


def _batches(source: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def _send(batches: "queue.SimpleQueue[list[Document] | None]", pipe: IO[bytes]) -> None:
    """Write batches to the pipe. In a thread of its own, since a full pipe blocks until the other process reads."""
    try:
        while (batch := batches.get()) is not None:
            pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()
        pipe.close()
    except OSError:
        # The process has ended; `_receive` reports it.
        return


def _receive(pipe: IO[bytes]) -> list[Any]:
    try:
        results: list[Any] = pickle.load(pipe)  # noqa: S301 — our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise EngineError("the process that prepares documents ended") from error
    return results


def main() -> None:
    """Answer batches until the input ends."""
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
            # The writer has ended; nobody needs the answer.
            return


if __name__ == "__main__":
    main()
