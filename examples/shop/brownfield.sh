#!/bin/sh
# Installs v1.0.0 of the shop on a Debian 12 host the way a runbook leaves it: one plain directory with a git checkout,
# its settings, data and virtual environment inside, and no trace of releases. Run it as root; it expects
#   /srv/git/shop.git   the repository (releases.py)
#   /srv/wheels         the wheels of all requirements*.txt
set -eu
umask 022
app=/opt/shop

if [ -e "$app" ]; then
  echo "brownfield.sh: $app exists already; this is for a host without the shop" >&2
  exit 2
fi

useradd --system --home-dir "$app" --no-create-home --shell /usr/sbin/nologin shop
install -d -o shop -g adm -m 0750 /var/log/shop

git clone --quiet --no-hardlinks /srv/git/shop.git "$app"
git -C "$app" -c advice.detachedHead=false checkout --quiet v1.0.0
python3 -m venv "$app/venv"
"$app/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links /srv/wheels \
  --require-hashes -r "$app/requirements.txt"
install -d -m 0755 "$app/media"
install -d -m 0750 "$app/data"
cat >"$app/.env" <<ENV
SECRET_KEY=$(openssl rand -hex 32)
DEBUG=false
DATABASE_PATH=$app/data/shop.sqlite3
MEDIA_ROOT=$app/media
ENV
chmod 0640 "$app/.env"
chown -R shop:shop "$app"
(cd "$app" && runuser -u shop -- venv/bin/python database.py upgrade)

# A certificate authority of its own for 90 days; its key signs once and is gone.
install -d -m 0755 /etc/ssl/shop
cd /etc/ssl/shop
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=Shop test authority" \
  -addext "keyUsage=critical,keyCertSign" -keyout ca.key -out ca.crt 2>/dev/null
openssl req -x509 -CA ca.crt -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
  -subj "/CN=shop.test" -addext "subjectAltName=DNS:shop.test" -addext "basicConstraints=critical,CA:FALSE" \
  -addext "extendedKeyUsage=serverAuth" -keyout server.key -out server.crt 2>/dev/null
cat ca.crt >>server.crt
rm ca.key
chmod 0644 ca.crt server.crt
chmod 0600 server.key
umask 022
cd /

cp "$app/nginx/sites-available/shop" /etc/nginx/sites-available/shop
ln -s ../sites-available/shop /etc/nginx/sites-enabled/shop
rm -f /etc/nginx/sites-enabled/default
nginx -t -q

cp "$app/systemd/shop.service" /etc/systemd/system/shop.service
install -d /etc/systemd/system/shop.service.d
printf '[Service]\nLimitNOFILE=8192\n' >/etc/systemd/system/shop.service.d/limits.conf
systemctl daemon-reload
systemctl enable --quiet --now shop.service
systemctl enable --quiet nginx.service
systemctl restart nginx.service

api=https://shop.test/api/v1
ask() { curl --silent --show-error --fail --cacert /etc/ssl/shop/ca.crt --resolve shop.test:443:127.0.0.1 --output /dev/null "$@"; }
ask --json '{"name": "Assam tea", "price_cents": 690, "sku": "T-001"}' "$api/items"
ask --json '{"name": "Stone cup", "price_cents": 1450, "sku": "C-001"}' "$api/items"
ask --json '{"name": "Bamboo whisk", "price_cents": 2200}' "$api/items"
printf 'A photograph of a cup.\n' | ask --form 'file=@-;filename=cup.txt' "$api/media"
printf 'Price list, spring.\n' | ask --form 'file=@-;filename=prices.txt' "$api/media"
