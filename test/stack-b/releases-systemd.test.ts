import { everyRelease } from './support/releases';

everyRelease('systemd');
