#!/bin/sh
# Turns a fresh Debian tree ($1) into the base of all test hosts. Runs outside the tree. What differs between hosts
# (name, machine id, keys, addresses) is written when one is raised.
set -eu
root=$1

# The deploy user: no password, keys only, passwordless sudo.
chroot "$root" useradd --create-home --shell /bin/bash --password '*' deploy
install -d -m 700 -o "$(chroot "$root" id -u deploy)" -g "$(chroot "$root" id -g deploy)" "$root/home/deploy/.ssh"
printf 'deploy ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/sternway"
chmod 440 "$root/etc/sudoers.d/sternway"

# sshd: one pinned key, and never the bottleneck.
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/update-motd.d/*
cat >"$root/etc/ssh/sshd_config.d/sternway.conf" <<'CONF'
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
MaxSessions 50
MaxStartups 100
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
PrintLastLog no
X11Forwarding no
CONF

# A small journal in memory: the host's disk is thrown away anyway.
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n' >"$root/etc/systemd/journald.conf.d/sternway.conf"

# No terminals, and nothing that starts by the clock in the middle of a test.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer logrotate.timer man-db.timer systemd-tmpfiles-clean.timer rsync.service \
    getty.target console-getty.service getty-static.service systemd-firstboot.service systemd-journal-flush.service \
    dev-hugepages.mount sys-fs-fuse-connections.mount \
    systemd-networkd.service systemd-networkd-wait-online.service systemd-resolved.service systemd-timesyncd.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"
: >"$root/etc/resolv.conf"
: >"$root/etc/machine-id"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/log/journal "$root"/var/log/apt "$root"/var/log/dpkg.log
