#!/usr/bin/env bash
# Make .venv hold exactly what envs/requirements.lock says; do nothing where it already does.
# Read from the environment: PYTHON (which interpreter), TORCH_BACKEND (see envs/README.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd -P)
lock=envs/requirements.lock
python=.venv/bin/python
stamp=.venv/.ready

die() {
    echo "setup: $*" >&2
    exit 1
}

# The folder is part of the stamp because the commands in .venv/bin contain its path.
stamp_text() {
    echo "$root"
    cat "$lock" envs/setup.sh
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate candidates=("${PYTHON:-python3}")
    [ -n "${PYTHON:-}" ] || candidates+=(python3.13 python3.12 python3.11)
    for candidate in "${candidates[@]}"; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11 or newer (looked for: ${candidates[*]}); install one or name it: make PYTHON=/path/to/python3"
}

# Debian splits off the part of Python that makes environments.
need_ensurepip() {
    local package
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then return; fi
    package=$("$1" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "setup: installing $package"
        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package"; } >/dev/null || true
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$1 cannot make environments; on Debian or Ubuntu type: sudo apt-get install $package"
}

make_environment() {
    local base
    if [ -e "$stamp" ] && [ "$(head -n 1 "$stamp")" != "$root" ]; then
        echo "setup: .venv was made in another folder; making it anew"
    elif is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    # First, because `make` and an activated shell look for python3 in here before anywhere else.
    rm -rf .venv
    base=$(find_python)
    need_ensurepip "$base"
    echo "setup: creating .venv with $base ($("$base" -V))"
    "$base" -m venv .venv
}

# Package indexes have bad moments.
retry() {
    local try
    for try in 1 2 3; do
        if "$@"; then return; fi
        echo "setup: attempt $try of 3 failed: $*" >&2
        if [ "$try" != 3 ]; then sleep $((try * 5)); fi
    done
    return 1
}

# uv's progress bars are for people; a log can do without the list of packages that comes with them.
quiet=$([ -t 2 ] || echo --quiet)

pinned() { grep -oE "^$1==[^ ;]+" "$lock"; }

# The lock does not name the CUDA libraries, since a CPU build of torch has none. Asking for torch once
# more, this time with what it declares, adds them to a CUDA build and nothing to another.
install_with_uv() {
    [ -z "${TORCH_BACKEND:-}" ] || export UV_TORCH_BACKEND=$TORCH_BACKEND
    retry "$python" -m pip install -qq "$(pinned uv)" &&
        retry envs/uv.sh pip sync $quiet "$lock" &&
        retry envs/uv.sh pip install --quiet --constraint "$lock" "$(pinned torch)"
}

install_with_pip() {
    retry "$python" -m pip install -qq --no-deps --requirement "$lock" &&
        retry "$python" -m pip install -qq --constraint "$lock" "$(pinned torch)"
}

install() {
    if install_with_uv; then return; fi
    [ -z "${TORCH_BACKEND:-}" ] || die "uv could not install the lock, and without uv there is no TORCH_BACKEND; try again, or without it"
    echo "setup: uv could not install the lock; trying pip, which takes some minutes"
    install_with_pip || die "the packages could not be installed (messages above); check the network and pip's index settings, then run make again"
}

finish() {
    local site
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    # Relative to the folder of the .pth file.
    echo ../../../../workflow >"$site/spiketext.pth"
    # textattack calls one function of editdistance (see envs/overrides.txt); Levenshtein has the same.
    "$python" -c 'import editdistance' 2>/dev/null || echo 'from Levenshtein import distance as eval' >"$site/editdistance.py"
    "$python" -c 'import spiketext, torch' || die "the environment is damaged; delete .venv and run make again"
}

if [ -x "$python" ] && stamp_text | cmp -s - "$stamp"; then exit 0; fi
make_environment
rm -f "$stamp"
echo "setup: installing the packages of $lock (1.6 GB, 5.5 GB where torch comes with CUDA; once)"
install
finish
stamp_text >"$stamp"
echo "setup: .venv is ready"
