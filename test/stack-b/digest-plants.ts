/** One single difference in what a host serves: how to make it, and how to take it back exactly. */
export interface Plant {
  what: string;
  make: string;
  back: string;
  /** What must be among the differences found, as `section: key`. */
  found: RegExp;
}

/** Shell functions for plants: they reach the database past the app, as its root. */
export function reading(strategy: 'systemd' | 'compose'): string {
  const inside = strategy === 'systemd' ? '' : 'docker exec -i notes_db_1 ';
  return `
sql() { ${inside}mysql notes --batch --skip-column-names --execute "$1"; }
dump() { ${inside}mysqldump --single-transaction --routines --triggers --events --hex-blob notes; }
read_back() { sql 'DROP DATABASE notes; CREATE DATABASE notes CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci' && ${inside}mysql notes <"$1"; }
name=$(docker inspect --format '{{.Config.Image}}' notes_web_1 2>/dev/null)
compose() { (cd /var/www/notes && docker-compose -p notes "$@" >/dev/null 2>&1 </dev/null); }
`;
}

const rows = /^rows: mysql notes prompts_folder$/;

/** Schema and rows of MySQL. */
export const databaseChanges = (strategy: 'systemd' | 'compose'): Plant[] => [
  { what: 'one value of one row', make: `sql "UPDATE prompts_folder SET name = CONCAT(name, '!') ORDER BY id LIMIT 1"`, back: `sql "UPDATE prompts_folder SET name = TRIM(TRAILING '!' FROM name)"`, found: rows },
  { what: 'a space at the end of a value, which MySQL takes for equal', make: `sql "UPDATE prompts_folder SET name = CONCAT(name, ' ') ORDER BY id LIMIT 1"`, back: 'sql "UPDATE prompts_folder SET name = RTRIM(name)"', found: rows },
  { what: 'a row more', make: `sql "INSERT INTO prompts_folder SELECT NULL, 'more', owner_id FROM prompts_folder LIMIT 1"`, back: `sql "DELETE FROM prompts_folder WHERE name = 'more'"`, found: rows },
  { what: 'a migration said to be undone', make: `sql "UPDATE django_migrations SET name = 'x' WHERE app = 'prompts' AND name LIKE '0001%'"`, back: `sql "UPDATE django_migrations SET name = '0001_initial' WHERE app = 'prompts' AND name = 'x'"`, found: /^rows: mysql notes django_migrations$/ },
  { what: 'a column added', make: 'sql "ALTER TABLE prompts_folder ADD COLUMN extra INT"', back: 'sql "ALTER TABLE prompts_folder DROP COLUMN extra"', found: /^schema: mysql notes table prompts_folder$/ },
  { what: 'a column that may be empty now', make: 'sql "ALTER TABLE prompts_folder MODIFY name VARCHAR(100) NULL"', back: 'sql "ALTER TABLE prompts_folder MODIFY name VARCHAR(100) NOT NULL"', found: /^schema: mysql notes table prompts_folder$/ },
  { what: 'an index added', make: 'sql "CREATE INDEX planted ON prompts_folder (name)"', back: 'sql "DROP INDEX planted ON prompts_folder"', found: /^schema: mysql notes table prompts_folder$/ },
  { what: 'an empty table left behind', make: 'sql "CREATE TABLE planted (id INT)"', back: 'sql "DROP TABLE planted"', found: /^schema: mysql notes table planted$/ },
  { what: 'a view', make: 'sql "CREATE VIEW planted AS SELECT 1 AS one"', back: 'sql "DROP VIEW planted"', found: /^schema: mysql notes view planted$/ },
  { what: 'a trigger', make: 'sql "CREATE TRIGGER planted BEFORE INSERT ON prompts_folder FOR EACH ROW SET @x = 1"', back: 'sql "DROP TRIGGER planted"', found: /^schema: mysql notes trigger planted$/ },
  { what: 'a procedure', make: 'sql "CREATE PROCEDURE planted() SELECT 1"', back: 'sql "DROP PROCEDURE planted"', found: /^schema: mysql notes routine planted$/ },
  { what: 'an event', make: 'sql "CREATE EVENT planted ON SCHEDULE EVERY 1 DAY DO SELECT 1"', back: 'sql "DROP EVENT planted"', found: /^schema: mysql notes event planted$/ },
  { what: 'a schema of a restore left behind', make: 'sql "CREATE DATABASE notes_sternway"', back: 'sql "DROP DATABASE notes_sternway"', found: /^schema: mysql database notes_sternway$/ },
  { what: 'the collation of the schema', make: 'sql "ALTER DATABASE notes COLLATE utf8mb4_bin"', back: 'sql "ALTER DATABASE notes COLLATE utf8mb4_unicode_ci"', found: /^schema: mysql database notes$/ },
  ...(strategy === 'systemd' ? [{ what: 'Redis stopped', make: 'systemctl stop redis-server', back: 'systemctl start redis-server', found: /^units: redis-server\.service ActiveState$/ }] : []),
];

/** What the engine runs. */
export const composeChanges: Plant[] = [
  { what: 'a name of an image that leads to another, while the containers run the old', make: 'docker tag $name notes:kept && docker tag notes-base:1 $name', back: 'docker tag notes:kept $name && docker rmi notes:kept >/dev/null', found: /^containers: web 1 image of that name$/ },
  { what: 'a container running another image of the same name', make: 'docker tag $name notes:kept && printf "FROM notes:kept\\nLABEL planted=1\\n" | docker build -q -t notes:planted - >/dev/null && docker tag notes:planted $name && compose up -d --no-deps --force-recreate web', back: 'docker tag notes:kept $name && compose up -d --no-deps --force-recreate web && docker rmi notes:kept notes:planted >/dev/null', found: /^containers: web 1 image$/ },
  { what: 'a service stopped', make: 'docker stop notes_beat_1 >/dev/null', back: 'docker start notes_beat_1 >/dev/null', found: /^containers: beat 1 state$/ },
  { what: 'a container removed', make: 'docker rm --force notes_beat_1 >/dev/null', back: 'compose up -d --no-deps beat', found: /^containers: beat 1 image$/ },
  { what: 'a second container of a service', make: 'compose up -d --no-deps --scale beat=2 beat', back: 'compose up -d --no-deps --scale beat=1 beat', found: /^containers: beat 2 state$/ },
  { what: 'a container running with settings that .env no longer has', make: 'cp -a /var/www/notes/.env /root/; echo EXTRA=1 >>/var/www/notes/.env; compose up -d --no-deps beat; mv /root/.env /var/www/notes/.env', back: 'compose up -d --no-deps beat', found: /^containers: beat 1 environment$/ },
  { what: 'a container that finished a command and was left behind', make: 'compose run -T --no-deps --name planted beat true', back: 'docker rm planted >/dev/null', found: /^containers: run of beat state$/ },
  { what: 'a volume more', make: 'docker volume create --label com.docker.compose.project=notes planted >/dev/null', back: 'docker volume rm planted >/dev/null', found: /^containers: volume planted$/ },
];
