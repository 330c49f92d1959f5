#!/bin/sh
# Pin the Python packages anew: exact versions and hashes of every file for every platform, no
# addresses. uv comes into an environment of its own that is thrown away.
set -eu
cd "$(dirname "$0")/.."

answer=$(sh scripts/find-python.sh) || {
    printf '%s\n' "$answer" >&2
    exit 2
}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${answer#ok }" -m venv "$room"
"$room/bin/python" -m pip --disable-pip-version-check install --quiet uv

pin() {
    out=$1
    shift
    "$room/bin/uv" pip compile pyproject.toml "$@" --output-file "requirements/$out.txt" \
        --universal --python-version 3.11 --generate-hashes --quiet \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links
}

pin runtime
pin build --extra build
pin dev --extra build --extra dev
