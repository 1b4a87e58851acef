import { everyRelease } from './support/releases';

everyRelease('compose');
