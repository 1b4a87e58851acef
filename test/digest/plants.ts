/** One single difference in what a host serves: how to make it, and how to take it back exactly. */
export interface Plant {
  what: string;
  make: string;
  back: string;
  /** What must be among the differences found, as `section: key`. */
  found: RegExp;
}

const sql = (statement: string): string => `runuser -u shop -- sqlite3 /opt/shop/data/shop.sqlite3 "${statement}"`;
// systemd refuses more than five starts in ten seconds, unless the count is reset.
const restart = 'systemctl reset-failed shop; systemctl restart shop';
const reloaded = 'systemctl daemon-reload';
// A reload returns before the new workers have taken over: wait until the old ones are gone.
const reloadNginx =
  'old=$(pgrep -u www-data nginx); systemctl reload nginx; for p in $old; do while kill -0 $p 2>/dev/null; do sleep 0.02; done; done';

/** Files, owners and links. */
export const fileChanges: Plant[] = [
  { what: 'a line added to a dotfile', make: 'cp -a /opt/shop/.env /root/; echo EXTRA=1 >>/opt/shop/.env', back: 'mv /root/.env /opt/shop/.env', found: /^files: \/opt\/shop\/\.env$/ },
  { what: 'a file deep in a hidden directory edited', make: 'cp -a /opt/shop/.git/config /root/; echo "# x" >>/opt/shop/.git/config', back: 'mv /root/config /opt/shop/.git/config', found: /^files: \/opt\/shop\/\.git\/config$/ },
  { what: 'one byte of a program changed, with its size and times kept', make: 'cp -a /opt/shop/wsgi.py /root/; sed -i s/app/apq/ /opt/shop/wsgi.py; chown shop:shop /opt/shop/wsgi.py; touch -r /root/wsgi.py /opt/shop/wsgi.py', back: 'mv /root/wsgi.py /opt/shop/wsgi.py', found: /^files: \/opt\/shop\/wsgi\.py$/ },
  { what: 'the mode of a file', make: 'chmod 644 /opt/shop/.env', back: 'chmod 640 /opt/shop/.env', found: /^files: \/opt\/shop\/\.env$/ },
  { what: 'the mode of a directory', make: 'chmod 755 /opt/shop/data', back: 'chmod 750 /opt/shop/data', found: /^files: \/opt\/shop\/data$/ },
  { what: 'the owner of a file', make: 'chown root /opt/shop/static/style.css', back: 'chown shop /opt/shop/static/style.css', found: /^files: \/opt\/shop\/static\/style\.css$/ },
  { what: 'the group of a file', make: 'chgrp root /opt/shop/static/style.css', back: 'chgrp shop /opt/shop/static/style.css', found: /^files: \/opt\/shop\/static\/style\.css$/ },
  { what: 'an extended attribute of a file', make: 'python3 -c "import os; os.setxattr(\'/opt/shop/wsgi.py\', \'user.note\', b\'x\')"', back: 'python3 -c "import os; os.removexattr(\'/opt/shop/wsgi.py\', \'user.note\')"', found: /^files: \/opt\/shop\/wsgi\.py$/ },
  { what: 'the target of a link that still leads to the same file', make: 'ln -sfn /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/shop', back: 'ln -sfn ../sites-available/shop /etc/nginx/sites-enabled/shop', found: /^files: \/etc\/nginx\/sites-enabled\/shop$/ },
  { what: 'a link replaced by a copy of its file', make: 'cp --remove-destination /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/shop', back: 'ln -sfn ../sites-available/shop /etc/nginx/sites-enabled/shop', found: /^files: \/etc\/nginx\/sites-enabled\/shop$/ },
  { what: 'an extra empty directory', make: 'mkdir /opt/shop/static/empty', back: 'rmdir /opt/shop/static/empty', found: /^files: \/opt\/shop\/static\/empty$/ },
  { what: 'a directory for releases left behind, empty', make: 'mkdir /opt/shop.releases', back: 'rmdir /opt/shop.releases', found: /^files: \/opt\/shop\.releases$/ },
  { what: 'an uploaded file removed', make: 'mv /opt/shop/media/cup.txt /root/', back: 'mv /root/cup.txt /opt/shop/media/', found: /^files: \/opt\/shop\/media\/cup\.txt$/ },
  { what: 'a vhost added but not enabled', make: 'touch /etc/nginx/sites-available/shop.new', back: 'rm /etc/nginx/sites-available/shop.new', found: /^files: \/etc\/nginx\/sites-available\/shop\.new$/ },
  { what: 'the private key readable for all', make: 'chmod 644 /etc/ssl/shop/server.key', back: 'chmod 600 /etc/ssl/shop/server.key', found: /^files: \/etc\/ssl\/shop\/server\.key$/ },
];

