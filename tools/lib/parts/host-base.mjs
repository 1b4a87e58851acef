// The Debian tree that all test hosts share as the lowest layer of their disk.
import { debianTree } from '../debian-tree.mjs';

export const hostBase = debianTree({
  name: 'host-base',
  setting: 'STERNWAY_HOST_BASE',
  recipes: ['host-base'],
  doing: 'building a Debian host image',
  usually: 45,
});
