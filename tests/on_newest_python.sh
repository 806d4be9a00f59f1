#!/usr/bin/env bash
# Runs the fast tests on the newest Python that the pinned dependencies allow, in an environment of its own beside .venv.
# Prints why it was left out where there is no such Python; REQUIRE_ALL=1 does not change that, since Debian stable has none.
set -euo pipefail
cd "$(dirname "$0")/.."
newest=3.13
fast="tests/architecture tests/rules tests/records tests/texts tests/queries tests/web tests/accounts"

python=""
for candidate in "$(command -v python$newest || true)" "$HOME"/.pyenv/versions/$newest*/bin/python$newest /opt/python/$newest*/bin/python$newest; do
  if [ -x "$candidate" ] && "$candidate" -c 'import ensurepip, ssl, sqlite3' 2>/dev/null; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
  echo "left out: there is no Python $newest on this machine (looked in PATH, ~/.pyenv/versions and /opt/python)"
  exit 0
fi
home=".venv-$newest"
[ -x "$home/bin/python" ] || "$python" -m venv "$home"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
"$home/bin/python" --version
# shellcheck disable=SC2086
exec "$home/bin/python" -m pytest -q -n 2 -p no:cacheprovider $fast
