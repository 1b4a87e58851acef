// The same with MariaDB, Redis and Docker, for the second stack's hosts. A tree of its own rather than a layer over the
// base: it is built by the same proven way, and needs no file system that can carry an overlay.
import { debianTree } from '../debian-tree.mjs';

export const hostStackB = debianTree({
  name: 'host-stack-b',
  setting: 'STERNWAY_HOST_STACK_B',
  recipes: ['host-base', 'host-stack-b'],
  doing: 'building a Debian host image with MariaDB, Redis and Docker',
  usually: 90,
});
