#!/bin/sh
# Installs v1.0.0 of notes on a Debian 12 host the way its runbook leaves it: one plain directory with a git checkout, its
# settings and virtual environment inside; MariaDB and Redis of the host; and no trace of releases. Run it as root. It expects
#   /srv/git/notes.git   the repository (releases.py)
#   /srv/wheels          the wheels of requirements.txt
#   S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY   an S3 service with the bucket notes-media
#   RAZORPAY_URL         Razorpay, or razorpay_stub.py; RAZORPAY_KEY_SECRET when it is not the stub's
set -eu
umask 022
app=/var/www/notes
: "${S3_ENDPOINT:?}" "${S3_ACCESS_KEY:?}" "${S3_SECRET_KEY:?}" "${RAZORPAY_URL:?}"

if [ -e "$app" ]; then
  echo "brownfield.sh: $app exists already; this is for a host without notes" >&2
  exit 2
fi

useradd --system --home-dir "$app" --no-create-home --shell /usr/sbin/nologin notes
install -d -o notes -g adm -m 0750 /var/log/notes
install -d /var/www

# Passwords are hexadecimal, so that they mean the same in SQL, URLs, .env and redis.conf.
secret() { openssl rand -hex "$1"; }
db_password=$(secret 16)
redis_password=$(secret 16)

# The database. A restore goes into a schema of its own, notes_…, so the user may make such ones.
cat >/etc/mysql/mariadb.conf.d/60-notes.cnf <<CNF
[mariadbd]
innodb_buffer_pool_size = 64M
slow_query_log = 1
slow_query_log_file = /var/log/mysql/slow-query.log
long_query_time = 1
CNF
install -d -o mysql -g adm -m 2750 /var/log/mysql
systemctl enable --quiet mariadb.service
systemctl restart mariadb.service
mariadb <<SQL
CREATE DATABASE notes CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER notes@localhost IDENTIFIED BY '$db_password';
GRANT ALL PRIVILEGES ON notes.* TO notes@localhost;
GRANT ALL PRIVILEGES ON \`notes\_%\`.* TO notes@localhost;
SQL

printf 'requirepass %s\nappendonly yes\n' "$redis_password" >>/etc/redis/redis.conf
systemctl enable --quiet redis-server.service
systemctl restart redis-server.service

git clone --quiet --no-hardlinks /srv/git/notes.git "$app"
git -C "$app" -c advice.detachedHead=false checkout --quiet v1.0.0
python3 -m venv "$app/venv"
"$app/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links /srv/wheels \
  --require-hashes -r "$app/requirements.txt"
umask 077
cat >"$app/.env" <<ENV
SECRET_KEY=$(secret 32)
DEBUG=False
ALLOWED_HOSTS=notes.test,127.0.0.1,localhost
DB_NAME=notes
DB_USER=notes
DB_PASSWORD=$db_password
DB_HOST=127.0.0.1
DB_PORT=3306
REDIS_URL=redis://:$redis_password@127.0.0.1:6379/0
CELERY_BROKER_URL=redis://:$redis_password@127.0.0.1:6379/1
CELERY_ACKS_LATE=${CELERY_ACKS_LATE:-False}
CELERY_VISIBILITY_TIMEOUT=60
AWS_ACCESS_KEY_ID=$S3_ACCESS_KEY
AWS_SECRET_ACCESS_KEY=$S3_SECRET_KEY
AWS_BUCKET=notes-media
AWS_S3_ENDPOINT_URL=$S3_ENDPOINT
SENTRY_DSN=https://$(secret 16)@sentry.notes.test/1
TOGETHER_API_KEY=$(secret 16)
GEMINI_API_KEY=$(secret 16)
OPENAI_API_KEY=$(secret 16)
RAZORPAY_KEY_ID=rzp_test_notes
RAZORPAY_KEY_SECRET=${RAZORPAY_KEY_SECRET:-notes-razorpay-test-secret}
RAZORPAY_URL=$RAZORPAY_URL
TEST_USER_PASSWORD=$(secret 12)
ENV
umask 022
chown -R notes:notes "$app"
manage() { (cd "$app" && runuser -u notes -- venv/bin/python manage.py "$@"); }
manage migrate --noinput --verbosity 0
manage collectstatic --noinput --verbosity 0
manage first_rows

# A certificate authority of its own for 90 days; its key signs once and is gone.
install -d -m 0755 /etc/ssl/notes
cd /etc/ssl/notes
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=Notes test authority" \
  -addext "keyUsage=critical,keyCertSign" -keyout ca.key -out ca.crt 2>/dev/null
openssl req -x509 -CA ca.crt -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
  -subj "/CN=notes.test" -addext "subjectAltName=DNS:notes.test" -addext "basicConstraints=critical,CA:FALSE" \
  -addext "extendedKeyUsage=serverAuth" -keyout server.key -out server.crt 2>/dev/null
cat ca.crt >>server.crt
rm ca.key
chmod 0644 ca.crt server.crt
chmod 0600 server.key
umask 022
cd /

cp "$app/nginx/conf.d/notes.conf" /etc/nginx/conf.d/notes.conf
cp "$app/nginx/sites-available/notes" /etc/nginx/sites-available/notes
ln -s ../sites-available/notes /etc/nginx/sites-enabled/notes
rm -f /etc/nginx/sites-enabled/default
nginx -t -q

cp "$app"/systemd/notes-*.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet --now notes-web.service notes-celery.service notes-beat.service
systemctl enable --quiet nginx.service
systemctl restart nginx.service

# A user's document, and the proof that all of it works together.
site=https://notes.test
ask() { curl --silent --show-error --fail --cacert /etc/ssl/notes/ca.crt --resolve notes.test:443:127.0.0.1 "$@"; }
ask --output /dev/null --retry 20 --retry-delay 1 --retry-all-errors "$site/health/"
token=$(sed -n 's/^TEST_USER_PASSWORD=\(.*\)/{"email": "test@example.com", "password": "\1"}/p' "$app/.env" |
  ask --json @- "$site/api/v1/auth/login/" | python3 -c 'import json, sys; print(json.load(sys.stdin)["access"])')
printf 'Minutes of the first meeting.\n' >/tmp/minutes.txt
printf 'header = "Authorization: Bearer %s"\n' "$token" |
  ask --config - --form title=Minutes --form file=@/tmp/minutes.txt --output /dev/null "$site/api/v1/documents/upload/"
rm /tmp/minutes.txt
