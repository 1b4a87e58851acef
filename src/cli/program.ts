import { Argument, Command, Option } from 'commander';
import type * as Actions from './actions';
import { aboutEnvironment, atServer, DEFAULT_CONFIG, followTimeout, withAsker, withFollowing } from './options';
import { branchValue, countValue, durationValue, filledValue, hashValue, idValue, lineValue, ownVersion, portValue, releaseValue, taskValue, untilValue } from './values';

type All = typeof Actions;
/** Loads what an action needs and runs it; until then a command line costs next to nothing. */
export type Run = (action: (actions: All) => Promise<void>) => Promise<void>;
type Answer = Parameters<All['decide']>[1];
/** The options that an action takes: its last argument. */
type Options<Name extends keyof All> = Parameters<All[Name]> extends [...unknown[], infer Last] ? Last : never;

const GUIDE = `
A first deployment:
  $ sternway check                    what is missing, and who has to do what
  $ sternway server                   a Temporal server and a worker; leave it running
  $ sternway tag v2.1.0               checks, then makes and pushes the tag
  $ sternway plan v2.1.0              what would happen, and how each step is taken back
  $ sternway deploy v2.1.0
  $ sternway rollback                 now, or in two weeks

Exit codes: 0 done, 2 usage, 10 failed and taken back, 11 needs a person, 12 refused, 13 taken back on request,
14 busy, 15 still running (docs/exit-codes.md).`;

/** Every command line that Sternway understands. */
export function makeProgram(run: Run): Command {
  const program = new Command('sternway')
    .description('Deploys apps to ordinary Linux hosts, every step with its way back.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', GUIDE)
    .showSuggestionAfterError(true)
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
  changes(program, run);
  acknowledging(program, run);
  gates(program, run);
  tagging(program, run);
  readings(program, run);
  afterwards(program, run);
  processes(program, run);
  return program;
}

const ADOPT = ['--adopt', 'take the hosts as they are where they differ from what the last deployment left'] as const;

const NOTES = ['--notes <file>', 'what changed and which problems are known, written by a person (YAML: changes, for_users, known), for messages and reports', filledValue] as const;

function changes(program: Command, run: Run): void {
  const takeOver = ['--take-over', 'end a claim on the hosts that a lost run left open'] as const;
  withFollowing(withAsker(atServer(aboutEnvironment(program.command('deploy').argument('<release>', 'git tag of the release', releaseValue)))))
    .description('deploy a release and follow it to its end: live and verified, or the hosts as before')
    .addOption(new Option('--accept <kind>', 'apply pending migrations of this kind, as somebody has looked at them').choices(['additive', 'reversible', 'irreversible']))
    .option(...ADOPT)
    .option(...NOTES)
    .option('--override <why>', 'pass closed gates; who and why stand in the history', lineValue)
    .option(...takeOver)
    .action((release: string, options: Options<'deploy'>) => run((actions) => actions.deploy(release, options)));
  withFollowing(withAsker(atServer(aboutEnvironment(program.command('rollback')))))
    .description('turn back the deployment that is running, or take back the one that is live')
    .option('--deployment <id>', 'only if it is this one', idValue)
    .option(...takeOver)
    .action((options: Options<'rollback'>) => run((actions) => actions.rollback(options)));
  atServer(aboutEnvironment(program.command('decide')))
    .description('answer a run, or the bake, that waits for a person')
    .argument('<task>', 'the task that waits, such as 07-stop-the-app@web-1, or bake', taskValue)
    .addArgument(new Argument('<answer>', 'retry: try the undo again; skip: leave it; resolved: you did it by hand. Of a bake: continue: take it as it is; extend: watch for another stage; rollback').choices(['retry', 'skip', 'resolved', 'continue', 'extend', 'rollback']))
    .option('--by <who>', 'who decides; by default the person behind the CI job, or user@host', lineValue)
    .requiredOption('--reason <why>', 'why, in a few words', lineValue)
    .action((task: string, answer: Answer, options: Options<'decide'>) => run((actions) => actions.decide(task, answer, options)));
}

