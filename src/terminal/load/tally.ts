/** What is counted and measured in a run. Bounded, however long that takes. */
import { unreachable } from '../../core/codec.ts'
import { harmless } from '../harmless.ts'
import { Histogram } from './histogram.ts'
import type { End, Fault, Measure, Note, RefusalCode } from './words.ts'

/** Bytes and messages of signaling, without what HTTP, WebSocket and TCP put around them. */
export interface Traffic {
  sentBytes: number
  receivedBytes: number
  sentMessages: number
  receivedMessages: number
}

/** What the pairs with media have sent each other, as both ends of each call count it. */
export interface MediaTraffic {
  packetsSent: number
  packetsReceived: number
  /** Of those that should have been received: by the gaps in their numbers. */
  packetsLost: number
  bytesSent: number
  bytesReceived: number
}

/** What only pairs with media have: from the answer until the first picture and the first sound are there. */
export type MediaMeasure = Measure | 'first-frame'

/** Pairs with media take so much longer, by themselves, that theirs are kept apart. */
export type PairKind = 'lean' | 'media'

const measures = [
  'sign-in',
  'wait',
  'ringing',
  'accept',
  'relay',
  'ended'
] as const satisfies readonly Measure[]

const histograms = <Name extends string>(...names: readonly Name[]): ReadonlyMap<Name, Histogram> =>
  new Map(names.map((name) => [name, new Histogram()]))

/** Kinds of errors that are told apart; the rest are counted together. */
const maxKinds = 32
const maxText = 120

const add = <Name>(counts: Map<Name, number>, name: Name): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

export class Tally {
  readonly traffic: Traffic = { sentBytes: 0, receivedBytes: 0, sentMessages: 0, receivedMessages: 0 }
  readonly media: MediaTraffic = {
    packetsSent: 0,
    packetsReceived: 0,
    packetsLost: 0,
    bytesSent: 0,
    bytesReceived: 0
  }
  readonly latencies = histograms(...measures)
  readonly mediaLatencies = histograms(...measures, 'first-frame')
  /** How much later than it should this process comes to do anything. */
  readonly lateness = new Histogram()
  readonly ends = new Map<End, number>()
  readonly refusals = new Map<RefusalCode, number>()
  readonly errors = new Map<string, number>()
  signedIn = 0
  keptOut = 0
  lost = 0
  /** Clients that are signed in now. */
  present = 0
  begun = 0
  answered = 0
  well = 0
  failed = 0
  cutOff = 0
  #measuring = true

  /** Refusals and errors; a failed call is often the work of one. */
  get troubles(): number {
    return [...this.errors.values(), ...this.refusals.values()].reduce((sum, count) => sum + count, 0)
  }

  /** What the end of a run hurries says nothing about the server. */
  stopMeasuring(): void {
    this.#measuring = false
  }

  measure(measure: MediaMeasure, ms: number, kind: PairKind): void {
    if (!this.#measuring) return
    if (kind === 'media') this.mediaLatencies.get(measure)?.record(ms)
    else if (measure !== 'first-frame') this.latencies.get(measure)?.record(ms)
  }

  note(note: Note, kind: PairKind): void {
    switch (note.type) {
      case 'measured':
        return this.measure(note.measure, note.ms, kind)
      case 'signed-in':
        this.signedIn += 1
        this.present += 1
        return
      case 'signed-out':
        this.present -= 1
        return
      case 'kept-out':
        this.keptOut += 1
        return this.#blame(note.fault)
      case 'lost':
        this.lost += 1
        this.present -= 1
        return this.#blame(note.fault)
      case 'settled':
        return
      case 'call-begun':
        this.begun += 1
        return
      case 'call-answered':
        this.answered += 1
        return
      case 'call-finished':
        return this.#finish(note)
      case 'refused':
        return add(this.refusals, note.code)
      default:
        return unreachable(note)
    }
  }

  /** Counts an error that no pair tells of. */
  err(said: string): void {
    // Some of it is a stranger's.
    const what = harmless(said, maxText)
    add(this.errors, this.errors.has(what) || this.errors.size < maxKinds ? what : 'others')
  }

  #finish({ outcome, end }: Extract<Note, { type: 'call-finished' }>): void {
    add(this.ends, end)
    if (outcome === 'well') this.well += 1
    else if (outcome === 'failed') this.failed += 1
    else this.cutOff += 1
  }

  #blame(fault: Fault): void {
    if (fault.type === 'turned-away') add(this.refusals, fault.code)
    else this.err(`${fault.type}: ${fault.detail}`)
  }
}
