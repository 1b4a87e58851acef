import { quote, say, sh, stop, type RemoteCommand } from './remote-command';

/** Name under which the signed address reaches the upload: whoever has it may write this one object for some minutes. */
export const UPLOAD_URL = 'STERNWAY_UPLOAD_URL';

/** A file on a host that is about to be copied away. */
export interface OffsiteFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Prints the file's size and its SHA-256, both read from the file itself: `<bytes> <hex>`. */
export function measure(path: string): RemoteCommand {
  return sh([`[ -f ${quote(path)} ] || ${stop(`there is no file ${path}`, 1)}`, `echo "$(stat -c %s ${quote(path)}) $(sha256sum < ${quote(path)} | cut -d' ' -f1)"`]);
}

/**
 * Puts the file at the signed address (a secret, `UPLOAD_URL`), sent with the headers that its signature covers: the store refuses other
 * content. The address reaches curl by its stdin. `seconds`: for the whole upload.
 */
export function upload(file: OffsiteFile, headers: Readonly<Record<string, string>>, seconds: number, caFile?: string): RemoteCommand {
  const words = [
    'curl', '--silent', '--show-error', '--write-out', quote('\\n%{http_code}'), '--max-time', String(seconds), '--connect-timeout', '10', '--retry', '2',
    ...(caFile ? ['--cacert', quote(caFile)] : []), '--upload-file', quote(file.path),
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', quote(`${name}: ${value}`)]),
    '--config', '-',
  ];
  return sh(
    [
      `refused() { printf '%s %s\\n' ${quote(`${file.path} could not be copied away:`)} "$*" >&2; exit 1; }`,
      `command -v curl > /dev/null || ${stop('curl is not installed, so nothing can be copied away', 1)}`,
      // printf is a part of sh: the address is on no command line.
      `answer=$(printf 'url = "%s"\\n' "$${UPLOAD_URL}" | ${words.join(' ')}) || refused 'the store was not reached, or the line broke'`,
      // Of the store's answer only its codes: the rest repeats the request. (--fail-with-body would do, but curl has it from 7.76 on.)
      `case "$(printf '%s' "$answer" | tail -n 1)" in 2??) ;; *) refused "$(printf '%s' "$answer" | sed -n 's/.*<Code>\\([A-Za-z]*\\)<.*/\\1/p')" "(HTTP $(printf '%s' "$answer" | tail -n 1))" ;; esac`,
      say(`${file.path}: ${file.bytes} bytes sent`),
    ],
    { secrets: [UPLOAD_URL] },
  );
}
