import { Sternway } from '../client';
import type { ServerOptions } from './options';

/** Runs with a connected client, and closes it whatever happens. @throws UserError when the server cannot be had */
export async function withClient<T>(options: ServerOptions, work: (sternway: Sternway) => Promise<T>): Promise<T> {
  const sternway = await Sternway.connect(options);
  try {
    return await work(sternway);
  } finally {
    await sternway.close();
  }
}
