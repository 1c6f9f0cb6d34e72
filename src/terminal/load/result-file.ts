/** The file that a run leaves: whole, or not at all. */
import { renameSync } from 'node:fs'
import { placeOf, tryToPlace, whyNot, writePart } from '../files.ts'
import { LoadError } from './options.ts'

/** A file that cannot be written. */
export class FileError extends LoadError {}

/** Why it cannot be, in a sentence. */
export const refusal = (path: string, cause: unknown): FileError =>
  new FileError(`--json: ${whyNot(path, cause)}.`, { cause })

/** Sees to it that the file can be written, and leaves what is there as it is. Throws `LoadError`, as the answer does. */
export const resultFile = (path: string): ((text: string) => void) => {
  const attempt = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      throw refusal(path, error)
    }
  }
  attempt(() => tryToPlace(path))
  return (text) =>
    attempt(() => {
      const place = placeOf(path)
      renameSync(writePart(place, text), place)
    })
}
