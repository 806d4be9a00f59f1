"""The command that serves the site, for the demonstration, the benchmarks and the tests."""

import socket
import sys


def site_command(port: int, *, threads: int, host: str = "127.0.0.1", log_level: str = "warning") -> list[str]:
    """The command line of granian with one worker process of `threads` threads."""
    options = {
        "interface": "wsgi",
        "host": host,
        "port": str(port),
        "http": "1",
        "workers": "1",
        "blocking-threads": str(threads),
        "log-level": log_level,
    }
    command = [sys.executable, "-m", "granian", "archive.wsgi:application"]
    return command + [word for name, value in options.items() for word in (f"--{name}", value)]


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
