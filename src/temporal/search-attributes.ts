// Read by workflows, so nothing here may touch Node. Values are never encrypted: no secrets.
import { defineSearchAttributeKey } from '@temporalio/common';

export const appAttribute = defineSearchAttributeKey('SternwayApp', 'KEYWORD');
export const environmentAttribute = defineSearchAttributeKey('SternwayEnvironment', 'KEYWORD');
/** The tag that was asked for. */
export const releaseAttribute = defineSearchAttributeKey('SternwayRelease', 'KEYWORD');
/** How a deployment ended: `deployed`, `rolled-back`, `incomplete`, `unchanged`; absent while it runs. */
export const outcomeAttribute = defineSearchAttributeKey('SternwayOutcome', 'KEYWORD');
/** What it does now, for lists: `waiting`, `running`, `going back`, `blocked`, `closed`. */
export const stateAttribute = defineSearchAttributeKey('SternwayState', 'KEYWORD');

/** All that a namespace must know before the first deployment. */
export const searchAttributes = [appAttribute, environmentAttribute, releaseAttribute, outcomeAttribute, stateAttribute] as const;
