/** How many clients this machine allows. */
import * as v from 'valibot'
import { LoadError, type LoadOptions } from './options.ts'

/** Absent on Windows, and a word where there is no limit. */
const openFiles = v.object({ userLimits: v.object({ open_files: v.object({ soft: v.number() }) }) })

/** How many descriptors this process may have open. */
export const openFileLimit = (): number => {
  // Or it would look up the names of all peers that this process is connected to.
  Object.assign(process.report, { excludeNetwork: true })
  const limits = v.safeParse(openFiles, process.report.getReport())
  return limits.success ? limits.output.userLimits.open_files.soft : Infinity
}

/** What a pair has open: one WebSocket for each, or a hanging GET and a message, and connections that are being closed. */
const perPair = { native: 2, mdn: 2, peerconnection: 8, rooms: 4 } as const
/** Two peers on a machine with a few networks. */
const perMediaPair = 40
/** What Node needs for itself. */
const others = 64

/** Throws `LoadError` where there are too few descriptors for it. */
export const insistOnDescriptors = (
  { pairs, media, protocol }: Pick<LoadOptions, 'pairs' | 'media' | 'protocol'>,
  limit: number
): void => {
  const needed = others + (pairs - media) * perPair[protocol] + media * perMediaPair
  if (needed <= limit) return
  throw new LoadError(
    `--pairs: ${pairs} pairs need about ${needed} open files, and this process may have ${limit}: raise that with “ulimit -n ${needed}”, or ask for fewer.`
  )
}
