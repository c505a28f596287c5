#!/usr/bin/env bash
# What a primary with a standby needs, for docker-compose.ha.yml: a role that replicates, its way in, and commits that wait
# for the standby. Run when the database is first made; on one that was made before:
# `docker compose exec -u postgres database bash /docker-entrypoint-initdb.d/20-replication.sh`, and a restart of it.
set -euo pipefail

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set password="$(cat /credentials/server/replication_password)" --set peer="$PEER" \
    --set keep="${WAL_KEEP_SIZE:-1GB}" <<'SQL'
SELECT 'CREATE ROLE replicator LOGIN REPLICATION' WHERE to_regrole('replicator') IS NULL \gexec
SET log_statement = 'none';
ALTER ROLE replicator PASSWORD :'password';
-- In force from the next start, when there can be a standby.
ALTER SYSTEM SET synchronous_standby_names = :'peer';
-- Not in the command of the container, for pg_rewind recovers an old primary by itself, and must not throw this away.
ALTER SYSTEM SET wal_keep_size = :'keep';
SQL
grep -q '^host replication replicator ' "$PGDATA/pg_hba.conf" ||
    echo 'host replication replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
