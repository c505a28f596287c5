#!/usr/bin/env bash
# The role and the database of the record. Run when the database is first made, and again whenever the password was
# changed: `docker compose exec -u postgres database bash /docker-entrypoint-initdb.d/10-roles.sh`.
set -euo pipefail

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set password="$(cat /credentials/parley/database_password)" <<'SQL'
SELECT 'CREATE ROLE parley LOGIN' WHERE to_regrole('parley') IS NULL \gexec
SET log_statement = 'none';
ALTER ROLE parley PASSWORD :'password';
SELECT 'CREATE DATABASE parley OWNER parley' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'parley') \gexec
SQL
