// A peer without a browser: it answers every call, and sends back whatever it sees and hears.
// node echo.js http://localhost:8888 [name]
import { connect } from 'patchcord'
import { NodeStream, NodeTrack, weriftStack } from 'patchcord/werift'

const [url = 'http://localhost:8888', name = 'Echo'] = process.argv.slice(2)
const { rtc } = weriftStack()
const line = await connect(url, { name, rtc })
console.log(`I am ${line.self.name}: call me.`)

const answer = async (call) => {
  const back = { audio: new NodeTrack('audio'), video: new NodeTrack('video') }

  const echo = (track) => {
    track.listen((frame) => {
      back[track.kind].format = track.format
      back[track.kind].write(frame)
    })
    back[track.kind].onKeyFrameRequest(() => track.requestKeyFrame())
  }

  const echoed = new Set()
  call.addEventListener('remote', ({ detail: { stream } }) => {
    for (const track of stream.getTracks()) {
      if (!echoed.has(track)) echo(track)
      echoed.add(track)
    }
  })
  call.addEventListener('ended', ({ detail: { reason } }) => console.log(`${call.peer.name}: ${reason}`))
  await call.accept({ media: new NodeStream([back.audio, back.video]) })
  console.log(`In a call with ${call.peer.name}.`)
}

line.addEventListener('call', ({ detail: { call } }) => void answer(call))
