#!/usr/bin/env bash
# Fetches the two viewers that most readers of manifests use, as their makers publish them, for the browser tests.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${VIEWERS_HOME:-var/viewers}
[ -f "$home/mirador/dist/mirador.min.js" ] && [ -f "$home/universalviewer/dist/uv.html" ] && exit 0
fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
for wanted in mirador@4.0.0 universalviewer@4.4.0; do
  name=${wanted%@*}
  npm pack --silent --pack-destination "$fetched" "$wanted" >/dev/null
  mkdir -p "$fetched/$name"
  tar xzf "$fetched/$name-${wanted#*@}.tgz" -C "$fetched/$name" --strip-components=1
  mkdir -p "$home"
  rm -rf "${home:?}/$name"
  mv "$fetched/$name" "$home/$name"
done
