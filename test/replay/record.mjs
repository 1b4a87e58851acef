// node test/replay/record.mjs [--again]: records the histories that are not there yet; --again: all, after a change to the workflows that is meant to break them.
// Needs node_modules and the Temporal CLI (node tools/prepare.mjs temporal); takes under a minute.
import { load } from '../../tools/lib/typescript.mjs';

await load('test/replay/record.ts').record(process.argv.includes('--again'));
