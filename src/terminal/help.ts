/** What `patchcord call --help` prints. */
import { exitCodeOf, exitCodes } from './exit-codes.ts'

const callCodes = Object.entries(exitCodeOf)
  .filter(([, code]) => code !== exitCodes.ok)
  .map(([reason, code]) => `${code} ${reason}`)
  .join(', ')

export const helpText = `patchcord call [PEER] [options]

Signs in to a server, shows who is there, calls and is called, with picture and sound.
PEER, a name or an id, is called as soon as they are there.

Where
  --server HOST         (localhost)
  --port PORT           (8888)
  --protocol NAME       native, peerconnection, mdn or rooms (native)
  --name NAME           who you are (user@host)
  --lobby NAME          whom you meet (main)
  --ice all|relay       which paths media may take (all)

What happens by itself
  --autoconnect         signs in, and again whenever the server is away
  --autocall            calls whoever came last
  --auto-answer         takes every call
  --loopback            calls itself, through the server, and gets back what it sends
  --calls N             with --headless: ends after so many calls
  --duration SECONDS    hangs up after that time

What is sent
  --source pattern      a test pattern with a clock, and a tone (the default)
           FILE         WebM, MP4, MKV or IVF: VP8, H.264 and Opus as they are
           -            such a file, as it comes over standard input
           rtp:…        RTP of another program, as in rtp:5004/VP8,5006/opus
           ffmpeg:INPUT whatever ffmpeg can read
           camera[:DEV] a camera of Linux, through ffmpeg (/dev/video0)
           echo         whatever is received
           none         nothing
  --size WxH --fps N    of what is made here (640x360, 15)
  --codecs LIST         for pictures, the first choice first (VP8,H264)
  --stack NAME          werift, or wrtc where @roamhq/wrtc is installed (werift)
  --at-end WHAT         when a file is over: hang-up, stay or loop (hang-up)

What is received
  --record FILE         a file with both: WebM, or MP4 for a name that ends in .mp4
  --frames FILE|-       a line of JSON for each frame
  --stats SECONDS       how the call goes, that often
  --picture MODE        in the terminal: auto, color, 256, plain or off (auto)

For programs
  --headless            lines of JSON in and out instead of a window
  --trace               the steps of the conductor, as they happen
  --help                prints this

Environment: USERNAME or USER; WEBRTC_CONNECT, WEBRTC_TURN_USER and WEBRTC_TURN_PASSWORD for a relay.
Ends with 0, or ${exitCodes.usage} usage, ${exitCodes.media} media, ${exitCodes.unreachable} no server, ${exitCodes.refused} refused, ${exitCodes.nobody} nobody of that name, ${exitCodes.noTerminal} no terminal;
for the last call: ${callCodes}.
`
