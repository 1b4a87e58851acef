/** Kinds of values that are no plain text: durations, sizes, shares, numbers. */
import { z } from 'zod';
import { formatDuration, formatSize, readDuration, readPercent, readSize } from '../units';
import { describe } from './field';

interface Measure {
  readonly what: string;
  readonly example: string;
  readonly read: (text: string) => number | undefined;
  readonly format?: (value: number) => string;
}

function measure({ what, example, read, format }: Measure, min: string, max: string) {
  const [from, to] = [read(min) ?? 0, read(max) ?? 0];
  const schema = z
    .string()
    .refine((text) => {
      const value = read(text);
      return value !== undefined && value >= from && value <= to;
    })
    .overwrite((text) => {
      const value = read(text);
      return value === undefined || format === undefined ? text : format(value);
    });
  return describe(schema, { expects: `${what} from ${min} to ${max}`, example, range: [min, max] });
}

/** Units d, h, m, s, ms. */
export const duration = (min = '1ms', max = '7d') =>
  measure({ what: 'a duration such as 1h30m, 10s or 500ms,', example: '30s', read: readDuration, format: formatDuration }, min, max);

/** Units of 1024: B, KB, MB, GB, TB. */
export const size = (min: string, max: string) =>
  measure({ what: 'a size such as 64MB or 2GB,', example: '64MB', read: readSize, format: formatSize }, min, max);

export const share = (min: string, max: string) => measure({ what: 'a percentage', example: '10%', read: readPercent }, min, max);

export const integer = (min: number, max: number, example: string) =>
  describe(z.int().min(min).max(max), { expects: `a whole number from ${min} to ${max}`, example, range: [String(min), String(max)] });

export const decimal = (min: number, max: number, example: string) =>
  describe(z.number().min(min).max(max), { expects: `a number from ${min} to ${max}`, example, range: [String(min), String(max)] });

export const choice = <const T extends readonly [string, ...string[]]>(options: T) =>
  describe(z.enum(options), { expects: options.length === 1 ? `${options[0]}, the only choice yet` : `one of ${options.join(', ')}`, example: options[0] });
