/** A file that is written in pieces, anywhere in it, and of which every byte has to get there: a full disk is an error. */
import { type FileHandle, open } from 'node:fs/promises'

interface Piece {
  readonly data: Uint8Array
  readonly position: number
}

const writeAll = async (file: FileHandle, { data, position }: Piece): Promise<void> => {
  for (let done = 0; done < data.length;) {
    // The first write that does not fit writes what does; it is the next one that fails.
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done)
    done += bytesWritten
  }
}

export const wholeFile = async (path: string): Promise<WritableStream<Piece>> => {
  const file = await open(path, 'w')
  return new WritableStream({
    write: (piece) => writeAll(file, piece),
    close: () => file.close(),
    abort: () => file.close()
  })
}
