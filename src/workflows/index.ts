export { deploy } from './deploy';
export { freeze } from './freeze';
export { request } from './request';
export { rollback } from './rollback';
