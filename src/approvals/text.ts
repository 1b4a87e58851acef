/** What an approver says, and about what. `plan`: the plan's hash (Plan.hash). `expires`: UTC, whole seconds, `2026-11-22T12:00:00Z`. */
export interface Statement {
  readonly app: string;
  readonly environment: string;
  readonly plan: string;
  readonly decision: 'approve' | 'reject';
  readonly expires: string;
}

const FORM = 'sternway-approval 1';
const FIELDS: Readonly<Record<keyof Statement, RegExp>> = {
  app: /^[a-z][a-z0-9-]{0,39}$/,
  environment: /^[a-z][a-z0-9-]{0,39}$/,
  plan: /^[0-9a-f]{64}$/,
  decision: /^(approve|reject)$/,
  expires: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
};
const NAMES = Object.keys(FIELDS) as (keyof Statement)[];

/** The one spelling of a statement: the text that is signed. @throws RangeError for a field that it cannot hold */
export function statementText(statement: Statement): string {
  const wrong = NAMES.find((name) => !FIELDS[name].test(statement[name]) || (name === 'expires' && Number.isNaN(Date.parse(statement.expires))));
  if (wrong !== undefined) throw new RangeError(`an approval cannot hold ${wrong} ${JSON.stringify(statement[wrong])}`);
  return [FORM, ...NAMES.map((name) => `${name}: ${statement[name]}`), ''].join('\n');
}

/** The statement of a text; undefined unless it is spelled letter for letter as `statementText` does. */
export function readStatement(text: string): Statement | undefined {
  const [form, ...lines] = text.split('\n');
  const values = NAMES.map((name, n) => (lines[n]?.startsWith(`${name}: `) ? lines[n].slice(name.length + 2) : ''));
  const statement = Object.fromEntries(NAMES.map((name, n) => [name, values[n]])) as unknown as Statement;
  try {
    return form === FORM && statementText(statement) === text ? statement : undefined;
  } catch {
    return undefined;
  }
}
