/** What leaves together, and what becomes of a datagram when the system will not have it. */
import { expect, test } from 'vitest'
import { HEADER, HEADER_BYTES, HEADER_WORDS, PIECE, PIECE_WORDS } from './layout.ts'
import { BATCH } from './receive-batch.ts'
import { type Recipient, SendBatch } from './send-batch.ts'
import { EAGAIN, EINTR, type Syscalls } from './syscalls.ts'

const unused = (): never => {
  throw new Error('this is not called')
}

/** What the kernel would read where it is pointed to. */
class Memory {
  readonly #blocks: { readonly at: number; readonly bytes: Uint8Array }[] = []
  #end = 0x7f00_0000_0000

  addressOf(bytes: Uint8Array): number {
    const known = this.#blocks.find((block) => block.bytes.buffer === bytes.buffer)
    if (known !== undefined) return known.at + bytes.byteOffset
    const at = this.#end
    this.#end += bytes.buffer.byteLength + 4_096
    this.#blocks.push({ at, bytes: new Uint8Array(bytes.buffer) })
    return at + bytes.byteOffset
  }

  words(address: number, count: number): Uint32Array {
    const bytes = this.bytes(address, count * 4)
    return new Uint32Array(Uint8Array.from(bytes).buffer)
  }

  bytes(address: number, length: number): Uint8Array {
    const block = this.#blocks.find(({ at, bytes }) => address >= at && address < at + bytes.length)
    if (block === undefined) throw new Error('nothing is there')
    return block.bytes.subarray(address - block.at, address - block.at + length)
  }
}

const addressAt = (words: Uint32Array, at: number): number =>
  Number(words[at + 1]) * 0x1_0000_0000 + Number(words[at])

interface Call {
  /** Of each message its datagrams, as text, and the port it goes to. */
  readonly messages: readonly {
    readonly to: number
    readonly texts: readonly string[]
    readonly isRun: boolean
  }[]
}

/** `answers` are those of the system, one for each call; then it takes everything. */
const world = (answers: readonly number[] = [], hasRuns = true) => {
  const memory = new Memory()
  const calls: Call['messages'][] = []
  const errors: string[] = []
  const left = [...answers]
  const message = (address: number): Call['messages'][number] => {
    const header = memory.words(address, HEADER_WORDS)
    const count = Number(header[HEADER.pieceCount])
    const pieces = Array.from({ length: count }, (_, at) =>
      memory.words(addressAt(header, HEADER.pieces) + at * PIECE_WORDS * 4, PIECE_WORDS)
    )
    const [, to = 0] = memory.words(addressAt(header, HEADER.name), 2)
    return {
      to,
      texts: pieces.map((piece) =>
        Buffer.from(memory.bytes(addressAt(piece, PIECE.address), Number(piece[PIECE.length]))).toString()
      ),
      isRun: Number(header[HEADER.controlLength]) > 0
    }
  }
  const syscalls: Syscalls = {
    addressOf: (bytes) => memory.addressOf(bytes),
    send(_socket, headers, count) {
      calls.push(Array.from({ length: count }, (_, at) => message(headers + at * HEADER_BYTES)))
      return left.shift() ?? count
    },
    socket: unused,
    setOption: unused,
    bind: unused,
    receive: unused,
    poll: unused,
    sleep: unused,
    eventfd: unused,
    read: unused,
    write: unused,
    close: unused,
    interfaceIndex: unused
  }
  const slab = Buffer.alloc(64)
  const batch = new SendBatch({
    syscalls,
    socket: 1,
    received: { bytes: slab, address: memory.addressOf(slab) },
    hasRuns,
    onError: (error) => errors.push(error.message)
  })
  const add = (to: Recipient, text: string): void => {
    const bytes = new Uint8Array(new ArrayBuffer(text.length + 2))
    bytes.set(Buffer.from(text), 1)
    batch.add(to, { bytes, start: 1, end: 1 + text.length })
  }
  return { batch, add, calls, errors }
}

/** Its name is a mark. */
const recipient = (mark: number): Recipient => ({
  name: Uint32Array.of(2, mark, 0, 0),
  takesRuns: true,
  run: -1,
  runOf: -1
})

