#!/usr/bin/env bash
# One of two servers of docker-compose.ha.yml, either of which may be the primary. NODE is its name, PEER the other's.
#
#   start ...   what the container does: serve, as what it is. Without data, or with a copy that did not come to its end, it
#               copies the primary first. A server that was the primary does not come up beside another one.
#   promote     on a standby: be the primary, without a standby of its own for now
#   rejoin      on an old primary that does not come up: be the standby of the one that succeeded it
#   attach      on a primary whose peer follows it: from now on, commits wait for it
set -euo pipefail
: "${NODE:?}" "${PEER:?}" "${PGDATA:=/var/lib/postgresql/data}" "${CREDENTIALS:=/credentials/server}"
# A copy grows here, and counts for nothing before it is whole and knows whom to follow.
COPYING="$PGDATA/copying"

say() { echo "node $NODE: $*" >&2; }

peer() { # STATEMENT: the answer of the peer, empty if it gives none
    PGPASSWORD=$(cat "$CREDENTIALS/superuser_password") PGCONNECT_TIMEOUT=3 \
        psql -XAtq -h "$PEER" -U postgres -d postgres -c "$1" 2>/dev/null || true
}
own() { psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d postgres "$@"; }
as_postgres() { if [ "$(id -u)" = 0 ]; then gosu postgres "$@"; else "$@"; fi; }

PRIMARY_TIMELINE="SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
    WHERE NOT pg_is_in_recovery()"

theirs() { # the timeline that the peer is the primary on, 0 if it is none or does not answer
    local found
    found=$(peer "$PRIMARY_TIMELINE")
    echo "${found:-0}"
}
checkpointed() { as_postgres pg_controldata -D "$PGDATA" | sed -n "s/^Latest checkpoint's TimeLineID: *//p"; }
ours() { # our timeline, empty if that cannot be told: one that was promoted to and not yet checkpointed has at least its history
    local newest found
    newest=$(checkpointed)
    [ -n "$newest" ] || return 0
    for found in "$PGDATA"/pg_wal/????????.history; do
        found=$(basename "$found" .history)
        if [[ $found =~ ^[0-9A-F]{8}$ ]] && ((16#$found > newest)); then newest=$((16#$found)); fi
    done
    echo "$newest"
}

follow() { # FOLDER: tell the data there where the primary is, and by which name it knows us
    as_postgres touch "$1/standby.signal"
    as_postgres tee -a "$1/postgresql.auto.conf" >/dev/null <<CONF
primary_conninfo = 'host=$PEER user=replicator application_name=$NODE passfile=$PGDATA/replicator.pgpass'
recovery_target_timeline = 'latest'
CONF
    printf '*:*:*:replicator:%s\n' "$(cat "$CREDENTIALS/replication_password")" |
        as_postgres tee "$1/replicator.pgpass" >/dev/null
    as_postgres chmod 600 "$1/replicator.pgpass"
    sync "$1/standby.signal" "$1/postgresql.auto.conf" "$1/replicator.pgpass" "$1"
}

copy() { # killed at any moment, it is begun anew at the next start: PG_VERSION, by which data are known, comes last
    mkdir -p "$COPYING" && chown postgres: "$PGDATA" "$COPYING" && chmod 700 "$PGDATA"
    sync "$PGDATA"
    until find "$PGDATA" -mindepth 1 ! -path "$COPYING" -delete && [ "$(theirs)" != 0 ] &&
        PGPASSWORD=$(cat "$CREDENTIALS/replication_password") as_postgres pg_basebackup \
            --host "$PEER" --username replicator --pgdata "$COPYING" --checkpoint fast --wal-method stream; do
        say "the primary $PEER cannot be copied yet; trying again"
        sleep 2
    done
    follow "$COPYING"
    find "$COPYING" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv --target-directory "$PGDATA" {} +
    sync "$COPYING" "$PGDATA"
    mv "$COPYING/PG_VERSION" "$PGDATA"
    sync "$PGDATA"
    rmdir "$COPYING"
    say "the primary $PEER was copied"
}

case "${1:-}" in
start)
    shift
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        # Without data: at a first start nobody has any, and the primary makes it. Else the peer has the record, as it had
        # when a copy of it was begun.
        case "$(peer 'SELECT pg_is_in_recovery()')" in
        f) copy ;;
        t)
            say "$PEER has the record, and is a standby: promote it, and this server will copy it"
            sleep 10
            exit 1
            ;;
        *) if [ -e "$COPYING" ] || [ "${BEGINS_AS:-primary}" != primary ]; then copy; fi ;;
        esac
    elif [ ! -e "$PGDATA/standby.signal" ]; then
        theirs=$(theirs) ours=$(ours) why=
        if ((theirs == 0)); then
            : # nobody but this server is known to be the primary
        elif [ -z "$ours" ]; then
            why="its data are not whole. To have it copy $PEER, remove its container and its volume"
        elif ((theirs > ours)); then
            why="$PEER has succeeded it as the primary. To make it the standby: docker compose run --rm $NODE rejoin"
        elif ((theirs == ours)); then
            why="$PEER is a primary on timeline $ours, as it would be. Only one of them has the record: docs/operations.md"
        fi
        if [ -n "$why" ]; then
            say "it does not come up: $why"
            sleep 10
            exit 1
        fi
    fi
    # What is left of a copy that came to its end is an empty folder.
    if [ -s "$PGDATA/PG_VERSION" ] && [ -e "$COPYING" ]; then rmdir "$COPYING"; fi
    exec docker-entrypoint.sh "$@"
    ;;
promote)
    own -c "ALTER SYSTEM SET synchronous_standby_names = ''" -c "SELECT pg_reload_conf()" >/dev/null
    [ "$(own -c 'SELECT pg_promote()')" = t ]
    say "is the primary now, on timeline $(own -c "$PRIMARY_TIMELINE"). Nothing waits for a standby, for there is none."
    ;;
rejoin)
    [ "$(theirs)" -gt "$(checkpointed)" ] ||
        { say "$PEER is not a primary that succeeded this server: nothing was done"; exit 1; }
    PGPASSWORD=$(cat "$CREDENTIALS/superuser_password") as_postgres pg_rewind --target-pgdata "$PGDATA" --progress \
        --source-server "host=$PEER user=postgres dbname=postgres"
    follow "$PGDATA"
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
