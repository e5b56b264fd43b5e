#!/bin/sh
# Runs a command with a folder as its root, which is read-only but for /tmp; in a mount namespace of its own.
# usage: unshare --mount enter.sh ROOT COMMAND [ARGUMENT…]
set -e
root=$1
shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"
