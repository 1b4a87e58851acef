import type { PeoplePolicy } from '../activities/contract';
import type { Telling } from '../messages/moments';
import type { Control } from './control';
import { now } from './now';
import { pause } from './pause';

/** Asks one person after the other, by role, until somebody says that they see to it. */
export class Escalation {
  #active = false;
  #about = '';

  /** `confirm`: the command by which somebody says so. */
  constructor(
    private readonly people: Pick<PeoplePolicy, 'roles' | 'escalate'>,
    private readonly control: Control,
    private readonly confirm: string,
    private readonly tell: (telling: Telling) => void,
  ) {}

  /** Returns at once. While somebody is being asked already, it goes on with these words. `over`: nobody is needed any more. */
  begin(about: string, over: () => boolean): void {
    this.#about = about;
    if (this.#active || this.people.roles.length === 0) return;
    this.#active = true;
    void this.#ask(over).then(() => (this.#active = false));
  }

  async #ask(over: () => boolean): Promise<void> {
    const { roles, escalate } = this.people;
    const [since, before] = [now(), this.control.acknowledged];
    const enough = (): boolean => over() || this.control.acknowledged > before;
    const ask = (n: number): void => this.#say(roles[n] ?? null, since, n + 1 < roles.length ? escalate : null);
    ask(0);
    for (let n = 1; n <= roles.length; n += 1) if (!(await pause(escalate, 'escalation', enough, () => ask(n)))) return;
  }

  #say(role: PeoplePolicy['roles'][number] | null, since: string, next: number | null): void {
    this.tell({ moment: 'escalation', at: now(), role, since, about: this.#about, confirm: this.confirm, next });
  }
}
