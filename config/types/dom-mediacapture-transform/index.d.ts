/**
 * Stands in for the types of this name, which a package refers to and which make every `MediaStream` of the DOM
 * another one. Only two names of theirs are used.
 */
declare global {
  type MediaStreamAudioTrack = MediaStreamTrack
  type MediaStreamVideoTrack = MediaStreamTrack
}
export {}
