#!/usr/bin/env bash
# recover.sh MOMENT <BASE_BACKUP: put the database back to how it was at a moment, from a base backup made before it and the
# archive. The server must not run. It recovers when it is started next; what was there before stays in a folder beside.
set -euo pipefail
moment=${1:?a moment, such as '2026-11-25 18:00:00+00'}
: "${PGDATA:=/var/lib/postgresql/data}"

date --date "$moment" >/dev/null || { echo "$moment is no moment: write one like '2026-11-25 18:00:00+00'" >&2; exit 2; }
[ ! -e "$PGDATA/postmaster.pid" ] || { echo 'The database runs, or was killed: start it if need be, and stop it (docker compose stop database)' >&2; exit 1; }

replaced="$PGDATA/replaced.$(date --utc +%Y%m%dT%H%M%SZ)"
mkdir "$replaced"
find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name 'replaced.*' -exec mv --target-directory "$replaced" {} +
tar --extract --gzip --directory "$PGDATA"
cat >>"$PGDATA/postgresql.auto.conf" <<CONF
restore_command = 'cp /archive/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
CONF
touch "$PGDATA/recovery.signal"
chown -R postgres: "$PGDATA"
chmod 700 "$PGDATA"
echo "Start the database: it recovers to $moment. What it held before is in $replaced."
