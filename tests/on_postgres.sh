#!/usr/bin/env bash
# Runs the suite (without the browser) on a PostgreSQL of its own: on loopback, on a free port, stopped at the end.
# No autovacuum: between two tests every table is empty, and a server that has noted so compares every row of the next test
# with every other, for minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1 || true)
[ -n "$bin" ] || { echo "PostgreSQL is not installed (Debian: postgresql)"; exit 1; }
home=$(mktemp -d); port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as() { if [ "$(id -u)" = 0 ]; then chown -R postgres "$home"; runuser -u postgres -- "$@"; else "$@"; fi; }
chmod 755 "$home"
as "$bin/initdb" -D "$home/data" -U kyuc --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null
as "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$home -c fsync=off -c autovacuum=off" start >/dev/null
trap 'as "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$home"' EXIT
DATABASE_URL="postgres://kyuc@127.0.0.1:$port/postgres" python3 manage.py test -m "not browser" "$@"
