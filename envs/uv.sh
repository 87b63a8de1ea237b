#!/usr/bin/env bash
# Run the uv of .venv with the package index settings of pip, which uv does not read by itself.
# A UV_… variable that is already set, even to nothing, wins.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

pip_setting() { # name as in pip's configuration file; the environment comes first, as with pip
    local variable
    variable=PIP_$(tr 'a-z-' 'A-Z_' <<<"$1")
    if [ -n "${!variable:-}" ]; then
        echo "${!variable}"
    else
        "$root/.venv/bin/python" -m pip config get "global.$1" 2>/dev/null || true
    fi
}

hand_on() { # pip's name, uv's variable, what uv wants between several values
    local value
    [ -z "${!2+set}" ] || return 0
    value=$(pip_setting "$1" | xargs | tr ' ' "$3")
    [ -z "$value" ] || export "$2=$value"
}

hand_on index-url UV_DEFAULT_INDEX ' '
hand_on extra-index-url UV_EXTRA_INDEX_URL ' '
hand_on find-links UV_FIND_LINKS ','
hand_on no-index UV_NO_INDEX ' '
hand_on trusted-host UV_INSECURE_HOST ' '
hand_on cert SSL_CERT_FILE ' '
hand_on timeout UV_HTTP_TIMEOUT ' '
# pip picks the best of all indexes, uv by default the first index that knows the package.
export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match}

# Whatever other environment is active, this is the one to work on.
export VIRTUAL_ENV=$root/.venv
exec "$root/.venv/bin/uv" "$@"
