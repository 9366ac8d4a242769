#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE and its search attributes on the server at TEMPORAL_ADDRESS, where they
# are missing. Attributes come as arguments, Name=Type each; the retention of closed runs as RETENTION.
set -eu

# An open port is not yet a working server: its shards take some seconds.
tries=30
until temporal operator cluster health; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || exit 1
    sleep 2
done

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

for attribute in "$@"; do
    name=${attribute%%=*}
    # A new namespace reaches the server's caches after some seconds; until then it is «not found».
    tries=30
    until temporal operator search-attribute list --output json | grep -q "\"$name\""; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        temporal operator search-attribute create --name "$name" --type "${attribute#*=}" || sleep 2
    done
done
