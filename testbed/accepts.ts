import { createConnection } from 'node:net';

/** Whether somebody listens there. */
export function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port });
    const done = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1000, () => {
      done(false);
    });
    socket.on('connect', () => {
      done(true);
    });
    socket.on('error', () => {
      done(false);
    });
  });
}
