/**
 * How a client reads what came from outside: as exactly as a schema does, with a reason for a no that names the
 * field but never repeats what was in it, and in a tenth of a schema's bytes, which every page pays for. What a
 * server reads has schemas; those of what a client reads are what these are tested against.
 */
import { type Decoded, decoded, undecodable } from '../core/codec.ts'

/** Says that this is wrong, or what stands at this path in it, and reads no further. */
type Wrong = (...path: readonly (string | number)[]) => never

export type Reader<T> = (value: unknown, wrong: Wrong) => T

export type Read<R> = R extends (value: unknown) => Decoded<infer T> ? T : never

/** The fields that are read of an object; others are dropped, and so is one whose reader finds nothing. */
type Fields<T> = { readonly [K in keyof T]: Reader<T[K]> }

const where =
  <T>(is: (value: unknown) => value is T): Reader<T> =>
  (value, wrong) =>
    is(value) ? value : wrong()

export const text = (maxLength: number): Reader<string> =>
  where((value): value is string => typeof value === 'string' && value.length <= maxLength)
export const string = text(Infinity)
export const matching = (pattern: RegExp): Reader<string> =>
  where((value): value is string => typeof value === 'string' && pattern.test(value))
export const boolean = where((value) => typeof value === 'boolean')
export const number = where((value) => typeof value === 'number')
export const integer = (min: number, max = Infinity): Reader<number> =>
  where(
    (value): value is number =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
  )

export const oneOf = <const T extends string>(...words: readonly T[]): Reader<T> =>
  where((value): value is T => words.some((word) => word === value))

/** One of these words, or `other` for whatever else is there, and for nothing. */
export const nearest =
  <const T extends string>(other: T, ...words: readonly T[]): Reader<T> =>
  (value) =>
    words.find((word) => word === value) ?? other

export const nullable =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, wrong) =>
    value === null ? value : read(value, wrong)

/** `null` also when it is left out. */
export const orNull = <T>(read: Reader<T>): Reader<T | null> => optional(nullable(read), null)

/** What it is when it is left out is nothing, unless told. */
export function optional<T>(read: Reader<T>): Reader<T | undefined>
export function optional<T>(read: Reader<T>, missing: T): Reader<T>
export function optional<T>(read: Reader<T>, missing?: T): Reader<T | undefined> {
  return (value, wrong) => (value === undefined ? missing : read(value, wrong))
}

const array = where((value): value is readonly unknown[] => Array.isArray(value))

export const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value, wrong) =>
    array(value, wrong).map((item, at) => read(item, (...path) => wrong(at, ...path)))

const record = where((value): value is object => typeof value === 'object' && value !== null)

export function object<T>(fields: Fields<T>): Reader<T>
export function object(fields: Fields<Record<string, unknown>>): Reader<unknown> {
  return (value, wrong) => {
    const source = record(value, wrong)
    const made: Record<string, unknown> = {}
    for (const [key, read] of Object.entries(fields)) {
      const field = read(Reflect.get(source, key), (...path) => wrong(key, ...path))
      if (field !== undefined) made[key] = field
    }
    return made
  }
}

/** A whole message, or the reason why it is none. */
export const whole =
  <T>(read: Reader<T>): ((value: unknown) => Decoded<T>) =>
  (value) => {
    let reason = ''
    try {
      const message = read(value, (...path) => {
        reason = path.length > 0 ? `bad field: ${path.join('.')}` : 'not a message of this protocol'
        throw new Error(reason)
      })
      return decoded(message)
    } catch {
      return undecodable(reason)
    }
  }

/** One of these messages, each told by its `type`; `null` where it is of none of them. */
export type Variant<Messages> = {
  [Type in keyof Messages]: { readonly type: Type } & {
    readonly [K in keyof Messages[Type]]: Messages[Type][K]
  }
}[keyof Messages]

export function variant<Messages>(fields: {
  readonly [Type in keyof Messages]: Fields<Messages[Type]>
}): (value: unknown) => Decoded<Variant<Messages> | null>
export function variant(
  fields: Readonly<Record<string, Fields<Record<string, unknown>>>>
): (value: unknown) => Decoded<unknown> {
  const typed = object({ type: string })
  const readers = new Map(
    Object.entries(fields).map(([type, fields]) => [type, object({ type: string, ...fields })])
  )
  return whole((value, wrong) => readers.get(typed(value, wrong).type)?.(value, wrong) ?? null)
}
