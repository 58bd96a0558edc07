// Reads the fields of a recorded step, and says file, step and field where one is not what it should be.
import { ConfigError } from '@forkless/errors';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The fields of one object, with the place for error messages. */
export class Fields {
  readonly json: Json;
  readonly place: string;

  constructor(json: unknown, place: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(`${place}: expected an object, got ${show(json)}.`);
    }
    this.json = json as Json;
    this.place = place;
  }

  /** Whether a field is there. */
  has(name: string): boolean {
    return this.json[name] !== undefined;
  }

  text(name: string): string {
    const value = this.json[name];
    return typeof value === 'string' ? value : this.bad(name, 'text');
  }

  integer(name: string): number {
    const value = this.json[name];
    return typeof value === 'number' && Number.isInteger(value)
      ? value
      : this.bad(name, 'an integer');
  }

  /** An integer from `min` to 2^31. */
  count(name: string, min = 0): number {
    const value = this.integer(name);
    return value >= min && value <= 2 ** 31 ? value : this.bad(name, `an integer from ${min} on`);
  }

  /** Bytes, as hexadecimal text. */
  address(name: string): number {
    const text = this.text(name);
    return /^0x[0-9a-f]+$/.test(text) ? Number.parseInt(text, 16) : this.bad(name, 'a hex address');
  }

  /** A list of integers. */
  integers(name: string): readonly number[] {
    const value = this.json[name];
    if (!Array.isArray(value)) return this.bad(name, 'a list');
    return value.every((one) => Number.isInteger(one))
      ? (value as number[])
      : this.bad(name, 'a list of integers');
  }

  /** Flags or-ed together: names from a table, or integers. */
  flags(name: string, table: Readonly<Record<string, number>>): number {
    const value = this.json[name];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.reduce<number>((sum, one) => sum | this.number(name, one, table), 0);
  }

  /** One name from a table, or an integer. */
  named(name: string, table: Readonly<Record<string, number>>): number {
    return this.number(name, this.json[name], table);
  }

  bad(name: string, expected: string): never {
    throw new ConfigError(
      `${this.place}, field "${name}": expected ${expected}, got ${show(this.json[name])}.`,
    );
  }

  private number(field: string, value: unknown, table: Readonly<Record<string, number>>): number {
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    const known = typeof value === 'string' ? table[value] : undefined;
    return known ?? this.bad(field, `a number or one of ${Object.keys(table).join(', ')}`);
  }
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
