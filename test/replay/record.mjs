// node test/replay/record.mjs: records the histories again, after a change to the workflows that is meant to change them.
// Needs node_modules and the Temporal CLI (node tools/prepare.mjs temporal); takes under a minute.
import { load } from '../../tools/lib/typescript.mjs';

await load('test/replay/record.ts').record();
