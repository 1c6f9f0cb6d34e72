/**
 * A client of the protocol of libwebrtc's `peerconnection_client`, behaving as that program does:
 * - any first message, whoever sends it, opens a call before it is even read: nothing rings;
 * - in a call, the messages of anybody else are dropped without an answer;
 * - a candidate that comes before its description is lost;
 * - only a `BYE`, or the peer's leaving, ends a call: what becomes of the media is not watched.
 * One departure: here a `BYE` waits in line; the program's overtakes, and breaks the session.
 */
import { element, log, openCamera, showPeers } from './page.js'

/** Own id; `null` when signed out. */
let me = null
let session
let camera
/** Names by id, as the server tells them. */
const peers = new Map()
let partner = null
let connection = null
let control = Promise.resolve()

/** Everything but the hanging GET: one request at a time. Any status but 200 ends the session. */
const ask = (path, options) => {
  const answer = control.then(async () => {
    const response = await fetch(path, options)
    if (response.status !== 200) throw new Error(`${response.status} for ${path}`)
    return response
  })
  control = answer.catch(disconnected)
  return answer
}

const send = (body) => {
  log(`→ ${partner} ${body}`)
  return ask(`/message?peer_id=${me}&to=${partner}`, { method: 'POST', body })
}

/** Always one request that the server answers when it has something: a notice, or a peer's message. */
const wait = async () => {
  const response = await fetch(`/wait?peer_id=${me}`, { signal: session.signal })
  if (response.status !== 200) {
    disconnected()
    return
  }
  // Own id: a notice. Another: the sender of this message.
  const from = Number(response.headers.get('Pragma'))
  const text = await response.text()
  log(`← ${from} ${text}`)
  void wait()
  if (from === me) notice(text)
  else await receive(from, text)
}

const signIn = async (name) => {
  camera = await openCamera()
  session = new AbortController()
  const response = await ask(`/sign_in?${name}`)
  me = Number(response.headers.get('Pragma'))
  const lines = (await response.text()).split('\n').slice(0, -1)
  for (const [name, id] of lines.map((line) => line.split(','))) {
    if (Number(id) !== me) peers.set(Number(id), name)
  }
  show()
  await wait()
}

const signOut = async () => {
  session.abort()
  await ask(`/sign_out?peer_id=${me}`)
  disconnected()
}

const disconnected = () => {
  session.abort()
  me = null
  peers.clear()
  closeConnection()
}

const notice = (text) => {
  const [name, id, present] = text.split('\n')[0].split(',')
  if (present === '1') peers.set(Number(id), name)
  else {
    peers.delete(Number(id))
    disconnectedFrom(Number(id))
  }
  show()
}

const disconnectedFrom = (id) => {
  if (id === partner) closeConnection()
}

const receive = async (from, text) => {
  if (text === 'BYE') disconnectedFrom(from)
  else if (connection && from !== partner) log(`dropped: in a call with ${partner}`)
  else {
    if (!connection) createConnection(from)
    await obey(JSON.parse(text))
  }
}

const obey = async (message) => {
  if (message.type) {
    await connection.setRemoteDescription(message)
    if (message.type === 'offer') await sendDescription(await connection.createAnswer())
  } else {
    await connection.addIceCandidate(message)
  }
}

const connectToPeer = async (id) => {
  if (connection) return
  createConnection(id)
  await sendDescription(await connection.createOffer())
}

const sendDescription = async (description) => {
  await connection.setLocalDescription(description)
  await send(JSON.stringify({ sdp: description.sdp, type: description.type }))
}

const createConnection = (id) => {
  partner = id
  connection = new RTCPeerConnection()
  connection.onicecandidate = ({ candidate: found }) => {
    if (!found) return
    const { candidate, sdpMLineIndex, sdpMid } = found
    void send(JSON.stringify({ candidate, sdpMLineIndex, sdpMid }))
  }
  connection.ontrack = ({ streams }) => {
    element('remote').srcObject = streams[0]
  }
  for (const track of [...camera.getAudioTracks(), ...camera.getVideoTracks()]) {
    connection.addTrack(track, camera)
  }
  show()
}

const closeConnection = () => {
  connection?.close()
  connection = null
  partner = null
  element('remote').srcObject = null
  show()
}

const hangUp = async () => {
  const bye = send('BYE')
  closeConnection()
  await bye
}

const show = () => {
  const sorted = [...peers].sort(([a], [b]) => a - b)
  showPeers(sorted.map(([id, name]) => ({ name, call: () => connectToPeer(id) })))
  if (me === null) element('state').value = 'signed out'
  else element('state').value = connection ? `in a call with ${peers.get(partner)}` : 'free'
  element('sign-out').disabled = me === null
  element('hang-up').disabled = !connection
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn(element('name').value)
})
element('sign-out').addEventListener('click', () => void signOut())
element('hang-up').addEventListener('click', () => void hangUp())
addEventListener('pagehide', () => {
  if (me !== null) void fetch(`/sign_out?peer_id=${me}`, { keepalive: true })
})
