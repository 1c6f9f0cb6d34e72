/** What a test tells the router, one line of JSON each, and what it is answered. */
import * as v from 'valibot'
import type { Counts, Wire } from './wire.ts'

const pair = v.tuple([v.string(), v.string()])
const wall = v.picklist(['all', 'udp', 'tcp'])
const amount = v.exactOptional(v.pipe(v.number(), v.minValue(0)))

const schema = v.variant('do', [
  v.object({
    do: v.literal('impair'),
    change: v.object({ delayMs: amount, jitterMs: amount, loss: amount, kilobitsPerSecond: amount }),
    between: v.exactOptional(pair)
  }),
  v.object({ do: v.literal('block'), between: pair, protocol: wall }),
  v.object({ do: v.literal('unblock'), between: pair, protocol: wall }),
  v.object({ do: v.literal('plug'), host: v.string(), plugged: v.boolean() }),
  v.object({ do: v.literal('address'), host: v.string(), address: v.pipe(v.string(), v.ipv4()) }),
  v.object({ do: v.literal('count') })
])

export type Command = v.InferOutput<typeof schema>

/** Each is answered by the counts of that moment; before the first, they say that the network stands. */
export const answerSchema = v.union([
  v.object({
    counts: v.object({
      delivered: v.number(),
      lost: v.number(),
      blocked: v.number(),
      overflowed: v.number()
    })
  }),
  v.object({ error: v.string() })
])

type Answer = { readonly counts: Counts } | { readonly error: string }

const perform = (wire: Wire, command: Command): void => {
  switch (command.do) {
    case 'impair':
      return wire.impair(command.change, command.between)
    case 'block':
      return wire.block(command.between, command.protocol)
    case 'unblock':
      return wire.unblock(command.between, command.protocol)
    case 'plug':
      return wire.setPlugged(command.host, command.plugged)
    case 'address':
      return wire.setAddress(command.host, command.address)
    case 'count':
  }
}

export const obey = (wire: Wire, line: string): Answer => {
  try {
    perform(wire, v.parse(schema, JSON.parse(line)))
    return { counts: wire.counts }
  } catch (error) {
    return { error: String(error) }
  }
}
