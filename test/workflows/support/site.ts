import { judged } from '../../../src/activities/bake';
import type { Blocked, CoreActivities, GateQuestion, Head, Judged, LookInput, Operation, Passed, PlanSeen, Policy, PrepareInput, Rehearsal, TaskInput, TaskResult, Told, Tokens } from '../../../src/activities/contract';
import type { Figures, Look } from '../../../src/bake/look';
import type { Bake } from '../../../src/config/schema';
import type { Closing } from '../../../src/events/closing';
import type { Telling } from '../../../src/messages/moments';
import type { Alerts } from '../../../src/messages/repeats';
import type { Plan } from '../../../src/plan/plan';
import { stepInWords } from '../../../src/plan/way-back';
import { FakeHost, HostError, type State, type Way } from './fake-host';
import { examplePlan, HOSTS, type PlanOptions } from './plan';
import { Changes, Gate } from './switch';

/** One line of what happened: `forward 06-stop-the-app@web-1 began`. */
type Line = `${Way} ${string} ${string}`;

/** One app on its hosts, with switches that make programs fail or hang, and a journal of what they did. */
export class Site {
  readonly changes = new Changes();
  readonly journal: Line[] = [];
  /** Whatever would have broken a real host. */
  readonly wrong: string[] = [];
  /** Steps whose effect a check of the way back puts up with: a schema that stays, what a person skipped. */
  readonly mayStay = new Set<string>();
  readonly asked: Blocked[] = [];
  /** Calls of activities beside the steps' own, by name. */
  readonly calls: string[] = [];
  readonly hosts: ReadonlyMap<string, FakeHost>;
  /** Attempts that have not reached their host, nor will before their gate is opened. */
  readonly onTheWay = new Set<string>();
  /** The deployment that a rollback would undo. */
  head: Head | undefined;
  plan: Plan;
  /** Of the plan that the hosts as they are give. */
  hash = 'f'.repeat(64);
  /** What the program that classifies the migrations printed. */
  schemaFound = 'none';
  readonly #failing = new Map<string, { times: number; sentence: string }>();
  readonly #held = new Map<string, Gate>();
  readonly #late = new Map<string, Gate>();

