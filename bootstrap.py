"""Create `.venv` on a machine that has only Python 3.11+ and its venv module, then run inside it.

Does nothing if Django (and, for `manage.py test` and `check_all`, pytest) can be imported. Standard library only, and
no syntax newer than Python 3.6, so that a Python that is too old can still print the messages below.
"""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
OLDEST = (3, 11)


def prepare(argv: "list[str]") -> None:
    """Return if the needed modules can be imported; otherwise set up `.venv` and run `argv` again inside it.

    argv: the command line as given, `manage.py` first. Raises SystemExit after printing one sentence for a person.
    """
    testing = len(argv) > 1 and argv[1] in ("test", "check_all")
    needed = ["django", "pytest"] if testing else ["django"]
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    lists = ["requirements.txt"] + (["requirements-dev.txt"] if testing else [])
    if all(find_spec(name) for name in needed) and not (inside and _missing(lists)):
        return
    if sys.version_info < OLDEST:
        _refuse(
            "Ký Ức needs Python %d.%d or newer; this is Python %d.%d. Run it with a newer one, for example: "
            "python3.11 manage.py demo" % (OLDEST + sys.version_info[:2])
        )
    python = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
    if not os.path.exists(python):
        _make_venv()
    for name in _missing(lists):
        _install(python, name)
    _rerun(python, argv)


def _stamp(name: str) -> str:
    return os.path.join(VENV, "." + name + ".sha256")


def _digest(name: str) -> str:
    with open(os.path.join(HERE, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _missing(lists: "list[str]") -> "list[str]":
    """The requirement lists that changed since they were last installed into `.venv`."""
    missing = []
    for name in lists:
        try:
            with open(_stamp(name)) as file:
                if file.read() == _digest(name):
                    continue
        except OSError:
            pass
        missing.append(name)
    return missing


def _make_venv() -> None:
    if not find_spec("venv") or not find_spec("ensurepip"):
        _refuse(
            "Python's venv module is missing. On Debian or Ubuntu install it with: "
            "sudo apt install python%d.%d-venv" % sys.version_info[:2]
        )
    if not os.access(HERE, os.W_OK):
        _refuse("The folder %s cannot be written. Copy Ký Ức into a folder of your own and start again." % HERE)
    print("Making .venv …", flush=True)
    result = subprocess.run([sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        sys.stderr.write(result.stdout.decode(errors="replace"))
        _refuse("The environment could not be made in %s; the lines above say why." % VENV)


def _install(python: str, name: str) -> None:
    print("Installing what %s pins (this needs the network, once) …" % name, flush=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", os.path.join(HERE, name)]
    if subprocess.call(command):
        _refuse("Installing %s failed; the lines above say why. Mend that and run the same command again." % name)
    with open(_stamp(name), "w") as file:
        file.write(_digest(name))


def _rerun(python: str, argv: "list[str]") -> None:
    command = [python, os.path.join(HERE, "manage.py")] + argv[1:]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(python, command)


def _refuse(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(1)
