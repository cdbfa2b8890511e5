# shellcheck shell=bash
# Finds the programs that the tests need, and installs those that Debian packages provide. It does
# not install Rust: how one gets that is one's own choice.

# Sets `pg_bin` and AISLE_TEST_CHROMIUM. Exits with 2, naming what to do, if something is missing.
find_tools() {
    # Servers live in sbin, which is often not in the path of ordinary users.
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    [[ ! -d $HOME/.cargo/bin ]] || PATH=$PATH:$HOME/.cargo/bin
    local missing
    missing=$(missing_packages)
    if [[ -n $missing ]]; then
        # shellcheck disable=SC2086 # a list of words
        install_packages $missing
        missing=$(missing_packages)
        [[ -z $missing ]] || die_of_missing "$missing"
    fi
    check_rust
    pg_bin=$(find_postgres)
    AISLE_TEST_CHROMIUM=$(find_chromium)
    export AISLE_TEST_CHROMIUM AISLE_TEST_PG_BIN=$pg_bin
}

find_postgres() {
    local bin
    while read -r bin; do
        if [[ -x $bin/initdb && -x $bin/postgres && -x $bin/pg_isready ]]; then
            printf '%s\n' "$bin"
            return
        fi
    done < <(
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV
        pg_config --bindir 2>/dev/null
        dirname "$(command -v initdb)" 2>/dev/null
    )
    return 1
}

find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_node() {
    local version
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    ((${version%%.*} >= 18))
}

# The Debian packages that would bring what is not there, as one line.
missing_packages() {
    local packages=()
    find_postgres >/dev/null || packages+=(postgresql)
    command -v nats-server >/dev/null || packages+=(nats-server)
    find_chromium >/dev/null || packages+=(chromium)
    has_node || packages+=(nodejs)
    command -v npm >/dev/null || packages+=(npm)
    python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
    # gcc merely recommends the C library's headers, without which it builds nothing.
    command -v cc >/dev/null || packages+=(gcc libc6-dev)
    printf '%s' "${packages[*]}"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

die_of_missing() {
    complain "missing: $1"
    complain "on Debian or Ubuntu: sudo apt-get install --no-install-recommends $1"
    exit 2
}

install_packages() {
    if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
        die_of_missing "$*"
    fi
    headline "installing $*"
    apt_get update || complain "apt-get update failed; trying with the package lists that are there"
    forbid_services
    local package failed=
    # One by one: Node.js from elsewhere than Debian brings npm with it and clashes with the package.
    for package in "$@"; do
        [[ $package != npm ]] || ! command -v npm >/dev/null || continue
        [[ $package != postgresql ]] || forbid_main_cluster || failed=yes
        apt_get install "$package" || failed=yes
    done
    allow_services
    [[ -z $failed ]] || complain "some packages could not be installed"
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" \
        --no-install-recommends -y -o Dpkg::Use-Pty=0 </dev/null
}

# Debian's postgresql makes and starts a cluster of its own unless told otherwise beforehand.
forbid_main_cluster() {
    apt_get install postgresql-common || return
    echo 'create_main_cluster = false' |
        as_root tee -a /etc/postgresql-common/createcluster.conf >/dev/null
}

# Debian starts the services that it installs; we want the programs only. 101 means forbidden.
policy=/usr/sbin/policy-rc.d
policy_is_ours=
forbid_services() {
    [[ ! -e $policy ]] || return 0
    policy_is_ours=yes
    trap allow_services EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

allow_services() {
    [[ -z $policy_is_ours ]] || as_root rm -f "$policy"
    policy_is_ours=
    trap - EXIT
}

check_rust() {
    local have want
    want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! have=$(rustc --version 2>/dev/null) || ! command -v cargo >/dev/null; then
        complain "Rust is missing. Get $want or newer from https://rustup.rs, or from your"
        complain "distribution if it is new enough (Debian: rustc, cargo, rustfmt, rust-clippy)"
        exit 2
    fi
    have=$(cut -d ' ' -f 2 <<<"$have")
    if [[ $(printf '%s\n' "$want" "$have" | sort -V | head -n 1) != "$want" ]]; then
        complain "Rust $have is too old: $want or newer is needed (rustup update stable)"
        exit 2
    fi
    if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        complain "rustfmt or clippy is missing: rustup component add rustfmt clippy"
        exit 2
    fi
}

# What the tests take from npm: the library that steers the browser (the browser itself is the
# system's), and the parser of AsyncAPI documents.
install_browser_driver() {
    install_npm_packages tests/browser
    install_npm_packages tests/asyncapi
}

install_npm_packages() {
    local folder=$1 installed=$1/node_modules/.package-lock.json
    if [[ -e $installed && ! $installed -ot $folder/package.json &&
        ! $installed -ot $folder/package-lock.json ]]; then
        return 0
    fi
    if ! PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 step npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund; then
        complain "the packages of $folder could not be installed: is the npm registry within reach?"
        exit 2
    fi
    # npm keeps the time stamp of an equal file, and it would be asked again each time.
    touch "$installed"
}

# What the tests take from PyPI: the client of the example consumer, the SDK that its messages are
# held to, and a provider to sign in by, in a virtual environment. Sets AISLE_TEST_PYTHON.
install_python_packages() {
    local python=$PWD/target/tests-python
    local wanted=(docs/examples/requirements.txt infra/tests/relay/requirements.txt tests/it/requirements.txt)
    export AISLE_TEST_PYTHON=$python/bin/python
    if "$AISLE_TEST_PYTHON" -c '' 2>/dev/null && cmp -s "$python/installed" <(cat "${wanted[@]}"); then
        return 0
    fi
    if ! step python3 -m venv --clear "$python" ||
        ! step "$AISLE_TEST_PYTHON" -m pip install --quiet --disable-pip-version-check \
            "${wanted[@]/#/--requirement=}"; then
        complain "the Python packages could not be installed: is the PyPI registry within reach?"
        exit 2
    fi
    cat "${wanted[@]}" >"$python/installed"
}
