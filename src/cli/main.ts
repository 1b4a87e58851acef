import { explain } from './errors';
import { EXIT } from './exit-codes';
import { loadActions } from './lazy';
import { makeProgram, type Run } from './program';

const run: Run = async (action) => action(await loadActions());

async function main(argv: readonly string[]): Promise<void> {
  const program = makeProgram(run);
  try {
    await program.parseAsync(argv, { from: 'user' });
    process.exitCode = EXIT.done;
  } catch (error) {
    const { code, text } = explain(error, program, argv);
    process.exitCode = code;
    process.stderr.write(text);
  }
}

// Nobody reads on, as with `| head`: what listens for it stops following; to all others it is no error.
process.stdout.on('error', () => undefined);
void main(process.argv.slice(2)).finally(() => {
  // A kept connection must not keep a finished command from ending; what was written is out by then.
  process.stdout.write('', () => process.exit());
});
