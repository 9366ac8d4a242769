#!/bin/sh
# Writes the hash-pinned lock files that plain pip installs. $1: the uv command.
set -eu
uv=$1
lock() {
    output=$1
    shift
    "$uv" pip compile pyproject.toml --quiet --universal --generate-hashes --no-header --no-annotate \
        --output-file "requirements/$output.txt" "$@"
}
lock production
lock run --extra embedded
lock test --extra embedded --extra test
lock check --extra embedded --extra test --extra check
