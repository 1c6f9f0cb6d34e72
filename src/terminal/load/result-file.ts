/** The file that a run leaves: whole, or not at all. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { LoadError } from './options.ts'

/** A file that cannot be written. */
export class FileError extends LoadError {}

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : null)

/** Why it cannot be, in a sentence. */
export const refusal = (path: string, cause: unknown): FileError => {
  const sentences: Record<string, string> = {
    ENOENT: `there is no folder ${dirname(path)}`,
    ENOTDIR: `${dirname(path)} is no folder`,
    EACCES: `in ${dirname(path)} nothing can be written by this user`,
    EROFS: `in ${dirname(path)} nothing can be written`,
    ENOSPC: 'there is no space left'
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return new FileError(`--json: ${sentences[String(codeOf(cause))] ?? message}.`, { cause })
}

/** Where the file is to be, through links. A device, a pipe or a folder would be replaced by it. */
const targetOf = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return path
  if (!found.isFile()) throw new FileError(`--json: ${path} is no file.`)
  return realpathSync(path)
}

/** Written beside it and moved into its place. */
const write = (path: string, text: string): string => {
  const part = `${path}.${process.pid}.part`
  try {
    writeFileSync(part, text, { flag: 'wx' })
    return part
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') rmSync(part, { force: true })
    throw error
  }
}

/** Sees to it that the file can be written, and leaves what is there as it is. Throws `LoadError`, as the answer does. */
export const resultFile = (path: string): ((text: string) => void) => {
  const attempt = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      throw error instanceof LoadError ? error : refusal(path, error)
    }
  }
  attempt(() => rmSync(write(targetOf(path), '')))
  return (text) =>
    attempt(() => {
      const target = targetOf(path)
      renameSync(write(target, text), target)
    })
}
