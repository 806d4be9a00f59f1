#!/usr/bin/env bash
# Fetches OpenSearch (server and transport only) from Maven's central repository and unpacks it for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
version=2.19.3
home=${OPENSEARCH_HOME:-var/opensearch}
[ -x "$home/bin/opensearch" ] && exit 0
fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
mvn -q -B dependency:copy -Dartifact=org.opensearch.distribution.integ-test-zip:opensearch:$version:zip -DoutputDirectory="$fetched"
python3 -m zipfile -e "$fetched/opensearch-$version.zip" "$fetched"
mkdir -p "$(dirname "$home")"
rm -rf "$home"
mv "$fetched/opensearch-$version" "$home"
chmod +x "$home"/bin/*
