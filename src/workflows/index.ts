export { bake } from './bake';
export { deploy } from './deploy';
export { drill } from './drill';
export { followUp } from './follow-up';
export { rollback } from './rollback';
