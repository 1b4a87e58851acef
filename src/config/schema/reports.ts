/** Where the written report of every run is kept. */
import { z } from 'zod';
import { describe, rule, section } from './field';
import { absolutePath } from './text';

const fields = section('Where the report of every run that changed something is kept when it ends, as Markdown and HTML. Without the section it is written when somebody asks for it.', {
  directory: describe(absolutePath('/var/lib/sternway-reports'), { doc: 'A directory on the machine of the worker, which makes it. This or `s3`, or both.' }).optional(),
  s3: describe(z.boolean(), { doc: 'In the bucket of `offsite`, below `reports/`.', expects: 'true or false', example: 'true' }).optional(),
});

export const reports = rule(fields, ['directory', 's3'], ({ directory, s3 }, report) => {
  if (directory === undefined && s3 !== true) report([], 'must have a directory, or s3: true (got neither)', 'add directory: /var/lib/sternway-reports, or leave the section out');
});
