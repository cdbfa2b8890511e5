#!/usr/bin/env bash
# The standby's container: copies the primary at its first start, and follows it from then on.
# `pg_ctl promote` (as postgres) makes it the primary; then give Aisle its address.
set -euo pipefail

export PGPASSWORD=$REPLICATION_PASSWORD
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    pg_basebackup --host postgres --username replicator --pgdata "$PGDATA" \
        --slot standby --wal-method stream --write-recovery-conf
    chown -R postgres:postgres "$PGDATA"
    chmod 700 "$PGDATA"
fi
exec docker-entrypoint.sh postgres -c hot_standby=on -c max_connections=300
