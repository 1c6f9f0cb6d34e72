/**
 * How a client reads what came from outside: as exactly as a schema does, with a reason for a no that names the
 * field but never repeats what was in it, and in a tenth of a schema's bytes, which every page pays for. What a
 * server reads has schemas; those of what a client reads are what these are tested against.
 */
import { type Decoded, decoded, undecodable } from '../core/codec.ts'

/** Its reason for a no is the path to what is wrong, which is empty for the value itself. */
export type Reader<T> = (value: unknown) => Decoded<T>

export type Read<R> = R extends Reader<infer T> ? T : never

/** The fields that are read of an object; others are dropped, and so is one whose reader finds nothing. */
type Fields<T> = { readonly [K in keyof T]: Reader<T[K]> }

const where =
  <T>(is: (value: unknown) => value is T): Reader<T> =>
  (value) =>
    is(value) ? decoded(value) : undecodable('')

const under = (key: string | number, path: string): Decoded<never> =>
  undecodable(path === '' ? `${key}` : `${key}.${path}`)

export const text = (maxLength: number): Reader<string> =>
  where((value): value is string => typeof value === 'string' && value.length <= maxLength)
export const string = text(Infinity)
export const matching = (pattern: RegExp): Reader<string> =>
  where((value): value is string => typeof value === 'string' && pattern.test(value))
export const boolean = where((value) => typeof value === 'boolean')
export const number = where((value) => typeof value === 'number')
export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  where(
    (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
  )

export const oneOf = <const T extends string>(...words: readonly T[]): Reader<T> =>
  where((value): value is T => words.some((word) => word === value))

/** One of these words, or `other` for whatever else is there, and for nothing. */
export const nearest =
  <const T extends string>(other: T, ...words: readonly T[]): Reader<T> =>
  (value) =>
    decoded(words.find((word) => word === value) ?? other)

export const nullable =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null ? decoded(null) : read(value)

/** `null` also when it is left out. */
export const orNull = <T>(read: Reader<T>): Reader<T | null> => optional(nullable(read), null)

/** What it is when it is left out is nothing, unless told. */
export function optional<T>(read: Reader<T>): Reader<T | undefined>
export function optional<T>(read: Reader<T>, missing: T): Reader<T>
export function optional<T>(read: Reader<T>, missing?: T): Reader<T | undefined> {
  return (value) => (value === undefined ? decoded(missing) : read(value))
}

export const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value: unknown) => {
    if (!Array.isArray(value)) return undecodable('')
    const items: T[] = []
    const values: readonly unknown[] = value
    for (const [at, value] of values.entries()) {
      const item = read(value)
      if (!item.ok) return under(at, item.reason)
      items.push(item.message)
    }
    return decoded(items)
  }

export function object<T>(fields: Fields<T>): Reader<T>
export function object(fields: Fields<Record<string, unknown>>): Reader<unknown> {
  return (value) => {
    if (typeof value !== 'object' || value === null) return undecodable('')
    const made: Record<string, unknown> = {}
    for (const [key, read] of Object.entries(fields)) {
      const field = read(Reflect.get(value, key))
      if (!field.ok) return under(key, field.reason)
      if (field.message !== undefined) made[key] = field.message
    }
    return decoded(made)
  }
}

/** The same for a whole message, with the reason in words. */
export const whole =
  <T>(read: Reader<T>): Reader<T> =>
  (value) => {
    const message = read(value)
    if (message.ok) return message
    return undecodable(
      message.reason === '' ? 'not a message of this protocol' : `bad field: ${message.reason}`
    )
  }

/** One of these messages, each told by its `type`; `null` where it is of none of them. */
export type Variant<Messages> = {
  [Type in keyof Messages]: { readonly type: Type } & {
    readonly [K in keyof Messages[Type]]: Messages[Type][K]
  }
}[keyof Messages]

export function variant<Messages>(fields: {
  readonly [Type in keyof Messages]: Fields<Messages[Type]>
}): Reader<Variant<Messages> | null>
export function variant(fields: Readonly<Record<string, Fields<Record<string, unknown>>>>): Reader<unknown> {
  const typed = object({ type: string })
  const readers = new Map(
    Object.entries(fields).map(([type, fields]) => [type, object({ type: string, ...fields })])
  )
  return whole((value) => {
    const type = typed(value)
    if (!type.ok) return type
    return readers.get(type.message.type)?.(value) ?? decoded(null)
  })
}
