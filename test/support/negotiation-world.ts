/**
 * Two sides that negotiate with each other over two ordered channels, as a world for the walker. A
 * side is the reducer, the peer connection that performs its effects, and a script of what its app
 * and its network do.
 */
import type {
  Negotiation,
  NegotiationEffect,
  NegotiationEvent,
  NegotiationStep
} from '../../src/core/negotiation.ts'
import { negotiate, startNegotiation } from '../../src/core/negotiation.ts'
import { unreachable } from '../../src/core/codec.ts'
import { type Move, Violation, type World } from './interleavings.ts'
import {
  type PeerConnectionModel,
  addIceCandidate,
  disagreement,
  gatherCandidate,
  isNegotiationNeeded,
  newPeerConnection,
  restartIce,
  rollBack,
  setLocalAnswer,
  setLocalOffer,
  setRemoteDescription
} from './peer-connection-model.ts'

export type Reducer = (now: Negotiation, event: NegotiationEvent) => NegotiationStep

/**
 * `change`: the app adds a track. `candidate`: one is gathered and sent. `late`: one that others overtake, or
 * that overtakes them. `restart`: ICE has to start over. `misfire`: the connection says that negotiation is
 * needed, for no reason. `fail`: the next operation fails that can be made good.
 */
export type ScriptStep = 'change' | 'candidate' | 'late' | 'restart' | 'misfire' | 'fail'
export type Scripts = readonly [readonly ScriptStep[], readonly ScriptStep[]]

interface Side {
  readonly negotiation: Negotiation
  readonly pc: PeerConnectionModel
  /** Effects that the connection has not performed yet, in order. */
  readonly operations: readonly NegotiationEffect[]
  /** What it has done and the reducer has not been told yet. */
  readonly results: readonly NegotiationEvent[]
  /** What is on its way to this side. */
  readonly incoming: readonly NegotiationEvent[]
  /** What may come to it at any time. */
  readonly late: readonly NegotiationEvent[]
  readonly failing: boolean
  readonly script: readonly ScriptStep[]
  readonly gathered: readonly string[]
  /** ICE generations up to this one have to be gone in the end. */
  readonly outdated: number
}

export type Sides = readonly [Side, Side]
type Index = 0 | 1

const otherOf = (index: Index): Index => (index === 0 ? 1 : 0)

const withSide = (sides: Sides, index: Index, change: Partial<Side>): Sides =>
  index === 0 ? [{ ...sides[0], ...change }, sides[1]] : [sides[0], { ...sides[1], ...change }]

const send = (sides: Sides, from: Index, event: NegotiationEvent): Sides => {
  const to = otherOf(from)
  return withSide(sides, to, { incoming: [...sides[to].incoming, event] })
}

const carryOut = (sides: Sides, index: Index, effect: NegotiationEffect): Sides => {
  const side = sides[index]
  switch (effect.type) {
    case 'send-description':
      return send(sides, index, { type: 'description', description: effect.description })
    case 'restart-ice':
      return withSide(sides, index, { pc: restartIce(side.pc) })
    case 'set-local-description':
    case 'set-remote-description':
    case 'roll-back':
    case 'add-candidate':
      return withSide(sides, index, { operations: [...side.operations, effect] })
    case 'report':
      return sides
    case 'give-up':
      throw new Violation(effect.reason)
    default:
      return unreachable(effect)
  }
}

const tell = (reduce: Reducer, sides: Sides, { index, event }: { index: Index; event: NegotiationEvent }) => {
  const [negotiation, effects] = reduce(sides[index].negotiation, event)
  let after = withSide(sides, index, { negotiation })
  for (const effect of effects) after = carryOut(after, index, effect)
  return after
}

/** Whoever yields can only make its own attempts good, and nobody what undoes them. */
const canFail = ({ negotiation, operations: [operation], pc }: Side): boolean => {
  if (operation?.type === 'add-candidate' || operation?.type === 'roll-back') return false
  const isOwnAttempt =
    operation?.type === 'set-local-description'
      ? operation.kind === 'offer'
      : operation?.type === 'set-remote-description' && operation.description.type === 'answer'
  return pc.currentRemote !== null && (isOwnAttempt || !negotiation.polite)
}

const fail = (sides: Sides, index: Index): Sides => {
  const { operations, results } = sides[index]
  const result = { type: 'operation-failed', reason: 'it failed' } as const
  return withSide(sides, index, {
    operations: operations.slice(1),
    results: [...results, result],
    failing: false
  })
}

/** The connection performs the next operation; what becomes of it is told later. */
const perform = (sides: Sides, index: Index): Sides => {
  const { pc, operations, results } = sides[index]
  const [operation, ...rest] = operations
  if (operation?.type === 'roll-back') {
    const result = { type: 'rolled-back' } as const
    return withSide(sides, index, { pc: rollBack(pc), operations: rest, results: [...results, result] })
  }
  if (operation?.type === 'add-candidate') {
    return withSide(sides, index, { pc: addIceCandidate(pc, operation.candidate), operations: rest })
  }
  if (operation?.type === 'set-remote-description') {
    const { description } = operation
    const result = { type: 'remote-description-set', description } as const
    return withSide(sides, index, {
      pc: setRemoteDescription(pc, description),
      operations: rest,
      results: [...results, result]
    })
  }
  if (operation?.type !== 'set-local-description') throw new Error('nothing to perform')
  const [after, description] = operation.kind === 'offer' ? setLocalOffer(pc) : setLocalAnswer(pc)
  const result = { type: 'local-description-set', description } as const
  return withSide(sides, index, { pc: after, operations: rest, results: [...results, result] })
}

