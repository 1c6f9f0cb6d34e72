/**
 * A client of the protocol of the Socket.IO room demo, behaving as that page does:
 * - it cannot choose whom to call: it offers to whoever says `user_here`, and answers any other offer;
 * - a call takes three rounds: a data channel first, then each camera as its person allows it;
 * - no glare is settled, and no end of a call is known: an old connection is kept until the page goes.
 */
import { element, log, onChat, openCamera, showChat } from './page.js'

const room = 'signal_room'
/** `?camera=2500` is a person who needs that many milliseconds to click on Allow. */
const cameraDelayMs = Number(new URLSearchParams(location.search).get('camera') ?? 0)

const socket = globalThis.io.connect()
let connection = null

const signal = (type, message) => {
  log(`→ ${type} ${message}`)
  socket.emit('signal', { type, message, room })
}

socket.emit('ready', { chat_room: 'chat', signal_room: room, files_room: 'files' })
signal('user_here', 'Are you ready for a call?')

socket.on('signaling_message', async ({ type, message }) => {
  log(`← ${type} ${message}`)
  if (type === 'user_here') {
    if (connection) return
    createConnection()
    connection.createDataChannel('textMessages')
    return
  }
  if (!connection) createConnection()
  const { sdp, candidate } = JSON.parse(message)
  if (!sdp) {
    await connection.addIceCandidate(candidate)
    return
  }
  await connection.setRemoteDescription(sdp)
  if (sdp.type === 'offer') await sendDescription(await connection.createAnswer())
})

const sendDescription = async (description) => {
  await connection.setLocalDescription(description)
  signal('SDP', JSON.stringify({ sdp: connection.localDescription }))
}

const createConnection = () => {
  connection = new RTCPeerConnection()
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) signal('ice candidate', JSON.stringify({ candidate }))
  }
  connection.onnegotiationneeded = async () => {
    await sendDescription(await connection.createOffer())
  }
  connection.ontrack = ({ streams }) => {
    element('remote').srcObject = streams[0]
  }
  connection.onconnectionstatechange = () => {
    element('state').value = connection.connectionState
  }
  setTimeout(() => void addCamera(), cameraDelayMs)
}

const addCamera = async () => {
  const camera = await openCamera()
  for (const track of camera.getTracks()) connection.addTrack(track, camera)
}

socket.on('announce', ({ message }) => showChat(message))
socket.on('message', ({ author, message }) => showChat(`${author}: ${message}`))

onChat((text) => socket.emit('send', { author: element('author').value, message: text, room: 'chat' }))
