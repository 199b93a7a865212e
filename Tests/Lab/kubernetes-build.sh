#!/usr/bin/env bash
# Builds a small Kubernetes 1.20.2 (kube-apiserver, kube-controller-manager, kube-scheduler, kubemark) for the tests.
#
# Debian 12 ships the complete source, dependencies included, and the Go 1.19 that compiles it; both come through apt from
# the mirror this machine already uses, and apt checks their signatures. Nothing is installed and root is not needed.
# The first build takes about 9 CPU minutes and 2 GB of disk, of which 200 MB stay. Later calls find the cache.
#
#   kubernetes-build.sh           builds what is missing and prints where it is
#   EVENKEEL_LAB_CACHE=FOLDER     in place of ${XDG_CACHE_HOME:-~/.cache}/evenkeel
set -Eeuo pipefail

programs=(kube-apiserver kube-controller-manager kube-scheduler kubemark)
release=v1.20.2
source_version=1.20.5+really1.20.2-1.1+deb12u1
go_version=1.19.8-2
reflect_version=1.0.2-2
stamp="$source_version, go $go_version, reflect2 $reflect_version, build 1"

home=${EVENKEEL_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/evenkeel}/kubernetes
work=$home/work

progress() { printf 'kubernetes-build: %4d s  %s\n' "$SECONDS" "$*"; }
fail() { printf 'kubernetes-build: %s\n' "$*" >&2; exit 1; }
trap 'fail "stopped in line $LINENO: $BASH_COMMAND"' ERR

# The stamp is written last, so it vouches for every program.
is_built() { [ -r "$home/stamp" ] && [ "$(<"$home/stamp")" = "$stamp" ]; }

# Runs a stage unless an earlier, interrupted build finished it already.
stage() {
    local name=$1 title=$2
    [ ! -e "$work/$name.done" ] || return 0
    progress "$title"
    "$name"
    touch "$work/$name.done"
}

need_tools() {
    local tool
    for tool in apt-get dpkg-deb dpkg-source; do
        command -v "$tool" >/dev/null || fail "$tool is missing: run Tests/Lab/debian-packages.sh apt dpkg dpkg-dev"
    done
    [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
        fail "Debian's archive keys are missing: run Tests/Lab/debian-packages.sh debian-archive-keyring"
}

# An apt of our own beside the machine's: it knows bookworm's sources, and leaves /etc/apt and /var/lib/apt alone.
private_apt() {
    local command=$1
    shift
    "apt-$command" -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/apt-cache" -o APT::Sandbox::User= \
        -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

download() {
    local mirror='' kind
    # `|| true`: read fails when apt knows no such archive, and the next line says so.
    read -r mirror < <(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main') || true
    [ -n "$mirror" ] || fail "apt on this machine has no Debian archive: run apt-get update"
    mkdir -p "$work"/{lists,apt-cache/archives}/partial "$work/packages"
    for kind in deb deb-src; do
        echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main"
    done >"$work/sources.list"
    private_apt get update >"$work/apt.log" 2>&1 || fail "apt-get update failed: see $work/apt.log"
    cd "$work/packages"
    private_apt get source --download-only --only-source "kubernetes=$source_version" >>"$work/apt.log" 2>&1 ||
        fail "Kubernetes' source cannot be downloaded: see $work/apt.log"
    private_apt get download "golang-1.19-go=$go_version" "golang-1.19-src=$go_version" >>"$work/apt.log" 2>&1 ||
        fail "Go cannot be downloaded: see $work/apt.log"
    private_apt get download "golang-github-modern-go-reflect2-dev=$reflect_version" >>"$work/apt.log" 2>&1 ||
        fail "reflect2 cannot be downloaded: see $work/apt.log"
    rm -rf "$work/lists" "$work/apt-cache"
}

unpack() {
    local package reflect=$work/gopath/src/k8s.io/kubernetes/vendor/github.com/modern-go/reflect2
    rm -rf "$work/toolchain" "$work/gopath"
    mkdir -p "$work/toolchain" "$work/gopath/src/k8s.io"
    for package in "$work"/packages/*.deb; do dpkg-deb --extract "$package" "$work/toolchain"; done
    # apt has checked the source's checksums against the signed index already.
    dpkg-source --no-check --extract "$work"/packages/kubernetes_*.dsc "$work/gopath/src/k8s.io/kubernetes" >/dev/null
    # The reflect2 that Kubernetes brings is older than Go 1.18, whose maps it corrupts: the servers crash now and then.
    rm -rf "$reflect"
    cp -r "$work/toolchain/usr/share/gocode/src/github.com/modern-go/reflect2" "$reflect"
    rm -rf "$work/packages"
}

# The API's descriptions are generated code which upstream's `make` makes on the fly and the source package lacks.
describe_api() {
    local packages
    cd "$work/gopath/src/k8s.io/kubernetes"
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    packages=$(grep -rl --include='*.go' --exclude='zz_generated*' \
        --exclude-dir={code-generator,sample-apiserver,testdata} '+k8s:openapi-gen=' pkg cmd plugin staging/src/k8s.io |
        sed -e 's|/[^/]*$||' -e 's|^staging/src/|vendor/|' -e 's|^|k8s.io/kubernetes/|' | LC_ALL=C sort -u)
    "$work/openapi-gen" --logtostderr --input-dirs "${packages//$'\n'/,}" --report-filename "$work/violations" \
        --output-package k8s.io/kubernetes/pkg/generated/openapi --output-file-base zz_generated.openapi \
        --go-header-file vendor/k8s.io/code-generator/hack/boilerplate.go.txt
    cmp "$work/violations" api/api-rules/violation_exceptions.list || fail "the generated API differs from upstream's"
}

compile() {
    local flags='-s -w' package
    cd "$work/gopath/src/k8s.io/kubernetes"
    for package in component-base/version client-go/pkg/version; do
        package=k8s.io/kubernetes/vendor/k8s.io/$package
        flags+=" -X $package.gitVersion=$release -X $package.gitMajor=1 -X $package.gitMinor=20"
    done
    mkdir -p "$work/bin"
    # `providerless` leaves the clouds' SDKs out.
    go build -trimpath -tags providerless,notest -ldflags "$flags" -o "$work/bin/" "${programs[@]/#/./cmd/}"
}

main() {
    if is_built; then
        progress "found in $home/bin"
        return
    fi
    need_tools
    mkdir -p "$work"
    exec 9>"$home/lock"
    flock --nonblock 9 || { progress "waiting for another build"; flock 9; }
    # Another build may have finished while this one waited.
    ! is_built || { progress "found in $home/bin"; return; }
    mkdir -p "$work"

    stage download "downloading the source and Go"
    stage unpack "unpacking"
    export GOROOT=$work/toolchain/usr/lib/go-1.19 GOPATH=$work/gopath GOCACHE=$work/objects
    export GO111MODULE=off GOENV=off GOPROXY=off GOFLAGS=${GOFLAGS:-} CGO_ENABLED=0 PATH=$GOROOT/bin:$PATH
    renice -n 10 $$ >/dev/null
    stage describe_api "generating the API's descriptions"
    stage compile "compiling ${programs[*]}"

    rm -rf "$home/bin"
    mv "$work/bin" "$home/bin"
    echo "$stamp" >"$home/stamp"
    # Go marks some folders read-only.
    chmod -R u+w "$work"
    rm -rf "$work"
    progress "built in $home/bin ($(du -sh "$home/bin" | cut -f1))"
}

main
