/** A line and its call as React's state. */
import { type Call, type Line, connect } from 'patchcord'
import { useEffect, useReducer, useState } from 'react'

/** Signs in for as long as the component is there; what it gives is as it is now. */
export const useLine = (url: string, name: string) => {
  const [line, setLine] = useState<Line | null>(null)
  const [call, setCall] = useState<Call | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0)

  useEffect(() => {
    const control = new AbortController()
    const { signal } = control
    const open = async (): Promise<void> => {
      const line = await connect(url, { name, media: { audio: true, video: true }, signal })
      line.addEventListener('roster', redraw, { signal })
      line.addEventListener('state', redraw, { signal })
      line.addEventListener('call', ({ detail }) => setCall(detail.call), { signal })
      setLine(line)
    }
    open().catch((error: Error) => {
      if (!signal.aborted) setProblem(error.message)
    })
    return () => control.abort()
  }, [url, name])

  useEffect(() => {
    const control = new AbortController()
    const { signal } = control
    call?.addEventListener('phase', redraw, { signal })
    call?.addEventListener('problem', ({ detail }) => setProblem(detail.error.message), { signal })
    return () => control.abort()
  }, [call])

  const dial = (peerId: string): void => {
    if (line) setCall(line.call(peerId))
  }
  return { line, call, problem, dial }
}
