/**
 * A client of the protocol of MDN's "Signaling and video calling", behaving as that sample does:
 * - a call takes two rounds: the callee answers, and its camera follows in an offer of its own;
 * - an offer that arrives while an own one is out makes it roll back, and is never answered;
 * - a hang-up names no target, since the target is forgotten before it is sent.
 */
import { element, log, onChat, openCamera, showChat, showPeers } from './page.js'

let socket
let id
let name
let target = null
let connection = null
let camera = null

const send = (message) => {
  log(`→ ${JSON.stringify(message)}`)
  socket.send(JSON.stringify(message))
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  name = element('name').value
  // The original page asks for port 6503, wherever it was loaded from: `?port=6503` does the same.
  const port = new URLSearchParams(location.search).get('port') ?? location.port
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  socket = new WebSocket(`${scheme}://${location.hostname}:${port}`, 'json')
  socket.addEventListener('message', ({ data }) => {
    log(`← ${data}`)
    const message = JSON.parse(data)
    receive[message.type]?.(message)
  })
})

/** By the type of the message. Nothing waits for the one before: a slow answer is overtaken. */
const receive = {
  id(message) {
    id = message.id
    send({ name, date: Date.now(), id, type: 'username' })
  },

  rejectusername(message) {
    name = message.name
  },

  userlist({ users }) {
    const others = users.filter((user) => user !== name)
    showPeers(others.map((user) => ({ name: user, call: () => invite(user) })))
    if (!connection) element('state').value = 'free'
  },

  message({ name: author, text }) {
    showChat(`${author}: ${text}`)
  },

  async 'video-offer'({ name: caller, sdp }) {
    target = caller
    if (!connection) createConnection()
    if (connection.signalingState !== 'stable') {
      log('not stable: rolling back')
      await Promise.all([
        connection.setLocalDescription({ type: 'rollback' }),
        connection.setRemoteDescription(sdp)
      ])
      return
    }
    await connection.setRemoteDescription(sdp)
    if (!camera) await addCamera()
    await connection.setLocalDescription(await connection.createAnswer())
    send({ name, target, type: 'video-answer', sdp: connection.localDescription })
  },

  async 'video-answer'({ sdp }) {
    await connection.setRemoteDescription(sdp)
  },

  async 'new-ice-candidate'({ candidate }) {
    await connection.addIceCandidate(candidate)
  },

  'hang-up'() {
    closeVideoCall()
  }
}

const invite = async (user) => {
  if (connection) return
  target = user
  createConnection()
  await addCamera()
}

/** New transceivers, not those that an offer made: so a callee's camera needs a round of its own. */
const addCamera = async () => {
  camera = await openCamera()
  for (const track of camera.getTracks()) connection.addTransceiver(track, { streams: [camera] })
}

const createConnection = () => {
  connection = new RTCPeerConnection()
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) send({ type: 'new-ice-candidate', target, candidate })
  }
  connection.onnegotiationneeded = async () => {
    const offer = await connection.createOffer()
    if (connection.signalingState !== 'stable') return
    await connection.setLocalDescription(offer)
    send({ name, target, type: 'video-offer', sdp: connection.localDescription })
  }
  connection.ontrack = ({ streams }) => {
    element('remote').srcObject = streams[0]
  }
  connection.oniceconnectionstatechange = () => {
    if (['closed', 'failed', 'disconnected'].includes(connection.iceConnectionState)) closeVideoCall()
  }
  element('state').value = `in a call with ${target}`
  element('hang-up').disabled = false
}

const closeVideoCall = () => {
  if (connection) {
    connection.oniceconnectionstatechange = null
    for (const transceiver of connection.getTransceivers()) transceiver.stop()
    for (const track of camera?.getTracks() ?? []) track.stop()
    connection.close()
  }
  connection = null
  camera = null
  target = null
  element('remote').srcObject = null
  element('state').value = 'free'
  element('hang-up').disabled = true
}

element('hang-up').addEventListener('click', () => {
  closeVideoCall()
  send({ name, target, type: 'hang-up' })
})

onChat((text) => send({ text, type: 'message', id, date: Date.now() }))
