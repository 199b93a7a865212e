# What the lab's scripts share: messages, and waiting without hope. Sourced, never run.

say() { printf 'lab: %4d s  %s\n' "$SECONDS" "$*"; }
fail() { printf 'lab: %s\n' "$*" >&2; exit 1; }

# Starts a server of the lab in the background, with a log of its own:  serve NAME COMMAND…
declare -A servers=()
serve() {
    local name=$1
    shift
    "$@" >"$lab/logs/$name.log" 2>&1 </dev/null &
    servers[$name]=$!
}

# Repeats COMMAND until it succeeds:  wait_until SECONDS WHAT COMMAND…
# A server that died ends the wait at once, since nothing in the lab restarts one.
wait_until() {
    local end=$((SECONDS + $1)) what=$2 name
    shift 2
    until "$@" >/dev/null 2>&1; do
        for name in "${!servers[@]}"; do
            kill -0 "${servers[$name]}" 2>/dev/null ||
                fail "$name ended by itself: $(tail -n 1 "$lab/logs/$name.log")"
        done
        [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $what"
        sleep 0.2
    done
}

# One request to the API as its administrator:  api METHOD PATH [BODY-FILE [CONTENT-TYPE]]
api() {
    local method=$1 path=$2 body=${3:-} type=${4:-application/json}
    local request=(--silent --show-error --fail-with-body --max-time 20 --request "$method"
        --cacert "$lab/pki/ca.crt" --cert "$lab/pki/admin.crt" --key "$lab/pki/admin.key")
    [ -z "$body" ] || request+=(--header "Content-Type: $type" --data-binary "@$body")
    curl "${request[@]}" "$server$path"
}
