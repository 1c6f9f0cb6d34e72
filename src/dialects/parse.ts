/**
 * How a codec reads what came from outside: against a schema, and with a reason for a no that names
 * the field but never repeats what was in it.
 */
import * as v from 'valibot'
import { type Decoded, decoded, undecodable } from '../core/codec.ts'

export const parseAs = <Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown
): Decoded<v.InferOutput<Schema>> => {
  const parsed = v.safeParse(schema, value, { abortEarly: true })
  if (parsed.success) return decoded(parsed.output)
  const path = v.getDotPath(parsed.issues[0])
  return undecodable(path === null ? 'not a message of this protocol' : `bad field: ${path}`)
}

/** JSON within JSON, as some pages send it; or the object itself. */
export const nested = <Inner extends v.GenericSchema>(inner: Inner) =>
  v.pipe(v.union([v.pipe(v.string(), v.parseJson()), v.looseObject({})]), inner)