test('what is of one size for the same client is one run, whoever comes in between', () => {
  const { batch, add, calls } = world()
  const [ada, bob] = [recipient(1), recipient(2)]
  for (const text of ['aaa', 'bbb', 'ccc']) {
    add(ada, text)
    add(bob, text)
  }
  batch.flush()
  const texts = ['aaa', 'bbb', 'ccc']
  expect(calls).toEqual([
    [
      { to: 1, texts, isRun: true },
      { to: 2, texts, isRun: true }
    ]
  ])
})

test('a shorter one ends a run, and a longer one begins another', () => {
  const { batch, add, calls } = world()
  const ada = recipient(1)
  for (const text of ['aaa', 'bb', 'cc', 'dddd']) add(ada, text)
  batch.flush()
  expect(calls[0]?.map(({ texts }) => texts)).toEqual([['aaa', 'bb'], ['cc'], ['dddd']])
})

test('a run is never longer than the system takes, in datagrams and in bytes', () => {
  const { batch, add, calls } = world()
  const ada = recipient(1)
  for (let at = 0; at < BATCH + 1; at += 1) add(ada, 'x')
  for (let at = 0; at < 50; at += 1) add(ada, 'y'.repeat(1_400))
  batch.flush()
  expect(calls[0]?.map(({ texts }) => texts.length)).toEqual([64, 1, 46, 4])
})

test('what is too large for many networks goes alone, and so does all where there are no runs', () => {
  const large = world()
  for (let at = 0; at < 2; at += 1) large.add(recipient(1), 'x'.repeat(1_500))
  large.batch.flush()
  const none = world([], false)
  const ada = recipient(1)
  for (let at = 0; at < 2; at += 1) none.add(ada, 'x')
  none.batch.flush()
  for (const { calls } of [large, none]) expect(calls[0]?.map(({ isRun }) => isRun)).toEqual([false, false])
})

test('a run does not go on in the next batch', () => {
  const { batch, add, calls } = world()
  const ada = recipient(1)
  add(ada, 'first')
  batch.flush()
  add(ada, 'later')
  batch.flush()
  batch.flush()
  expect(calls.map((messages) => messages.map(({ texts }) => texts))).toEqual([[['first']], [['later']]])
})

test('a run that is refused goes one by one, and the client is sent no more runs', () => {
  const { batch, add, calls, errors } = world([1, -5])
  const [ada, bob] = [recipient(1), recipient(2)]
  add(bob, 'before')
  for (const text of ['aaa', 'bbb']) add(ada, text)
  add(bob, 'behind it')
  batch.flush()
  expect(calls.slice(2)).toEqual([
    [{ to: 1, texts: ['aaa'], isRun: false }],
    [{ to: 1, texts: ['bbb'], isRun: false }],
    [{ to: 2, texts: ['behind it'], isRun: false }]
  ])
  for (const text of ['ccc', 'ddd']) add(ada, text)
  batch.flush()
  expect(calls.at(-1)?.map(({ texts }) => texts)).toEqual([['ccc'], ['ddd']])
  expect(errors).toEqual([])
})

test('one that cannot be sent keeps no other from leaving', () => {
  const { batch, add, calls, errors } = world([-1, EINTR])
  for (let mark = 1; mark < 4; mark += 1) add(recipient(mark), 'x')
  batch.flush()
  expect(calls.map((messages) => messages.map(({ to }) => to))).toEqual([
    [1, 2, 3],
    [2, 3],
    [2, 3]
  ])
  expect(errors).toEqual(['sendmmsg EPERM'])
})

test('what finds no room any more is lost, and the next batch is sent', () => {
  const { batch, add, calls, errors } = world([EAGAIN])
  for (let mark = 1; mark < 4; mark += 1) add(recipient(mark), 'x')
  batch.flush()
  add(recipient(4), 'y')
  batch.flush()
  expect(calls.map((messages) => messages.map(({ to }) => to))).toEqual([[1, 2, 3], [4]])
  expect(errors).toEqual(['sendmmsg EAGAIN'])
})

test('a full batch leaves by itself', () => {
  const { batch, add, calls } = world()
  for (let mark = 1; mark <= BATCH + 1; mark += 1) add(recipient(mark), `to ${mark}`)
  expect(calls.map((messages) => messages.length)).toEqual([BATCH])
  batch.flush()
  expect(calls[1]).toEqual([{ to: BATCH + 1, texts: [`to ${BATCH + 1}`], isRun: false }])
})
