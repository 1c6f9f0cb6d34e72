"""A party of another make: aiortc, at a server that speaks libwebrtc's hanging GET.

Signs in as libwebrtc's own client does, with requests of HTTP/1.0, each on a connection of its own. Answers whoever
calls, sends a picture that changes and a tone, and counts what it decodes. A line of JSON goes out for everything that
happens, and one comes in for every wish: {"do": "call", "peer": NAME}, hang-up, quit.
"""

import argparse
import array
import asyncio
import fractions
import json
import math
import sys

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT = 320, 240
RATE, SAMPLES, PITCH = 48_000, 960, 440


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class Picture(VideoStreamTrack):
    """Gray that grows brighter, and begins anew."""

    shade = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        self.shade = (self.shade + 4) % 256
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, (self.shade, 128, 128)):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    at = 0

    async def recv(self):
        # Keeps the pace; what it carries is silence.
        await super().recv()
        wave = (math.sin(2 * math.pi * PITCH * (self.at + n) / RATE) for n in range(SAMPLES))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(array.array("h", (int(8_000 * value) for value in wave)).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.at, fractions.Fraction(1, RATE)
        self.at += SAMPLES
        return frame


class Server:
    def __init__(self, host, port):
        self.host, self.port, self.id = host, port, None

    async def ask(self, head, body=b""):
        """The number in `Pragma`, and the body of the answer."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(head.encode() + b"\r\n" + body)
            await writer.drain()
            status, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.split(": ", 1) for line in headers if line)
            text = await reader.readexactly(int(fields["Content-Length"]))
        finally:
            writer.close()
        if status.split(" ")[1] != "200":
            raise ConnectionError(f"{head.splitlines()[0]}: {status}")
        return int(fields.get("Pragma", -1)), text.decode()

    def get(self, path):
        return self.ask(f"GET {path} HTTP/1.0\r\n")

    async def sign_in(self, name):
        self.id, body = await self.get(f"/sign_in?{name}")
        return body

    def wait(self):
        return self.get(f"/wait?peer_id={self.id}")

    def send(self, to, text):
        body = text.encode()
        head = f"POST /message?peer_id={self.id}&to={to} HTTP/1.0\r\n"
        return self.ask(f"{head}Content-Length: {len(body)}\r\nContent-Type: text/plain\r\n", body)

    def sign_out(self):
        return self.get(f"/sign_out?peer_id={self.id}")


class Peer:
    def __init__(self, server):
        self.server = server
        self.names = {}
        self.partner = None
        self.connection = None
        self.frames = {}
        self.tasks = set()

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # Calls

    def begin(self, partner):
        # Without this it would ask a server of Google's where it is.
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.partner, self.connection = partner, connection
        frames = self.frames = {"audio": 0, "video": 0}
        for track in (Tone(), Picture()):
            connection.addTrack(track)

        @connection.on("track")
        def on_track(track):
            self.spawn(self.count(track, frames))

        @connection.on("connectionstatechange")
        def on_state():
            tell("state", state=connection.connectionState)

        return connection

    async def count(self, track, frames):
        try:
            while True:
                frame = await track.recv()
                frames[track.kind] += 1
                if frames[track.kind] % 10 == 0:
                    size = [frame.width, frame.height] if track.kind == "video" else None
                    tell("frames", **frames, size=size)
        except MediaStreamError:
            pass

    async def call(self, name):
        partner = next(number for number, known in self.names.items() if known == name)
        connection = self.begin(partner)
        await connection.setLocalDescription(await connection.createOffer())
        tell("call", direction="outgoing", peer=name)
        await self.describe()

    async def describe(self):
        description = self.connection.localDescription
        text = json.dumps({"type": description.type, "sdp": description.sdp})
        await self.server.send(self.partner, text)

    async def end(self, says_so):
        connection, partner = self.connection, self.partner
        self.connection = self.partner = None
        if connection is None:
            return
        if says_so:
            await self.server.send(partner, "BYE")
        tell("ended", peer=self.names.get(partner), frames=self.frames)
        await connection.close()

    # News

    def show(self, lines):
        for line in lines.splitlines():
            name, number, present = line.rsplit(",", 2)
            if int(number) == self.server.id:
                continue
            if present == "1":
                self.names[int(number)] = name
            else:
                self.names.pop(int(number), None)
        tell("peers", peers=sorted(self.names.values()))

    async def hear(self, sender, text):
        if text == "BYE":
            if sender == self.partner:
                await self.end(False)
            return
        message = json.loads(text)
        if "candidate" in message:
            await self.take_candidate(sender, message)
        elif message["type"] == "offer" and self.partner not in (None, sender):
            await self.server.send(sender, "BYE")
        elif message["type"] == "offer":
            await self.answer(sender, message)
        elif sender == self.partner:
            await self.connection.setRemoteDescription(RTCSessionDescription(**message))

    async def take_candidate(self, sender, message):
        if sender != self.partner:
            return
        candidate = candidate_from_sdp(message["candidate"].split(":", 1)[1])
        candidate.sdpMid, candidate.sdpMLineIndex = message["sdpMid"], message["sdpMLineIndex"]
        await self.connection.addIceCandidate(candidate)

    async def answer(self, sender, message):
        if self.connection is None:
            tell("call", direction="incoming", peer=self.names.get(sender))
            self.begin(sender)
        await self.connection.setRemoteDescription(RTCSessionDescription(**message))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.describe()

    async def listen(self):
        while True:
            pragma, body = await self.server.wait()
            if pragma == self.server.id:
                self.show(body)
            else:
                await self.hear(pragma, body)

    async def obey(self):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            wish = json.loads(line)
            if wish["do"] == "call":
                await self.call(wish["peer"])
            elif wish["do"] == "hang-up":
                await self.end(True)
            elif wish["do"] == "quit":
                return


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    server = Server("127.0.0.1", options.port)
    peer = Peer(server)
    peer.show(await server.sign_in(options.name))
    tell("signed-in", id=server.id)
    work = [asyncio.ensure_future(peer.listen()), asyncio.ensure_future(peer.obey())]
    done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    await peer.end(True)
    work[0].cancel()
    await server.sign_out()
    # What has gone wrong is said with a trace, and by the exit code.
    for task in done:
        task.result()


asyncio.run(main())
