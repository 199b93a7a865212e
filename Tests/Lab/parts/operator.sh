# The operator's machine: a network of its own, from which one sshd of the lab can be reached, the jump host, and nothing
# else. A command runs there by `nsenter --net=/proc/$(cat operator_pid)/ns/net`. Sourced, never run.

jump_address=10.67.0.1

has_own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

prepare_operator() {
    serve operator unshare --net sleep infinity
    local machine=${servers[operator]}
    wait_until 10 "the operator's network" has_own_network "$machine"
    ip link add jump type veth peer name operator netns "$machine"
    ip address add "$jump_address/30" dev jump
    ip link set jump up
    nsenter --net="/proc/$machine/ns/net" sh -ec '
        ip link set lo up
        ip address add 10.67.0.2/30 dev operator
        ip link set operator up'
    echo "$jump_address" >"$lab/jump_address"
    echo "$machine" >"$lab/operator_pid"
}

# One sshd listens on sixteen addresses at most, so the jump host has its own.
start_jump_host() {
    local key
    read -r _ key _ <"$lab/ssh_host_key.pub"
    echo "[$jump_address]:$ssh_port ssh-ed25519 $key" >>"$lab/known_hosts"
    {
        echo "ListenAddress $jump_address:$ssh_port"
        grep -v '^ListenAddress ' "$lab/sshd_config"
    } >"$lab/jump_config"
    serve jump-host /usr/sbin/sshd -D -e -f "$lab/jump_config"
}
