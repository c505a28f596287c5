#!/usr/bin/env bash
# Passwords of the database: the one that was given, or ones made up here, once. Nobody has to know those made up, and
# none of them is the same twice. Run by the service `credentials` before anything else starts; nothing does where this
# record would be open to other machines and nobody said that it should be.
set -euo pipefail
umask 022

case "${OPEN:-}/${PUBLISH:-}" in
/127.* | /localhost:* | '/[::1]:'* | on/* | here/* | off/*) ;;
*)
    echo "PARLEY_PUBLISH=$PUBLISH is reached from other machines. Make a key (docker compose run --rm api keys create" \
        "--help) and set PARLEY_OPEN=off; or set PARLEY_OPEN=on, if everybody there may do everything." >&2
    exit 1
    ;;
esac

keep() { # FILE: its content is what comes in, whole or not at all
    cat >"$1.new"
    mv "$1.new" "$1"
}
made_up() { # FILE
    [ -s "$1" ] || head -c 33 /dev/urandom | base64 | tr '+/' '-_' | keep "$1"
}

if [ -s /run/secrets/database_password ]; then
    keep /credentials/parley/database_password </run/secrets/database_password
else
    made_up /credentials/parley/database_password
fi
made_up /credentials/server/superuser_password
made_up /credentials/server/replication_password

# docker-compose.archive.yml: the database's user, whose number is the image's affair, puts its log here.
[ ! -d /archive ] || chmod 1777 /archive
