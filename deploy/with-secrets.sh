#!/bin/sh
# Runs a command with secrets from files in its environment: X_FROM_FILE=<path> becomes X. It is for programs
# that read a password from the environment only (libpq, Temporal): so no password stands in docker-compose.yml.
set -eu
for name in $(env | sed -n 's/^\([A-Z][A-Z0-9_]*\)_FROM_FILE=.*/\1/p'); do
    eval "file=\$${name}_FROM_FILE"
    secret=$(cat "$file")
    export "$name=$secret"
    unset "${name}_FROM_FILE"
done
exec "$@"
