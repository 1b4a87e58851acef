import { Context } from '@temporalio/activity';
import { reach } from '../failpoints';
import { asFailure } from './failures';

/** Milliseconds between heartbeats: a cancel and a lost worker are noticed about as fast. */
const BEAT = 500;

/**
 * Runs an activity's work under heartbeats; ends at once when the activity is cancelled. What runs on a host goes on: its record knows.
 * `stays`: work that hears of the cancel itself, and once begun is waited for.
 */
export async function beating<T>(name: string, work: () => Promise<T>, details: () => unknown = () => undefined, stays = false): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), BEAT);
  try {
    const begin = reach(`before ${name}`);
    if (stays) await Promise.race([begin, context.cancelled]);
    const going = begin.then(work).then(async (done) => {
      await reach(`after ${name}`);
      return done;
    });
    return await (stays ? going : Promise.race([going, context.cancelled]));
  } catch (error) {
    // Whatever work that was broken off says of itself, the cancel is what happened.
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw asFailure(error);
  } finally {
    clearInterval(timer);
  }
}