/** Schema and rows. */
export const databaseChanges: Plant[] = [
  { what: 'one value of one row', make: sql("UPDATE items SET price_cents = price_cents + 1 WHERE sku = 'T-001'"), back: sql("UPDATE items SET price_cents = price_cents - 1 WHERE sku = 'T-001'"), found: /^rows: .* items$/ },
  { what: 'a text that became bytes of the same characters', make: sql("UPDATE items SET sku = CAST(sku AS BLOB) WHERE id = 1"), back: sql("UPDATE items SET sku = CAST(sku AS TEXT) WHERE id = 1"), found: /^rows: .* items$/ },
  { what: 'a column added', make: sql('ALTER TABLE items ADD COLUMN extra TEXT'), back: sql('ALTER TABLE items DROP COLUMN extra'), found: /^schema: .* table items$/ },
  { what: 'an index dropped', make: sql('DROP INDEX items_by_name'), back: sql('CREATE UNIQUE INDEX items_by_name ON items (name)'), found: /^schema: .* index items_by_name$/ },
  { what: 'an index that is no longer unique', make: sql('DROP INDEX items_by_name; CREATE INDEX items_by_name ON items (name)'), back: sql('DROP INDEX items_by_name; CREATE UNIQUE INDEX items_by_name ON items (name)'), found: /^schema: .* index items_by_name$/ },
];

/** What systemd has loaded, what runs, what nginx serves. */
export const runningChanges: Plant[] = [
  { what: 'a drop-in added', make: `printf '[Service]\\nUMask=0077\\n' >/etc/systemd/system/shop.service.d/mask.conf; ${reloaded}`, back: `rm /etc/systemd/system/shop.service.d/mask.conf; ${reloaded}`, found: /^units: shop\.service UMask$/ },
  { what: 'a drop-in that is gone at the next boot', make: `mkdir -p /run/systemd/system/shop.service.d; printf '[Service]\\nUMask=0077\\n' >/run/systemd/system/shop.service.d/mask.conf; ${reloaded}`, back: `rm -r /run/systemd/system/shop.service.d; ${reloaded}`, found: /^units: shop\.service DropInPaths$/ },
  { what: 'a unit file that systemd has read and that is put back without a daemon-reload', make: `cp -a /etc/systemd/system/shop.service /root/; sed -i s/^TimeoutStopSec=.*/UMask=0077/ /etc/systemd/system/shop.service; ${reloaded}; mv /root/shop.service /etc/systemd/system/`, back: reloaded, found: /^units: shop\.service UMask$/ },
  { what: 'the unit disabled', make: 'systemctl disable --quiet shop', back: 'systemctl enable --quiet shop', found: /^units: shop\.service UnitFileState$/ },
  { what: 'the unit stopped', make: 'systemctl stop shop', back: 'systemctl start shop', found: /^units: shop\.service ActiveState$/ },
  { what: 'a site enabled', make: 'ln -s ../sites-available/default /etc/nginx/sites-enabled/default', back: 'rm /etc/nginx/sites-enabled/default', found: /^sites: \/etc\/nginx\/sites-enabled\/default$/ },
  { what: 'the site disabled while nginx still serves it', make: 'rm /etc/nginx/sites-enabled/shop', back: 'ln -s ../sites-available/shop /etc/nginx/sites-enabled/shop', found: /^served: nginx -T$/ },
  { what: 'the processes of another directory running, with all files as they were', make: 'mv /opt/shop /opt/shop.other; cp -a /opt/shop.other /opt/shop', back: `rm -rf /opt/shop; mv /opt/shop.other /opt/shop; ${restart}`, found: /^processes: shop\.service process \d+$/ },
  { what: 'the processes running with settings that .env no longer has', make: `cp -a /opt/shop/.env /root/; echo EXTRA=1 >>/opt/shop/.env; ${restart}; mv /root/.env /opt/shop/.env`, back: restart, found: /^processes: shop\.service environment$/ },
  { what: 'the processes running another release than the files', make: `cp -a /opt/shop/VERSION /root/; echo v9.9.9 >/opt/shop/VERSION; ${restart}; mv /root/VERSION /opt/shop/VERSION`, back: restart, found: /^served: https \/api\/v1\/status\/$/ },
  { what: 'nginx running a configuration that is no longer in its files', make: `cp -a /etc/nginx/sites-available/shop /root/; sed -i '/nosniff/d' /etc/nginx/sites-available/shop; ${reloadNginx}; mv /root/shop /etc/nginx/sites-available/shop`, back: reloadNginx, found: /^served: https \/$/ },
  { what: 'nginx serving a certificate that is no longer in its files', make: `cp -a /etc/ssl/shop /root/; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=shop.test -keyout /etc/ssl/shop/server.key -out /etc/ssl/shop/server.crt 2>/dev/null; ${reloadNginx}; rm -r /etc/ssl/shop; mv /root/shop /etc/ssl/shop`, back: reloadNginx, found: /^served: certificate$/ },
  { what: 'the site closed for maintenance', make: `cp -a /etc/nginx/sites-available/shop /root/; sed -i 's|listen 443 ssl http2;|&\\n    add_header Retry-After 60 always; return 503;|' /etc/nginx/sites-available/shop; ${reloadNginx}; mv /root/shop /etc/nginx/sites-available/shop`, back: reloadNginx, found: /^served: maintenance$/ },
];
