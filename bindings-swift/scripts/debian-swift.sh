#!/usr/bin/env bash
# Swift for a Debian-like machine without Swift: a folder with a Debian that has it, and a way to run commands in it.
#
#   debian-swift.sh prepare                       makes the folder, unless it is there
#   debian-swift.sh exec [--bind DIR]... CMD...   runs a command in it, where it is run here; each DIR is seen there at
#                                                 its own path, and the variables AGENTHUMAN_* keep their values
#
# The folder is SWIFT_CHROOT, or else swift-trixie in the user's cache. Needs root and debootstrap. Where it cannot be
# had, the last line on stderr says why, and the exit status is 77.
set -euo pipefail

release=trixie
packages="swiftlang libstdc++-14-dev"
folder=${SWIFT_CHROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/swift-$release}

unavailable() {
    echo "$*" >&2
    exit 77
}

# It has its name only once it is whole.
is_there() {
    [ -d "$folder/usr/bin" ]
}

# The mirror that this machine's own apt uses.
mirror() {
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1) || true
    [ -n "$found" ] || unavailable "apt knows no mirror"
    echo "${found%/}"
}

# enter FOLDER DIR... -- CMD...: in a mount namespace of its own, so that nothing stays mounted, however the command ends.
enter() {
    unshare --mount --propagation private bash -euc '
        into=$1
        shift
        mount -t proc proc "$into/proc"
        mount --rbind /dev "$into/dev"
        while [ "$1" != -- ]; do
            mkdir -p "$into$1"
            mount --rbind "$1" "$into$1"
            shift
        done
        shift
        passed=()
        while IFS= read -r name; do
            passed+=("$name=${!name}")
        done < <(compgen -e AGENTHUMAN_ || true)
        exec chroot "$into" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 "${passed[@]}" \
            bash -c "{ [ ! -d \"\$0\" ] || cd \"\$0\"; } && exec \"\$@\"" "$PWD" "$@"
    ' bash "$@"
}

prepare() {
    is_there && return
    [ "$(id -u)" = 0 ] || unavailable "only root can make a Debian with Swift in $folder"
    command -v debootstrap >/dev/null || unavailable "debootstrap is not installed"
    local from half=$folder.half log=$folder.log
    from=$(mirror)
    mkdir -p "$(dirname "$folder")"
    exec 9>"$folder.lock"
    flock 9
    is_there && return
    echo "making a Debian $release with Swift in $folder (about 2.6 GB)" >&2
    rm -rf --one-file-system "$half"
    debootstrap --variant=minbase --include=ca-certificates "$release" "$half" "$from" >"$log" 2>&1 ||
        unavailable "debootstrap failed, see $log"
    printf '#!/bin/sh\nexit 101\n' >"$half/usr/sbin/policy-rc.d"
    chmod +x "$half/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$half/etc/resolv.conf"
    enter "$half" -- sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $packages && apt-get clean" >>"$log" 2>&1 ||
        unavailable "Swift cannot be installed in it, see $log"
    rm -rf --one-file-system "$folder"
    mv "$half" "$folder"
}

case ${1:-} in
prepare)
    prepare
    ;;
exec)
    [ "$(id -u)" = 0 ] || unavailable "only root can enter $folder"
    shift
    dirs=()
    while [ "$1" = --bind ]; do
        dirs+=("$(readlink -f "$2")")
        shift 2
    done
    enter "$folder" "${dirs[@]}" -- "$@"
    ;;
*)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