/** Kept apart from decide: it decides nothing. */
function acknowledging(program: Command, run: Run): void {
  withAsker(atServer(aboutEnvironment(program.command('ack'))))
    .description('say that you see to it, or that the test alert has arrived: nobody else is called')
    .action((options: Options<'ack'>) => run((actions) => actions.ack(options)));
}

/** Of deployments that have not begun. */
function gates(program: Command, run: Run): void {
  const waiting = ['<deployment>', 'a deployment that waits; sternway status lists them', idValue] as const;
  atServer(aboutEnvironment(program.command('approve').argument(...waiting)))
    .description('show the plan of a deployment that waits, sign it with your SSH key, and send the signature')
    .requiredOption('--key <file>', 'your private key, or the public one whose private half the ssh agent holds', filledValue)
    .option('--reject', 'say no: the deployment is refused')
    .option('--plan <hash>', 'only if the plan is this one; its beginning is enough', hashValue)
    .option('--expires <duration>', 'how long it counts', durationValue, 86_400)
    .action((deployment: string, options: Options<'approve'>) => run((actions) => actions.approve(deployment, options)));
  withAsker(atServer(aboutEnvironment(program.command('withdraw').argument(...waiting))))
    .description('take back a deployment that waits: it does not start')
    .action((deployment: string, options: Options<'withdraw'>) => run((actions) => actions.withdraw(deployment, options)));
  atServer(aboutEnvironment(program.command('freeze')))
    .description('let no deployment start; what runs goes on, and a rollback passes')
    .option('--until <time>', 'when it ends by itself: a duration such as 36h, or a time with its zone such as 2026-12-24T12:00Z', untilValue)
    .option('--by <who>', 'who freezes; by default the person behind the CI job, or user@host', lineValue)
    .requiredOption('--reason <why>', 'why, in a few words', lineValue)
    .action((options: Options<'freeze'>) => run((actions) => actions.freeze(options)));
  withAsker(atServer(aboutEnvironment(program.command('thaw'))))
    .description('end a freeze: what waits for that starts')
    .action((options: Options<'thaw'>) => run((actions) => actions.thaw(options)));
}

function tagging(program: Command, run: Run): void {
  aboutEnvironment(program.command('tag').argument('<release>', 'the tag to make, such as v2.1.0', releaseValue))
    .description('check the checkout here and the hosts; then make the annotated tag of the release and push it')
    .option('--message <text>', 'message of the tag; by default "Release <release>"', lineValue)
    .option('--branch <name>', 'the branch that is deployed: its tip at the remote is what may be tagged', branchValue, 'main')
    .option('--remote <name>', 'the remote that gets the tag', filledValue, 'origin')
    .option('--checkout <directory>', 'the git checkout', filledValue, '.')
    .action((release: string, options: Options<'tag'>) => run((actions) => actions.tag(release, options)));
}

