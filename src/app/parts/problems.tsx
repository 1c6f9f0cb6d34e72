/** What is wrong with camera and microphone, in one plain sentence, and the way to try again. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'
import type { Messages } from '../i18n/index.ts'
import type { MediaProblem } from '../../client/media.ts'
import { Icon } from './icon.tsx'

const sentences = (problems: readonly MediaProblem[], joined: boolean, m: Messages): readonly string[] => {
  const audio = problems.find(({ kind }) => kind === 'audio')?.code
  const video = problems.find(({ kind }) => kind === 'video')?.code
  if (audio && audio === video)
    return [m.devicesProblem[audio], m.withoutDevices[joined ? 'after' : 'before']]
  return [...(video ? [m.cameraProblem[video]] : []), ...(audio ? [m.microphoneProblem[audio]] : [])]
}

/** The same page over HTTPS: on the same port, also where that is the one that HTTP leaves out. */
const secureAddress = ({ hostname, port, pathname, search }: Location): string =>
  `https://${hostname}:${port || 80}${pathname}${search}`

const HttpsSteps = (): JSX.Element => {
  const { start, open, trust } = useMessages().httpsSteps
  const address = secureAddress(location)
  return (
    <ol>
      <li>{start}</li>
      <li>
        {open} <a href={address}>{address}</a>
      </li>
      <li>{trust}</li>
    </ol>
  )
}

export const Problems = (): JSX.Element | null => {
  const { media, stage } = useStore()
  const m = useMessages()
  const problems = media.problems.value
  if (problems.length === 0) return null
  const joined = stage.value.at !== 'welcome'
  const [problem, ...rest] = sentences(problems, joined, m)
  const insecure = problems.some(({ code }) => code === 'insecure-origin')
  const hopeless = problems.every(({ code }) => code === 'insecure-origin' || code === 'unsupported')
  return (
    <div class="problems" role="status">
      <Icon name="warning" />
      <div>
        <p>{problem}</p>
        {insecure && !joined && <HttpsSteps />}
        {rest.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {!hopeless && (
          <button type="button" class="quiet" onClick={() => void media.open()}>
            {m.tryAgain}
          </button>
        )}
      </div>
    </div>
  )
}
