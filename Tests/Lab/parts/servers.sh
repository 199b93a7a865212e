# The cluster's servers, all on 127.0.0.1. Sourced, never run.

# What the users with tokens ask for is written down, one line of JSON a request; the lab's own servers use certificates.
write_audit_policy() {
    cat >"$lab/audit.yaml" <<POLICY
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [lab-token, lab-peer]
- level: None
POLICY
}

start_control_plane() {
    serve etcd etcd --data-dir "$lab/etcd" --name lab --logger zap \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
        --initial-cluster lab=http://127.0.0.1:2380
    write_audit_policy
    serve kube-apiserver "$programs/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
        --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "${server##*:}" \
        --endpoint-reconciler-type none --service-cluster-ip-range 10.0.0.0/24 \
        --tls-cert-file "$lab/pki/apiserver.crt" --tls-private-key-file "$lab/pki/apiserver.key" \
        --client-ca-file "$lab/pki/ca.crt" --token-auth-file "$lab/pki/tokens.csv" --authorization-mode RBAC \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$lab/pki/accounts.key" \
        --service-account-signing-key-file "$lab/pki/accounts.key" \
        --audit-policy-file "$lab/audit.yaml" --audit-log-path "$lab/logs/audit.log"
    wait_until 120 "the API server" api GET /readyz
    say "the API server answers"

    # Without generous rates the controllers throttle themselves, and replacements arrive late. A node is called lost only
    # after two minutes, since a busy machine delays the heartbeats of hollow nodes.
    local client=(--kubeconfig "$lab/kubeconfig-admin" --kube-api-qps 200 --kube-api-burst 400)
    serve kube-controller-manager "$programs/kube-controller-manager" "${client[@]}" --leader-elect=false \
        --bind-address 127.0.0.1 --port 0 --cert-dir "$lab/pki/controllers" --node-monitor-grace-period 120s \
        --controllers deployment,replicaset,replicationcontroller,statefulset,daemonset,job,disruption,nodelifecycle,namespace \
        --controllers serviceaccount,serviceaccount-token,garbagecollector,podgc,ttl,endpoint,persistentvolume-binder \
        --root-ca-file "$lab/pki/ca.crt" --service-account-private-key-file "$lab/pki/accounts.key"
    serve kube-scheduler "$programs/kube-scheduler" "${client[@]}" --leader-elect=false \
        --bind-address 127.0.0.1 --port 0 --cert-dir "$lab/pki/scheduler"
}
