# shellcheck shell=bash
# Starts a private PostgreSQL and NATS in `$dir` and stops them again, each by its process id. It
# knows nothing of servers that the tests start themselves.
# shellcheck disable=SC2154 # `dir` is of tests/run, `pg_bin` of tools.sh

postgres_pid=
nats_pid=

# Runs a server in the background, in a process group of its own, so that Ctrl-C reaches it only
# through us. If this script is killed outright, the server gets the signal given here.
spawn() {
    local signal=$1 log=$2
    shift 2
    set -m
    (cd / && exec setpriv --pdeathsig "$signal" "$@") </dev/null >>"$log" 2>&1 &
    spawned=$!
    set +m
}

# PostgreSQL refuses to run as root.
set_postgres_user() {
    as_postgres=()
    if ((EUID == 0)); then
        as_postgres=(--reuid=postgres --regid=postgres --clear-groups)
        chown postgres: "$dir/postgres"
    fi
}

start_postgres() {
    local data=$dir/postgres/data log=$dir/postgres.log attempt port
    mkdir "$dir/postgres"
    set_postgres_user
    # Not synced to disk when made, but whatever is written from then on is: durability is tested.
    if ! (cd / && setpriv "${as_postgres[@]}" "$pg_bin/initdb" -D "$data" -U postgres -A trust \
        -E UTF8 --locale=C --no-sync) >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        complain "initdb failed"
        exit 2
    fi
    for attempt in {1..10}; do
        # Below the range from which the system gives out ports, so that no test takes it meanwhile.
        port=$((RANDOM % 12000 + 20000))
        spawn QUIT "$log" "${as_postgres[@]}" "$pg_bin/postgres" -D "$data" -p "$port" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories="$dir/postgres" \
            -c max_connections=300 -c fsync=on -c synchronous_commit=on
        postgres_pid=$spawned
        # Over the socket in our folder: on the port another server might answer.
        if wait_until "$postgres_pid" "$pg_bin/pg_isready" -q -h "$dir/postgres" -p "$port"; then
            export AISLE_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
            return 0
        fi
        kill -0 "$postgres_pid" 2>/dev/null && break
        grep -q 'Address already in use' "$log" || break
    done
    complain "PostgreSQL did not start (attempt $attempt)"
    tail -n 20 "$log" >&2
    exit 2
}

start_nats() {
    local log=$dir/nats.log ports=$dir/nats
    mkdir "$ports"
    # Port -1 is any free one; the server writes which it got.
    spawn TERM "$log" "$(command -v nats-server)" -a 127.0.0.1 -p -1 -js -sd "$ports/store" \
        --ports_file_dir "$ports"
    nats_pid=$spawned
    if ! wait_until "$nats_pid" grep -qs 'nats://' "$ports/nats-server_$nats_pid.ports"; then
        complain "NATS did not start"
        tail -n 20 "$log" >&2
        exit 2
    fi
    AISLE_TEST_NATS=$(grep -o 'nats://127.0.0.1:[0-9]*' "$ports/nats-server_$nats_pid.ports")
    export AISLE_TEST_NATS
}

# Waits half a minute at most for a command to succeed, as long as the process lives.
wait_until() {
    local pid=$1 tries
    shift
    for ((tries = 0; tries < 300; tries++)); do
        ! "$@" || return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# Signals a process (or, with a minus, its group) and waits for it; kills it when time is up.
stop_process() {
    local pid=$1 signal=$2 seconds=$3 tries
    kill "-$signal" -- "$pid" 2>/dev/null || true
    for ((tries = 0; tries < seconds * 10; tries++)); do
        kill -0 -- "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "$pid" 2>/dev/null || true
    wait "${pid#-}" 2>/dev/null || true
}

stop_servers() {
    # At once: the data is thrown away.
    [[ -z $postgres_pid ]] || stop_process "$postgres_pid" QUIT 10
    [[ -z $nats_pid ]] || stop_process "$nats_pid" TERM 10
}

# A test that fails because its server died is explained by the log of that server.
report_dead_servers() {
    report_if_dead PostgreSQL "$postgres_pid" "$dir/postgres.log"
    report_if_dead NATS "$nats_pid" "$dir/nats.log"
}

report_if_dead() {
    local name=$1 pid=$2 log=$3
    if [[ -n $pid ]] && ! kill -0 "$pid" 2>/dev/null; then
        complain "$name died during the run; the last lines of its log:"
        tail -n 30 "$log" >&2
    fi
}