  constructor(
    readonly app: string,
    private readonly options: PlanOptions = {},
  ) {
    this.plan = examplePlan(app, 'none yet', options);
    const behaviour = (way: Way, step: string, host: string): { held?: Promise<void>; fails?: string } => {
      const gate = this.#held.get(`${way} ${step}@${host}`);
      const fails = this.#fails(`${way} ${step}@${host}`);
      return { ...(gate ? { held: gate.opened } : {}), ...(fails ? { fails } : {}) };
    };
    this.hosts = new Map(HOSTS.map((name) => [name, new FakeHost(name, behaviour, (way, step, host, event) => this.#note(way, step, host, event), this.changes)]));
  }

  get id(): string {
    return `${this.app}/production`;
  }

  /** `what`: `forward 06-stop-the-app@web-1`, or the name of another activity. */
  fail(what: string, times = Infinity, sentence = 'exit code 1'): void {
    this.#failing.set(what, { times, sentence });
  }

  /** The program (or the activity of that name, or the message of `tell` and its moment) goes on until the gate is opened. */
  hold(what: string): Gate {
    const gate = new Gate();
    this.#held.set(what, gate);
    return gate;
  }

  /** The first attempt at this task stays on its way to the host, without a sign of life and deaf to cancellation, until the gate is opened. */
  delay(what: string): Gate {
    const gate = new Gate();
    this.#late.set(what, gate);
    return gate;
  }

  /** Activities that a cancel does not reach. */
  readonly deaf = new Set<string>();

  async happened(line: string): Promise<void> {
    await this.changes.until(() => this.journal.includes(line as Line));
  }

  async question(task: string, times = 1): Promise<Blocked> {
    await this.changes.until(() => this.asked.filter((blocked) => blocked.task === task).length >= times);
    return this.asked.findLast((blocked) => blocked.task === task) as Blocked;
  }

  /** Effects that are left, `step@host`; nothing when all is as before. */
  left(): string[] {
    return [...this.hosts.values()].flatMap((host) => host.effects.map((step) => `${step}@${host.name}`));
  }

  /** Every program that was begun on a host, forward or back. */
  runs(): string[] {
    return [...this.hosts.values()].flatMap((host) => host.runs);
  }

  openClaims(): string[] {
    return [...this.hosts.values()].flatMap((host) => (host.claim?.open ? [`${host.name}: ${host.claim.holder}`] : []));
  }

  /** People and time. */
  policy: Policy = { messages: null, bake: null, reports: [] };

  readPolicy(): Promise<Policy> {
    return Promise.resolve(this.policy);
  }

  /** What people were told, by moment. */
  readonly told: Telling[] = [];
  /** What becomes of every message. */
  tells: Told['deliveries'] = [];
  /** Reports that were to be kept. */
  readonly stored: { name: string; end: Closing | null }[] = [];

  async tell({ telling, alerts }: { telling: Telling; alerts: Alerts }): Promise<Told> {
    await this.#call('tell');
    await this.#held.get(`tell ${telling.moment}`)?.opened;
    this.told.push(telling);
    this.changes.announce();
    return { alerts, deliveries: this.tells };
  }

  async storeReport({ name, end }: { name: string; end: Closing | null }): Promise<{ where: string[] }> {
    this.stored.push({ name, end });
    await this.#call('storeReport');
    return { where: [`/reports/${name}.html`] };
  }

  /** What is watched after a deployment, and what its one source says so many seconds after users were let in; null: no data. */
  bake: Bake | null = null;
  figure: (seconds: number) => number | null = () => 0;
  /** How many requests it rests on; null: not counted. */
  requests: number | null = null;
  readonly looks: LookInput[] = [];

  sampleBefore(): Promise<Figures> {
    this.calls.push('sampleBefore');
    return Promise.resolve({ errors: [{ at: '2026-11-22T04:00:00Z', value: 0, count: null }] });
  }

  async sampleBake(input: LookInput): Promise<Look | null> {
    this.looks.push(input);
    await this.#call('sampleBake');
    const value = this.figure((Date.parse(input.at) - Date.parse(input.begun)) / 1000);
    return this.bake && judged(this.bake, input, { errors: { at: input.at, value, count: this.requests } });
  }

  async claimHosts(operation: Operation): Promise<Tokens> {
    await this.#call('claimHosts');
    return Object.fromEntries([...this.hosts].map(([name, host]) => [name, { holder: operation.holder, epoch: host.take(operation.holder, operation.takeOver) }]));
  }

  async preparePlan({ operation, adopt }: PrepareInput): Promise<Plan> {
    await this.#call('preparePlan');
    const drift = this.options.drift ?? [];
    if (drift.length > 0 && !adopt) throw Object.assign(new Error(drift.map(({ sentence }) => sentence).join('; ')), { type: 'Refused' });
    return (this.plan = { ...examplePlan(this.app, operation.deployment, this.options), hash: this.hash, ...(drift.length > 0 ? { adopted: drift } : {}) });
  }

  async seePlan(input: PrepareInput): Promise<PlanSeen> {
    const { hash, release, hosts, steps } = await this.preparePlan(input);
    return { hash, commit: release.commit, previous: 'v1', hosts, closes: true, steps: steps.map(stepInWords), notes: [] };
  }

  /** What the gates say; by default there are none. */
  gates: Pick<CoreActivities, 'judgeGates' | 'passGates'> & Partial<Pick<CoreActivities, 'wakeRequests'>> = {
    judgeGates: async ({ now }) => ({ verdicts: [], next: new Date(now).toISOString(), windowEnd: null, approved: [], rejected: [], dropped: [] }),
    passGates: async () => ({ verdicts: [], windowEnd: null, approved: [], overridden: null }),
  };

  async judgeGates(question: GateQuestion): Promise<Judged> {
    await this.#call('judgeGates');
    return await this.gates.judgeGates(question);
  }

  async passGates(question: GateQuestion): Promise<Passed> {
    await this.#call('passGates');
    return await this.gates.passGates(question);
  }

  async wakeRequests(target: { app: string; environment: string }): Promise<void> {
    await this.#call('wakeRequests');
    await this.gates.wakeRequests?.(target);
  }

  async storePlan(): Promise<void> {
    await this.#call('storePlan');
  }

  async readHead(operation: Operation): Promise<Head> {
    await this.#call('readHead');
    const head = this.head;
    if (!head || (operation.deployment !== '' && operation.deployment !== head.plan.deployment)) {
      throw Object.assign(new Error(`${operation.deployment || 'nothing'} is not what a rollback would undo`), { type: 'Refused' });
    }
    return (this.plan = head.plan) && head;
  }

  async closeClaims({ operation, outcome, head, plan }: { operation: Operation; outcome: string; head: string; plan?: Plan }): Promise<void> {
    await this.#call('closeClaims');
    if (head === 'set' && plan) {
      const attempted = plan.steps.flatMap((step) => [...this.hosts.values()].filter((host) => host.records.has(`${plan.deployment}/${step.id}`)).map((host) => `${step.id}@${host.name}`));
      this.head = { plan, attempted, openedAt: '2026-11-22T05:00:00Z', schema: null };
    }
    if (head === 'restore') this.head = undefined;
    for (const host of this.hosts.values()) host.close(operation.holder, outcome);
  }

  /** Since when users were said to be in, by whoever asked what would be lost. */
  readonly lossSince: (string | null)[] = [];

  async describeLoss({ openedAt }: { openedAt: string | null }): Promise<string> {
    this.lossSince.push(openedAt);
    await this.#call('describeLoss');
    return '12 rows in 3 minutes';
  }

  async askAPerson(blocked: Blocked): Promise<void> {
    this.asked.push(blocked);
    this.changes.announce();
    await this.#call('askAPerson');
  }

  /** The way of an attempt from the worker to the host. */
  async onItsWay({ direction, step, host }: TaskInput): Promise<void> {
    const what = `${direction} ${step.id}@${host}`;
    const late = this.#late.get(what);
    if (!late) return;
    this.#late.delete(what);
    this.onTheWay.add(what);
    this.changes.announce();
    await late.opened;
    this.onTheWay.delete(what);
  }

  /** What a drill of this app rehearses. */
  rehearsal: Rehearsal = { on: 'staging', release: 'v2', previous: 'v1', deployment: 'd-live', live: 'v1', restore: true };
  /** Why the backup cannot be restored. */
  damage: string | undefined;

  async planDrill(): Promise<Rehearsal> {
    await this.#call('planDrill');
    return this.rehearsal;
  }

  /** By what the steps have left on the hosts. */
  async readLive(): Promise<{ release: string | null }> {
    await this.#call('readLive');
    const steps = [...this.hosts.values()].map((host) => host.effects.includes('08-switch-release'));
    return { release: steps.every(Boolean) ? 'v2' : steps.some(Boolean) ? null : 'v1' };
  }

  async proveBackup(): Promise<{ proven: boolean; sentence: string }> {
    await this.#call('proveBackup');
    return { proven: this.damage === undefined, sentence: this.damage ?? 'it can be restored' };
  }

  /** A step's own verb, forward or undo. */
  async task(input: TaskInput): Promise<TaskResult> {
    const { state, adopted } = input.step.kind === 'check' ? await this.#check(input) : await this.#change(input);
    const classifies = this.plan.steps.find((step) => step.id === input.step.id)?.classifies;
    return { state, seconds: 0, tail: classifies ? `looked at 3 migrations\nschema: ${this.schemaFound}\n` : '', adopted, at: '2026-11-22T05:00:00Z' };
  }

  async #change(input: TaskInput): Promise<{ state: State; adopted: boolean }> {
    const host = this.hosts.get(input.host);
    if (!host) throw new Error(`there is no host ${input.host}`);
    return await (input.direction === 'forward' ? host.start(input) : host.undo(input));
  }

  async #check({ direction, step, host }: TaskInput): Promise<{ state: State; adopted: boolean }> {
    this.#note(direction, step.id, host, 'began');
    await this.#held.get(`${direction} ${step.id}@${host}`)?.opened;
    const later = this.left().filter((effect) => effect > step.id && !this.mayStay.has(effect.replace(/@.*/, '')) && (host === 'worker' || effect.endsWith(`@${host}`)));
    if (direction === 'undo' && later.length > 0) this.wrong.push(`${step.id}@${host} was checked with ${later.join(', ')} still there`);
    const fails = this.#fails(`${direction} ${step.id}@${host}`);
    this.#note(direction, step.id, host, fails ? 'failed' : 'ended');
    if (fails) throw new HostError('StepFailed', fails);
    return { state: 'ended', adopted: false };
  }

  async #call(name: string): Promise<void> {
    this.calls.push(name);
    this.changes.announce();
    await this.#held.get(name)?.opened;
    const fails = this.#fails(name);
    if (fails) throw Object.assign(new Error(fails), { type: 'Refused' });
  }

  #fails(what: string): string | undefined {
    const switched = this.#failing.get(what);
    if (!switched || switched.times <= 0) return undefined;
    switched.times -= 1;
    return switched.sentence;
  }

  #note(way: Way, step: string, host: string, event: string): void {
    this.journal.push(`${way} ${step}@${host} ${event}`);
    this.changes.announce();
  }
}