function readings(program: Command, run: Run): void {
  const deployment = ['[deployment]', 'a deployment id from sternway history', idValue] as const;
  atServer(aboutEnvironment(program.command('plan').argument('<release>', 'git tag of the release', releaseValue)))
    .description('read the hosts and print what a deployment would do and how each step is taken back')
    .option('--commands', 'with the commands themselves, forward and back')
    .option(...ADOPT)
    .option(...NOTES)
    .action((release: string, options: Options<'plan'>) => run((actions) => actions.plan(release, options)));
  atServer(aboutEnvironment(program.command('check')))
    .description('check configuration and hosts; print what is missing and the commands that mend it')
    .action((options: Options<'check'>) => run((actions) => actions.check(options)));
  aboutEnvironment(program.command('helper').argument('<host>', 'name of the host'))
    .description('print the script by which an administrator installs the helper there, with its one line in sudoers')
    .action((host: string, options: Options<'helper'>) => run((actions) => actions.helper(host, options)));
  atServer(aboutEnvironment(program.command('status')))
    .description('what runs and what is live; what waits for a person comes first')
    .action((options: Options<'status'>) => run((actions) => actions.status(options)));
  atServer(aboutEnvironment(program.command('follow').argument(...deployment)))
    .description('show a run from its beginning to its end; by default the one that runs, else the last')
    .addOption(followTimeout())
    .action((id: string | undefined, options: Options<'follow'>) => run((actions) => actions.follow(id, options)));
  atServer(aboutEnvironment(program.command('report').argument(...deployment)))
    .description('the story of a run, for reading or as a file; by default of the last')
    .addOption(new Option('--format <format>', 'text by default; markdown or html with all that is known of it, also the incident report').choices(['text', 'markdown', 'html', 'json']).conflicts('json'))
    .option('--out <file>', 'write it to this file and print its path', filledValue)
    .addOption(new Option('--open', 'write it as HTML and open it, by default in a file that only you may read').conflicts('json').implies({ format: 'html' }))
    .action((id: string | undefined, options: Options<'report'>) => run((actions) => actions.report(id, options)));
  atServer(aboutEnvironment(program.command('history')))
    .description('past runs, newest first, as far back as Temporal keeps them')
    .option('-n, --limit <number>', 'how many', countValue, 20)
    .action((options: Options<'history'>) => run((actions) => actions.history(options)));
}

function afterwards(program: Command, run: Run): void {
  atServer(aboutEnvironment(program.command('tasks')))
    .description('what people have still to do after deployments and rollbacks; what is due comes first')
    .option('--all', 'also what is done')
    .action((options: Options<'tasks'>) => run((actions) => actions.tasks(options)));
  atServer(aboutEnvironment(program.command('done').argument('<task>', 'a task from sternway tasks, such as after-1-hour', idValue)))
    .description('say that a task is done: nobody is reminded of it any more')
    .option('--deployment <id>', 'of this deployment, where several wait for the same', idValue)
    .option('--by <who>', 'who has done it; by default the person behind the CI job, or user@host', lineValue)
    .option('--note <text>', 'what came of it, in a few words', lineValue)
    .action((task: string, options: Options<'done'>) => run((actions) => actions.done(task, options)));
  const drill = program.command('drill').description('rehearse the way back of the live release on another environment (the section drills)').helpCommand(false);
  atServer(aboutEnvironment(drill.command('install')))
    .description('make the schedule of the drills, or bring it up to date')
    .action((options: Options<'installDrill'>) => run((actions) => actions.installDrill(options)));
  atServer(aboutEnvironment(drill.command('remove')))
    .description('take the schedule away')
    .action((options: Options<'removeDrill'>) => run((actions) => actions.removeDrill(options)));
  atServer(aboutEnvironment(drill.command('now')))
    .description('hold a drill now and wait for its end')
    .option('--no-follow', 'start it and return at once, with exit code 15')
    .action((options: Options<'drillNow'>) => run((actions) => actions.drillNow(options)));
  atServer(aboutEnvironment(drill.command('status')))
    .description('what the last drills have shown, and when the next one is')
    .action((options: Options<'drillStatus'>) => run((actions) => actions.drillStatus(options)));
}

function processes(program: Command, run: Run): void {
  program
    .command('server')
    .description('run a Temporal server on this machine, with its web UI and a worker; data stays on disk')
    .option('-c, --config <path>', 'configuration file of the worker', filledValue, DEFAULT_CONFIG)
    .option('--data <directory>', 'where the data is kept, in place of STERNWAY_DATA or ~/.local/share/sternway', filledValue)
    .option('--port <number>', 'port on 127.0.0.1', portValue, 7233)
    .option('--ui-port <number>', 'port of the web UI on 127.0.0.1', portValue, 8233)
    .option('--no-worker', 'the server alone')
    .action((options: Options<'server'>) => run((actions) => actions.server(options)));
  atServer(program.command('worker').option('-c, --config <path>', 'configuration file: its inventory, keys and secrets are used', filledValue, DEFAULT_CONFIG))
    .description('run a worker: it carries out deployments; any number of them may run')
    .action((options: Options<'worker'>) => run((actions) => actions.worker(options)));
}
