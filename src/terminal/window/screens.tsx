/** @jsxImportSource react */
/** The window's screens, drawn with Ink from its state. */
import { Box, Text } from 'ink'
import type { ReactElement, ReactNode } from 'react'
import type { Peer, Quality } from '../words.ts'
import { type TalkState, type WindowState, formatSeconds } from './state.ts'

const Keys = ({
  keys
}: {
  readonly keys: readonly (readonly [key: string, what: string])[]
}): ReactElement => (
  <Box gap={2} flexWrap="wrap">
    {keys.map(([key, what]) => (
      <Text key={key} dimColor>
        <Text bold>{key}</Text> {what}
      </Text>
    ))}
  </Box>
)

const Field = (props: {
  readonly label: string
  readonly value: string
  readonly active: boolean
}): ReactElement => (
  <Text>
    {props.label.padEnd(8)}
    <Text underline>{props.value}</Text>
    {props.active ? <Text inverse> </Text> : null}
  </Text>
)

const Notes = ({ notes }: Pick<WindowState, 'notes'>): ReactElement => (
  <Box flexDirection="column">
    {notes.map(({ text, isError }, at) => (
      <Text key={`${at} ${text}`} {...(isError ? { color: 'red' } : { dimColor: true })}>
        {text}
      </Text>
    ))}
  </Box>
)

const Frame = ({
  title,
  children
}: {
  readonly title: string
  readonly children: ReactNode
}): ReactElement => (
  <Box flexDirection="column" gap={1}>
    <Text bold>{title}</Text>
    {children}
  </Box>
)

const ConnectScreen = ({ state }: { readonly state: WindowState }): ReactElement => (
  <Frame title="Patchcord: connect to a server">
    <Box flexDirection="column">
      <Field label="Server" value={state.server} active={state.field === 'server' && !state.busy} />
      <Field label="Port" value={state.port} active={state.field === 'port' && !state.busy} />
    </Box>
    <Notes notes={state.notes} />
    <Keys
      keys={[
        ['Enter', 'connect'],
        ['Tab', 'the other field'],
        ['Esc', 'quit']
      ]}
    />
  </Frame>
)

const PeerRow = ({ peer, chosen }: { readonly peer: Peer; readonly chosen: boolean }): ReactElement => (
  <Text inverse={chosen}>
    {chosen ? '› ' : '  '}
    {peer.name.padEnd(24)} <Text color={peer.busy ? 'yellow' : 'green'}>{peer.busy ? 'busy' : 'free'}</Text>
    {peer.dialect === 'native' ? '' : `  ${peer.dialect}`}
  </Text>
)

/** As many rows as there is room for, with the chosen one among them. */
const visible = (peers: readonly Peer[], chosen: string | null, rows: number): readonly Peer[] => {
  const at = peers.findIndex(({ id }) => id === chosen)
  const from = Math.max(0, Math.min(at - Math.floor(rows / 2), peers.length - rows))
  return peers.slice(from, from + rows)
}

const Ring = ({ peer }: { readonly peer: Peer }): ReactElement => (
  <Box borderStyle="round" borderColor="green" paddingX={2} flexDirection="column">
    <Text bold>{peer.name} is calling</Text>
    <Keys
      keys={[
        ['Enter', 'accept'],
        ['Esc', 'decline']
      ]}
    />
  </Box>
)

const ListScreen = ({
  state,
  rows
}: {
  readonly state: WindowState
  readonly rows: number
}): ReactElement => (
  <Frame title={`You are ${state.name}`}>
    {state.ringing ? <Ring peer={state.ringing} /> : null}
    <Box flexDirection="column">
      <Text>
        {state.peers.length === 0 ? 'Nobody else is here yet.' : 'List of currently connected peers:'}
      </Text>
      {visible(state.peers, state.chosen, Math.max(3, rows - 14)).map((peer) => (
        <PeerRow key={peer.id} peer={peer} chosen={peer.id === state.chosen} />
      ))}
    </Box>
    <Notes notes={state.notes} />
    {state.ringing ? null : (
      <Keys
        keys={[
          ['↑ ↓', 'choose'],
          ['Enter', 'call'],
          ['Esc', 'sign out'],
          ['q', 'quit']
        ]}
      />
    )}
  </Frame>
)

const rate = (bitsPerSecond: number): string =>
  bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mb/s`
    : `${Math.round(bitsPerSecond / 1e3)} kb/s`

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

const ratingColors = { good: 'green', fair: 'yellow', poor: 'red' } as const

const row = (label: string, { audio, video }: Quality['sent']): string =>
  `${label.padEnd(9)}picture ${rate(video.bitsPerSecond).padEnd(9)} ` +
  `sound ${rate(audio.bitsPerSecond).padEnd(9)} lost ${percent(Math.max(video.loss, audio.loss))}`

const Figures = ({ quality }: { readonly quality: Quality }): ReactElement => {
  const { sent, received, roundTripMs, path, rating } = quality
  return (
    <Box flexDirection="column">
      <Text>{row('sent', sent)}</Text>
      <Text>{row('received', received)}</Text>
      <Text>
        <Text color={ratingColors[rating]}>{rating}</Text>
        {path === null ? '' : `, ${path}`}
        {roundTripMs === null ? '' : `, ${Math.round(roundTripMs)} ms there and back`}
      </Text>
    </Box>
  )
}

const phaseOf = ({ phase, since, interrupted }: TalkState, now: number): string => {
  if (interrupted) return 'reconnecting …'
  return since === null ? `${phase} …` : formatSeconds((now - since) / 1_000)
}

const mutedOf = (who: string, { audio, video }: TalkState['muted']): string => {
  const what = [audio ? 'sound' : '', video ? 'picture' : ''].filter((kind) => kind !== '')
  return what.length === 0 ? '' : `${who}: no ${what.join(', no ')}`
}

const TalkScreen = (props: {
  readonly state: WindowState
  readonly talk: TalkState
  readonly picture: string
  readonly now: number
}): ReactElement => {
  const { state, talk, picture, now } = props
  const muted = [mutedOf('you', talk.muted), mutedOf(talk.peer.name, talk.remoteMuted)].filter(
    (text) => text !== ''
  )
  return (
    <Box flexDirection="column">
      {picture === '' ? null : <Text wrap="truncate">{picture}</Text>}
      <Text>
        <Text bold>{talk.peer.name}</Text> {phaseOf(talk, now)}
        {talk.code === null ? '' : `   ${talk.code}`}
      </Text>
      {talk.quality ? <Figures quality={talk.quality} /> : null}
      {muted.length > 0 ? <Text color="yellow">{muted.join('; ')}</Text> : null}
      <Notes notes={state.notes.slice(-2)} />
      <Keys
        keys={[
          ['m', talk.muted.audio ? 'sound on' : 'sound off'],
          ['v', talk.muted.video ? 'picture on' : 'picture off'],
          ['Esc', 'hang up']
        ]}
      />
    </Box>
  )
}

export const WindowView = (props: {
  readonly state: WindowState
  /** Of the other side, in half blocks; empty where none is shown. */
  readonly picture: string
  readonly rows: number
  readonly now: number
}): ReactElement => {
  const { state, picture, rows, now } = props
  if (state.screen === 'streaming' && state.talk)
    return <TalkScreen state={state} talk={state.talk} picture={picture} now={now} />
  return state.screen === 'connect' ? (
    <ConnectScreen state={state} />
  ) : (
    <ListScreen state={state} rows={rows} />
  )
}
