/** How a database server is reached: from the app's own environment file. */
import { describe, rule, section } from './field';
import { line, variableName } from './text';

const part = (name: string) =>
  rule(
    section('From the file with environment variables (`env`), or as it stands here (`value`).', {
      env: describe(variableName(name), { doc: 'Name in `env.file`.' }).optional(),
      value: describe(line({ expects: 'a text', example: '127.0.0.1' }), { doc: 'The value itself. Never a password.' }).optional(),
    }),
    ['env', 'value'],
    (given, report) => {
      const count = [given.env, given.value].filter((one) => one !== undefined).length;
      if (count !== 1) report([], `must have either env or value (got ${count === 0 ? 'neither' : 'both'})`, 'leave one of them out');
    },
  );

export const connection = section('How the hosts reach the database server. The password never leaves the host: it is read there from `env.file`.', {
  host: part('DB_HOST').prefault({ env: 'DB_HOST' }),
  port: part('DB_PORT').prefault({ env: 'DB_PORT' }),
  name: part('DB_NAME').prefault({ env: 'DB_NAME' }),
  user: part('DB_USER').prefault({ env: 'DB_USER' }),
  password: section('Its name in `env.file`.', { env: describe(variableName('DB_PASSWORD'), { doc: 'The name.' }) }).prefault({ env: 'DB_PASSWORD' }),
});

