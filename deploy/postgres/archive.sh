#!/usr/bin/env bash
# archive.sh FILE NAME: put a file of the database's log into the archive, under its name only when it is whole and on
# disk, and never over another one. PostgreSQL asks again for what it does not know to be there, because it was killed
# before it noted that: the same content once more is a success, other content never.
set -euo pipefail
file=${1:?} name=${2:?}
: "${ARCHIVE:=/archive}"

if [ -e "$ARCHIVE/$name" ]; then
    cmp -s "$file" "$ARCHIVE/$name" ||
        { echo "the archive has another $name than this server: it is left as it is, and nothing is archived" >&2; exit 1; }
else
    cp "$file" "$ARCHIVE/.$name"
    sync "$ARCHIVE/.$name"
    mv "$ARCHIVE/.$name" "$ARCHIVE/$name"
fi
sync "$ARCHIVE"
