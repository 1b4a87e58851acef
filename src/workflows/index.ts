export { bake } from './bake';
export { deploy } from './deploy';
export { drill } from './drill';
export { followUp } from './follow-up';
export { freeze } from './freeze';
export { request } from './request';
export { rollback } from './rollback';
