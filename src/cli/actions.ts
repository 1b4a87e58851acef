// Loaded once a command line has been understood: this brings the client and all that it needs.
export { ack } from './commands/ack';
export { check } from './commands/check';
export { decide } from './commands/decide';
export { deploy } from './commands/deploy';
export { done } from './commands/done';
export { drillNow, drillStatus, installDrill, removeDrill } from './commands/drill';
export { follow } from './commands/follow';
export { helper } from './commands/helper';
export { history } from './commands/history';
export { plan } from './commands/plan';
export { report } from './commands/report';
export { rollback } from './commands/rollback';
export { server } from './commands/server';
export { status } from './commands/status';
export { tag } from './commands/tag';
export { tasks } from './commands/tasks';
export { worker } from './commands/worker';
