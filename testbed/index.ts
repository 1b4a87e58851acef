// Target hosts for tests, demo and drills: see docs/test-hosts.md.
export type { Base } from './bases';
export type { RunResult, TargetHost } from './target-host';
export { raiseHost } from './raise';
export { deleteImage, ensureImage, hasImage, saveImage } from './images';
export { removeStaleHosts } from './removal';
