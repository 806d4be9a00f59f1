"""A cluster of OpenSearch of our own: on loopback, on free ports, stopped when the tests are over.

The server is the zip of Maven's central repository, unpacked where OPENSEARCH_HOME says (`tests/get_opensearch.sh`).
`python -m tests.engines.opensearch_server` starts one node and says its address, until Ctrl-C; OPENSEARCH_JAVA_OPTS
("-Xms4g -Xmx4g") sizes its heap. For measuring, not for serving: what it holds goes when it stops.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from catalog.management.serving import free_port
from tests.waiting import wait_until

HOME = Path(os.environ.get("OPENSEARCH_HOME", Path(__file__).resolve().parents[2] / "var" / "opensearch"))
HEAP = os.environ.get("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m")
PATIENCE = 120


def available() -> bool:
    """Whether the server has been unpacked and there is a Java to run it."""
    return (HOME / "bin" / "opensearch").exists() and shutil.which("java") is not None


class Node:
    """One server process; it will not run as root, so under root it runs as nobody."""

    def __init__(self, cluster: "Cluster", number: int) -> None:
        self.cluster, self.name = cluster, f"node-{number}"
        self.http, self.transport = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.http}"

    def start(self) -> None:
        """Start it; `Cluster.wait` says when it is there."""
        folder = self.cluster.folder / self.name
        for part in ("data", "logs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        seeds = ",".join(f"127.0.0.1:{node.transport}" for node in self.cluster.nodes)
        settings = {
            "cluster.name": self.cluster.name,
            "node.name": self.name,
            "http.port": self.http,
            "transport.port": self.transport,
            "network.host": "127.0.0.1",
            "path.data": folder / "data",
            "path.logs": folder / "logs",
            "discovery.seed_hosts": seeds,
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "cluster.initial_cluster_manager_nodes": ",".join(node.name for node in self.cluster.nodes),
        }
        command = [str(HOME / "bin" / "opensearch"), *(f"-E{name}={value}" for name, value in settings.items())]
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody", str(self.cluster.folder), str(HOME)], check=True)
            command = ["runuser", "-u", "nobody", "--", *command]
        java = Path(shutil.which("java") or "java").resolve().parent.parent
        own = {**os.environ, "OPENSEARCH_JAVA_OPTS": HEAP, "JAVA_HOME": str(java), "HOME": str(self.cluster.folder)}
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(command, env=own, stdout=out, stderr=out, start_new_session=True)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Cluster:
    """So many nodes that know each other."""

    def __init__(self, size: int) -> None:
        # Not below a folder that only its owner may enter: the servers may run as somebody else.
        self.folder = Path(tempfile.mkdtemp(prefix="kyuc-opensearch-"))
        self.folder.chmod(0o755)
        self.name = self.folder.name
        self.nodes: list[Node] = []
        self.nodes = [Node(self, number) for number in range(size)]

    @property
    def urls(self) -> list[str]:
        """Where the nodes listen."""
        return [node.url for node in self.nodes]

    def start(self) -> "Cluster":
        """Start every node and wait until all have found each other."""
        for node in self.nodes:
            node.start()
        self.wait(len(self.nodes))
        return self

    def wait(self, size: int) -> None:
        """Until `size` nodes are one cluster whose indexes can be read and written."""
        path = f"/_cluster/health?wait_for_nodes={size}&wait_for_status=yellow&timeout=2s"

        def is_complete() -> bool:
            for node in self.nodes:
                if node.process is None:
                    continue
                try:
                    with urllib.request.urlopen(node.url + path, timeout=5) as response:
                        if b'"timed_out":false' in response.read():
                            return True
                except OSError:
                    pass
            return False

        wait_until(is_complete, PATIENCE, self.logs)

    def logs(self) -> str:
        """The last lines that each node wrote."""
        return "\n".join((self.folder / node.name / "out").read_text(errors="replace")[-2000:] for node in self.nodes)

    def stop(self) -> None:
        """Stop every node and remove what they wrote."""
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve() -> None:
    """One node until it is interrupted."""
    cluster = Cluster(1)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        cluster.start()
        sys.stdout.write(f"OPENSEARCH_HOSTS={cluster.urls[0]}\n")
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        cluster.stop()


if __name__ == "__main__":
    serve()
