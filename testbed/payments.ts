import { join } from 'node:path';
import { folderOf } from './example';
import { besideAddress } from './network';
import { startService, type Service } from './service';
import type { TargetHost } from './target-host';

const PORT = 9711;

/** The stand-in for Razorpay, beside a host: examples/notes/razorpay_stub.py. Its orders end with it. */
export interface Payments extends Service {
  /** Its address for settings on the host and in its containers: one on all hosts. */
  url: string;
}

export async function startPayments(host: TargetHost): Promise<Payments> {
  const stub = join(folderOf({ name: 'notes', wheels: 'wheels-notes' }), 'razorpay_stub.py');
  const service = await startService({
    what: 'the stand-in for the payment provider',
    command: ['python3', stub, '--bind', '0.0.0.0', '--port', String(PORT)],
    address: host.address,
    port: PORT,
    host,
  });
  return { ...service, url: `http://${besideAddress}:${PORT}` };
}
