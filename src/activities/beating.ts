import { Context } from '@temporalio/activity';
import { reach } from '../failpoints';
import { asFailure } from './failures';

/** Milliseconds between heartbeats: a cancel and a lost worker are noticed about as fast. */
const BEAT = 500;

/** Runs an activity's work under heartbeats; ends at once when the activity is cancelled. What runs on a host goes on: its record knows. */
export async function beating<T>(name: string, work: () => Promise<T>, details: () => unknown = () => undefined): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), BEAT);
  try {
    return await Promise.race([between(name, work), context.cancelled]);
  } catch (error) {
    throw asFailure(error);
  } finally {
    clearInterval(timer);
  }
}

async function between<T>(name: string, work: () => Promise<T>): Promise<T> {
  await reach(`before ${name}`);
  const done = await work();
  await reach(`after ${name}`);
  return done;
}