/** Candidates follow their description; before the very first one they may also overtake it. */
const canGather = (sides: Sides, index: Index): boolean => {
  const { pc, results } = sides[index]
  const other = sides[otherOf(index)].pc
  const first = other.currentRemote === null && other.pendingRemote === null
  return (pc.pendingLocal ?? pc.currentLocal) !== null && (results.length === 0 || first)
}

const scriptMove = (reduce: Reducer, sides: Sides, index: Index): (() => Sides) | null => {
  const side = sides[index]
  const [step, ...script] = side.script
  const rest = withSide(sides, index, { script })
  switch (step) {
    case 'change':
      return () => withSide(rest, index, { pc: { ...side.pc, changes: side.pc.changes + 1 } })
    case 'misfire':
      return () => tell(reduce, rest, { index, event: { type: 'negotiation-needed' } })
    case 'fail':
      return () => withSide(rest, index, { failing: true })
    case 'restart':
      if (side.pc.currentLocal === null) return null
      return () => {
        const outdated = withSide(rest, index, { outdated: side.pc.generation })
        return tell(reduce, outdated, { index, event: { type: 'ice-restart-wanted' } })
      }
    case 'candidate':
    case 'late': {
      if (step === 'candidate' && !canGather(sides, index)) return null
      if ((side.pc.pendingLocal ?? side.pc.currentLocal) === null) return null
      const candidate = gatherCandidate(side.pc, side.gathered.length)
      const after = withSide(rest, index, { gathered: [...side.gathered, candidate.candidate] })
      const event = { type: 'candidate', candidate } as const
      if (step === 'candidate') return () => send(after, index, event)
      const to = otherOf(index)
      return () => withSide(after, to, { late: [...after[to].late, event] })
    }
    case undefined:
      return null
    default:
      return unreachable(step)
  }
}

const sideMoves = (reduce: Reducer, sides: Sides, index: Index): readonly Move<Sides>[] => {
  const side = sides[index]
  const { owner } = side.pc
  const moves: Move<Sides>[] = []
  const add = (name: string, next: () => Sides) => moves.push({ name: `${owner} ${name}`, next })

  const scripted = scriptMove(reduce, sides, index)
  if (scripted !== null) add(`script: ${side.script[0]}`, scripted)
  const [operation] = side.operations
  if (operation !== undefined)
    add(`performs: ${operation.type}`, () =>
      side.failing && canFail(side) ? fail(sides, index) : perform(sides, index)
    )
  const [result, ...results] = side.results
  if (result !== undefined) {
    add(`is told: ${result.type}`, () =>
      tell(reduce, withSide(sides, index, { results }), { index, event: result })
    )
  }
  const [message, ...incoming] = side.incoming
  if (message !== undefined) {
    add(`receives: ${message.type}`, () =>
      tell(reduce, withSide(sides, index, { incoming }), { index, event: message })
    )
  }
  const [stray, ...late] = side.late
  if (stray !== undefined) {
    add('receives late: candidate', () =>
      tell(reduce, withSide(sides, index, { late }), { index, event: stray })
    )
  }
  // The W3C event is not fired while operations are chained; that the reducer has been told of their
  // outcome is not said there.
  if (isNegotiationNeeded(side.pc) && side.operations.length === 0) {
    const notified = withSide(sides, index, { pc: { ...side.pc, notified: true } })
    add('fires: negotiationneeded', () =>
      tell(reduce, notified, { index, event: { type: 'negotiation-needed' } })
    )
  }
  return moves
}

const checkSideEnd = (sides: Sides, index: Index): void => {
  const { pc, negotiation, script, gathered, outdated } = sides[index]
  const other = sides[otherOf(index)].pc
  const problem = disagreement(pc, other)
  if (problem !== null) throw new Violation(problem)
  if (negotiation.phase !== 'stable') throw new Violation(`${pc.owner} thinks it is ${negotiation.phase}`)
  if (negotiation.waiting.length > 0) throw new Violation(`${pc.owner} still keeps something waiting`)
  if (script.length > 0) throw new Violation(`the script of ${pc.owner} could not be played to its end`)
  const generation = pc.currentLocal?.generation ?? 0
  if (generation <= outdated) throw new Violation(`${pc.owner} never restarted ICE`)
  const current = `${pc.owner}${generation}/`
  const lost = gathered.find((line) => line.startsWith(current) && !other.added.includes(line))
  if (lost !== undefined) throw new Violation(`candidate ${lost} was lost`)
}

const newSide = (owner: string, polite: boolean, script: readonly ScriptStep[]): Side => ({
  negotiation: startNegotiation(polite),
  pc: newPeerConnection(owner),
  operations: [],
  results: [],
  incoming: [],
  late: [],
  failing: false,
  script,
  gathered: [],
  outdated: 0
})

const worldFrom = (reduce: Reducer, start: Sides): World<Sides> => ({
  start,
  moves: (sides) => [...sideMoves(reduce, sides, 0), ...sideMoves(reduce, sides, 1)],
  checkEnd(sides) {
    checkSideEnd(sides, 0)
    checkSideEnd(sides, 1)
  },
  key: (sides) => JSON.stringify(sides)
})

/** Ada, who is impolite, and Bob, who is polite, before the first offer. */
export const freshWorld = (reduce: Reducer, [ada, bob]: Scripts): World<Sides> =>
  worldFrom(reduce, [newSide('a', false, ada), newSide('b', true, bob)])

/** The same two with a first negotiation, offered by Ada, behind them. */
export const establishedWorld = (reduce: Reducer, [ada, bob]: Scripts): World<Sides> => {
  const { start, moves } = freshWorld(negotiate, [['change'], []])
  let sides = start
  for (let [move] = moves(sides); move !== undefined; [move] = moves(sides)) sides = move.next()
  return worldFrom(reduce, withSide(withSide(sides, 0, { script: ada }), 1, { script: bob }))
}
