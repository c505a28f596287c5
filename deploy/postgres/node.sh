#!/usr/bin/env bash
# One of two servers of docker-compose.ha.yml, either of which may be the primary. NODE is its name, PEER the other's.
#
#   start ...   what the container does: serve, as what it is. Without data it copies the primary first. A server that was
#               the primary and whose peer has succeeded it does not come up: it would be a second one.
#   promote     on a standby: be the primary, without a standby of its own for now
#   rejoin      on an old primary that does not come up: be the standby of the one that succeeded it
#   attach      on a primary whose peer follows it: from now on, commits wait for it
set -euo pipefail
: "${NODE:?}" "${PEER:?}" "${PGDATA:=/var/lib/postgresql/data}"

say() { echo "node $NODE: $*" >&2; }

peer() { # STATEMENT: the answer of the peer, empty if it gives none
    PGPASSWORD=$(cat /credentials/server/superuser_password) PGCONNECT_TIMEOUT=3 \
        psql -XAtq -h "$PEER" -U postgres -d postgres -c "$1" 2>/dev/null || true
}
own() { psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d postgres "$@"; }
as_postgres() { if [ "$(id -u)" = 0 ]; then gosu postgres "$@"; else "$@"; fi; }

PRIMARY_TIMELINE="SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
    WHERE NOT pg_is_in_recovery()"

succeeded() { # whether the peer is a primary on a later timeline than ours
    local ours theirs
    theirs=$(peer "$PRIMARY_TIMELINE")
    ours=$(as_postgres pg_controldata -D "$PGDATA" | sed -n "s/^Latest checkpoint's TimeLineID: *//p")
    [ -n "$theirs" ] && [ "$theirs" -gt "$ours" ]
}

follow() { # be told where the primary is, and by which name it knows us
    as_postgres touch "$PGDATA/standby.signal"
    as_postgres tee -a "$PGDATA/postgresql.auto.conf" >/dev/null <<CONF
primary_conninfo = 'host=$PEER user=replicator application_name=$NODE passfile=$PGDATA/replicator.pgpass'
recovery_target_timeline = 'latest'
CONF
    printf '*:*:*:replicator:%s\n' "$(cat /credentials/server/replication_password)" |
        as_postgres tee "$PGDATA/replicator.pgpass" >/dev/null
    as_postgres chmod 600 "$PGDATA/replicator.pgpass"
}

copy() {
    mkdir -p "$PGDATA" && chown postgres: "$PGDATA" && chmod 700 "$PGDATA"
    until PGPASSWORD=$(cat /credentials/server/replication_password) as_postgres pg_basebackup \
        --host "$PEER" --username replicator --pgdata "$PGDATA" --checkpoint fast --wal-method stream; do
        say "the primary $PEER cannot be copied yet; trying again"
        find "$PGDATA" -mindepth 1 -delete
        sleep 2
    done
    follow
    say "the primary $PEER was copied"
}

case "${1:-}" in
start)
    shift
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        # Without data: at a first start nobody has any, and the primary makes it. Else the peer has the record.
        case "$(peer 'SELECT pg_is_in_recovery()')" in
        f) copy ;;
        t)
            say "$PEER has the record, and is a standby: promote it, and this server will copy it"
            sleep 10
            exit 1
            ;;
        *) [ "${BEGINS_AS:-primary}" = primary ] || copy ;;
        esac
    elif [ ! -e "$PGDATA/standby.signal" ] && succeeded; then
        say "$PEER has succeeded this server as the primary, so it does not come up." \
            "To make it the standby: docker compose run --rm $NODE rejoin"
        sleep 10
        exit 1
    fi
    exec docker-entrypoint.sh "$@"
    ;;
promote)
    own -c "ALTER SYSTEM SET synchronous_standby_names = ''" -c "SELECT pg_reload_conf()" >/dev/null
    [ "$(own -c 'SELECT pg_promote()')" = t ]
    say "is the primary now, on timeline $(own -c "$PRIMARY_TIMELINE"). Nothing waits for a standby, for there is none."
    ;;
rejoin)
    succeeded || { say "$PEER is not a primary that succeeded this server: nothing was done"; exit 1; }
    PGPASSWORD=$(cat /credentials/server/superuser_password) as_postgres pg_rewind --target-pgdata "$PGDATA" --progress \
        --source-server "host=$PEER user=postgres dbname=postgres"
    follow
    say "follows $PEER once it is started"
    ;;
attach)
    [ "$(own -c "SELECT count(*) FROM pg_stat_replication WHERE application_name = '$PEER' AND state = 'streaming'")" = 1 ] ||
        { say "$PEER does not follow this server yet: nothing was done"; exit 1; }
    own -c "ALTER SYSTEM SET synchronous_standby_names = '$PEER'" -c "SELECT pg_reload_conf()" >/dev/null
    say "commits wait for $PEER from now on"
    ;;
*)
    say "start, promote, rejoin or attach?"
    exit 2
    ;;
esac
