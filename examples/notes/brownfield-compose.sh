#!/bin/sh
# Installs v1.0.0 of notes on a Debian 12 host the way its runbook leaves it with Docker Compose: one plain directory with a
# git checkout and its settings; web, Celery, MariaDB and Redis in containers, nginx on the host in front; images that say
# nothing of releases. Run it as root. It expects
#   /srv/git/notes.git   the repository (releases.py)
#   notes-base:1         the base image, in the Docker Engine that runs
#   S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY   an S3 service with the bucket notes-media
#   RAZORPAY_URL         Razorpay, or razorpay_stub.py; RAZORPAY_KEY_SECRET when it is not the stub's
set -eu
umask 022
app=/var/www/notes
: "${S3_ENDPOINT:?}" "${S3_ACCESS_KEY:?}" "${S3_SECRET_KEY:?}" "${RAZORPAY_URL:?}"

if [ -e "$app" ]; then
  echo "brownfield-compose.sh: $app exists already; this is for a host without notes" >&2
  exit 2
fi

useradd --system --home-dir "$app" --no-create-home --shell /usr/sbin/nologin notes
install -d -o notes -g notes /run/notes
install -d /var/www

# Passwords are hexadecimal, so that they mean the same in SQL, URLs, .env and redis.conf.
secret() { openssl rand -hex "$1"; }
db_password=$(secret 16)
redis_password=$(secret 16)

git clone --quiet --no-hardlinks /srv/git/notes.git "$app"
git -C "$app" -c advice.detachedHead=false checkout --quiet v1.0.0
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
REDIS_PASSWORD=$redis_password
COMPOSE_PROJECT_NAME=notes
NOTES_USER=$(id -u notes):$(id -g notes)
ENV
umask 022
install -d "$app/staticfiles"
chown -R notes:notes "$app"
cd "$app"
# Compose tells its progress on the error output: wanted only when it fails.
compose() { docker-compose "$@" </dev/null >/tmp/compose.log 2>&1 || { cat /tmp/compose.log >&2; exit 1; }; }
manage() { compose run --rm -T web python manage.py "$@"; }
compose build --quiet web
compose up -d db redis
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

# Containers find /run/notes again after a reboot.
echo 'd /run/notes 0755 notes notes' >/etc/tmpfiles.d/notes.conf
(cd "$app" && compose up -d)
rm /tmp/compose.log
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
