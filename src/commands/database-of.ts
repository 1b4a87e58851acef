import type { Database, DatabaseSettings } from './database';
import { mysqlDatabase } from './mysql';
import { postgresDatabase } from './postgres';
import { sqliteDatabase } from './sqlite';

/** The one place that knows which engine is made by what. */
export function databaseOf(settings: DatabaseSettings): Database {
  switch (settings.engine) {
    case 'sqlite':
      return sqliteDatabase(settings.file);
    case 'mysql':
      return mysqlDatabase(settings.env_file, settings.connection);
    case 'postgres':
      return postgresDatabase(settings.env_file, settings.connection);
  }
}
