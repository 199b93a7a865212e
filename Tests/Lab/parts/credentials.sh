# Certificates, tokens and kubeconfigs of the lab, good ones and bad ones alike. Sourced, never run.

new_key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1" 2>/dev/null; }

# new_authority NAME: a certificate authority of its own.
new_authority() {
    local at=$lab/pki/$1
    new_key "$at.key"
    openssl req -x509 -new -key "$at.key" -subj "/CN=evenkeel lab $1" -days 2 -out "$at.crt"
}

# new_certificate NAME SUBJECT EXTENSION [START END]: signed by the cluster's authority, valid now unless dates are given.
new_certificate() {
    local at=$lab/pki/$1 subject=$2 extension=$3
    local dates=(-days 2)
    [ $# -lt 5 ] || dates=(-startdate "$4" -enddate "$5")
    new_key "$at.key"
    openssl req -new -key "$at.key" -subj "$subject" -out "$at.csr"
    # `openssl ca`, not `x509`: only it can sign something that has expired already.
    openssl ca -batch -notext -config "$lab/pki/ca.conf" -extfile <(echo "$extension") "${dates[@]}" \
        -in "$at.csr" -out "$at.crt" 2>>"$lab/logs/openssl.log"
}

write_authority_settings() {
    : >"$lab/pki/index"
    cat >"$lab/pki/ca.conf" <<CONF
[ca]
default_ca = lab
[lab]
database = $lab/pki/index
new_certs_dir = $lab/pki
certificate = $lab/pki/ca.crt
private_key = $lab/pki/ca.key
rand_serial = yes
default_md = sha256
unique_subject = no
policy = anything
[anything]
organizationName = optional
commonName = supplied
CONF
}

encoded() { base64 --wrap=0 "$1"; }

# write_kubeconfig NAME AUTHORITY USER-LINE…: each USER-LINE is one line of the user's YAML.
write_kubeconfig() {
    local file=$lab/kubeconfig-$1 authority=$2
    shift 2
    {
        printf 'apiVersion: v1\nkind: Config\ncurrent-context: lab\n'
        printf 'clusters:\n- name: lab\n  cluster:\n    server: %s\n' "$server"
        printf '    certificate-authority-data: %s\n' "$(encoded "$lab/pki/$authority.crt")"
        printf 'users:\n- name: lab\n  user:\n'
        printf '    %s\n' "$@"
        printf 'contexts:\n- name: lab\n  context: {cluster: lab, user: lab}\n'
    } >"$file"
    chmod 600 "$file"
}

certificate_user() {
    printf 'client-certificate-data: %s\n' "$(encoded "$lab/pki/$1.crt")"
    printf 'client-key-data: %s\n' "$(encoded "$lab/pki/$1.key")"
}

write_credentials() {
    local admin expired
    mkdir -p "$lab/pki"
    new_authority ca
    new_authority other-ca
    write_authority_settings
    new_certificate apiserver /CN=kube-apiserver 'subjectAltName=IP:127.0.0.1,DNS:localhost'
    new_certificate admin /O=system:masters/CN=lab-admin extendedKeyUsage=clientAuth
    new_certificate expired /O=system:masters/CN=lab-admin extendedKeyUsage=clientAuth 20200101000000Z 20200201000000Z
    openssl genrsa -out "$lab/pki/accounts.key" 2048 2>/dev/null

    admin_token=$(openssl rand -hex 16)
    powerless_token=$(openssl rand -hex 16)
    peer_token=$(openssl rand -hex 16)
    # token,user,uid,groups
    printf '%s\n' "$admin_token,lab-token,1,system:masters" "$powerless_token,lab-powerless,2," \
        "$peer_token,lab-peer,3,system:masters" >"$lab/pki/tokens.csv"

    mapfile -t admin < <(certificate_user admin)
    mapfile -t expired < <(certificate_user expired)
    write_kubeconfig admin ca "${admin[@]}"
    write_kubeconfig admin-token ca "token: $admin_token"
    write_kubeconfig peer ca "token: $peer_token"
    write_kubeconfig wrong-ca other-ca "${admin[@]}"
    write_kubeconfig expired ca "${expired[@]}"
    write_kubeconfig bad-token ca "token: not-a-token-of-this-cluster"
    write_kubeconfig powerless ca "token: $powerless_token"
}
