#!/bin/sh
# What a test host of the second stack has beyond the base ($1 is the tree). Runs after the base's customize.sh.
set -eu
root=$1

# Whoever installs an app on the host enables what it needs: a host with Docker only does not run a second database.
for unit in mariadb.service redis-server.service docker.service docker.socket containerd.service; do
  chroot "$root" systemctl disable --quiet "$unit"
done

# The redo log is copied into each host's own layer at the first start: 96 MB of it would take time and room.
printf '[mariadbd]\ninnodb_log_file_size = 16M\n' >"$root/etc/mysql/mariadb.conf.d/60-test-host.cnf"
find "$root/var/lib/mysql" -mindepth 1 -delete
chroot "$root" mariadb-install-db --user=mysql --auth-root-authentication-method=socket --skip-test-db >/dev/null

chroot "$root" usermod --append --groups docker deploy
