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

export const Problems = (): JSX.Element | null => {
  const { media, stage } = useStore()
  const m = useMessages()
  const problems = media.problems.value
  if (problems.length === 0) return null
  const hopeless = problems.every(({ code }) => code === 'insecure-origin' || code === 'unsupported')
  return (
    <div class="problems" role="status">
      <Icon name="warning" />
      <div>
        {sentences(problems, stage.value.at !== 'welcome', m).map((sentence) => (
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
