#!/usr/bin/env bash
# Runs a command beside a real Kubernetes 1.20 cluster, and takes the cluster away when the command ends:
#
#   control-plane.sh run [--nodes 8] [--workloads FILE] -- COMMAND…
#
# Real: etcd, API server, controllers, scheduler, the kubelets' code, sshd. Pretended: the containers. Everything runs in
# network, process and mount namespaces of its own: nothing listens outside, and nothing outlives the command.
# COMMAND finds what it needs in the folder that EVENKEEL_LAB names: kubeconfig-*, pki/, id_ed25519, other_key, known_hosts,
# addresses.tsv (node, address), ssh_port, ssh_user, server, jump_address, operator_pid, logs/.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/parts/common.sh"
. "$here/parts/credentials.sh"
. "$here/parts/servers.sh"
. "$here/parts/nodes.sh"
. "$here/parts/operator.sh"
. "$here/parts/workloads.sh"

PATH=$PATH:/usr/sbin:/sbin
server=https://127.0.0.1:6443
ssh_port=2222
programs=${EVENKEEL_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/evenkeel}/kubernetes/bin
usage="usage: control-plane.sh run [--nodes N] [--workloads FILE] -- COMMAND…"

nodes=8
workloads=
command=()
read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
        --nodes) nodes=${2:-} && shift 2 || fail "$usage" ;;
        --workloads) workloads=${2:-} && shift 2 || fail "$usage" ;;
        --) shift && command=("$@") && break ;;
        *) fail "unknown argument $1; $usage" ;;
        esac
    done
    [[ $nodes =~ ^[0-9]+$ ]] && [ "$nodes" -ge 1 ] && [ "$nodes" -le 50 ] || fail "--nodes takes 1 to 50"
    [ -z "$workloads" ] || [ -r "$workloads" ] || fail "cannot read $workloads"
    [ ${#command[@]} -gt 0 ] || fail "no command to run; $usage"
}

# Outside: prepares what the lab needs, enters the namespaces, and removes the folder afterwards.
run() {
    read_arguments "$@"
    local isolation=(--net --pid --mount --fork --kill-child --mount-proc)
    "$here/debian-packages.sh" etcd-server:etcd openssh-server:sshd openssh-client:ssh-keygen curl:curl jq:jq \
        openssl:openssl iproute2:ip util-linux:unshare
    EVENKEEL_LAB_CACHE=${programs%/kubernetes/bin} "$here/kubernetes-build.sh"
    # sshd as "root" of a user namespace could not change users, so an ordinary user stays that user and keeps capabilities.
    [ "$(id -u)" = 0 ] || isolation+=(--user --map-current-user --keep-caps)
    unshare "${isolation[@]}" true 2>/dev/null ||
        fail "this machine allows no private network here (unshare ${isolation[*]}): run as root"

    lab=$(mktemp -d "${TMPDIR:-/tmp}/evenkeel-lab.XXXXXX")
    # The kernel ends all processes of the lab with its first one, and that one with this script, whatever ends it.
    setpriv --pdeathsig KILL unshare "${isolation[@]}" "$here/control-plane.sh" inside "$lab" "$@" <&0 &
    trap "take_down $!" EXIT
    trap 'exit 130' INT TERM HUP
    wait $!
}

# What is left of a run that failed are its logs.
take_down() {
    local result=$?
    kill -KILL "$1" 2>/dev/null && wait "$1" 2>/dev/null || true
    if [ "$result" = 0 ]; then
        rm -rf "$lab"
    else
        find "$lab" -mindepth 1 -maxdepth 1 ! -name logs -exec rm -rf {} +
        say "the logs of this run are in $lab/logs" >&2
    fi
    exit "$result"
}

# Inside: the first process of the namespaces.
inside() {
    lab=$1
    shift
    read_arguments "$@"
    mkdir -p "$lab"/{logs,etcd,tmp}
    # etcd waits for every write to reach the disk; a disk in memory keeps a busy machine from stalling the cluster.
    mount -t tmpfs etcd "$lab/etcd"
    prepare_network
    prepare_operator
    write_credentials
    echo "$server" >"$lab/server"
    echo "$ssh_port" >"$lab/ssh_port"
    id -un >"$lab/ssh_user"

    start_sshd
    start_control_plane
    start_hollow_nodes
    wait_until 120 "$nodes ready nodes" all_nodes_ready
    say "$nodes nodes are ready"
    if [ -n "$workloads" ]; then
        create_workloads "$workloads"
        wait_until 180 "the workloads to settle" workloads_settled
        say "the workloads have settled: $(count_pods) pods"
    fi

    local result=0
    EVENKEEL_LAB=$lab "${command[@]}" || result=$?
    exit "$result"
}

case ${1:-} in
run | inside) "$@" ;;
kubelet) lab=$2 && shift 2 && hollow_kubelet "$@" ;;
*) fail "$usage" ;;
esac
