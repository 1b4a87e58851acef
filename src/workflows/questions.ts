import type { Blocked } from '../activities/contract';
import { taskKey, type Plan, type Step } from '../plan/plan';
import type { SchemaKind } from '../plan/schema-kind';
import { bounded } from './activities';
import type { Control } from './control';
import type { Answer } from './messages';
import { rootSentence, where } from './sentences';

/** Puts a question to people and waits, however long. That it could not be put anywhere but here must not lose the answer. */
export async function ask(control: Control, step: Step, host: string, sentence: string, hold: boolean): Promise<Answer> {
  const blocked: Blocked = { task: taskKey(step, host), title: step.title, host, sentence, hold };
  const told = bounded.askAPerson(blocked).catch(() => undefined);
  const { answer } = await control.answer(blocked);
  await told;
  return answer;
}

/** A schema change under which users have written: what taking it back would lose, for a person who decides first. */
export async function weigh(plan: Plan, step: Step, host: string, schema: SchemaKind, openedAt: string | null): Promise<string> {
  const loss = await bounded
    .describeLoss({ plan, step: step.id, host, openedAt })
    .catch((error: unknown) => `what was written since could not be read (${rootSentence(error)})`);
  const back = schema === 'reversible' ? 'retry reverses it with the new code, or restores the dump and loses that where reversing fails' : 'retry restores the dump and loses that';
  return `${step.title} ${where(host)} is ${schema}, and users were let in since: ${loss}. ${back}; skip leaves the schema`;
}
