export { bake } from './bake';
export { deploy } from './deploy';
export { rollback } from './rollback';
