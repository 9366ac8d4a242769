#!/bin/sh
# Makes the secrets that docker-compose.yml names, once: 256 random bits each. Those that exist stay as they are.
set -eu
directory=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$directory"
# Containers read the files under accounts of their own, and Compose keeps a file's mode: so the files are
# readable, and the directory lets nobody but its owner reach them.
chmod 700 "$directory"
for name in secret_key postgres_password passerelle_database_password temporal_database_password; do
    [ -s "$directory/$name" ] && continue
    od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$directory/$name"
    chmod 644 "$directory/$name"
    echo "made $directory/$name"
done
