# Hollow nodes (the kubelet's own code over containers that are only pretended), and the machines' SSH. Sourced, never run.

node_name() { echo "node-$1"; }

# What the API calls the node's InternalIP, and what the tests dial. sshd listens on both.
internal_address() { echo "10.66.0.$1"; }
loopback_address() { echo "127.0.66.$1"; }

# A kubelet looks its own address up by its name, and refuses 127.0.0.0/8.
prepare_network() {
    local number
    ip link set lo up
    cp /etc/hosts "$lab/hosts"
    for ((number = 1; number <= nodes; number++)); do
        ip address add "$(internal_address "$number")/32" dev lo
        printf '%s\t%s\n' "$(internal_address "$number")" "$(node_name "$number")" >>"$lab/hosts"
        printf '%s\t%s\n' "$(node_name "$number")" "$(loopback_address "$number")" >>"$lab/addresses.tsv"
    done
    mount --bind "$lab/hosts" /etc/hosts
}

# Hollow kubelets of the same second choose the same socket in /tmp for their pretended containers, and would then run each
# other's pods: every one gets a /tmp of its own. That may hide the lab's folder and the programs, hence the copies.
hollow_kubelet() {
    local own=$lab/tmp/$1
    shift
    mkdir -p "$own/bin"
    cp "$lab/kubeconfig-admin" "$own/kubeconfig"
    mount --bind "$programs" "$own/bin"
    mount --rbind "$own" /tmp
    # A kubelet also reads the machine's kernel messages, which only root may.
    mount --bind /dev/null /dev/kmsg
    exec env -u TMPDIR /tmp/bin/kubemark --morph kubelet --kubeconfig /tmp/kubeconfig "$@"
}

start_hollow_nodes() {
    local number name zones=(a b c) labels role
    for ((number = 1; number <= nodes; number++)); do
        name=$(node_name "$number")
        labels=topology.kubernetes.io/zone=${zones[(number - 1) % 3]}
        role=()
        if [ "$number" = 1 ]; then
            labels+=,node-role.kubernetes.io/control-plane=,node-role.kubernetes.io/master=
            role=(--register-with-taints 'node-role.kubernetes.io/master=:NoSchedule')
        elif ((number % 4 == 0)); then
            labels+=,pool=special
            role=(--register-with-taints 'pool=special:NoSchedule')
        fi
        serve "$name" unshare --mount "$here/control-plane.sh" kubelet "$lab" "$name" --name "$name" \
            --kubelet-port $((20000 + number)) --kubelet-read-only-port $((21000 + number)) \
            --node-labels "$labels" "${role[@]}"
    done
}

ready_nodes() {
    api GET /api/v1/nodes |
        jq '[.items[] | select(any(.status.conditions[]?; .type == "Ready" and .status == "True"))] | length'
}
all_nodes_ready() { [ "$(ready_nodes)" = "$nodes" ]; }

# A locked account, which is what "!" means, is refused even with the right key; the copy is seen by the lab alone.
unlock_own_account() {
    [ -r /etc/shadow ] || return 0
    sed "s/^$(id -un):!*/$(id -un):*/" /etc/shadow >"$lab/shadow"
    chmod 600 "$lab/shadow"
    mount --bind "$lab/shadow" /etc/shadow
}

start_sshd() {
    local number key listen=()
    ssh-keygen -q -t ed25519 -N '' -C lab-host -f "$lab/ssh_host_key"
    ssh-keygen -q -t ed25519 -N '' -C lab-user -f "$lab/id_ed25519"
    ssh-keygen -q -t ed25519 -N '' -C stranger -f "$lab/other_key"
    cp "$lab/id_ed25519.pub" "$lab/authorized_keys"
    read -r _ key _ <"$lab/ssh_host_key.pub"
    for ((number = 1; number <= nodes; number++)); do
        for address in "$(loopback_address "$number")" "$(internal_address "$number")"; do
            listen+=("ListenAddress $address:$ssh_port")
            echo "[$address]:$ssh_port ssh-ed25519 $key" >>"$lab/known_hosts"
        done
    done
    {
        printf '%s\n' "${listen[@]}" "HostKey $lab/ssh_host_key" "AuthorizedKeysFile $lab/authorized_keys"
        printf '%s\n' 'AuthenticationMethods publickey' 'PermitRootLogin prohibit-password' 'UsePAM no' 'UseDNS no' \
            'StrictModes no' 'PrintMotd no' 'PidFile none' 'MaxStartups 200' 'MaxSessions 100' 'LogLevel VERBOSE' \
            'Subsystem sftp internal-sftp'
    } >"$lab/sshd_config"
    if [ "$(id -u)" = 0 ]; then
        unlock_own_account
        mount -t tmpfs -o mode=755 run /run
        mkdir -p /run/sshd
    fi
    serve sshd /usr/sbin/sshd -D -e -f "$lab/sshd_config"
    start_jump_host
}
