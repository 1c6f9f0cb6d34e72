/** Who is there, and a call with one of them. */
import type { Call } from 'patchcord'
import { createRoot } from 'react-dom/client'
import { useLine } from './use-line.ts'

const Picture = ({ stream }: { readonly stream: MediaStream }) => (
  <video
    autoPlay
    playsInline
    ref={(video) => {
      if (video && video.srcObject !== stream) video.srcObject = stream
    }}
  />
)

const Conversation = ({ call }: { readonly call: Call }) => (
  <section>
    <h2>
      {call.peer.name}: {call.phase}
    </h2>
    <Picture stream={call.remoteStream} />
    {call.direction === 'incoming' && call.phase === 'ringing' && (
      <button onClick={() => void call.accept()}>Accept</button>
    )}
    <button onClick={() => call.hangUp()}>Hang up</button>
  </section>
)

const App = ({ name }: { readonly name: string }) => {
  const { line, call, problem, dial } = useLine(location.origin, name)
  if (line === null) return <p>{problem ?? 'Connecting…'}</p>
  const isFree = call === null || call.phase === 'ended'
  return (
    <main>
      <h1>
        {line.self.name} ({line.state})
      </h1>
      {problem && <p role="alert">{problem}</p>}
      {isFree && call && <p>The call has ended: {call.endReason}</p>}
      {!isFree && <Conversation call={call} />}
      {isFree &&
        line.roster.map((peer) => (
          <button key={peer.id} onClick={() => dial(peer.id)}>
            Call {peer.name}
          </button>
        ))}
    </main>
  )
}

const name = new URLSearchParams(location.search).get('name') ?? 'guest'
createRoot(document.body.appendChild(document.createElement('div'))).render(<App name={name} />)
