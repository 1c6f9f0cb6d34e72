/** Files that are there whole or not at all: written beside their place, and put there when they are complete. */
import { realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Where it is written until then. Two processes that write the same file do not share it. */
export const partOf = (place: string): string => `${place}.${process.pid}.part`

/** Where the file is to be, through links. Throws for a device, a pipe or a folder, which would be replaced by it. */
export const placeOf = (path: string): string => {
  const present = statSync(path, { throwIfNoEntry: false })
  if (present === undefined) return path
  if (!present.isFile()) throw new Error(`${path} is no file`)
  return realpathSync(path)
}

/** Writes it beside its place, if nothing is there yet. Leaves nothing behind where it cannot. */
export const writePart = (place: string, content: string): string => {
  const part = partOf(place)
  try {
    writeFileSync(part, content, { flag: 'wx' })
    return part
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') rmSync(part, { force: true })
    throw error
  }
}

/** Whether a file can be put there, tried; what is there stays as it is. Throws why not. */
export const tryToPlace = (path: string): void => rmSync(writePart(placeOf(path), ''))

/** The same for a file that is written as it grows, which may be a device or a pipe, too. */
export const tryToOpen = (path: string): void => {
  const isNew = statSync(path, { throwIfNoEntry: false }) === undefined
  writeFileSync(path, '', { flag: 'a' })
  if (isNew) rmSync(path)
}

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : null)

/** Why a file cannot be written, in words. */
export const whyNot = (path: string, cause: unknown): string => {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no folder ${dirname(path)}`,
    ENOTDIR: `${dirname(path)} is no folder`,
    EISDIR: `${path} is a folder`,
    EACCES: `in ${dirname(path)} nothing can be written by this user`,
    EROFS: `in ${dirname(path)} nothing can be written`,
    ENOSPC: 'there is no space left',
    EFBIG: 'it has become too large',
    EEXIST: `${partOf(path)} is in the way`
  }
  return reasons[String(codeOf(cause))] ?? (cause instanceof Error ? cause.message : String(cause))
}
