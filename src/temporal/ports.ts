import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const loopback = '127.0.0.1';

/**
 * A free port on 127.0.0.1 that nobody else is given for the next minute: a connection closed from the listening side
 * leaves the port in TIME_WAIT, in which the kernel does not hand it out but lets a server take it that names it.
 */
export async function freePort(): Promise<number> {
  const server = net.createServer((socket) => socket.end());
  server.listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect(port, loopback).resume();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Whether a server could listen on this port of 127.0.0.1. A taken one is asked again for half a second: the kernel gives the
 * port of a process that was just killed back some milliseconds after the process is gone.
 */
export async function isFree(port: number): Promise<boolean> {
  const deadline = Date.now() + 500;
  while (!(await canListen(port))) {
    if (Date.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

async function canListen(port: number): Promise<boolean> {
  const server = net.createServer().listen(port, loopback);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Whether something accepts connections there. @throws what the connection failed with, when not by refusal */
export async function answers(port: number, host = loopback): Promise<boolean> {
  const socket = net.connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
