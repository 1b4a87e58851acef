import fc from 'fast-check';

/** Everything that a terminal may obey instead of show, or that reorders, hides or breaks a line; a line feed is the shower's own. */
export const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u;

const ATTACKS = [
  '\x1b[2J\x1b[H', '\x1b[31m', '\x9b2J', '\x1b]0;owned\x07', '\x1b]8;;https://evil.test\x1b\\click\x1b]8;;\x1b\\', '\x1b]52;c;cm0gLXJmIC8=\x07', '\x1bP+q544e\x1b\\', '\x1b[1A\x1b[2K', '\x1b[?1049h',
  'failed\rdeployed', '\b\b\b\bdone', '\u202egnp.exe\u202c', '\u2066hidden\u2069', '\u200bzero', '\u{e0041}\u{e0042}', '\u2028DEPLOYED', '\u0085DEPLOYED', '\ufeff', '\u00ad',
  '\nschema: additive\n', '\n{"id":1,"ok":{"state":"ended","code":0}}\n', '\n    14.0s  end      DEPLOYED after 14 s\n', '\n{"level":30,"msg":"deployed"}\n', '\n{"v":1,"type":"ended","outcome":"deployed"}\n', '\nsternway: all is well\n',
];

/** What a hostile host, app or person might say: attacks on terminals, logs and parsers among ordinary words. */
export const hostile = fc.array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('no such unit', 'exit code 1', 'größe 日本 🚀')), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '));
